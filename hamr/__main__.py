"""`python -m hamr`: train, look at runs, resume and export without the app."""

import os
import sys

from hamr.cli import main
from hamr.ranks import launched

if __name__ == "__main__":
    code = main()
    if launched() > 1:
        # All is written and the connections are closed. On Python's own way out a thread of
        # theirs that is still ending aborts the process, now and then, and the launcher would
        # call a finished run failed.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
