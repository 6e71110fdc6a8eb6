"""Annotators at work at once, and none of their decisions lost: figures of the store alone.

`python -m tests.benchmarks.annotators --json`: 20 annotators on 100,000 rows, as threads of one
process (as in the app) and as processes of their own. An act is timed from the call to the answer,
which comes after the commit. Without a pause everybody acts again as soon as they are answered,
which no person does; with one they act once a second. SQLite always, PostgreSQL where a server is
installed.

`--kills 200`: 4 annotators work through a serving process that dies by SIGKILL at random moments.
They send again what was not acknowledged. In the end each acknowledged decision must be there
exactly once, under the version that was acknowledged.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter, sleep
from typing import Any

from hamr.decisions import Decision, new_id, text_hash
from hamr.records import Dataset
from hamr.store import Store
from tests import postgres
from tests.benchmarks.killed_server import kills
from tests.fake_run import fake_dataset

TARGET_MS = 150
ROWS, SEED, CLASSES = 100_000, 1, 14
PROCESSES = multiprocessing.get_context("fork")


def dataset_of(rows: int) -> Dataset:
    """The rows to decide on."""
    return fake_dataset(rows, CLASSES, SEED)


def act(dataset: Dataset, annotator: str, moments: random.Random) -> Decision:
    """A decision on a row of the training rows."""
    row = moments.randrange(len(dataset.train))
    return Decision(
        row_id=dataset.train.ids[row],
        split="train",
        text_hash=text_hash(dataset.train.texts[row]),
        kind="label",
        annotator=annotator,
        new=moments.choice(dataset.classes),
        client_id=new_id(),
        evidence={"hardness": moments.random(), "neighbours": 9, "says": "9 of 10 neighbours"},
    )


def work(
    open_store: Callable[[], Store],
    dataset: Dataset,
    number: int,
    ready: Any,
    options: argparse.Namespace,
    pause: float,
) -> list[float]:
    """One annotator: how long each act took, in milliseconds."""
    moments = random.Random(number)
    decisions = open_store().decisions(dataset.fingerprint)
    _ = decisions.version, dataset.train.ids[0] in decisions.rows
    ready.wait()  # what a process costs to start is no annotator's
    end, taken = perf_counter() + options.seconds, []
    sleep(pause * moments.random())
    while perf_counter() < end:
        sent = act(dataset, f"annotator {number}", moments)
        begin = perf_counter()
        decisions.record([sent])
        taken.append(1000 * (perf_counter() - begin))
        sleep(pause * (0.5 + moments.random()))
    return taken


def as_threads(
    store: Store, dataset: Dataset, options: argparse.Namespace, pause: float
) -> list[float]:
    """All annotators in one process, over one store."""
    taken: list[list[float]] = []
    ready = Barrier(options.annotators)

    def one(number: int) -> None:
        taken.append(work(lambda: store, dataset, number, ready, options, pause))

    threads = [Thread(target=one, args=(number,)) for number in range(options.annotators)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [ms for own in taken for ms in own]


def as_processes(
    store: Store, dataset: Dataset, options: argparse.Namespace, pause: float
) -> list[float]:
    """Each annotator in a process of their own."""
    home, results = store.home, PROCESSES.Queue()
    ready = PROCESSES.Barrier(options.annotators)

    def one(number: int) -> None:
        results.put(work(lambda: Store.open(home), dataset, number, ready, options, pause))

    store.database.engine.dispose()  # a connection must not be shared across a fork
    workers = [PROCESSES.Process(target=one, args=(n,)) for n in range(options.annotators)]
    for worker in workers:
        worker.start()
    taken = [ms for _ in workers for ms in results.get(timeout=options.seconds + 120)]
    for worker in workers:
        worker.join()
    return taken


def measure(database: str, how: str, options: argparse.Namespace, pause: float) -> dict[str, Any]:
    """One row of figures, on a new database."""
    ways = {"threads": as_threads, "processes": as_processes}
    dataset = dataset_of(options.rows)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        store = Store.open(folder)
        store.add_dataset(dataset)
        taken = ways[how](store, dataset, options, pause)
        kept = len(Store.open(folder).decisions(dataset.fingerprint).events())
    cuts = statistics.quantiles(taken, n=100)
    return {
        "database": database,
        "as": how,
        "rows": options.rows,
        "annotators": options.annotators,
        "pause_s": pause,
        "acts": len(taken),
        "lost": len(taken) - kept,
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "worst_ms": round(max(taken), 1),
        "acts_per_second": round(len(taken) / options.seconds, 1),
        "target_p95_ms": TARGET_MS,
    }


@contextmanager
def database(name: str) -> Iterator[Callable[[], None]]:
    """Each call makes what is opened next a store on a new database of that kind."""
    with ExitStack() as stack:
        new = stack.enter_context(postgres.server()) if name == "postgresql" else None

        def fresh() -> None:
            os.environ.pop("HAMR_DATABASE_URL", None)
            if new is not None:
                os.environ["HAMR_DATABASE_URL"] = new()

        yield fresh
        os.environ.pop("HAMR_DATABASE_URL", None)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--annotators", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one of the databases")
    parser.add_argument("--kills", type=int, default=0, help="kill the serving process so often")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--folder", help="where to write (the disk that is measured)")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    found = []
    there = ("sqlite", "postgresql") if postgres.programs() else ("sqlite",)
    for name in there if options.only is None else (options.only,):
        with database(name) as fresh:
            for row in _figures(name, fresh, options):
                print(json.dumps(row), file=sys.stderr)
                found.append(row)
    if options.json:
        print(json.dumps({"rows": found}))
    sys.exit(any(row["lost"] or row.get("doubled") for row in found))


def _figures(
    name: str, fresh: Callable[[], None], options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    if options.kills:
        fresh()
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            dataset = dataset_of(min(options.rows, 5000))  # each new server reads them all
            yield {
                "database": name,
                **kills(Path(folder), dataset, act, options.kills, options.seed),
            }
        return
    for how in ("threads", "processes"):
        for pause in (0.0, 1.0):
            fresh()
            yield measure(name, how, options, pause)


if __name__ == "__main__":
    main()
