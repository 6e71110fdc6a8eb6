"""`export --what model`: a trained model for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from hamr.cli.progress import ProgressBar
from hamr.exports.model import DEFAULT, export_model
from hamr.jobs.process import leave_with_parent
from hamr.store import Run

EVERY = 0.0  # seconds between two lines of progress: there are six, and the app reads them


def write_model(arguments: argparse.Namespace, run: Run, target: Path) -> Iterator[str]:
    """Write the model; yields a sentence on what was written."""
    leave_with_parent()  # where the app started this process, and ends
    epoch = None if arguments.epoch in (None, "best") else arguments.epoch
    with ProgressBar(EVERY) as bar:
        done = export_model(run, target, arguments.format or DEFAULT, epoch, bar.move)
    which = "its best epoch" if done.best else "not its best"
    yield (
        f"the model of {run.info.name!r} after epoch {done.epoch}, {which}, written to {target} as "
        f"{done.format}; read again, its probabilities differ by at most {done.difference:.1g} on "
        f"{done.rows} texts"
    )
