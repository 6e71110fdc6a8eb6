import errno
import os
import socket

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hamr.errors import BusyError, DamagedError, NoSpaceError, StoreError
from hamr.store import Store
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=3, name="my run")


def alter(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def epoch_file(run, epoch, name):
    return run.folder / "epochs" / f"{epoch:06d}" / name


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0, 1, exclude_max=True))
def test_any_altered_byte_is_noticed_and_named(run, share):
    path = epoch_file(run, 2, "loss.npy")
    at = int(share * path.stat().st_size)
    alter(path, at)
    try:
        with pytest.raises(DamagedError) as error:
            run.signal("loss", 2)
    finally:
        alter(path, at)
    assert "my run" in str(error.value)
    assert str(path) in str(error.value)


def test_alteration_after_a_first_good_read_is_noticed(run):
    run.signal("loss", 2)
    path = epoch_file(run, 2, "loss.npy")
    alter(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DamagedError, match="was altered"):
        run.signal("loss", 2)


def test_a_remembered_reduction_does_not_hide_damage(run):
    run.reduce_over("loss", [1, 2], np.sort)
    path = epoch_file(run, 2, "loss.npy")
    alter(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DamagedError, match="was altered"):
        run.reduce_over("loss", [1, 2], np.sort)


def test_missing_file_is_named_and_other_epochs_stay(run):
    epoch_file(run, 2, "loss.npy").unlink()
    with pytest.raises(DamagedError, match="is missing"):
        run.signal("loss", 2)
    assert len(run.signal("loss", 3)) == 30


def test_truncated_file_is_noticed(run):
    path = epoch_file(run, 1, "arrays.safetensors")
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(DamagedError, match="was altered"):
        run.array("seeds", 1)


def test_damaged_checkpoint_gives_way_to_the_one_before(run):
    alter(epoch_file(run, 3, "checkpoint.safetensors"))
    assert run.checkpoint()[0] == 2
    assert "was altered. Trying the checkpoint before it" in run.events()[0][-1]["message"]


def test_run_without_an_intact_checkpoint_starts_from_the_first_epoch(run):
    for epoch in (2, 3):
        epoch_file(run, epoch, "checkpoint.safetensors").unlink()
    assert run.checkpoint() is None
    assert "starts again from the first epoch" in run.events()[0][-1]["message"]


def test_damaged_rows_are_named_and_stored_anew_by_the_next_run(store, run):
    path = next((store.home / "datasets").glob("*/train.arrow"))
    alter(path)
    with pytest.raises(DamagedError, match="made-up rows"):
        Store.open(store.home).run(run.id).rows()
    run.attach_dataset(fake_dataset(30))
    assert len(Store.open(store.home).run(run.id).rows()) == 30


def full_disk(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_is_a_sentence_and_loses_nothing(run, monkeypatch):
    record = fake_epoch(fake_dataset(30), 4)
    with monkeypatch.context() as patch, pytest.raises(NoSpaceError, match="free some space"):
        patch.setattr(os, "fsync", full_disk)
        run.write_epoch(record)
    assert run.epochs() == [1, 2, 3]
    assert list((run.store.home / "tmp").iterdir()) == []
    run.write_epoch(record)
    assert run.epochs() == [1, 2, 3, 4]


def test_full_disk_while_an_epoch_is_replaced_keeps_the_old_one(run, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(NoSpaceError):
        patch.setattr(os, "fsync", full_disk)
        run.write_epoch(fake_epoch(fake_dataset(30), 2, seed=5))
    assert len(run.signal("loss", 2)) == 30
    assert run.epochs() == [1, 2, 3]


def test_full_disk_of_the_database_is_a_sentence(store):
    with pytest.raises(NoSpaceError), store.database.write() as session:
        session.execute(text("PRAGMA max_page_count = 1"))
        session.execute(text("CREATE TABLE big (data TEXT)"))
        for _ in range(50):
            session.execute(text("INSERT INTO big VALUES (zeroblob(100000))"))


def test_dead_writers_leftovers_are_swept_and_living_ones_kept(store):
    host = socket.gethostname()
    dead = store.home / "tmp" / f"{host}~999999999~x"
    mine = store.home / "tmp" / f"{host}~{os.getppid()}~x"
    dead.touch()
    mine.touch()
    Store.open(store.home)
    assert (dead.exists(), mine.exists()) == (False, True)


def test_home_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreError, match=f"{tmp_path / 'home'} can't be used") as error:
        Store.open(tmp_path / "home")
    assert error.value.field == "home"


@pytest.mark.skipif(not os.path.isdir("/proc/1"), reason="no folder that even root can't write")
def test_home_that_can_not_be_written_is_a_sentence():
    with pytest.raises(StoreError, match="can't be used"):
        Store.open("/proc/1/hamr")


def test_database_that_is_none_is_a_sentence(store):
    (store.home / "hamr.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DamagedError, match=r"hamr\.db"):
        Store.open(store.home)


def test_store_of_a_newer_version_is_refused_untouched(store):
    with store.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of HAMR"):
        Store.open(store.home)


def test_unusable_database_address_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HAMR_DATABASE_URL", "nonsense")
    with pytest.raises(StoreError, match="HAMR_DATABASE_URL"):
        Store.open(tmp_path)


def test_locked_database_is_a_sentence(store, monkeypatch):
    other = Store.open(store.home)
    with other.database.read() as session:
        session.execute(text("PRAGMA busy_timeout = 10"))
    with store.database.write() as writing:
        writing.execute(text("UPDATE runs SET name = name"))
        with pytest.raises(BusyError), other.database.write() as session:
            session.execute(text("UPDATE runs SET name = name"))


def test_run_can_be_deleted_from_a_full_disk(run, monkeypatch):
    store, forget, tries = run.store, type(run.store)._forget, []

    def forget_with_room(self, of):
        tries.append((store.home / "cache").exists())
        if len(tries) == 1:
            raise NoSpaceError("full")
        return forget(self, of)

    store.cache.put("embeddings", "key", np.zeros(10))
    monkeypatch.setattr(type(store), "_forget", forget_with_room)
    store.delete_run(run.id)
    assert tries == [True, False]
    assert store.runs() == []
