"""Exports of models for the app: a process each, its progress, its end and its errors."""

from __future__ import annotations

import sys

import pytest

from hamr.jobs.model_export import ModelExport

GOOD = (
    "import sys; print('writing onnx  33%', file=sys.stderr, flush=True);"
    "open(sys.argv[-1], 'wb').write(b'model')"
)
BAD = "import sys; print('hamr: no room: make some', file=sys.stderr); sys.exit(1)"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
SLOW = "import time; time.sleep(600)"


@pytest.fixture
def started(tmp_path):
    """Starts an export that runs this script in the place of `hamr export`."""
    made = []

    def start(script):
        made.append(ModelExport(tmp_path, [], [sys.executable, "-c", script]))
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_an_export_reports_progress_and_leaves_its_file(started):
    export = started(GOOD)
    assert export.wait(60)
    assert (export.text, export.share) == ("writing onnx", 0.33)
    assert export.error is None
    assert export.path.read_bytes() == b"model"


def test_what_the_process_says_is_the_error(started):
    export = started(BAD)
    assert export.wait(60)
    assert str(export.error) == "no room: make some"


def test_a_process_that_is_killed_says_so(started):
    export = started(KILLED)
    assert export.wait(60)
    assert "signal 9" in str(export.error)


def test_closing_an_export_ends_its_process_and_removes_its_file(started):
    export = started(SLOW)
    export.close()
    assert export.wait(60)
    assert not export.path.parent.exists()
