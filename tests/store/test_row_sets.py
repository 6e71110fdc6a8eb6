"""Sets of rows that settings refer to."""

import pytest

from hamr.errors import DamagedError, SettingError
from hamr.store import Store
from hamr.store.backup import backup
from hamr.store.checking import check_home
from hamr.store.unpacking import restore
from tests.fake_run import write_fake_run


def test_a_set_is_found_by_its_key(store):
    key = store.row_sets.keep("hard  region", ["b", "a", "b"])
    found = store.row_sets.get(key)
    assert (found.name, found.ids, found.key) == ("hard region", ("a", "b"), key)


def test_the_same_rows_have_the_same_key_whatever_they_are_called(store):
    assert store.row_sets.keep("one", ["a", "b"]) == store.row_sets.keep("two", ["b", "a"])
    assert store.row_sets.keep("one", ["a"]) != store.row_sets.keep("one", ["a b"])


@pytest.mark.parametrize("key", ["", "0" * 32, "../hamr.db", "x" * 5000])
def test_a_key_that_names_no_set_is_a_sentence(store, key):
    with pytest.raises(SettingError, match="there is no set of rows"):
        store.row_sets.get(key)


def test_an_altered_set_is_not_used(store):
    key = store.row_sets.keep("one", ["a", "b"])
    path = store.home / "rowsets" / f"{key}.json"
    path.write_text(path.read_text().replace('"b"', '"c"'))
    with pytest.raises(DamagedError, match="was altered"):
        store.row_sets.get(key)


def test_sets_are_part_of_a_backup(store, tmp_path):
    key = store.row_sets.keep("one", ["a"])
    backup(store.home, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "restored")
    assert Store.open(tmp_path / "restored").row_sets.get(key).ids == ("a",)


def run_without(store, key: str, name: str):
    return write_fake_run(store, exclude_rows=key, name=name)


def test_a_check_finds_sets_that_were_altered_or_that_a_run_misses(store):
    altered, missing = (store.row_sets.keep("some", [one]) for one in "ab")
    run_without(store, missing, "the run")
    assert not check_home(store.home).faults
    path = store.home / "rowsets" / f"{altered}.json"
    path.write_text(path.read_text().replace('"a"', '"c"'))
    store.row_sets.drop(missing)
    faults = check_home(store.home).files
    assert any(f"{altered}.json was altered" in fault for fault in faults)
    assert any(missing in fault and '"the run"' in fault for fault in faults)


def test_a_set_goes_with_the_last_run_that_names_it(store):
    key, other = store.row_sets.keep("some", ["a"]), store.row_sets.keep("chosen just now", ["b"])
    first, last = run_without(store, key, "first"), run_without(store, key, "last")
    store.delete_run(first.id)
    assert store.row_sets.keys() == {key, other}
    store.delete_run(last.id)
    assert store.row_sets.keys() == {other}
