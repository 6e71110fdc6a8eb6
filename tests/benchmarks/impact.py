"""Whether Impact tells the truth: `python -m tests.benchmarks.impact --json`.

600 made-up tickets, of which 48 have a wrong label, in all splits. A run is trained on them, all 48
labels are corrected as an annotator would, and the run is retrained as the button on Relabel does:
same settings, epochs and seed. With right labels the model can't be worse; so a comparison that
says "worse" of macro-F1 or of a class is wrong. Repeated for several sets of tickets and seeds, and
once more with the pairs of one set of tickets and all seeds together.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.decisions import Decision, text_hash
from hamr.jobs.again import Retraining, retrain, retrained
from hamr.jobs.worker import run_worker
from hamr.store import Run, Store
from hamr.views.base.reviewed import LABELS, held_out
from hamr.views.relabel.comparison import BETTER, NO_DIFFERENCE, WORSE, Comparison, compare
from tests.tickets import Ticket, dataset, tickets, write_csv


class NoMap:
    """The maps of runs, which this does not need."""

    draws = False

    def __init__(self, run: Run) -> None:
        pass

    def start(self, rows: object) -> None:
        """Draws nothing."""

    def close(self) -> None:
        """Holds nothing."""


def measure(seeds: int, epochs: int, rows: int, errors: int) -> dict[str, Any]:
    """A verdict for each seed, and one for several seeds together."""
    alone = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            alone.append(
                _one(Path(folder), tickets(seed, rows, errors), seed, Retraining(), epochs)
            )
    with tempfile.TemporaryDirectory() as folder:
        together = _one(Path(folder), tickets(0, rows, errors), 0, Retraining(seeds=seeds), epochs)
    verdicts = [one["as reviewed"]["verdict"] for one in alone]
    return {
        "seeds": seeds,
        "better_or_no_difference": sum(v in (BETTER, NO_DIFFERENCE) for v in verdicts),
        "worse": verdicts.count(WORSE),
        "classes_called_worse": sum(one[kind]["classes worse"] for one in alone for kind in one),
        "target": {"better_or_no_difference": seeds, "worse": 0},
        "alone": alone,
        "together": together,
    }


def _one(
    folder: Path, rows: list[Ticket], seed: int, how: Retraining, epochs: int
) -> dict[str, Any]:
    """Train, correct every wrong label, retrain and compare."""
    store = Store.open(folder / "home")
    training = TrainingSettings(epochs=epochs, seed=seed)
    source = write_csv(folder / "tickets.csv", rows)
    settings = RunSettings(data=DataSettings(source=str(source)), training=training)
    run = store.create_run(settings, name="tickets", status="stopped")
    run.attach_dataset(dataset(rows))
    run.resume()
    _train(store)
    _correct(run, rows)
    retrain(store, run.id, how)
    _train(store)
    (found,) = retrained(store, run.info)
    pairs = [(store.run(p.before.id), store.run(p.after.id)) for p in found.pairs if p.before]
    decisions = store.decisions(run.info.fingerprint or "")
    held = held_out(run.dataset(), decisions, "test", [one for pair in pairs for one in pair])
    compared = {words: compare(pairs, held, labels) for labels, words in LABELS.items()}
    return {words: _figures(one) for words, one in compared.items() if one is not None}


def _train(store: Store) -> None:
    for run in store.queue():
        run_worker(store, run.id, maps=NoMap)  # type: ignore[arg-type]


def _correct(run: Run, rows: list[Ticket]) -> None:
    decisions = run.store.decisions(run.info.fingerprint or "")
    decisions.record(
        [
            Decision(
                row.id, row.split, text_hash(row.text), "label", "ada", new=row.true_label,
                old=row.label,
            )
            for row in rows
            if row.wrong
        ]
    )  # fmt: skip


def _figures(one: Comparison) -> dict[str, Any]:
    return {
        "verdict": one.verdict(),
        "rows that differ": round(float(one.decisive[0]), 1),
        "difference": one.interval().replace("\N{MINUS SIGN}", "-"),
        "before": round(float(one.before[0]), 3),
        "after": round(float(one.after[0]), 3),
        "classes worse": sum(one.verdict(k) == WORSE for k in range(1, len(one.titles))),
        "classes better": sum(one.verdict(k) == BETTER for k in range(1, len(one.titles))),
    }


def main() -> None:
    """Print the figures next to the targets; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--errors", type=int, default=48)
    arguments = parser.parse_args()
    found = measure(arguments.seeds, arguments.epochs, arguments.rows, arguments.errors)
    if arguments.json:
        print(json.dumps(found))
        return
    print(
        f"better or no difference: {found['better_or_no_difference']} of {found['seeds']} (target "
        f"all); worse: {found['worse']} (target 0); classes called worse: "
        f"{found['classes_called_worse']}"
    )
    for name, one in [*enumerate(found["alone"]), ("all seeds", found["together"])]:
        for labels, own in one.items():
            print(f"{name}, labels {labels}: {own['verdict']}, {own['difference']}")


if __name__ == "__main__":
    main()
