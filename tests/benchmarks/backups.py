"""Backups of a home while people decide, restored and compared.

`python -m tests.benchmarks.backups --backups 100 --json`: 4 processes decide without a pause and
one writes epochs of a run again and again, while backups are made, half of them folders and half
.tar files. Each is restored into a new home. Counted are

    corrupt      restored homes in which `check` finds a fault, or that can't be made or opened
    different    restored homes whose decisions are not exactly those that the home had at some
                 version, or that lack one which was acknowledged before the backup began
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from hamr.errors import HamrError
from hamr.store import Store
from hamr.store.backup import backup
from hamr.store.checking import check_home
from hamr.store.unpacking import restore
from tests import postgres
from tests.decided import decision
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run

PROCESSES = multiprocessing.get_context("fork")
ROWS = 300


def write_decisions(home: Path, name: str, end: Any) -> None:
    """One annotator, until the end is rung."""
    store = Store.open(home)
    decisions = store.decisions(fake_dataset(ROWS).fingerprint)
    number = 0
    while not end.is_set():
        number += 1
        row, label = f"train:{1 + number % (ROWS // 2)}", f"class {'abcde'[number % 5]}"
        decisions.record([decision(decisions, row, label, name)])


def write_epochs(home: Path, end: Any) -> None:
    """A run that is trained again and again: its files are replaced while they are copied."""
    store, dataset = Store.open(home), fake_dataset(ROWS)
    run = store.run("trains")
    record = None
    while not end.is_set():
        epoch = 1 if record is None or record.epoch == 4 else record.epoch + 1
        record = fake_epoch(dataset, epoch, record if epoch > 1 else None, seed=int(perf_counter()))
        run.write_epoch(record)


def one(store: Store, folder: Path, number: int) -> tuple[str, float, str]:
    """Back up, restore and compare: "", "corrupt" or "different", the seconds, and why."""
    decisions = store.decisions(fake_dataset(ROWS).fingerprint)
    acknowledged = decisions.version
    target = folder / (f"backup {number}.tar" if number % 2 else f"backup {number}")
    home = folder / f"restored {number}"
    url = os.environ.pop("HAMR_DATABASE_URL", None)
    begin = perf_counter()
    try:
        if url:
            os.environ["HAMR_DATABASE_URL"] = url
        done = backup(store.home, target)
        seconds = perf_counter() - begin
        os.environ.pop("HAMR_DATABASE_URL", None)
        restore(target, home)
        faults = [*done.missing, *check_home(home).faults]
        events = Store.open(home).decisions(decisions.fingerprint).events()
    except HamrError as error:
        return "corrupt", 0.0, str(error)
    finally:
        os.environ.update({"HAMR_DATABASE_URL": url} if url else {})
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    if faults:
        return "corrupt", seconds, " ".join(faults)
    original = decisions.events()[: len(events)]
    if events != original or (events[-1].version if events else 0) < acknowledged:
        return "different", seconds, f"{len(events)} events of {len(original)}"
    return "", seconds, ""


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures."""
    store = Store.open(folder / "home")
    write_fake_run(store, rows=ROWS, epochs=3, name="stays")
    write_fake_run(store, rows=ROWS, epochs=1, name="trains", status="interrupted")
    store.database.engine.dispose()  # a connection must not be shared across a fork
    end = PROCESSES.Event()
    writers = [
        PROCESSES.Process(target=write_decisions, args=(store.home, f"annotator {n}", end))
        for n in range(options.writers)
    ]
    writers.append(PROCESSES.Process(target=write_epochs, args=(store.home, end)))
    for writer in writers:
        writer.start()
    try:
        store = Store.open(folder / "home")
        found = [one(store, folder, number) for number in range(options.backups)]
    finally:
        end.set()
        for writer in writers:
            writer.join()
    for outcome, _, why in found:
        if outcome:
            print(f"{outcome}: {why[:500]}", file=sys.stderr)
    outcomes = [outcome for outcome, _, _ in found]
    return {
        "database": "postgresql" if options.postgresql else "sqlite",
        "backups": options.backups,
        "writers": options.writers,
        "decisions": store.decisions(fake_dataset(ROWS).fingerprint).count,
        "corrupt": outcomes.count("corrupt"),
        "different": outcomes.count("different"),
        "backup_s": round(statistics.median(seconds for _, seconds, _ in found), 2),
    }


def main() -> None:
    """Measure and print; 1 if a backup is corrupt or different."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backups", type=int, default=100)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--postgresql", action="store_true", help="of a server's database")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    os.environ.pop("HAMR_DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as folder:
        if options.postgresql:
            with postgres.server("-c fsync=off") as new:
                os.environ["HAMR_DATABASE_URL"] = new()
                figures = measure(options, Path(folder))
        else:
            figures = measure(options, Path(folder))
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:12} {value:>12}" for name, value in figures.items()))
    sys.exit(bool(figures["corrupt"] + figures["different"]))


if __name__ == "__main__":
    main()
