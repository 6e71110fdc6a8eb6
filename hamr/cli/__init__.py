"""The command line. Standard output carries results, standard error carries progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamr.cli.parser import build_parser, check_utf8
from hamr.cli.terminal import say, survive_any_text
from hamr.errors import HamrError, SettingError
from hamr.ranks import launched

if TYPE_CHECKING:
    from hamr.cli.ranks import Leader

DONE, FAILED, USAGE = 0, 1, 2
TOGETHER = (["train"], ["resume"])  # the verbs that several processes run together


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code: 0, 1 for an error, 2 for a wrong setting."""
    verb = (sys.argv[1:] if argv is None else argv)[:1]
    if launched() > 1 and [*verb] in TOGETHER:
        from hamr.cli.ranks import together

        return together(lambda leader: _run(argv, leader))
    return _run(argv)


def _run(argv: Sequence[str] | None, leader: Leader | None = None) -> int:
    """One verb in this process; `leader` where others help it to train."""
    survive_any_text()
    arguments = build_parser().parse_args(argv)
    arguments.leader = leader
    try:
        check_utf8(arguments)
        return int(_verb(arguments.verb)(arguments))
    except SettingError as error:
        say(f"hamr: {error}")
        return USAGE
    except HamrError as error:
        say(f"hamr: {error}")
        return FAILED
    except BrokenPipeError:  # `hamr runs | head`: the reader has seen enough
        sys.stderr.close()
        return DONE


def _verb(name: str):  # type: ignore[no-untyped-def]
    """The function of a verb, imported only now so that --help comes up at once."""
    if name in ("work", "map", "work-sweep", "crew"):
        from hamr.cli import background

        return {
            "work": background.work,
            "map": background.draw,
            "work-sweep": background.work_sweep,
            "crew": background.crew,
        }[name]
    if name == "sweep":
        from hamr.cli import sweep

        return sweep.sweep
    if name in ("train", "resume"):
        from hamr.cli import train

        return {"train": train.train, "resume": train.resume}[name]
    if name in ("backup", "restore", "check"):
        from hamr.cli import backup, check

        return {"backup": backup.backup, "restore": backup.restore, "check": check.check}[name]
    if name == "decisions":
        from hamr.cli import decisions

        return decisions.decisions
    from hamr.cli import export, show

    return {"runs": show.runs, "show": show.show, "export": export.export}[name]
