"""Where two runs disagree, how hard each finds a row, and their curves in one chart."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from hamr.errors import StoreError
from hamr.store import Store
from hamr.views.compare import curves as compare_curves
from hamr.views.compare import hardness as compare_hardness
from hamr.views.compare import rows as compare_rows
from hamr.views.compare.configurations import configurations
from tests.fake_run import fake_dataset, write_fake_run
from tests.views.fake_words import fake_token_dataset


@pytest.fixture
def store(tmp_path) -> Store:
    return Store.open(tmp_path)


def two_runs(store, dataset=None, methods=("hamr", "hamr"), **options):
    return [
        write_fake_run(
            store, dataset=dataset or fake_dataset(), seed=seed, run_seed=seed, with_map=False,
            epochs=2, method=method, **options,
        )
        for seed, method in enumerate(methods)
    ]  # fmt: skip


def test_each_row_is_on_one_of_four_sides():
    right = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert compare_rows.side(*right).tolist() == [0, 1, 2, 3]


def test_test_rows_are_right_where_the_prediction_is_the_label(store):
    a, b = two_runs(store)
    sides = compare_rows.final_sides(a, b)
    own = [run.final().test_prediction == run.rows("test").labels for run in (a, b)]
    assert (sides == compare_rows.ONLY_A).tolist() == (own[0] & ~own[1]).tolist()
    assert (sides == compare_rows.NEITHER).tolist() == (~own[0] & ~own[1]).tolist()


def test_a_sentence_is_right_when_all_its_entities_are(store):
    a, b = two_runs(store, fake_token_dataset())
    sides = compare_rows.final_sides(a, b)
    table = compare_rows.table(a, b, np.arange(len(sides)))
    assert ((table["label"] == table["A predicts"]) == (sides <= compare_rows.ONLY_A)).all()


def test_a_run_that_goes_on_has_no_test_rows_to_compare(store):
    a, b = two_runs(store, status="interrupted")
    with pytest.raises(StoreError, match="when it has finished"):
        compare_rows.final_sides(a, b)


def test_mcnemar_is_the_binomial_test_of_scipy():
    for only_a, only_b in ((3, 9), (9, 3), (5, 5), (0, 1)):
        expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue
        assert compare_rows.mcnemar(only_a, only_b) == pytest.approx(expected)
    assert compare_rows.mcnemar(0, 0) == 1


def test_training_rows_differ_where_the_predictions_do(store):
    a, b = two_runs(store)
    differ = compare_rows.differ(a, b, 2, 2)
    assert differ.tolist() == (a.signal("prediction", 2) != b.signal("prediction", 2)).tolist()


def test_sentences_differ_where_any_word_has_another_tag(store):
    a, b = two_runs(store, fake_token_dataset())
    words = a.signal("word_prediction", 1) != b.signal("word_prediction", 1)
    starts = a.rows().word_starts
    expected = [bool(words[i:j].any()) for i, j in pairwise(starts)]
    assert compare_rows.differ(a, b, 1, 1).tolist() == expected


def test_rho_is_spearman_of_scipy(store):
    a, b = two_runs(store)
    title = compare_hardness.scatter(a, b, 2, 2, percent=False).layout.title.text
    rho = stats.spearmanr(a.signal("hardness", 2), b.signal("hardness", 2)).statistic
    assert f"{rho:.3f}" in title


def test_percentiles_put_the_median_row_in_the_middle():
    assert compare_hardness.percentile(np.array([1.0, 5.0, 2.0])).tolist() == pytest.approx(
        [100 / 6, 500 / 6, 50]
    )


def test_rows_far_apart_come_widest_first(store):
    a, b = two_runs(store)
    gaps = compare_hardness.far_apart(a, b, 2, 2, limit=20)["B - A"].abs().tolist()
    assert len(gaps) == 20
    assert gaps == sorted(gaps, reverse=True)


def test_many_rows_are_counted_in_cells(store):
    a, b = two_runs(store, fake_dataset(rows=2_400))
    fig = compare_hardness.scatter(a, b, 2, 2, percent=True)
    assert int(np.sum(fig.data[0].customdata)) == 2_400


def test_a_curve_is_the_mean_over_seeds_and_its_band_reaches_to_each(store):
    runs = two_runs(store)
    fig = compare_curves.by_epoch(configurations(runs)[0], compare_curves.MACRO)
    band, line = fig.data
    macro = np.array([[s["macro_f1"] for s in run.scalars()] for run in runs])
    assert line.y == pytest.approx(macro.mean(axis=0), abs=1e-4)
    assert band.y[:2] == pytest.approx(macro.max(axis=0), abs=1e-4)


def test_a_class_has_a_curve_too(store):
    runs = two_runs(store)
    fig = compare_curves.by_epoch(configurations(runs)[0], "class c")
    f1 = [run.array("f1", 2)[2] for run in runs]
    assert fig.data[1].y[1] == pytest.approx(np.mean(f1), abs=1e-4)


def test_weight_curves_are_of_the_methods_that_learn_weights(store):
    found, _ = configurations(two_runs(store, methods=("hamr", "erm")))
    assert [one.name for one in compare_curves.learners(found)] == ["HAMR"]
    assert len(compare_curves.weight_curves(found).data) == 1
