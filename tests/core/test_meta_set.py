"""D_meta from validation rows, verified rows, or both."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import RunSettings, TrainingSettings
from hamr.config.renamed import BEFORE
from hamr.data import meta_rows
from hamr.errors import SettingError
from hamr.training import train
from hamr.training.chosen import ChosenRows
from hamr.training.meta_set import FEWEST, meta_set
from hamr.training.row_partition import RowPartition
from tests.core.small_data import CLASSES, epochs_of, quick, same_bits, small_cache, small_dataset

DATA = small_dataset()
TRAINED = len(DATA.train)


def settings(name, **more):
    return TrainingSettings(epochs=1, meta_set=name, **more)


def verified(*rows, data=DATA, **more):
    """Those rows verified, counted training rows first."""
    ids = [*data.train.ids, *data.validation.ids]
    return ChosenRows.of(data, TrainingSettings(), verified=[ids[row] for row in rows], **more)


def first_of_each(count):
    """So many training rows of each class."""
    labels = DATA.train.labels
    return [int(row) for c in range(len(CLASSES)) for row in np.flatnonzero(labels == c)[:count]]


def usual(seed=0):
    extra = meta_rows(DATA.train, DATA.validation, len(CLASSES), seed=seed)
    return np.concatenate([np.arange(TRAINED, TRAINED + len(DATA.validation)), extra])


def test_by_default_it_is_validation_and_rows_of_rare_classes_whoever_was_reviewed():
    found = meta_set(DATA, settings("validation"), verified(*first_of_each(6)))
    np.testing.assert_array_equal(found.rows, usual())
    assert found.said == ""


def test_verified_rows_alone_are_the_meta_set_once_each_class_has_a_few():
    rows = [*first_of_each(FEWEST), TRAINED + 1]
    found = meta_set(DATA, settings("verified"), verified(*rows))
    assert sorted(found.rows) == sorted(rows)
    assert found.said == "The meta set is the 16 verified rows"


def test_validation_rows_count_for_their_class_too():
    fewer = first_of_each(FEWEST)[:-1]  # of the last class one less
    last = TRAINED + int(np.flatnonzero(DATA.validation.labels == 2)[0])
    assert len(meta_set(DATA, settings("verified"), verified(*fewer, last)).rows) == len(fewer) + 1


def test_too_few_verified_rows_of_a_class_join_the_validation_set_and_the_run_says_so():
    rows = first_of_each(FEWEST)[:-1]
    found = meta_set(DATA, settings("verified"), verified(*rows))
    both = meta_set(DATA, settings("both"), verified(*rows))
    np.testing.assert_array_equal(found.rows, both.rows)
    assert found.said == (
        "The meta set needs 5 verified rows of each class and has 4 of rarest. The meta set is the "
        "validation set and 14 verified rows"
    )


def test_without_a_review_it_is_the_usual_meta_set():
    for chosen in (None, verified()):
        found = meta_set(DATA, settings("verified"), chosen)
        np.testing.assert_array_equal(found.rows, usual())
        assert "has 0 of common, 0 of rare, 0 of rarest" in found.said


def test_a_class_that_no_row_has_needs_no_verified_row():
    data = replace(DATA, classes=(*CLASSES, "unused"))
    found = meta_set(data, settings("verified"), verified(*first_of_each(FEWEST), data=data))
    assert found.said == "The meta set is the 15 verified rows"


@given(st.sets(st.integers(0, TRAINED + len(DATA.validation) - 1)))
def test_both_holds_every_row_of_either_once(rows):
    found = meta_set(DATA, settings("both"), verified(*rows)).rows
    assert len(set(found)) == len(found)
    assert {*found} == {*usual(), *rows}


def test_excluded_rows_are_never_verified():
    out = first_of_each(1)[0]
    chosen = verified(*first_of_each(6), excluded=[DATA.train.ids[out]])
    assert out not in meta_set(DATA, settings("verified"), chosen).rows


def test_verified_training_rows_stay_drawable_unless_they_are_moved():
    rows = first_of_each(FEWEST)
    copied = RowPartition.of(DATA, settings("verified"), verified(*rows))
    moved = RowPartition.of(DATA, settings("verified", supplementary="move"), verified(*rows))
    assert copied.drawable.all()
    assert not moved.drawable[rows].any()


def test_an_id_of_no_row_is_refused_at_its_setting():
    with pytest.raises(SettingError, match="'nobody', which no row of these data has") as caught:
        ChosenRows.of(DATA, TrainingSettings(), verified=["nobody"])
    assert caught.value.field == "verified_rows"


def test_a_test_row_is_never_in_the_meta_set():
    chosen = ChosenRows.of(DATA, TrainingSettings(), verified=DATA.test.ids)
    assert chosen.verified.sum() == 0


def test_runs_of_before_have_the_validation_set():
    stored = RunSettings().model_dump()
    del stored["training"]["meta_set"]
    assert BEFORE["meta_set"] == "validation"
    assert RunSettings.model_validate(stored).training.meta_set == "validation"


def test_methods_without_learned_weights_have_the_usual_one():
    found = meta_set(DATA, settings("verified", method="erm"), verified(*first_of_each(FEWEST)))
    assert found.said == ""


def test_another_meta_set_gives_other_weights_and_the_default_the_same_bits():
    chosen = verified(*first_of_each(6))

    def run(name, chosen):
        own = quick(epochs=2, meta_set=name)
        return epochs_of(train(DATA, own, cache=small_cache(DATA, own), chosen=chosen))[-1]

    same_bits(run("validation", None), run("validation", chosen))
    assert not np.array_equal(
        run("validation", None).signals["post"], run("verified", chosen).signals["post"]
    )
