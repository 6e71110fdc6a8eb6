"""How far a long piece of work is, on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from hamr.cli.terminal import console, message, shown

if TYPE_CHECKING:
    from rich.progress import Progress


LONGEST = 200  # characters of what is being done


class ProgressBar:
    """A moving bar on a terminal; elsewhere a line at most every so many seconds."""

    def __init__(self, every: float) -> None:
        self.moves = sys.stderr.isatty()  # else what is shown stays, line by line
        self._every = every
        self._written = 0.0
        self._bar: Progress | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def move(self, text: str, done: int, total: int) -> None:
        """Show what is being done, and how much of it is done."""
        if self.moves and self._bar is None:
            self._bar = _started()
            self._bar.add_task(shown(text, LONGEST), completed=done, total=total)
        elif self._bar is not None:
            task = self._bar.task_ids[0]
            self._bar.update(task, description=shown(text, LONGEST), completed=done, total=total)
        elif time.monotonic() - self._written > self._every:
            self._written = time.monotonic()
            share = f"{done / max(1, total):4.0%}"
            print(f"{shown(text, LONGEST)} {share}", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        """Print a line that stays, above the bar."""
        # Rich has standard error while its bar is shown, and puts what is printed above it.
        print(message(text), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away, before a result is printed; `move` brings it back."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _started() -> Progress:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        console=console(sys.stderr),
        transient=True,
        redirect_stdout=False,  # results are printed where they belong
    )
    bar.start()
    return bar
