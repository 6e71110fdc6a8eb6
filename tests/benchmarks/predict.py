"""Predicting with the built-in encoder, against sentence-transformers' own `encode`.

    python -m tests.benchmarks.predict [--texts 1000] [--rounds 5] [--json]

Both read the same texts of the built-in rows with the same encoder, 128 tokens at the most, on the
same cores in float32; ours also gives the probabilities of all classes and the distances to 10,000
training rows. Each round times both in turn, and the ratio is the median over the rounds, so that
whatever else the machine does meanwhile weighs on both. Target: 1.1 at the most.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from hamr.config import TrainingSettings
from hamr.data import builtin
from hamr.inference import load_predictor
from hamr.inference.distance import TrainingRows
from hamr.jobs.run_model import RunModel
from hamr.models import Head, encoder_folder

CLASSES, ROWS, WIDTH = 14, 10_000, 384


def ours(settings: TrainingSettings) -> RunModel:
    """A model of the quick preset with weights and training rows at random."""
    head = Head(WIDTH, settings.hidden, CLASSES)
    weights = {name: value.numpy() for name, value in head.state_dict().items()}
    names = tuple(f"class {number}" for number in range(CLASSES))
    predictor = load_predictor(settings, "sequence", names, weights, device="cpu")
    vectors = np.random.default_rng(0).standard_normal((ROWS, WIDTH), np.float32)
    return RunModel(predictor, 1, TrainingRows(vectors, vectors[:1000]))


def theirs(settings: TrainingSettings) -> Callable[[list[str]], object]:
    """The encoder as sentence-transformers has it."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder_folder(settings.model)), device="cpu")
    model.max_seq_length = settings.max_length
    return lambda texts: model.encode(texts, normalize_embeddings=True)


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    settings = TrainingSettings()
    texts = [str(row[1]) for row in builtin.procedures()[: asked.texts]]
    model, encode = ours(settings), theirs(settings)
    encode(texts[:64]), model.predict(texts[:64])
    pairs = [
        (seconds(lambda: model.predict(texts).columns()), seconds(lambda: encode(texts)))
        for _ in range(asked.rounds)
    ]
    found = {
        "texts": len(texts),
        "ours_seconds": statistics.median(own for own, _ in pairs),
        "encode_seconds": statistics.median(other for _, other in pairs),
        "ratio": statistics.median(own / other for own, other in pairs),
        "ratios": [round(own / other, 3) for own, other in pairs],
    }
    print(json.dumps(found) if asked.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
