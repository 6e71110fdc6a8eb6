"""A run as it was when an epoch had ended."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.errors import StoreError
from hamr.store import Run, Store
from hamr.views.train.livelog import LiveLog
from tests.fake_run import write_fake_run


@pytest.fixture
def run(tmp_path) -> Run:
    return write_fake_run(Store.open(tmp_path), epochs=4)


def spoil(run: Run, epoch: int, name: str = "loss.npy") -> None:
    path = run.folder / "epochs" / f"{epoch:06d}" / name
    path.write_bytes(b"x" * path.stat().st_size)


def test_it_has_the_epochs_up_to_that_one(run):
    past = run.as_of(2)
    assert past.epochs() == [1, 2]
    assert [one["epoch"] for one in past.scalars()] == [1, 2]
    assert past.trajectory("loss", [0, 5]).shape == (2, 2)
    assert np.array_equal(past.signal("loss", 2), run.signal("loss", 2))


def test_a_later_epoch_is_not_there(run):
    with pytest.raises(StoreError, match="has no epoch 3: it has 1 to 2"):
        run.as_of(2).signal("loss", 3)


def test_it_has_no_result_before_the_last_epoch(run):
    past = run.as_of(3)
    assert past.final() is None and not past.has_model and past.info.test_macro_f1 is None


def test_at_the_last_epoch_it_is_the_whole_run(run):
    past = run.as_of(4)
    assert past.final() is not None and past.has_model
    assert past.info.status == "finished" and past.info.macro_f1 == run.info.macro_f1


def test_it_is_seen_as_stopped_with_the_best_epoch_so_far(run):
    scores = [one["macro_f1"] for one in run.scalars()][:2]
    info = run.as_of(2).info
    assert (info.status, info.epochs_done, info.as_of) == ("stopped", 2, 2)
    assert info.macro_f1 == max(scores) and info.best_epoch == 1 + int(np.argmax(scores))
    assert not info.can_resume and info.finished is None


def test_its_events_end_where_the_epoch_does(run):
    events, end = run.as_of(2).events()
    assert events[-1]["kind"] == "epoch" and events[-1]["epoch"] == 2
    assert run.as_of(2).events(end) == ([], end)


def test_its_curve_ends_at_the_step_of_the_epoch_even_where_no_event_says_so(run):
    path = run.folder / "events.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if '"kind": "epoch"' not in line), "utf-8")
    log = LiveLog()
    log.update(run.as_of(2))
    last = run.scalars()[1]["step"]
    assert log.curve() and max(point[0] for point in log.curve()) <= last


def test_an_epoch_beyond_the_end_shows_the_last_one(run):
    assert run.as_of(99).epochs() == [1, 2, 3, 4]


def test_an_epoch_before_the_first_shows_the_first(run):
    assert run.as_of(0).epochs() == [1]


def test_a_damaged_epoch_is_left_out_and_the_others_are_shown(run):
    spoil(run, 2)
    assert run.damaged_epochs() == (2,)
    assert run.as_of(3).epochs() == [1, 3]
    assert run.as_of(3).trajectory("loss", [0]).shape == (2, 1)


def test_a_missing_file_of_the_last_epoch_ends_the_replay_before_it(run):
    (run.folder / "epochs" / "000004" / "arrays.safetensors").unlink()
    past = run.as_of(4)
    assert past.epochs() == [1, 2, 3] and past.info.status == "finished"


def test_a_run_without_a_whole_epoch_is_refused(tmp_path):
    run = write_fake_run(Store.open(tmp_path), epochs=1, name="spoiled")
    spoil(run, 1)
    with pytest.raises(StoreError, match='No epoch of run "spoiled" can be played'):
        run.as_of(1)
