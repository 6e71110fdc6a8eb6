import pytest

from hamr.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")
