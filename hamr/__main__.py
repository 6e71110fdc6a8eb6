"""`hamr` and `python -m hamr`: the app, and training and looking at runs without it."""

import os
import sys

from hamr.cli import main
from hamr.ranks import launched


def run() -> None:
    """Do what the command line asks for, and leave with its exit code."""
    code = main()
    if launched() > 1:
        # All is written and the connections are closed. On Python's own way out a thread of
        # theirs that is still ending aborts the process, now and then, and the launcher would
        # call a finished run failed.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
