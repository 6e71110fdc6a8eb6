"""A run that was killed and goes on ends with the same bits as one that was never stopped."""

import numpy as np
import pytest

from hamr.errors import TrainingError
from hamr.methods import table
from hamr.neighbours import NeighbourSearch
from hamr.records import CheckpointRecord, FinalRecord
from hamr.training import train
from hamr.training.checkpoint import CHECKPOINT_VERSION
from tests.core.small_data import (
    DictCache,
    epochs_of,
    full,
    quick,
    same_bits,
    small_cache,
    small_dataset,
)

AT_EVERY_STEP = 1e-9  # minutes


def records(settings, cache=None, **options):
    dataset = small_dataset()
    if cache is None:
        cache = small_cache(dataset, settings)
    return list(train(dataset, settings, cache=cache, **options))


def checkpoints_of(found):
    return [record for record in found if isinstance(record, CheckpointRecord)]


def ends_alike(whole, rest):
    """Asserts that the epochs of `rest` are the last ones of `whole`, and so its end."""
    left = epochs_of(rest)
    for one, other in zip(epochs_of(whole)[-len(left) :], left, strict=True):
        same_bits(one, other)
    assert rest[-1].best_epoch == whole[-1].best_epoch
    assert np.array_equal(rest[-1].test_prediction, whole[-1].test_prediction)
    for name, array in whole[-1].model.items():
        assert np.array_equal(array, rest[-1].model[name])


@pytest.mark.parametrize("method", [n for n, m in table().items() if "sequence" in m.tasks])
def test_a_run_resumed_after_an_epoch_ends_with_the_same_bits(method):
    settings = quick(method=method, refresh_every=2)
    whole = records(settings)
    rest = records(settings, resume=(2, epochs_of(whole)[1].checkpoint))
    assert [record.epoch for record in epochs_of(rest)] == [3, 4]
    ends_alike(whole, rest)


def test_a_run_whose_weights_are_averaged_resumes_with_the_same_bits():
    settings = quick(average_decay=0.9, checkpoint_minutes=AT_EVERY_STEP)
    whole = records(settings)
    for record in (epochs_of(whole)[1], checkpoints_of(whole)[30]):
        before = record.epoch - isinstance(record, CheckpointRecord)
        ends_alike(whole, records(settings, resume=(before, record.checkpoint)))


def test_a_run_resumed_at_any_step_ends_with_the_same_bits():
    settings = quick(epochs=2, checkpoint_minutes=AT_EVERY_STEP)
    whole = records(settings)
    found = checkpoints_of(whole)
    assert [record.step for record in found] == list(range(1, 27))
    for record in found:
        ends_alike(whole, records(settings, resume=(record.epoch - 1, record.checkpoint)))


@pytest.mark.parametrize(
    "method", [n for n, m in table().items() if "sequence" in m.tasks and n != "hamr-plus"]
)
def test_every_other_method_goes_on_within_an_epoch_too(method):
    settings = quick(epochs=2, method=method, checkpoint_minutes=AT_EVERY_STEP)
    whole = records(settings)
    middle = checkpoints_of(whole)[16]
    ends_alike(whole, records(settings, resume=(middle.epoch - 1, middle.checkpoint)))


@pytest.mark.parametrize(
    "changes",
    [
        {"meta_gradient": "last_layer", "probe_every": 2, "accumulation": 2},
        {"neighbours_from": "current", "warmup_share": 0.2, "decay": "cosine"},
        {"method": "erm", "frozen_layers": 1, "max_gradient_norm": 0.5},
        {"method": "lilaw", "accumulation": 2},
    ],
)
def test_fine_tuning_with_dropout_goes_on_within_an_epoch(tiny_encoder, changes):
    sizes = {"batch_size": 22, "draws_per_row": 1.0}
    settings = full(tiny_encoder, checkpoint_minutes=AT_EVERY_STEP, **sizes, **changes)
    cache = DictCache()
    whole = records(settings, cache)
    found = checkpoints_of(whole)
    assert len(found) == 8  # 4 steps in each of 2 epochs
    for record in found[1::3]:
        ends_alike(whole, records(settings, cache, resume=(record.epoch - 1, record.checkpoint)))


def test_a_resumed_checkpoint_can_be_resumed_again():
    settings = quick(epochs=1, checkpoint_minutes=AT_EVERY_STEP)
    whole = records(settings)
    rest = records(settings, resume=(0, checkpoints_of(whole)[3].checkpoint))
    later = checkpoints_of(rest)[4]
    assert later.step == 9
    ends_alike(whole, records(settings, resume=(0, later.checkpoint)))


def test_a_stopped_run_ends_with_a_checkpoint_of_its_last_step():
    settings = quick()
    asked = iter([False] * 20 + [True] * 100)
    found = records(settings, stop=lambda: next(asked))
    assert not any(isinstance(record, FinalRecord) for record in found)
    last = found[-1]
    assert isinstance(last, CheckpointRecord)
    ends_alike(records(settings), records(settings, resume=(last.epoch - 1, last.checkpoint)))


def test_without_checkpoints_within_an_epoch_none_is_made():
    asked = iter([False] * 20 + [True] * 100)
    settings = quick(checkpoint_minutes=0)
    assert not checkpoints_of(records(settings, stop=lambda: next(asked)))


def test_checkpoints_come_no_oftener_than_asked():
    assert not checkpoints_of(records(quick(checkpoint_minutes=10)))


def test_arrays_of_a_checkpoint_have_the_names_that_older_runs_stored():
    settings = quick(epochs=1, checkpoint_minutes=AT_EVERY_STEP, average_decay=0)
    found = checkpoints_of(records(settings))[0].checkpoint
    owners = {name.split(".")[0] for name in found if "." in name}
    assert owners == {
        "model", "network", "adamw", "adam", "ledger", "search", "random", "within",
    }  # fmt: skip
    assert {
        "version",
        "step",
        "best_epoch",
        "best_f1",
        "within.place",
        "ledger.near",
    } <= found.keys()


@pytest.mark.parametrize("found", [CHECKPOINT_VERSION + 1, None])
def test_a_checkpoint_of_another_version_is_a_sentence(found):
    saved = epochs_of(records(quick(epochs=1)))[0].checkpoint
    if found is None:
        del saved["version"]  # as the first version was
    else:
        saved["version"] = np.array([found])
    with pytest.raises(TrainingError, match=f"of version {found or 1}, and this program"):
        records(quick(epochs=2), resume=(1, saved))


def test_answers_of_a_neighbour_search_stand_after_resume():
    vectors = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    search, again = NeighbourSearch(vectors, 4), NeighbourSearch(vectors, 4)
    search.of(np.arange(5))
    saved = search.save()
    saved["similarities"] = saved["similarities"] + 1  # as a search of other rows would not say
    again.restore(saved)
    neighbours, similarities = again.of(np.arange(7))
    assert np.array_equal(neighbours, search.of(np.arange(7))[0])
    assert (similarities[:5] > 1).sum() > (similarities[5:] > 1).sum() == 0
