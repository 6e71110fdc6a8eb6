"""Two whole epochs against the slowest possible reading of the algorithm.

The same draws are stepped through row by row and formula by formula: double backward for
the meta step, one EMA update per visit, brute-force neighbours.
"""

import numpy as np
import pytest
import torch

from hamr.data import meta_rows
from hamr.losses import Targets
from hamr.models import Head
from hamr.records import EpochRecord
from hamr.training import embedding_key, train
from hamr.weighting import WeightNetwork, normalise
from tests.core.oracle import double_backward, weights_by_formula
from tests.core.small_data import WIDTH, quick, small_cache, small_dataset

SETTINGS = quick(epochs=2, seed=7, learning_rate=5e-3, meta_rate=5e-3, method="hamr")


class SlowRun:
    """The algorithm of the paper, in plain loops."""

    def __init__(self, dataset, embeddings):
        torch.manual_seed(SETTINGS.seed)
        self.head = Head(WIDTH, SETTINGS.hidden, 3)
        self.network = WeightNetwork(100, 0.1, 8.0)
        self.adamw = torch.optim.AdamW(self.head.parameters(), lr=5e-3, weight_decay=0.01)
        self.adam = torch.optim.Adam(self.network.parameters(), lr=5e-3)
        self.x = torch.from_numpy(embeddings)
        splits = (dataset.train, dataset.validation, dataset.test)
        self.y = torch.from_numpy(np.concatenate([split.labels for split in splits])).long()
        self.count = len(dataset.train)
        extra = meta_rows(dataset.train, dataset.validation, 3, seed=SETTINGS.seed)
        validation = np.arange(self.count, self.count + len(dataset.validation))
        self.meta = np.concatenate([validation, extra])
        self.hardness = [1.0] * self.count
        self.alignment = [0.0] * self.count
        self.boost = [0.0] * self.count

    def epoch(self, number):
        generator = np.random.default_rng([SETTINGS.seed, number])
        generator.integers(2**62)
        mass = [
            (h + 1e-6) ** 0.7 * (1 + 0.7 * b)
            for h, b in zip(self.hardness, self.boost, strict=True)
        ]
        p = np.array(mass) / np.sum(mass)
        rows = generator.choice(self.count, round(1.2 * self.count), p=p)
        batches = [rows[i : i + 8] for i in range(0, len(rows), 8)]
        passes = [generator.permutation(len(self.meta)) for _ in range(20)]
        stream = self.meta[np.concatenate(passes)]
        for step, batch in enumerate(batches):
            self.step(batch, stream[8 * step : 8 * step + 8])
        self.refresh()

    def step(self, rows, meta):
        batch, meta_batch = ((self.x[r], Targets(self.y[r])) for r in (rows, meta))
        of_theta, of_weights, _ = double_backward(
            self.head, self.network, batch, meta_batch, SETTINGS.virtual_rate
        )
        for parameter, gradient in zip(self.network.parameters(), of_theta, strict=True):
            parameter.grad = gradient
        self.adam.step()
        losses = torch.nn.functional.cross_entropy(
            self.head(batch[0]), batch[1].labels, reduction="none"
        )
        post = weights_by_formula(self.network, normalise(losses)).detach()
        self.adamw.zero_grad()
        (post * losses).mean().backward()
        self.adamw.step()
        aligned = (-of_weights / of_weights.std(correction=0)).tolist()
        for row, w, a in zip(rows, post.tolist(), aligned, strict=True):
            self.hardness[row] = 0.9 * self.hardness[row] + 0.1 * w
            self.alignment[row] = 0.9 * self.alignment[row] + 0.1 * a

    def refresh(self):
        order = sorted(range(self.count), key=lambda row: -self.hardness[row])
        x = torch.nn.functional.normalize(self.x[: self.count], dim=1).numpy()
        counts = np.zeros(self.count)
        for seed in order[: round(0.2 * self.count)]:
            near = [row for row in np.argsort(-(x @ x[seed])) if row != seed]
            counts[near[:3]] += 1
        self.boost = list(counts / counts.max())


@pytest.fixture(scope="module")
def both():
    dataset = small_dataset()
    cache = small_cache(dataset, SETTINGS)
    embeddings = cache.get("embeddings", embedding_key(dataset, SETTINGS))
    slow = SlowRun(dataset, embeddings)
    seen = []
    for number in (1, 2):
        slow.epoch(number)
        seen.append((list(slow.hardness), list(slow.alignment), list(slow.boost)))
    found = train(dataset, SETTINGS, cache=cache)
    return seen, [record for record in found if isinstance(record, EpochRecord)], slow


@pytest.mark.parametrize("epoch", [1, 2])
def test_hardness_alignment_and_boost_are_those_of_the_slow_run(both, epoch):
    seen, found, _ = both
    hardness, alignment, boost = seen[epoch - 1]
    signals = found[epoch - 1].signals
    assert np.allclose(signals["hardness"], hardness, atol=1e-4)
    assert np.allclose(signals["alignment"], alignment, atol=2e-3)
    assert np.allclose(signals["boost"], boost, atol=1e-6)


def test_the_model_and_the_weight_curve_are_those_of_the_slow_run(both):
    _, found, slow = both
    saved = found[-1].checkpoint
    for name, parameter in slow.head.named_parameters():
        assert np.allclose(saved[f"model.{name}"], parameter.detach().numpy(), atol=2e-4)
    for name, parameter in slow.network.named_parameters():
        assert np.allclose(saved[f"network.{name}"], parameter.detach().numpy(), atol=2e-4)
