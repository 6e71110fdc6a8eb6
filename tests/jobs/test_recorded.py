"""The recording that comes with the program, and its file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hamr.errors import DataError, ReadOnlyError
from hamr.jobs.recorded import FILE, unpack_recording
from hamr.store import Store
from hamr.store.recorded import content_of, place_recording
from hamr.store.recorded_file import read_recording, write_recording
from tests.decided import decide
from tests.fake_run import fake_dataset, write_fake_run


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return unpack_recording(tmp_path_factory.mktemp("recording") / "home")


def test_the_files_take_no_more_than_three_megabytes():
    assert sum(path.stat().st_size for path in FILE.parent.iterdir()) <= 3_000_000


def test_it_has_every_epoch_and_the_result(opened):
    run = opened.run(opened.runs()[0].id)
    assert run.info.status == "finished" and run.epochs() == list(range(1, 11))
    assert run.final().test.macro_f1 == run.info.test_macro_f1
    assert run.map().shape == (run.info.train_rows, 2) and run.damaged_epochs() == ()


def test_the_first_page_plays_the_same_run(opened):
    first = json.loads((FILE.parent / "first.json").read_text("utf-8"))
    info = opened.runs()[0]
    assert (first["id"], first["rows"]) == (info.id, info.train_rows)
    assert max(first["macro_f1"]) == pytest.approx(info.macro_f1, abs=1e-3)


def test_nothing_in_it_can_be_changed(opened):
    with pytest.raises(ReadOnlyError, match="This is a recording"):
        opened.rename_run(opened.runs()[0].id, "mine")


def test_a_decision_on_its_rows_is_refused(opened):
    run = opened.run(opened.runs()[0].id)
    with pytest.raises(ReadOnlyError, match="This is a recording"):
        decide(opened.decisions(run.info.fingerprint), run.rows().ids([0])[0], run.classes[0])


def test_it_is_not_put_into_the_database_of_ones_own_runs(tmp_path, monkeypatch):
    own = tmp_path / "own.db"
    monkeypatch.setenv("HAMR_DATABASE_URL", f"sqlite:///{own}")
    unpack_recording(tmp_path / "home")
    assert not own.exists()


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match="is missing"):
        unpack_recording(tmp_path / "home", tmp_path / "none.zip")


@pytest.mark.parametrize("cut", [0, 100_000])
def test_a_cut_file_is_a_sentence(tmp_path, cut):
    path = tmp_path / "cut.zip"
    path.write_bytes(FILE.read_bytes()[:cut])
    with pytest.raises(DataError, match="is damaged"):
        unpack_recording(tmp_path / "home", path)


def test_an_altered_file_is_a_sentence(tmp_path):
    data = bytearray(FILE.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path = tmp_path / "altered.zip"
    path.write_bytes(data)
    with pytest.raises(DataError, match="is damaged"):
        unpack_recording(tmp_path / "home", path)


def test_a_run_is_made_again_as_it_was(tmp_path):
    run = write_fake_run(Store.open(tmp_path / "a"), epochs=2, name="first")
    content, arrays = content_of(run)
    write_recording(tmp_path / "run.zip", content, arrays)
    again = place_recording(
        Store.open(tmp_path / "b"), *read_recording(tmp_path / "run.zip"), run.dataset()
    )
    assert again.id == run.id and again.scalars() == run.scalars()
    assert again.events()[0] == run.events()[0]
    assert np.array_equal(again.signal("draws", 2), run.signal("draws", 2))
    assert np.allclose(again.signal("z", 2), run.signal("z", 2), atol=2e-3, equal_nan=True)
    assert again.signal("z", 2).dtype == np.float32
    for name in ("started", "finished", "best_epoch", "macro_f1", "test_macro_f1", "settings"):
        assert getattr(again.info, name) == getattr(run.info, name)


def test_embeddings_keep_their_directions(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    write_recording(tmp_path / "x.zip", {}, {"cache/embeddings/abc": vectors})
    read = read_recording(tmp_path / "x.zip")[1]["cache/embeddings/abc"]
    cosine = (read * vectors).sum(axis=1) / np.linalg.norm(read, axis=1)
    assert read.dtype == np.float32 and cosine.min() > 0.998


def test_other_built_in_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hamr.jobs.recorded.load", lambda settings: fake_dataset())
    with pytest.raises(DataError, match="other built-in rows"):
        unpack_recording(tmp_path / "home")
