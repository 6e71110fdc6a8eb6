from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamr.config import RunSettings, TrainingSettings
from hamr.errors import StoreError
from hamr.records import EPOCH_ARRAYS, ROW_SIGNALS
from tests.fake_run import fake_dataset, fake_epoch, fake_final, write_fake_run


@pytest.fixture
def run(store):
    run = store.create_run(RunSettings(training=TrainingSettings(epochs=4)))
    run.attach_dataset(fake_dataset(30))
    return run


@pytest.fixture
def records():
    made = [fake_epoch(fake_dataset(30), 1)]
    for epoch in (2, 3, 4):
        made.append(fake_epoch(fake_dataset(30), epoch, made[-1]))
    return made


def test_every_signal_and_array_comes_back_as_it_was(run, records):
    run.write_epoch(records[0])
    for name in ROW_SIGNALS:
        np.testing.assert_array_equal(run.signal(name, 1), records[0].signals[name])
        assert run.signal(name, 1).dtype == ROW_SIGNALS[name].dtype
    for name in EPOCH_ARRAYS:
        np.testing.assert_array_equal(run.array(name, 1), records[0].arrays[name])


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.floats(width=32), min_size=30, max_size=30))
def test_any_number_survives_nan_and_infinity_included(run, records, values):
    loss = np.array(values, np.float32)
    signals = {**records[0].signals, "loss": loss}
    run.write_epoch(replace(records[0], signals=signals))
    np.testing.assert_array_equal(run.signal("loss", 1), loss)


def test_trajectory_is_the_signal_over_the_epochs(run, records):
    for record in records:
        run.write_epoch(record)
    expected = np.stack([record.signals["hardness"] for record in records])[:, [5, 3]]
    np.testing.assert_array_equal(run.trajectory("hardness", [5, 3]), expected)


def test_trajectory_of_a_run_without_epochs_is_empty(run):
    assert run.trajectory("loss", [1, 2]).shape == (0, 2)


def test_signals_are_read_only(run, records):
    run.write_epoch(records[0])
    with pytest.raises(ValueError, match="read-only"):
        run.signal("loss", 1)[0] = 1


def test_scalars_are_in_order_with_numbers_json_lacks_as_none(run, records):
    run.write_epoch(replace(records[0], scalars={**records[0].scalars, "meta_loss": np.nan}))
    run.write_epoch(records[1])
    first, second = run.scalars()
    assert (first["epoch"], second["epoch"]) == (1, 2)
    assert first["meta_loss"] is None
    assert second["macro_f1"] == records[1].scalars["macro_f1"]


def test_best_epoch_is_the_first_of_the_highest_scores(run, records):
    for record, score in zip(records, (0.2, 0.6, 0.6, 0.5), strict=True):
        run.write_epoch(replace(record, scalars={**record.scalars, "macro_f1": score}))
    assert (run.info.best_epoch, run.info.macro_f1, run.info.epochs_done) == (2, 0.6, 4)


def test_last_two_checkpoints_are_kept(run, records):
    for record in records:
        run.write_epoch(record)
    kept = sorted(path.parent.name for path in run.folder.glob("epochs/*/checkpoint*"))
    assert kept == ["000003", "000004"]
    newest = run.checkpoint()
    assert (newest.epoch, newest.step) == (4, None)
    np.testing.assert_array_equal(newest.arrays["weight"], records[3].checkpoint["weight"])


def test_writing_an_earlier_epoch_again_removes_those_after_it(run, records):
    for record in records:
        run.write_epoch(record)
    again = fake_epoch(fake_dataset(30), 2, records[0], seed=9)
    run.write_epoch(again)
    assert run.epochs() == [1, 2]
    np.testing.assert_array_equal(run.signal("loss", 2), again.signals["loss"])


def test_rewinding_forgets_later_epochs(run, records):
    for record in records:
        run.write_epoch(record)
    run.rewind(1)
    assert run.epochs() == [1]
    assert run.info.epochs_done == 1
    run.rewind(0)
    assert (run.epochs(), run.info.best_epoch, run.checkpoint()) == ([], None, None)


def test_asking_for_an_epoch_that_is_not_there_says_which_are(run, records):
    with pytest.raises(StoreError, match="no epoch is complete yet"):
        run.signal("loss", 1)
    run.write_epoch(records[0])
    with pytest.raises(StoreError, match="no epoch 9: it has 1 to 1"):
        run.signal("loss", 9)


def test_signal_of_the_wrong_length_is_refused_and_nothing_is_listed(run, records):
    signals = {**records[0].signals, "loss": np.zeros(3, np.float32)}
    with pytest.raises(ValueError, match="loss must be"):
        run.write_epoch(replace(records[0], signals=signals))
    assert run.epochs() == []


def test_unknown_names_are_refused(run, records):
    signals = {**records[0].signals, "../escape": np.zeros(30, np.float32)}
    with pytest.raises(ValueError, match="escape"):
        run.write_epoch(replace(records[0], signals=signals))


def test_epoch_without_hard_seeds_is_kept(run, records):
    empty = {"seeds": np.zeros(0, np.int32), "neighbours": np.zeros((0, 10), np.int32)}
    run.write_epoch(replace(records[0], arrays={**records[0].arrays, **empty}))
    assert run.array("neighbours", 1).shape == (0, 10)


def test_final_scores_come_back_as_they_were(run):
    record = fake_final(fake_dataset(30), best_epoch=2)
    run.write_final(record)
    final = run.final()
    assert (final.best_epoch, final.seconds) == (2, record.seconds)
    assert final.test.macro_f1 == record.test.macro_f1 == run.info.test_macro_f1
    np.testing.assert_array_equal(final.test.confusion, record.test.confusion)
    np.testing.assert_array_equal(final.test_prediction, record.test_prediction)


def test_model_is_kept_as_safetensors(run):
    from safetensors.numpy import load_file

    record = fake_final(fake_dataset(30), best_epoch=1)
    run.write_final(record)
    np.testing.assert_array_equal(load_file(run.model_path)["weight"], record.model["weight"])


def test_final_is_none_until_the_run_is_finished(run):
    assert run.final() is None
    with pytest.raises(StoreError):
        _ = run.model_path


def test_map_is_none_until_it_is_drawn(run):
    assert run.map() is None
    run.write_map(np.ones((30, 2)))
    assert run.map().dtype == np.float32


def test_map_of_mentions_is_kept_beside_the_map_of_rows(run):
    assert run.mention_map() is None
    run.write_map(np.zeros((30, 2)))
    run.write_mention_map(np.ones((70, 2)))
    assert run.mention_map().dtype == np.float32
    assert (run.mention_map().shape, run.map().shape) == ((70, 2), (30, 2))


def test_fake_run_is_whole(store):
    run = write_fake_run(store, rows=50, epochs=2)
    assert run.info.status == "finished"
    assert run.epochs() == [1, 2]
    assert len(run.rows("test").ids([0])) == 1


def test_many_epochs_are_read_in_the_order_asked_for(run, records):
    for record in records[:3]:
        run.write_epoch(record)
    for epoch, loss in zip((3, 1), run.signal_over("loss", [3, 1]), strict=True):
        np.testing.assert_array_equal(loss, records[epoch - 1].signals["loss"])
    for epoch, arrays in zip((2, 3), run.arrays_over([2, 3], ["f1"]), strict=True):
        np.testing.assert_array_equal(arrays["f1"], records[epoch - 1].arrays["f1"])


def test_an_epoch_that_was_taken_back_is_missed_among_many(run, records):
    for record in records[:2]:
        run.write_epoch(record)
    run.rewind(1)
    with pytest.raises(StoreError, match="no epoch 2"):
        run.signal_over("loss", [1, 2])


def test_a_reduction_is_of_the_epoch_as_it_is_now(run, records):
    run.write_epoch(records[0])
    assert run.reduce_over("loss", [1], np.max) == [records[0].signals["loss"].max()]
    again = replace(records[0], signals={**records[0].signals, "loss": np.full(30, 7, np.float32)})
    run.write_epoch(again)
    assert run.reduce_over("loss", [1], np.max) == [7]
