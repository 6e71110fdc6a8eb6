"""`python -m tests.benchmarks.timed run app.py ...`: Streamlit, with its script runs timed.

Streamlit as it is, but each run of a script is written down as a line of JSON in the file
that $HAMR_TIMINGS names: the page, whether it was a fragment, when it began and ended (the
monotonic clock, which all processes of a machine share) and what the processor did for it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web.cli import main

_run_script = ScriptRunner._run_script


def timed(self: ScriptRunner, rerun_data: Any) -> None:
    """One script run, reruns it asks for itself included."""
    begin, processor = time.monotonic(), time.thread_time()
    _run_script(self, rerun_data)
    end = time.monotonic()
    line = {
        "page": _page(self),
        "fragment": bool(rerun_data.fragment_id_queue),
        "begin": begin,
        "end": end,
        "ms": 1000 * (end - begin),
        "processor_ms": 1000 * (time.thread_time() - processor),
    }
    with Path(os.environ["HAMR_TIMINGS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _page(runner: ScriptRunner) -> str:
    """The page's path in the URL; "" is the first page."""
    context = runner._get_script_run_ctx()
    pages = runner._pages_manager.get_pages()
    page = pages.get(context.page_script_hash)
    return str(page["url_pathname"]) if page and "url_pathname" in page else ""


if __name__ == "__main__":
    ScriptRunner._run_script = timed  # type: ignore[method-assign]
    main(prog_name="streamlit")
