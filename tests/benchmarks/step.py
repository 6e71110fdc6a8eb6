"""What a step costs: `python -m tests.benchmarks.step --json [--data FILE]`.

Four parts, each on the built-in encoder, batch 32:

1. Time. Plain fine-tuning as everyone does it (autograd, AdamW, the model's own dropout),
   our ERM step, HAMR's step while the weight network rests, every form of the meta-gradient,
   and the published step by double backward (the oracle) take turns on one stream of
   batches. Ratios are medians over the batches of a form's time over the plain step's on
   that same batch. By default the texts are those of the built-in data with 32 to 60
   tokens.
2. Memory. Each variant's largest resident memory over what the process held before the
   model was loaded, each in a process of its own (on CUDA: the largest allocation).
3. Cosine. A real run of two epochs of HAMR; every few steps the gradient in theta of each
   form is compared with the oracle's, at that very state, on that batch, with those masks.
4. The command line ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.losses import Targets
from hamr.models import FineTuned, Tokens, encoder_folder, load_encoder
from hamr.records import Dataset, EpochRecord
from hamr.sampler import by_length
from hamr.training import learner, train
from hamr.weighting import FORMS, MetaStep, WeightNetwork
from tests.benchmarks.published import PublishedStep

ALPHA, RATE, META_RATE = 2e-4, 4e-5, 1e-4  # of the full preset
VARIANTS = ("plain", "erm", "resting", *FORMS, "oracle")
TARGETS = {"exact": (2.3, 0.9999), "last_layer": (1.3, 0.99)}
MEMORY_STEPS = 3

Batch = tuple[Any, Targets]
Step = Callable[[Batch, Batch, torch.Tensor], Any]


class Stream:
    """Batches as the trainer makes them: rows drawn at random, windows sorted by length."""

    def __init__(self, dataset: Dataset, args: argparse.Namespace, device: torch.device) -> None:
        encoder = load_encoder(encoder_folder("builtin"), 128)
        self.model = FineTuned(encoder, len(dataset.classes)).to(device)
        self._tokens = Tokens(encoder, list(dataset.train.texts))
        self._labels = torch.from_numpy(dataset.train.labels.astype(int))
        self._device, self._size, self._window = device, args.batch, args.window
        lengths = np.asarray(self._tokens.lengths)
        self._rows = np.flatnonzero((lengths >= args.least) & (lengths <= args.most))
        if not len(self._rows):
            sys.exit(f"no text has {args.least} to {args.most} tokens: widen --least and --most")
        self._generator = np.random.default_rng(args.seed)
        self.mean_tokens = float(lengths[self._rows].mean())

    def batches(self, count: int) -> list[tuple[Batch, Batch, torch.Tensor]]:
        """`count` batches, each with a meta batch and the keys of its dropout masks."""
        orders = [self._order(count) for _ in range(2)]
        return [
            (
                *(self._batch(order[i * self._size : (i + 1) * self._size]) for order in orders),
                torch.from_numpy(self._generator.integers(2**62, size=self._size)),
            )
            for i in range(count)
        ]

    def _order(self, count: int) -> np.ndarray:
        return by_length(
            self._generator,
            self._generator.choice(self._rows, count * self._size),
            np.asarray(self._tokens.lengths),
            batch_size=self._size,
            window=self._window,
        )

    def _batch(self, rows: np.ndarray) -> Batch:
        inputs = {name: t.to(self._device) for name, t in self._tokens.batch(rows).items()}
        return inputs, Targets(self._labels[torch.from_numpy(rows)]).to(self._device)


def make(variant: str, model: torch.nn.Module) -> Step:
    """A step of that kind on this model, with optimisers of its own."""
    adamw = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
    if variant == "plain":
        return _plain(model, adamw)
    network = WeightNetwork(100, 0.1, 8.0)
    adam = torch.optim.Adam(network.parameters(), lr=META_RATE, fused=True)
    if variant == "oracle":
        return PublishedStep(model, adamw, network, adam, alpha=ALPHA)
    learned = (None, None) if variant == "erm" else (network, adam)
    form = variant if variant in FORMS else "exact"
    step = MetaStep(model, adamw, *learned, alpha=ALPHA, meta_gradient=form)
    how = {"meta": variant != "resting"}
    return lambda batch, meta, keys: step(*batch, *meta, keys=keys, **how)


def _plain(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Step:
    def step(batch: Batch, meta: Batch, keys: torch.Tensor) -> None:
        model.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(batch[0]), batch[1].labels).backward()
        optimizer.step()

    return step


def times(stream: Stream, count: int, clock: Callable[[], float]) -> dict[str, dict[str, float]]:
    """Median milliseconds and ratio to the plain step, by variant."""
    steps = {variant: make(variant, copy.deepcopy(stream.model)) for variant in VARIANTS}
    taken: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for number, batch in enumerate(stream.batches(count + 1)):
        turn = number % len(VARIANTS)  # nobody always runs on a cache that another one left
        for variant in VARIANTS[turn:] + VARIANTS[:turn]:
            began = clock()
            steps[variant](*batch)
            taken[variant].append(clock() - began)
        print(f"step {number} of {count}", end="\r", file=sys.stderr, flush=True)
    plain = taken["plain"][1:]  # the first step of each warms up
    return {
        variant: {
            "ms": 1000 * statistics.median(of[1:]),
            "ratio": statistics.median(a / b for a, b in zip(of[1:], plain, strict=True)),
        }
        for variant, of in taken.items()
    }


def clock_of(device: torch.device) -> Callable[[], float]:
    """Wall time, after the GPU has done what it was given."""
    if device.type != "cuda":
        return time.perf_counter

    def clock() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return clock


def memory(dataset: Dataset, args: argparse.Namespace, device: torch.device) -> int:
    """Bytes of one variant's steps over the bytes held before its model was loaded."""
    before = _resident("VmRSS")
    stream = Stream(dataset, args, device)
    step = make(args.memory, stream.model)
    for batch in stream.batches(MEMORY_STEPS):
        step(*batch)
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    return _resident("VmHWM") - before


def _resident(name: str) -> int:
    """VmRSS, what the process holds now, or VmHWM, the most it ever held, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(name))
    return int(line.split()[1]) * 1024


def memories() -> dict[str, int]:
    """`memory` of each variant, in a process of its own."""
    found = {}
    for variant in VARIANTS:
        command = [sys.executable, "-m", "tests.benchmarks.step", *sys.argv[1:]]
        done = subprocess.run(
            [*command, "--memory", variant], stdout=subprocess.PIPE, text=True, check=True
        )
        found[variant] = int(done.stdout.split()[-1])
    return found


class Compared(MetaStep):
    """The trainer's step that, every so often, first compares all forms with the oracle."""

    every = 10
    found: dict[str, list[float]] = {}  # noqa: RUF012 - one for the run, read at its end
    taken = 0

    def __call__(self, inputs: Any, labels: Any, meta_inputs: Any, meta_labels: Any, **how: Any):
        if Compared.taken % self.every == 0:
            self._compare((inputs, labels), (meta_inputs, meta_labels), how["keys"])
        Compared.taken += 1
        return super().__call__(inputs, labels, meta_inputs, meta_labels, **how)

    def _compare(self, batch: Batch, meta: Batch, keys: torch.Tensor) -> None:
        network = copy.deepcopy(self._network)
        assert network is not None
        oracle = PublishedStep(self._model, None, network, None, alpha=self._alpha)
        wanted = _flat(oracle.gradient(batch, meta, keys)[0])
        for form in FORMS:
            # Steps of length zero: the model and the network stay as they are.
            still = torch.optim.SGD(self._model.parameters(), lr=0.0)
            other = torch.optim.SGD(network.parameters(), lr=0.0)
            MetaStep(self._model, still, network, other, alpha=self._alpha, meta_gradient=form)(
                *batch, *meta, keys=keys
            )
            found = _flat([p.grad for p in network.parameters()])
            cosine = torch.nn.functional.cosine_similarity(found, wanted, dim=0)
            self.found.setdefault(form, []).append(float(cosine))


def _flat(tensors: Any) -> torch.Tensor:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).double()


def cosines(dataset: Dataset, args: argparse.Namespace) -> dict[str, list[float]]:
    """Each form's cosines to the oracle over a run of HAMR with the full preset."""
    settings = TrainingSettings.of_preset(
        "full", batch_size=args.batch, meta_batch_size=args.batch, epochs=args.epochs,
        length_window=args.window, seed=args.seed, probe_every=0, device=args.device,
        precision="float32",
    )  # fmt: skip
    Compared.every = args.probe_every
    original, learner.MetaStep = learner.MetaStep, Compared  # type: ignore[misc]
    try:
        for record in train(dataset, settings, cache=Cache()):
            if isinstance(record, EpochRecord):
                print(f"epoch {record.epoch}: {Compared.taken} steps", file=sys.stderr)
    finally:
        learner.MetaStep = original  # type: ignore[misc]
    return Compared.found


class Cache(dict):
    """Arrays by kind and key, in memory."""

    def get(self, kind: str, key: str) -> Any:  # type: ignore[override]
        return super().get((kind, key))

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        self[kind, key] = array


def main() -> None:
    """Measures and prints."""
    args = _arguments()
    name = "cpu" if not torch.cuda.is_available() else "cuda"
    device = torch.device(name if args.device == "auto" else args.device)
    dataset = load(
        DataSettings(source=args.data, text_column=args.text_column, label_column=args.label_column)
    )
    if args.memory:
        print(memory(dataset, args, device))
        return
    stream = Stream(dataset, args, device)
    _say(f"{stream.mean_tokens:.1f} tokens a text, batch {args.batch}, {device}")
    result: dict[str, dict[str, float]] = times(stream, args.steps, clock_of(device))
    held = memories()
    for variant in VARIANTS:
        result[variant]["mb"] = held[variant] / 2**20
        result[variant]["memory_ratio"] = held[variant] / held["plain"]
    if args.epochs:
        run_on = load(DataSettings(source="demo")) if args.data == "builtin" else dataset
        for form, of in cosines(run_on, args).items():
            result[form] |= {
                "cosine_mean": float(np.mean(of)),
                "cosine_p5": float(np.percentile(of, 5)),
                "cosine_min": float(np.min(of)),
                "probes": len(of),
            }
    result["exact"]["ratio_every_4"] = (
        result["exact"]["ratio"] + 3 * result["resting"]["ratio"]
    ) / 4
    _table(result)
    if args.json:
        print(json.dumps(result))


def _table(result: dict[str, dict[str, float]]) -> None:
    for variant, figures in result.items():
        parts = [f"{figures['ms']:8.1f} ms  x {figures['ratio']:.2f}"]
        parts.append(f"memory {figures['mb']:6.0f} MB  x {figures['memory_ratio']:.2f}")
        if "cosine_min" in figures:
            parts.append(
                f"cosine mean {figures['cosine_mean']:.6f}, p5 {figures['cosine_p5']:.6f}, "
                f"least {figures['cosine_min']:.6f} of {figures['probes']}"
            )
        if variant in TARGETS:
            most, least = TARGETS[variant]
            parts.append(f"(target: x {most}, cosine {least})")
        _say(f"{variant:12s}" + "  ".join(parts))
    _say(f"exact with meta_every 4: x {result['exact']['ratio_every_4']:.2f}")


def _say(line: str) -> None:
    print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.step")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--data", default="builtin", help="builtin, demo or a file")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--least", type=int, help="tokens of the shortest text of the time part")
    parser.add_argument("--most", type=int, help="tokens of the longest")
    parser.add_argument("--steps", type=int, default=30, help="timed steps of each variant")
    parser.add_argument("--window", type=int, default=8, help="length_window of the batches")
    parser.add_argument("--epochs", type=int, default=2, help="of the cosine run; 0: none")
    parser.add_argument("--probe-every", type=int, default=10)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--memory", choices=VARIANTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    bounds = (32, 60) if args.data == "builtin" else (1, 10**6)
    args.least = bounds[0] if args.least is None else args.least
    args.most = bounds[1] if args.most is None else args.most
    return args


if __name__ == "__main__":
    main()
