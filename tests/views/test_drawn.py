"""The account of why a row was drawn, against the formula written out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.records import EpochRecord
from hamr.store import Run, Store
from hamr.views.neighbourhoods import why_drawn as drawn
from tests.fake_run import fake_dataset, fake_epoch

ROWS = 60


def written(store: Store, method: str, moved: int | None = None) -> Run:
    """A run of two epochs whose settings differ from the defaults."""
    training = TrainingSettings(method=method, tau=0.5, boost_strength=2.0, epochs=2)
    run = store.create_run(RunSettings(training=training), name=f"{method} {moved}")
    dataset = fake_dataset(ROWS, 3)
    run.attach_dataset(dataset)
    first = fake_epoch(dataset, 1)
    for record in (first, fake_epoch(dataset, 2, first)):
        run.write_epoch(without(record, moved))
    return run


def without(record: EpochRecord, moved: int | None) -> EpochRecord:
    """The epoch with one row moved into the meta set: it is never drawn."""
    if moved is None:
        return record
    expected = record.signals["expected_draws"].copy()
    expected[moved] = 0
    return replace(record, signals=record.signals | {"expected_draws": expected})


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(store):
    return written(store, "hamr")


def mass_by_hand(run: Run, epoch: int) -> list[float]:
    hardness, boost = run.signal("hardness", epoch), run.signal("boost", epoch)
    return [
        (float(h) + 1e-6) ** 0.5 * (1 + 2.0 * float(b))
        for h, b in zip(hardness, boost, strict=True)
    ]


@pytest.mark.parametrize("row", [0, 17, ROWS - 1])
def test_the_probability_follows_the_state_one_epoch_before(run, row):
    why, mass = drawn.why_drawn(run, 2, row), mass_by_hand(run, 1)
    assert why.hardness == run.signal("hardness", 1)[row]
    assert why.mass == pytest.approx(mass[row])
    assert why.total == pytest.approx(sum(mass))
    assert why.probability == pytest.approx(mass[row] / sum(mass))
    assert why.expected == pytest.approx(why.probability * run.signal("draws", 2).sum())
    assert why.rank == 1 + sum(m > mass[row] * (1 + 1e-9) for m in mass)


def test_the_first_epoch_starts_from_hardness_1_and_no_boost(run):
    why = drawn.why_drawn(run, 1, 3)
    assert (why.hardness, why.boost, len(why.boosters), why.neighbours) == (1, 0, 0, None)
    assert why.probability == pytest.approx(1 / ROWS)


def test_the_boosters_are_the_seeds_that_name_the_row_and_make_its_boost(run):
    row = int(run.arrays(1, ["neighbours"])["neighbours"][0, 0])
    why, arrays = drawn.why_drawn(run, 2, row), run.arrays(1, ["seeds", "neighbours"])
    naming = [s for s, near in zip(*arrays.values(), strict=True) if row in near]
    assert sorted(why.boosters.rows) == sorted(naming)
    assert (np.diff(why.boosters.similarities) <= 0).all()
    assert why.boost == pytest.approx(len(naming) / why.largest_count)


def test_a_seed_names_its_own_neighbours(run):
    arrays = run.arrays(1, ["seeds", "neighbours"])
    why = drawn.why_drawn(run, 2, int(arrays["seeds"][4]))
    assert sorted(why.neighbours.rows) == sorted(arrays["neighbours"][4])


def test_without_the_boost_lambda_is_zero(store):
    why = drawn.why_drawn(written(store, "hamr-plus-no-boost"), 2, 5)
    assert why.boost_strength == 0
    assert why.mass == pytest.approx((why.hardness + 1e-6) ** 0.5)


@pytest.mark.parametrize("method", ["erm", "hamr-plus-no-resampling"])
def test_a_method_without_resampling_draws_all_rows_alike(store, method):
    why = drawn.why_drawn(written(store, method), 2, 5)
    assert not why.resamples
    assert why.probability == pytest.approx(1 / ROWS)
    assert why.rank == 1


def test_a_row_that_was_moved_into_the_meta_set_is_never_drawn(store):
    run = written(store, "hamr", moved=7)
    assert drawn.why_drawn(run, 2, 7).probability == 0
    rest = sum(m for row, m in enumerate(mass_by_hand(run, 1)) if row != 7)
    assert drawn.why_drawn(run, 2, 8).total == pytest.approx(rest)


def test_the_formula_names_its_numbers(run):
    why = drawn.why_drawn(run, 2, 3)
    for number in (f"{why.hardness:.4f}^{{0.5}}", f"2 \\cdot {why.boost:.3f}", f"{why.mass:.4f}"):
        assert number in why.formula()


def test_the_link_table_tells_whether_labels_agree(run):
    seed = int(run.arrays(1, ["seeds"])["seeds"][0])
    why, labels = drawn.why_drawn(run, 2, seed), run.rows().labels
    table = drawn.link_table(run, 2, seed, why.neighbours)
    assert (table["same label"] == (labels[table["row"]] == labels[seed])).all()


def test_the_path_of_a_row_holds_what_was_recorded(run):
    fig = drawn.row_path(run, 4, 2)
    lines = {trace.name: list(trace.y) for trace in fig.data}
    assert lines["hardness"] == [run.signal("hardness", e)[4] for e in (1, 2)]
    assert lines["draws"] == [run.signal("draws", e)[4] for e in (1, 2)]
