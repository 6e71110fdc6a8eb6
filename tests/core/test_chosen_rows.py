"""Rows that a run leaves out, and rows that it draws more often."""

import numpy as np
import pytest

from hamr.config import TrainingSettings
from hamr.data import meta_rows
from hamr.errors import SettingError
from hamr.sampler import probabilities
from hamr.training import train
from hamr.training.altered import soft_targets_of
from hamr.training.chosen import ChosenRows
from hamr.training.embedded import Embedded
from hamr.training.ledger import Ledger
from hamr.training.row_partition import RowPartition
from hamr.training.tasks import task_of
from tests.core.small_data import epochs_of, quick, same_bits, small_cache, small_dataset

HAMR = TrainingSettings(epochs=1)


@pytest.fixture(scope="module")
def data():
    return small_dataset()


def ids_of(data, *rows):
    return [data.train.ids[row] for row in rows]


def test_excluded_rows_are_neither_drawn_nor_in_the_meta_set(data):
    plain = RowPartition.of(data, HAMR)
    copied = plain.meta[plain.meta < len(data.train)].tolist()
    out = [0, 1, *copied[:2]]
    chosen = ChosenRows.of(data, HAMR, ids_of(data, *out))
    found = RowPartition.of(data, HAMR, chosen)
    assert not found.drawable[out].any()
    assert not np.isin(out, found.meta).any()
    assert found.drawable.sum() == len(data.train) - len(set(out))
    assert set(found.validation) <= set(found.meta)


def test_without_chosen_rows_the_partition_is_as_ever(data):
    nothing = ChosenRows.of(data, HAMR)
    plain, found = RowPartition.of(data, HAMR), RowPartition.of(data, HAMR, nothing)
    np.testing.assert_array_equal(plain.meta, found.meta)
    np.testing.assert_array_equal(plain.drawable, found.drawable)


def test_rows_chosen_for_more_draws_are_as_many_times_as_likely(data):
    settings = TrainingSettings(draw_more_factor=3)
    chosen = ChosenRows.of(data, settings, more=ids_of(data, 5))
    p = Ledger(settings, np.ones(len(data.train), bool), chosen.factor).draw_probabilities()
    assert p[5] == pytest.approx(3 * p[4])
    assert p.sum() == pytest.approx(1)


def test_a_factor_of_one_changes_no_bit():
    hardness = np.random.default_rng(0).uniform(0, 2, 50).astype(np.float32)
    how = {"tau": 0.7, "boost_strength": 0.7}
    plain = probabilities(hardness, hardness, **how)
    np.testing.assert_array_equal(
        plain, probabilities(hardness, hardness, factor=np.ones(50), **how)
    )


def test_class_frequencies_count_only_rows_that_are_kept(data):
    label = int(data.train.labels[0])
    kept = ChosenRows.of(data, HAMR, ids_of(data, 0)).kept
    assert int(task_of(data, kept).counts[label]) == int(task_of(data).counts[label]) - 1


def test_the_label_of_an_excluded_row_does_not_reach_the_soft_targets_of_others(data):
    vectors = np.random.default_rng(0).normal(size=(len(data.train), 8)).astype(np.float32)
    kept = ChosenRows.of(data, HAMR, ids_of(data, 0)).kept
    found = soft_targets_of(data, HAMR, Embedded(vectors), kept).numpy()
    labels = data.train.labels.copy()
    labels[0] = (labels[0] + 1) % len(data.classes)
    other = type(data)(**{**vars(data), "train": type(data.train)(
        **{**vars(data.train), "labels": labels})})  # fmt: skip
    np.testing.assert_array_equal(
        found[kept], soft_targets_of(other, HAMR, Embedded(vectors), kept).numpy()[kept]
    )
    np.testing.assert_allclose(found[0], 1 / len(data.classes))


def test_rare_classes_of_the_meta_set_are_filled_from_kept_rows(data):
    excluded = np.zeros(len(data.train), bool)
    found = meta_rows(data.train, data.validation, len(data.classes), seed=0)
    excluded[found] = True
    again = meta_rows(data.train, data.validation, len(data.classes), seed=0, excluded=excluded)
    assert not np.isin(found, again).any()


@pytest.mark.parametrize("field", ["exclude_rows", "draw_more"])
def test_an_unknown_id_is_refused(data, field):
    ids = {"excluded": ["nobody"]} if field == "exclude_rows" else {"more": ["nobody"]}
    with pytest.raises(SettingError, match="'nobody', which no training row") as caught:
        ChosenRows.of(data, HAMR, **ids)
    assert caught.value.field == field


def test_excluding_every_row_is_refused(data):
    with pytest.raises(SettingError, match="every training row"):
        ChosenRows.of(data, HAMR, data.train.ids)


def test_a_class_that_would_vanish_is_named(data):
    rows = np.flatnonzero(data.train.labels == 1)
    with pytest.raises(SettingError, match=f"no training row of '{data.classes[1]}'"):
        ChosenRows.of(data, HAMR, ids_of(data, *rows))


def test_a_method_that_draws_every_row_once_refuses_more_draws(data):
    erm = TrainingSettings(method="erm")
    with pytest.raises(SettingError, match="erm steps through every row once") as caught:
        ChosenRows.of(data, erm, more=ids_of(data, 1))
    assert caught.value.field == "draw_more"
    assert ChosenRows.of(data, erm, ids_of(data, 1)).excluded.sum() == 1


def trained(chosen, settings, **options):
    data = small_dataset()
    return list(train(data, settings, cache=small_cache(data, settings), chosen=chosen, **options))


def test_an_excluded_row_stays_in_the_record_and_is_never_drawn(data):
    settings = quick(epochs=2)
    found = epochs_of(trained(ChosenRows.of(data, settings, ids_of(data, 0, 7)), settings))
    for epoch in found:
        assert epoch.signals["draws"][[0, 7]].tolist() == [0, 0]
        assert np.isfinite(epoch.signals["loss"][[0, 7]]).all()
        assert not np.isin([0, 7], epoch.arrays["seeds"]).any()
    assert found[0].scalars["draw_count"] == round(1.2 * (len(data.train) - 2))


def test_nothing_chosen_trains_to_the_same_bits(data):
    settings = quick(epochs=2)
    pairs = zip(
        epochs_of(trained(None, settings)),
        epochs_of(trained(ChosenRows.of(data, settings), settings)),
        strict=True,
    )
    for plain, other in pairs:
        same_bits(plain, other)


def test_a_resumed_run_with_chosen_rows_ends_with_the_same_bits(data):
    settings = quick(epochs=3)
    chosen = ChosenRows.of(data, settings, ids_of(data, 0), ids_of(data, 3, 4))
    whole = epochs_of(trained(chosen, settings))
    rest = epochs_of(trained(chosen, settings, resume=(1, whole[0].checkpoint)))
    same_bits(whole[-1], rest[-1])


def test_rows_drawn_more_often_are_drawn_about_as_many_times_as_often(data):
    settings = quick(epochs=1, draw_more_factor=4)
    chosen = ChosenRows.of(data, settings, more=ids_of(data, *range(10)))
    (epoch,) = epochs_of(trained(chosen, settings))
    draws = epoch.signals["draws"]
    assert draws[:10].sum() / 10 == pytest.approx(4 * draws[10:].sum() / 76, rel=0.35)
