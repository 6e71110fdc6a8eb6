"""The command line. Standard output carries results, standard error carries progress."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from hamr.cli.parser import check_utf8
from hamr.cli.terminal import say, survive_any_text
from hamr.cli.verbs import build_parser
from hamr.errors import ColumnError, HamrError, SettingError
from hamr.ranks import launched

if TYPE_CHECKING:
    from hamr.cli.ranks import Leader

DONE, FAILED, USAGE = 0, 1, 2
TOGETHER = (["train"], ["resume"])  # verbs that several processes may run as one


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code: 0, 1 for an error, 2 for a wrong setting."""
    verb = (sys.argv[1:] if argv is None else argv)[:1]
    if launched() > 1 and [*verb] in TOGETHER:
        from hamr.cli.ranks import on_all_ranks

        return on_all_ranks(lambda leader: _run(argv, leader))
    return _run(argv)


def _run(argv: Sequence[str] | None, leader: Leader | None = None) -> int:
    """One verb in this process; `leader` where others help it to train."""
    survive_any_text()
    arguments = build_parser().parse_args(argv)
    arguments.leader = leader
    try:
        check_utf8(arguments)
        # Imported only now, so that --help comes up at once.
        verb: Callable[[argparse.Namespace], int] = resolve_name(arguments.function)
        return verb(arguments)
    except SettingError as error:
        say(f"hamr: {error}")
        return USAGE
    except HamrError as error:
        say(f"hamr: {error}{_flag_of(error, arguments)}")
        return FAILED
    except BrokenPipeError:  # `hamr runs | head`: the reader has seen enough
        sys.stderr.close()
        return DONE


def _flag_of(error: HamrError, arguments: argparse.Namespace) -> str:
    """The flag that chooses another column, after an error that asks for one."""
    if not isinstance(error, ColumnError) or error.field not in vars(arguments):
        return ""
    flag = f"--{error.field.replace('_', '-')}"
    return f" with {flag}" if str(error).endswith("choose one") else ""
