"""Whether a review stops at the right time: `python -m tests.benchmarks.stopping --json`.

Made-up tickets (`tests.tickets`) with 48 wrong labels among 600 are ranked as on the page Relabel,
and an annotator who is always right reviews them in that order. At ten points of the review the
interval of the errors left either holds the true number or not (coverage, nominally 95 %). Where
the rule says stop first, the share of errors found (target 95 %) and of rows reviewed are noted;
also for the test that does not trust the scores. With --shared also real label errors of crowd
workers: the news items of `tests.benchmarks.planted`.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hamr.jobs.neighbour_evidence import neighbour_evidence_of
from hamr.records import SPLITS
from hamr.store import Store
from hamr.triage.stopping import TARGET, errors_left, is_enough, may_stop
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.queue import queue
from tests.benchmarks.planted import NEWS, trained
from tests.tickets import Ticket, dataset, tickets

POINTS, STEPS = 10, 60  # of a review: where the interval is looked at; where it may stop


def measured(rows: list[Ticket], name: str, seed: int) -> dict[str, Any]:
    """A review of these rows in the order of the queue."""
    with tempfile.TemporaryDirectory() as home:
        run = trained(Store.open(home), dataset(rows, name), seed)
        found = queue(run, run.epochs()[-1], neighbour_evidence_of(run))
        ids = AllRows.of(run).ids
    assert found.issues is not None
    wrong_ids = {row.id for row in rows if row.wrong}
    wrong = np.array([row_id in wrong_ids for row_id in ids])[found.order]
    p = found.issues.label_errors.p_wrong[found.order]
    held = []
    for n in np.linspace(0, len(p), POINTS, endpoint=False, dtype=int):
        left = errors_left(p[n:], p[:n], wrong[:n])
        held.append(left.low <= int(wrong[n:].sum()) <= left.high)
    stops = {
        "by scores": lambda n: is_enough(
            int(wrong[:n].sum()), errors_left(p[n:], p[:n], wrong[:n])
        ),
        "without scores": lambda n: may_stop(wrong[:n], len(wrong)),
    }
    places = np.linspace(0, len(p), STEPS + 1, dtype=int)[1:]
    at = {rule: next(int(n) for n in places if stop(n)) for rule, stop in stops.items()}
    result = {
        "data": name, "seed": seed, "rows": len(p), "errors": int(wrong.sum()),
        "held": int(np.sum(held)), "points": POINTS,
        **{
            rule: {"found": round(float(wrong[:n].sum() / wrong.sum()), 3),
                   "reviewed": round(n / len(p), 3)}
            for rule, n in at.items()
        },
    }  # fmt: skip
    print(result, flush=True)
    return result


def news(folder: Path) -> list[Ticket] | None:
    """Real errors in news items; None where the file is not there."""
    file = folder / NEWS
    if not file.is_file():
        print(f"left out: {file} is not there")
        return None
    with file.open(newline="", encoding="utf-8") as lines:
        given = list(csv.DictReader(lines))
    random.Random(0).shuffle(given)
    splits = [SPLITS[0 if n % 20 < 14 else 1 if n % 20 < 17 else 2] for n in range(len(given))]
    return [
        Ticket(str(n), row["text"], row["label"], row["gold"], split)
        for n, (row, split) in enumerate(zip(given, splits, strict=True))
    ]


def main() -> None:
    """Plants, trains, reviews and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.benchmarks.stopping"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--shared", help=f"a folder with {NEWS}")
    args = parser.parse_args()
    seeds = [int(seed) for seed in filter(None, args.seeds.split(","))]
    found = [measured(tickets(seed), "tickets", seed) for seed in seeds]
    real = news(Path(args.shared)) if args.shared else None
    if real is not None:
        found.append(measured(real, "news", 0))
    coverage = sum(row["held"] for row in found) / max(1, sum(row["points"] for row in found))
    reached = sum(row["by scores"]["found"] >= TARGET for row in found)
    print(f"the interval held the errors left in {coverage:.0%} of cases (nominal 95 %); where the "
          f"rule stops, {TARGET:.0%} of errors are found in {reached} of {len(found)}")  # fmt: skip
    if args.json:
        print(json.dumps({"coverage": coverage, "reached": reached, "reviews": found}))


if __name__ == "__main__":
    main()
