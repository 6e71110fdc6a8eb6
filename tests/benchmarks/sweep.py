"""A sweep from the command to its table: `python -m tests.benchmarks.sweep --json`.

Ten methods with five seeds each on the demo, quick preset, in a fresh home: 50 runs, of which
the first also embeds the rows. Seconds are those until the table is complete; the map of the rows,
which is drawn afterwards, is not among them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from typing import Any

from hamr.config import DataSettings, TrainingSettings
from hamr.jobs import default_jobs, rows_of, run_sweep
from hamr.store import Store
from hamr.sweeps import own_settings, sweep_of
from hamr.views.train.sweeps import lines, outcomes

TARGET_SECONDS = 900
METHODS = (
    "erm", "focal", "dice", "inverse-frequency", "class-balanced", "logit-adjustment", "lnr",
    "smote", "hamr", "hamr-plus",
)  # fmt: skip


def measure(
    home: str, seeds: int, jobs: int | None, methods: tuple[str, ...] = METHODS
) -> dict[str, Any]:
    """Seconds of the whole sweep, of its runs, and each method's scores."""
    began = time.perf_counter()
    store = Store.open(home)
    training = TrainingSettings.of_preset("quick")
    own = own_settings(training, methods, "sequence", ())
    settings = sweep_of(DataSettings(), training, methods, tuple(range(seeds)), {}, own)
    dataset = rows_of(store, settings)
    store.add_dataset(dataset)
    sweep = store.sweeps.create(settings, fingerprint=dataset.fingerprint)
    ended: list[float] = []

    def end() -> None:
        ended.append(time.perf_counter() - began)

    run_sweep(sweep, jobs=jobs, ended=end, stop=lambda: bool(ended))  # it stops the map
    found = outcomes(sweep)
    took = [one.seconds for one in found if one.seconds is not None]
    return {
        "runs": len(found),
        "finished": len(took),
        "jobs": jobs or default_jobs(settings, len(found)),
        "seconds": round(ended[0], 1),
        "target_seconds": TARGET_SECONDS,
        "median_run_seconds": round(statistics.median(took), 2),
        "load": [round(value, 1) for value in os.getloadavg()],
        "macro_f1": {line.method: str(line.macro_f1) for line in lines(found)},
        "rare_f1": {line.method: str(line.rare_f1) for line in lines(found)},
    }


def main() -> None:
    """Prints the figures next to the target; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--methods", help="with commas; ten of them by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        methods = tuple(arguments.methods.split(",")) if arguments.methods else METHODS
        found = measure(home, arguments.seeds, arguments.jobs, methods)
    if arguments.json:
        print(json.dumps(found))
        return
    print(
        f"{found['finished']} of {found['runs']} runs in {found['seconds']:.0f} s, "
        f"{found['jobs']} at a time (target {TARGET_SECONDS} s)"
    )
    for method, score in found["macro_f1"].items():
        print(f"{method:20} macro-F1 {score}, rare {found['rare_f1'][method]}")


if __name__ == "__main__":
    main()
