"""Which texts are said to be unlike anything in the training data: foreign ones, and own ones.

    python -m tests.benchmarks.unlike [--texts 150] [--shared ../shared/data] [--json]

The training rows are those of the demo. Half of its validation and test rows set the threshold; of
the other half the share that is flagged should be the stated rate, 1 %. Foreign texts are tweets on
a hurricane, film reviews and news, each where the folder `--shared` has it; as many of them as
possible should be flagged. AUROC: the probability that a foreign text lies farther away than one of
the other half. By the frozen built-in encoder, as in the quick preset.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.inference import load_embedder
from hamr.inference.distance import TrainingRows
from hamr.records import SPLITS


def foreign(shared: Path, count: int) -> dict[str, list[str]]:
    """The first texts of each set that is there."""
    found = {}
    for name in ("hurricane_irma_2017", "sst5"):
        path = shared / name / "test.json"
        if path.exists():
            found[name] = [row["text"] for row in json.loads(path.read_text("utf-8"))[:count]]
    path = shared / "noisy_ag_news" / "rows.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            found["noisy_ag_news"] = [
                row["text"] for _, row in zip(range(count), rows, strict=False)
            ]
    return found


def auroc(near: np.ndarray, far: np.ndarray) -> float:
    """The probability that one of `far` is larger than one of `near`; half for equal ones."""
    larger = (far[:, None] > near).mean() + (far[:, None] == near).mean() / 2
    return float(larger)


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=150)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    data, encoder = load(DataSettings(source="demo")), load_embedder(TrainingSettings(), "sequence")
    splits = {name: data.split(name).texts for name in SPLITS}
    training = encoder.embed(splits["train"])
    held_out = encoder.embed([*splits["validation"], *splits["test"]])
    order = np.random.default_rng(0).permutation(len(held_out))
    rows = TrainingRows(training, held_out[order[::2]])
    own = rows.distances(held_out[order[1::2]])
    found = {"stated": rows.false_alarm_rate, "own": round(float(own.unlike.mean()), 4)}
    for name, texts in foreign(asked.shared, asked.texts).items():
        far = rows.distances(encoder.embed(texts))
        found[name] = round(float(far.unlike.mean()), 4)
        found[f"{name} AUROC"] = round(auroc(own.distance, far.distance), 4)
    print(json.dumps(found) if asked.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
