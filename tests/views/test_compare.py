"""Configurations, their names and their scores."""

import dataclasses

import numpy as np
import pytest

from hamr.records import Dataset
from hamr.store import Store
from hamr.views.compare import export as compare_export
from hamr.views.compare import scores as compare_scores
from hamr.views.compare.configurations import configurations, digests
from tests.fake_run import fake_dataset, write_fake_run, write_fake_token_run


@pytest.fixture
def store(tmp_path) -> Store:
    return Store.open(tmp_path)


def run_of(store, method, number, dataset=None, **settings):
    """A run on the same rows whatever its seed."""
    dataset = dataset or fake_dataset()
    # The number is the settings' seed and that of the made-up scores.
    run = write_fake_run(
        store, method=method, dataset=dataset, seed=number, with_map=False, epochs=2,
        run_seed=number, **settings,
    )  # fmt: skip
    return run


def with_other_training_rows(dataset: Dataset) -> Dataset:
    texts = ("another text", *dataset.train.texts[1:])
    train = dataclasses.replace(dataset.train, texts=texts)
    return dataclasses.replace(dataset, train=train, fingerprint="f" * 64)


def test_runs_that_differ_by_their_seed_are_one_configuration(store):
    runs = [run_of(store, method, seed) for method in ("erm", "hamr") for seed in (2, 1)]
    found, repeats = configurations(runs)
    assert [one.name for one in found] == ["HAMR", "ERM (plain training)"]
    assert [[run.info.seed for run in one.runs] for one in found] == [[1, 2], [1, 2]]
    assert not repeats


def test_settings_that_a_method_never_reads_make_no_configuration_of_their_own(store):
    focal = [run_of(store, "focal", seed, focal_gamma=seed + 1.0) for seed in (1, 2)]
    plain = [run_of(store, "erm", seed, focal_gamma=seed + 1.0) for seed in (1, 2)]
    found, _ = configurations([*focal, *plain])
    assert sorted(len(one.runs) for one in found) == [1, 1, 2]


def test_a_run_that_repeats_a_seed_is_left_out(store):
    runs = [run_of(store, "erm", 1), run_of(store, "erm", 1)]
    found, repeats = configurations(runs)
    assert len(found[0].runs) == 1
    assert [run.id for run in repeats] == [runs[1].id]


def test_a_configuration_is_named_by_how_it_differs_from_others_of_its_method(store):
    runs = [run_of(store, "hamr", 1), run_of(store, "hamr", 1, tau=1.0), run_of(store, "erm", 1)]
    names = [one.name for one in configurations(runs)[0]]
    assert names == ["HAMR · τ 0.7", "HAMR · τ 1", "ERM (plain training)"]


def test_other_data_makes_another_configuration_that_is_named_by_it(store):
    other = with_other_training_rows(fake_dataset())
    found, _ = configurations([run_of(store, "erm", 1), run_of(store, "erm", 2, other)])
    assert len({one.name for one in found}) == 2
    assert "made-up rows ffff" in " ".join(one.name for one in found)


def test_data_with_other_training_rows_still_has_the_same_test_rows(store):
    other = with_other_training_rows(fake_dataset())
    found, _ = configurations([run_of(store, "erm", 1), run_of(store, "erm", 2, other)])
    assert len(set(digests(found, "test"))) == 1
    assert len(set(digests(found, "train"))) == 2


def test_scores_are_means_over_seeds_with_the_rarest_class_first(store):
    runs = [run_of(store, "erm", seed) for seed in (1, 2, 3)]
    scores = compare_scores.scores(configurations(runs)[0], "test")
    macro = [run.info.test_macro_f1 for run in runs]
    assert scores.mean[0, 0] == pytest.approx(np.mean(macro))
    assert scores.low[0, 0] < min(macro) < max(macro) < scores.high[0, 0]
    assert list(scores.counts) == sorted(scores.counts)


def test_one_seed_has_an_interval_over_its_rows(store):
    for run in (run_of(store, "erm", 1), write_fake_token_run(store, seed=2)):
        for split in ("test", "validation"):
            scores = compare_scores.scores(configurations([run])[0], split)
            assert scores.resampled == (True,)
            assert scores.low[0, 0] < scores.mean[0, 0] < scores.high[0, 0]


def test_a_run_that_goes_on_has_validation_scores_alone(store):
    run = write_fake_run(store, status="interrupted")
    found, _ = configurations([run])
    assert compare_scores.scores(found, "test").configurations == ()
    best = run.info.macro_f1
    assert compare_scores.scores(found, "validation").mean[0, 0] == pytest.approx(best)


def test_the_markdown_table_has_the_best_in_bold_and_says_what_its_intervals_are(store):
    runs = [run_of(store, method, seed) for method in ("erm", "hamr") for seed in (1, 2)]
    scores = compare_scores.scores(configurations([*runs, run_of(store, "dice", 1)])[0], "test")
    lines = compare_export.markdown(scores, "rows").splitlines()
    assert len({line.count("|") for line in lines[:5]}) == 1
    assert "**" in "".join(lines[2:5])
    assert "t interval over seeds" in lines[-1]
    assert "bootstrap resamples" in lines[-1]


def test_the_latex_table_escapes_names(store):
    names = ("a_b", "50 %", "x & y")
    run = run_of(store, "hamr", 1, fake_dataset(classes=3, class_names=names))
    text = compare_export.latex(compare_scores.scores(configurations([run])[0], "test"), "d#1")
    assert r"a\_b" in text
    assert r"50 \%" in text
    assert r"x \& y" in text
    assert text.count(r"\\") == 2


def test_the_caption_names_the_seeds(store):
    erm = [run_of(store, "erm", seed) for seed in (1, 2)]
    both = [*erm, *(run_of(store, "hamr", seed) for seed in (1, 2))]
    uneven = [*erm, run_of(store, "dice", 7)]
    same, told = (
        compare_scores.caption(compare_scores.scores(configurations(runs)[0], "test"), "rows")
        for runs in (both, uneven)
    )
    assert "mean over seeds 1, 2;" in same
    assert "ERM (plain training): 1, 2; Dice loss: 7" in told
