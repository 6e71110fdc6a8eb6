"""Shared by all tests: shapes are checked, tests run in several processes, slow ones are named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Before torch is imported: several processes of tests share the cores, each computes on one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Checked at every call: an array of the wrong shape or type fails the test that made it.
install_import_hook(
    [
        "hamr.hardness",
        "hamr.losses",
        "hamr.metrics",
        "hamr.models",
        "hamr.neighbours",
        "hamr.projection",
        "hamr.sampler",
        "hamr.triage",
        "hamr.weighting",
    ],
    "beartype.beartype",
)

from hamr.store import database  # noqa: E402 - the hook above has to come first

TESTS = Path(__file__).parent

# A slow moment of the machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

MOST_WORKERS = 4  # more gain nothing: the tests in the browser are one worker's alone


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core, and one more since tests in the browser wait most of the time; none
    besides this one where only a file is asked for.
    """
    asked = {argument.split("::")[0] for argument in config.args}
    if len(asked) == 1 and asked.pop().endswith(".py"):
        return 0
    return min((os.cpu_count() or 1) + 1, MOST_WORKERS)


class Rooms(LoadScopeScheduling):  # type: ignore[misc]
    """A file's tests stay in one process, and so do all tests in a browser.

    These share a browser and a finished run of the demo, and wait for what is drawn: two at a
    time would only wait for each other.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return "tests/browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """How tests are dealt out to the processes."""
    return Rooms(config, log)


# What takes seconds a test. Without these the tests answer within two minutes on two cores.
SLOW = (
    "tests/browser/",  # a real browser and a real server
    # The command line in processes of its own, which import torch and train.
    "tests/core/test_api.py",
    "tests/core/test_command_line.py",
    "tests/core/test_export_tokens.py",
    "tests/core/test_package.py",
    "tests/core/test_sweep_command.py",
    # Several processes train together.
    "tests/core/test_ranks.py",
    "tests/core/test_ranks_command_line.py",
    "tests/core/test_ranks_training.py",
    # An encoder is fine-tuned to the end, again and again.
    "tests/core/test_architectures.py",
    "tests/core/test_export_model.py",
    "tests/core/test_full_preset.py",
    "tests/core/test_token_records.py",
    "tests/core/test_token_training.py",
    "tests/core/test_training_epoch.py",
    "tests/core/test_training_faults.py",
    "tests/core/test_training_resume.py",
    # Workers that are killed.
    "tests/jobs/test_driver.py",
    "tests/jobs/test_killed_worker.py",
    "tests/jobs/test_kills.py",
    "tests/jobs/test_meaning.py",
    "tests/jobs/test_sweep.py",
    "tests/store/test_killed_server.py",
)


SYNCED = ("store", "jobs", "browser")  # folders of tests of what is on disk after a fault


@pytest.fixture(scope="module", autouse=True)
def nothing_waits_for_the_disk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Outside SYNCED no test is about lost power, and waiting for the disk took a third of them."""
    if request.path.relative_to(TESTS).parts[0] in SYNCED:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        unsynced = (*database.PRAGMAS, "synchronous=OFF")  # the last one counts
        patch.setattr(database, "PRAGMAS", unsynced)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests."""
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
