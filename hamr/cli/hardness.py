"""The warning of commands that print or write hardness which does not mean hard."""

from __future__ import annotations

from hamr.cli.terminal import say
from hamr.errors import HamrError
from hamr.store import Run
from hamr.views.base.hardness_check import is_turned, warning


def say_of_hardness(run: Run, epoch: int, turned: str = "") -> None:
    """Warn on standard error where hardness does not rank the rows as their loss does.

    `turned` is what the command does about hardness that ranks easy rows first. A damaged loss of
    a former epoch is said too, and keeps no command from its work.
    """
    try:
        said = warning(run, epoch)
        if said:
            say(f"{said} {turned}" if turned and is_turned(run, epoch) else said)
    except HamrError as error:
        say(f"Whether hardness means hard could not be checked: {error}")
