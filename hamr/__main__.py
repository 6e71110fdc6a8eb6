"""`python -m hamr`: train, look at runs, resume and export without the app."""

import sys

from hamr.cli import main

if __name__ == "__main__":
    sys.exit(main())
