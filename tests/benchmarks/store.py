"""What an epoch's dynamics cost to write and list: `python -m tests.benchmarks.store --json`.

All of ROW_SIGNALS and EPOCH_ARRAYS at 200,000 rows, through `Run.write_epoch`: on the
disk, synced, checksummed and listed when the clock stops. Beside it, what pages read.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from time import perf_counter

from hamr.config import RunSettings
from hamr.store import Run, Store
from tests.fake_run import fake_dataset, fake_epoch

TARGET_MS = 100


def milliseconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    begin = perf_counter()
    work()
    return 1000 * (perf_counter() - begin)


def median(work: Callable[[], object], times: int) -> float:
    """The median time of several tries, in milliseconds."""
    return round(statistics.median(milliseconds(work) for _ in range(times)), 2)


def measure(rows: int, epochs: int, folder: str) -> dict[str, float]:
    """The figures, in milliseconds, of a run of that size in the folder."""
    store = Store.open(folder)
    dataset = fake_dataset(rows, classes=14)
    run = store.create_run(RunSettings())
    run.attach_dataset(dataset)
    records = []
    for epoch in range(1, epochs + 1):
        records.append(fake_epoch(dataset, epoch, records[-1] if records else None))
    written = [milliseconds(lambda r=record: run.write_epoch(r)) for record in records]
    return {
        "rows": rows,
        "write_epoch_ms": round(statistics.median(written), 1),
        "write_epoch_worst_ms": round(max(written), 1),
        "target_ms": TARGET_MS,
        "open_ms": median(lambda: Store.open(folder), 5),
        **read(run, epochs),
    }


def read(run: Run, epochs: int) -> dict[str, float]:
    """What reading costs: a signal checked for the first time, again, one row, a search."""
    again = 9
    first = milliseconds(lambda: run.signal("loss", epochs).sum())
    rows = run.rows()
    return {
        "signal_first_ms": round(first, 2),
        "signal_ms": median(lambda: run.signal("loss", epochs).sum(), again),
        "trajectory_ms": median(lambda: run.trajectory("loss", [7]), again),
        "search_first_ms": round(milliseconds(lambda: rows.search("TEXT 77")), 2),
        "search_ms": median(lambda: rows.search("TEXT 77"), again),
        "runs_ms": median(run.store.runs, again),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--folder", help="where to write (the disk that is measured)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measure(options.rows, options.epochs, folder)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:22} {value:>10}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
