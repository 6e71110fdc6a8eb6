import sys
from time import monotonic, sleep

import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.jobs import Driver
from hamr.jobs.child import start
from hamr.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


@pytest.fixture
def driver(store):
    """A driver, not started yet, whose workers train with the double."""
    driver = Driver(store, spawn=spawn_double)
    yield driver
    driver.close()


def spawn_double(run):
    return start([sys.executable, "-m", "tests.jobs.double", run.id], run)


def settings_of(epochs):
    return RunSettings(training=TrainingSettings(epochs=epochs))


PATIENCE = 120.0  # seconds; a busy machine may take its time


def wait_for(condition, seconds=PATIENCE):
    """Wait until the condition holds; its last value, so that `assert wait_for(...)` reads well."""
    end = monotonic() + seconds
    while not (value := condition()) and monotonic() < end:
        sleep(0.02)
    return value


def wait_for_status(run, *statuses, seconds=PATIENCE):
    """Wait until the run stands there; the status it has in the end."""
    wait_for(lambda: run.info.status in statuses, seconds)
    return run.info.status
