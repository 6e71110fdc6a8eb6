"""Differences to a baseline, seed by seed and row by row."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from hamr.store import Store
from hamr.views.compare import differences as compare_differences
from hamr.views.compare import settings as compare_settings
from hamr.views.compare.configurations import configurations
from tests.fake_run import fake_dataset, write_fake_run

BASE = "ERM (plain training)"


@pytest.fixture
def store(tmp_path) -> Store:
    return Store.open(tmp_path)


def run_of(store, method, seed, number, **settings):
    return write_fake_run(
        store, method=method, dataset=fake_dataset(), seed=number, run_seed=seed, epochs=1,
        with_map=False, **settings,
    )  # fmt: skip


def test_seeds_that_both_have_are_paired_as_scipy_pairs_them(store):
    ours = [run_of(store, "hamr", seed, seed) for seed in (1, 2, 3, 7)]
    theirs = [run_of(store, "erm", seed, 20 + seed) for seed in (1, 2, 3)]
    found, _ = configurations([*ours, *theirs])
    (difference,) = compare_differences.differences(found, BASE)
    one, other = ([r.info.test_macro_f1 for r in runs[:3]] for runs in (ours, theirs))
    test = stats.ttest_rel(one, other)
    assert difference.seeds == (1, 2, 3)
    assert difference.p == pytest.approx(test.pvalue)
    assert (difference.low, difference.high) == pytest.approx(tuple(test.confidence_interval()))


def test_the_bootstrap_difference_is_that_of_explicit_resamples(store):
    runs = [run_of(store, "hamr", 1, 1), run_of(store, "erm", 1, 2)]
    (difference,) = compare_differences.differences(configurations(runs)[0], BASE)
    labels = runs[0].rows("test").labels
    ours, theirs = (run.final().test_prediction for run in runs)
    count = len(labels)
    draws = np.random.default_rng(0).integers(0, count, (2000, count), dtype=np.int32)
    gaps = [
        f1_score(labels[rows], ours[rows], average="macro")
        - f1_score(labels[rows], theirs[rows], average="macro")
        for rows in draws[:200]
    ]
    assert difference.rows_low == pytest.approx(np.quantile(gaps, 0.025), abs=0.03)
    assert difference.rows_high == pytest.approx(np.quantile(gaps, 0.975), abs=0.03)
    assert difference.above == pytest.approx(np.mean(np.array(gaps) > 0), abs=0.08)


def test_without_a_common_seed_all_are_compared_over_rows_alone(store):
    runs = [run_of(store, "hamr", 1, 1), run_of(store, "erm", 2, 2), run_of(store, "erm", 3, 3)]
    (difference,) = compare_differences.differences(configurations(runs)[0], BASE)
    macro = [run.info.test_macro_f1 for run in runs]
    assert difference.seeds == ()
    assert np.isnan(difference.p)
    assert difference.mean == pytest.approx(macro[0] - np.mean(macro[1:]))
    assert difference.rows_low < difference.mean < difference.rows_high


def test_settings_that_are_the_same_are_not_listed(store):
    runs = [run_of(store, "hamr", 1, 1), run_of(store, "hamr", 2, 2, tau=1.0)]
    table = compare_settings.table(configurations(runs)[0])
    assert table["setting"].tolist() == ["tau (τ)", "seeds"]
