"""`app`: start the app's server, which opens a browser."""

from __future__ import annotations

import argparse
import os
import runpy
import sys

from hamr import resources
from hamr.errors import SettingError
from hamr.store.store import home_folder

PORTS = range(1, 65_536)


def app(arguments: argparse.Namespace) -> int:
    """Serve the app until Ctrl-C; raises SettingError for a port that cannot be."""
    port = arguments.port
    if port is not None and port not in PORTS:
        raise SettingError(f"--port must be from 1 to 65535, got {port}", field="port")
    os.environ["HAMR_HOME"] = str(home_folder(arguments.home))
    own = {"--server.port": port, "--server.address": arguments.host}
    given = [part for flag, value in own.items() if value for part in (flag, str(value))]
    # What `python -m streamlit` does, in this process: it handles Ctrl-C and prints the address.
    # Its settings (this machine only, no usage counts, colours) are in .streamlit next to app.py.
    sys.argv = ["streamlit", "run", str(resources.APP), *given, *arguments.streamlit]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0
