"""The processes of a sweep whose training is a double: `python -m tests.jobs.sweep_double`.

pool SWEEP   a worker: dice fails, lnr kills its worker, focal is slow, others end at once;
             with a file HURRY in the home, focal is not slow any more
run SWEEP    the process that runs the sweep, two runs at a time
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hamr.errors import TrainingError
from hamr.jobs.child import start
from hamr.jobs.worker_pool import PoolWorker
from hamr.records import Record
from hamr.store import Sweep
from tests.jobs.double import load, trainer

HURRY = "hurry"


class DoubleWorker(PoolWorker):
    """A worker that trains with the double, and draws no map."""

    def __init__(self, sweep: Sweep) -> None:
        command = [sys.executable, "-m", "tests.jobs.sweep_double", "pool", sweep.id]
        self.process = start(command, sweep, stdout=subprocess.PIPE)

    def order(self, verb: str, run_id: str) -> bool:
        """Give the order, unless it is for a map, which would load torch."""
        return verb == "map" or super().order(verb, run_id)


def train(dataset: Any, settings: Any, **how: Any) -> Iterator[Record]:
    """As the method says."""
    if settings.method == "lnr":
        os._exit(9)
    fault = TrainingError("The loss is NaN: lower the rate", field="learning_rate")
    slow = 0.0 if Path(os.environ["HAMR_HOME"], HURRY).exists() else 0.25
    pace: dict[str, Any] = {"focal": {"pause": slow}, "dice": {"fault": fault}}
    return trainer(**pace.get(settings.method, {}))(dataset, settings, **how)


def main() -> int:
    """Do what the arguments say."""
    from hamr.jobs import run_sweep, serve_pool
    from hamr.store import Store

    if sys.argv[1] == "pool":
        return serve_pool(None, train=train)
    sweep = Store.open().sweeps.get(sys.argv[2])
    run_sweep(sweep, jobs=2, new_worker=DoubleWorker, load=load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
