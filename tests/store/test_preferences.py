"""What people choose for themselves is kept, found again, checked, backed up and restored."""

import pytest
from sqlalchemy import text

from hamr.errors import DamagedError
from hamr.store import Store
from hamr.store.backup import backup
from hamr.store.checking import check_home
from hamr.store.rebuild import restore_from_folders
from hamr.store.unpacking import restore


def test_a_preference_belongs_to_its_annotator_and_data_set(shared):
    own = shared.preferences
    own.put("keys", {"accept": "k"}, annotator="ada")
    own.put("keys", {"billing": "1"}, fingerprint="f")
    again = Store.open(shared.home).preferences
    assert again.get("keys", annotator="ada") == {"accept": "k"}
    assert again.get("keys", fingerprint="f") == {"billing": "1"}
    assert again.get("keys", annotator="ada", fingerprint="f") is None
    assert again.get("keys") is None


def test_a_newer_value_replaces_an_older_one_and_may_leave_it(store):
    own = store.preferences
    own.put("keys", {"a": "1"}, annotator="ada")
    own.put("keys", {"a": "2"}, annotator="ada")
    assert own.put("keys", {"a": "3"}, annotator="ada", only_new=True) == {"a": "2"}
    assert own.get("keys", annotator="ada") == {"a": "2"}


def spoil(store):
    with store.database.writing.begin() as connection:
        connection.execute(text("""UPDATE preferences SET value = '{"a": "9"}'"""))


def test_a_damaged_preference_is_read_from_its_copy_and_named_by_check(store):
    store.preferences.put("keys", {"a": "1"}, annotator="ada")
    spoil(store)
    assert Store.open(store.home).preferences.get("keys", annotator="ada") == {"a": "1"}
    assert "ada's choice of keys does not match its checksum" in check_home(store.home).faults[0]


def test_without_its_copy_a_damaged_preference_says_so_and_can_be_chosen_again(store):
    store.preferences.put("keys", {"a": "1"}, annotator="ada")
    spoil(store)
    next(store.home.glob("preferences/*/preference.json")).unlink()
    with pytest.raises(DamagedError, match="choose it again"):
        store.preferences.get("keys", annotator="ada")
    store.preferences.put("keys", {"a": "2"}, annotator="ada")
    assert store.preferences.get("keys", annotator="ada") == {"a": "2"}
    assert not check_home(store.home).faults


def test_preferences_come_back_from_a_backup_and_from_the_folders(store, tmp_path):
    from tests.fake_run import fake_dataset

    store.add_dataset(fake_dataset(20, 2, 0))
    store.preferences.put("keys", {"a": "1"}, annotator="ada")
    backup(store.home, tmp_path / "copy.tar")
    restore(tmp_path / "copy.tar", tmp_path / "new")
    assert Store.open(tmp_path / "new").preferences.get("keys", annotator="ada") == {"a": "1"}
    store.database.engine.dispose()
    (store.home / "hamr.db").unlink()
    restore_from_folders(store.home)
    assert Store.open(store.home).preferences.get("keys", annotator="ada") == {"a": "1"}
