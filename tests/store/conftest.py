import os

import pytest

from hamr.store import Store
from tests import postgres


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


@pytest.fixture(scope="session")
def new_postgres():
    """Each call gives the address of a new, empty database of one server."""
    if postgres.programs() is None and not os.environ.get("CI"):
        pytest.skip(postgres.REMEDY)
    # A test's database need not outlive a power cut.
    with postgres.server("-c fsync=off") as new_database:
        yield new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request, tmp_path, monkeypatch):
    """A store on each of the databases in turn; `Store.open(shared.home)` is the same again."""
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgres")()
        monkeypatch.setenv("HAMR_DATABASE_URL", url)
    return Store.open(tmp_path / "home")
