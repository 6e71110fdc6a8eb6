"""Model, weight network and optimisers: built, stepped, evaluated, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.losses import Targets, cross_entropy, meta_objective, objective, share_at
from hamr.models import (
    Features,
    FineTuned,
    Head,
    TaggedTokens,
    WordFeatures,
    margins,
)
from hamr.models.encoder import pooled
from hamr.models.windows import CHUNK
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset
from hamr.training.altered import altered, soft_targets_of
from hamr.training.checkpoint import above, below
from hamr.training.devices import Place
from hamr.training.faults import refuse_not_finite
from hamr.training.features import Embedded
from hamr.training.tasks import Evaluation, TokenTask, WordEvaluation, task_of, turned
from hamr.weighting import FrozenHeadStep, MetaStep, Outcome, Step, WeightNetwork

TOP = 3  # classes of a row whose probabilities are kept: those one would choose a label from
CURVE_GRID = np.linspace(-3, 5, 81, dtype=np.float32)


class Learner:
    """All that learns, behind one step; rows are addressed by their place in all splits."""

    def __init__(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        embedded: Embedded,
        place: Place,
        ranks: Ranks = ALONE,
    ) -> None:
        torch.manual_seed(settings.seed)  # decides the first weights of head and network
        self._settings, self._place = settings, place
        # A head on frozen embeddings learns faster than rows can be shared out: each rank
        # trains all of it, alike.
        self._ranks = ranks if settings.fine_tunes else ALONE
        self.task = task_of(dataset)
        self._class_count = len(dataset.classes)
        self.inputs: Any
        self.inputs, model = self.task.build(settings, embedded)
        self._step_labels = self._alter(dataset, embedded)
        self._soft = soft_targets_of(dataset, settings, embedded)
        self.model = model.to(place.device) if settings.fine_tunes else model
        self.network = WeightNetwork(
            settings.weight_hidden, settings.weight_low, settings.weight_high
        )
        self._optimizer = torch.optim.AdamW(
            [p for p in self.model.parameters() if p.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._network_optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.meta_rate, fused=True
        )
        self._step = self._build_step()

    def _alter(self, dataset: Dataset, embedded: Embedded) -> torch.Tensor | None:
        """The labels of training steps, by place; what is made up is put with the inputs."""
        if isinstance(self.task, TokenTask):
            return None
        found = altered(dataset, self._settings, embedded, self.task.labels)
        if len(found.made):
            self.inputs = Features(np.concatenate([embedded.rows, found.made]))
        return found.labels

    def _build_step(self) -> Step:
        settings, network = self._settings, self.network
        loss = objective(settings, self.task.counts, soft=self._soft is not None)
        meta_loss = meta_objective(settings, self.task.counts)
        learned: tuple[Any, Any] = (None, None)
        if settings.learns_weights:
            learned = (network, self._network_optimizer)
        if isinstance(self.model, Head):
            return FrozenHeadStep(
                self.model,
                self._optimizer,
                *learned,
                alpha=settings.virtual_rate,
                objective=loss,
                meta_objective=meta_loss,
            )
        self._optimizer.register_step_pre_hook(refuse_not_finite)
        return MetaStep(
            self.model,
            self._optimizer,
            *learned,
            alpha=settings.virtual_rate,
            meta_gradient=settings.meta_gradient,
            accumulation=settings.accumulation,
            autocast=self._place.autocast,
            max_gradient_norm=settings.max_gradient_norm,
            objective=loss,
            meta_objective=meta_loss,
            ranks=self._ranks,
        )

    def step(
        self,
        places: np.ndarray,
        meta_places: np.ndarray,
        *,
        keys: np.ndarray,
        rate: float = 1.0,
        progress: float = 0.0,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """One update on the rows at `places` [B], with a meta batch at `meta_places` [M].

        `keys` [B] decide the rows' dropout masks; the learning rate is `rate` times its peak;
        `progress` is the share of the run's steps that are done; with `probe` the outcome tells
        how near the meta-gradient is to the exact one, without `meta` the weight network rests.
        Each rank computes its share of both batches; the outcome is that of the whole.
        """
        own, own_meta = (self._ranks.share(len(rows)) for rows in (places, meta_places))
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * rate
        return self._step(
            *self._training_batch(places[own], keys[own], progress),
            *self._batch(meta_places[own_meta], turned(meta_places, int(keys[0]))[own_meta]),
            keys=torch.from_numpy(keys[own]),
            sizes=(len(places), len(meta_places)),
            probe=probe,
            meta=meta,
        )

    def _training_batch(
        self, places: np.ndarray, turns: np.ndarray, progress: float
    ) -> tuple[Any, Targets]:
        """`_batch` with the labels that the method trains on, and soft targets where it has any."""
        inputs, targets = self._batch(places, turns, self._step_labels)
        if self._soft is None:
            return inputs, targets
        settings = self._settings
        first, last = settings.effective_soft_target_weight, settings.soft_target_weight_last
        weight = share_at(progress, first, last)
        soft = self._soft[torch.from_numpy(places)].to(self._place.device)
        return inputs, Targets(targets.labels, soft, weight)

    def _batch(
        self, places: np.ndarray, turns: np.ndarray, labels_by_place: torch.Tensor | None = None
    ) -> tuple[Any, Targets]:
        """Inputs and targets of those rows, where the model is.

        `turns` choose a window of each sentence that has several; `labels_by_place` replace the
        rows' own labels.
        """
        if isinstance(self.inputs, TaggedTokens | WordFeatures):
            inputs, labels = self.inputs.tagged(places, turns)
        else:
            assert not isinstance(self.task, TokenTask)
            inputs = self.inputs.batch(places)
            known = self.task.labels if labels_by_place is None else labels_by_place
            labels = known[torch.from_numpy(places)]
        return self._moved(inputs), Targets(labels).to(self._place.device)

    def _moved(self, inputs: Any) -> Any:
        """What the model reads, where the model is."""
        device = self._place.device
        if device.type == "cpu" or not isinstance(inputs, dict):
            return inputs
        return {name: tensor.to(device, non_blocking=True) for name, tensor in inputs.items()}

    def evaluate(self, places: np.ndarray) -> Iterator[int | Evaluation]:
        """Yields rows done after each chunk, and last the evaluation of all `places` [n]."""
        if isinstance(self.task, TokenTask):
            yield from self._evaluate_words(self.task, places)
            return
        first = int(places[0]) if len(places) else 0  # places are consecutive
        top = min(TOP, self._class_count)
        loss, margin = torch.zeros(len(places)), torch.zeros(len(places))
        probability = torch.zeros(len(places), top)
        best = torch.zeros(len(places), top, dtype=torch.int32)
        self.model.eval()
        for chunk, done in self._own_chunks(places):
            with torch.inference_mode():
                inputs, targets = self._batch(chunk, chunk)
                labels = targets.labels
                with self._place.precision():
                    logits = self.model(inputs)
                logits = logits.float()
                found = logits.softmax(1).topk(top)
                own = chunk - first
                loss[own] = cross_entropy(logits, labels).cpu()
                margin[own] = margins(logits, labels).cpu()
                probability[own], best[own] = found.values.cpu(), found.indices.cpu().int()
            yield done
        self._ranks.add_([loss, margin, probability, best])
        classes = best.numpy().astype(np.int16)
        yield Evaluation(
            loss=loss.numpy(),
            prediction=classes[:, 0],
            label_probability=np.exp(-loss.numpy()),
            margin=margin.numpy(),
            top_classes=classes,
            top_probabilities=probability.numpy().astype(np.float16),
        )

    def _evaluate_words(self, task: TokenTask, places: np.ndarray) -> Iterator[int | Evaluation]:
        """`evaluate` of tagged sentences, all windows of each."""
        assert isinstance(self.inputs, TaggedTokens | WordFeatures)
        first = int(task.starts[places[0]])
        total = int(task.starts[places[-1] + 1]) - first
        loss, probability, margin = (torch.zeros(total) for _ in range(3))
        prediction = torch.zeros(total, dtype=torch.int32)
        self.model.eval()
        done = 0
        for turn, part in enumerate(self.inputs.scored(places)):
            done += len(part.words)
            if turn % self._ranks.count != self._ranks.rank:
                continue
            with torch.inference_mode(), self._place.precision():
                logits = self.model(self._moved(part.inputs)).float().cpu()
            log_p = logits.reshape(-1, logits.shape[-1])[part.taken].log_softmax(1)
            own = torch.from_numpy(part.words - first)
            gold = task.gold(part.words)
            loss[own] = -log_p.gather(1, gold.unsqueeze(1))[:, 0]
            margin[own] = margins(log_p, gold)
            best = log_p.max(1)
            prediction[own], probability[own] = best.indices.int(), best.values.exp()
            yield done * len(places) // total
        self._ranks.add_([loss, prediction, probability, margin])
        words = WordEvaluation(
            loss.numpy(), prediction.numpy().astype(np.int16), probability.numpy(), margin.numpy()
        )
        yield task.judged(places, words)

    def _own_chunks(self, places: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """This rank's chunks of the rows, and how many rows all ranks have done after each.

        The chunks are those of a single process, dealt out in turn since their rows get
        longer; rows of other ranks count as zero, so that a sum puts the parts together.
        """
        chunks = list(chunks_of(self.inputs, places))
        done = np.cumsum([len(chunk) for chunk in chunks])
        for turn in range(self._ranks.rank, len(chunks), self._ranks.count):
            yield chunks[turn], int(done[turn])

    def embed(self, places: np.ndarray) -> Iterator[int | np.ndarray]:
        """Yields rows done, and last the embeddings [n, D] float32 by the encoder as it is now.

        Pooled as the frozen ones are (`Encoder.embed`): the mean of a row's token vectors,
        scaled to length 1. Full preset only.
        """
        assert isinstance(self.model, FineTuned)
        first, width = int(places[0]), self.model.classifier.in_features
        embeddings = torch.zeros(len(places), width)
        self.model.eval()
        for chunk, done in self._own_chunks(places):
            with torch.inference_mode(), self._place.precision():
                vectors = pooled(self.model.encoder, self._batch(chunk, 0 * chunk)[0])
            unit = torch.nn.functional.normalize(vectors.float(), dim=1)
            embeddings[chunk - first] = unit.cpu()
            yield done
        self._ranks.add_([embeddings])
        yield embeddings.numpy()

    def curve(self) -> np.ndarray:
        """s = sigmoid(V(z)) on CURVE_GRID, [G] float32."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(CURVE_GRID)).s.numpy().copy()

    def is_finite(self) -> bool:
        """Whether every parameter of the model still is a number."""
        return all(bool(torch.isfinite(p).all()) for p in self.model.parameters())

    def model_weights(self) -> dict[str, np.ndarray]:
        """A copy of the model's parameters and buffers, by name."""
        return _arrays(self.model.state_dict())

    def load_model(self, weights: dict[str, np.ndarray]) -> None:
        """Puts such a copy back."""
        self.model.load_state_dict(_tensors(weights))

    def save(self) -> dict[str, np.ndarray]:
        """Model, weight network and both optimisers, by name."""
        saved = above("model.", self.model_weights())
        saved |= above("network.", _arrays(self.network.state_dict()))
        if isinstance(self._step, MetaStep):
            saved["layerwise"] = np.array([self._step.layerwise])
        for owner, optimizer in self._optimizers():
            for place, state in optimizer.state_dict()["state"].items():
                saved |= above(f"{owner}.{place}.", _arrays(state))
        return saved

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.load_model(below("model.", saved))
        self.network.load_state_dict(_tensors(below("network.", saved)))
        if isinstance(self._step, MetaStep):
            self._step.layerwise = bool(saved["layerwise"][0])
        for owner, optimizer in self._optimizers():
            state: dict[int, dict[str, torch.Tensor]] = {}
            for key, tensor in _tensors(below(f"{owner}.", saved)).items():
                place, name = key.split(".", 1)
                state.setdefault(int(place), {})[name] = tensor
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})

    def _optimizers(self) -> list[tuple[str, torch.optim.Optimizer]]:
        return [("adamw", self._optimizer), ("adam", self._network_optimizer)]


def chunks_of(inputs: Any, places: np.ndarray) -> Iterator[np.ndarray]:
    """The places in an order and in sizes that are cheap to evaluate."""
    if not isinstance(inputs, TaggedTokens):
        yield from inputs.chunks(places)
        return
    ordered = places[np.argsort(inputs.lengths[places], kind="stable")]
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
