"""What `sweep` prints: progress on standard error, and its table, as text, JSON or a file."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamr.cli.export import write_text
from hamr.cli.progress import ProgressBar
from hamr.cli.terminal import print_table, say, shown
from hamr.cli.train import LINE_EVERY, STOPPED
from hamr.jobs import SweepProgress, default_jobs
from hamr.store import Sweep
from hamr.views.train.sweeps import Line, Outcome, embedding, frame, lines, outcomes, seconds_left

if TYPE_CHECKING:
    import pandas as pd

DONE, FAILED = 0, 1
TABLES = (".csv", ".md")
LOOK_EVERY = 1.0  # seconds between two looks at how runs went, on a terminal
NAMED = 3  # running runs that a line names


def report(sweep: Sweep, arguments: argparse.Namespace) -> int:
    """Prints the state of the sweep, and writes its table to --to; the exit code."""
    found = outcomes(sweep)
    table = lines(found)
    info = sweep.info
    if arguments.to:
        write(table, Path(arguments.to).expanduser())
    if arguments.json:
        rows = [one.as_json() for one in found]
        whole = {"sweep": info.id, "name": info.name, "status": info.status, "rows": rows}
        print(json.dumps(whole), flush=True)
    else:
        print_text(table)
    for reason in dict.fromkeys(one.reason for one in found if one.reason):
        say(f"A run failed: {reason}")
    if any(one.status == "failed" for one in found):
        return FAILED
    if missing := sum(one.status != "finished" for one in found):
        say(
            f"{missing} of {len(found)} runs are still to be trained; python -m hamr sweep "
            f'--resume "{info.name}" continues it'
        )
        return DONE if arguments.show else STOPPED
    return DONE


def write(table: Sequence[Line], path: Path) -> None:
    """The table as a .csv or .md file."""
    from hamr.files.cells import table_text

    found = frame(table)
    if path.suffix == ".csv":
        write_text(path, table_text(found))
        return
    head, *body = _cells(found)
    rows = [head, ["---"] * len(head), *body]
    cells = [" | ".join(shown(cell).replace("|", "\\|") for cell in row) for row in rows]
    write_text(path, "".join(f"| {row} |\n" for row in cells))


def print_text(table: Sequence[Line]) -> None:
    """Print the table; the reasons for gaps are printed below it."""
    found = frame(table).drop(columns="Gaps", errors="ignore")
    head, *rows = _cells(found)
    words = 2 if "Settings" in found else 1  # the first columns hold words, the others numbers
    print_table(head, rows, left=head[:words])
    sys.stdout.flush()


def _cells(table: pd.DataFrame) -> list[list[Any]]:
    return [list(table.columns), *table.to_numpy().tolist()]


class Reporter:
    """Shows how far a sweep is: a bar, or without a terminal a line when a run ends."""

    def __init__(self, sweep: Sweep, jobs: int | None, bar: ProgressBar) -> None:
        self._sweep, self._bar = sweep, bar
        self._jobs = jobs or default_jobs(sweep.info.settings, len(sweep.plan))
        self._printed, self._done = 0.0, -1
        self._known: dict[str, Outcome] = {}

    def __call__(self, progress: SweepProgress) -> None:
        since = time.monotonic() - self._printed
        news = progress.done != self._done
        if since < (LOOK_EVERY if self._bar.moves or news else 3 * LINE_EVERY):
            return
        self._printed, self._done = time.monotonic(), progress.done
        if progress.waits:
            self._bar.move("Waiting for another run on this home to end", 0, 1)
            return
        found = outcomes(self._sweep, self._known)
        words = [progress_line(found, progress, self._jobs), embedding(self._sweep, found)]
        done = sum(one.status == "finished" for one in found)
        self._bar.move(", ".join(filter(None, words)), done, len(found))


def progress_line(found: Sequence[Outcome], progress: SweepProgress, jobs: int) -> str:
    """Such as "12 of 45 runs done, 2 running (focal seed 1, hamr seed 1), about 3 min left"."""
    by_run = {one.run: one.planned for one in found}
    under_way = [by_run[run] for run in progress.running if run in by_run]
    names = [
        " ".join(filter(None, (p.method, p.point, f"seed {p.seed}"))) for p in under_way[:NAMED]
    ]
    done = sum(one.status == "finished" for one in found)
    words = [f"{done} of {len(found)} runs done"]
    if failed := sum(one.status == "failed" for one in found):
        words.append(f"{failed} failed")
    if names:
        more = ", ..." if len(under_way) > NAMED else ""
        words.append(f"{len(under_way)} running ({', '.join(names)}{more})")
    if left := seconds_left(found, jobs):
        span = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        words.append(f"about {span} left")
    return ", ".join(words)
