"""Which runs a sweep consists of, and what is refused before the first of them starts."""

import re

import numpy as np
import pytest

from hamr.config import DataSettings, TrainingSettings, reads
from hamr.errors import SettingError
from hamr.methods import names, readers, table
from hamr.sweeps import (
    SweepSettings,
    check_methods,
    grid_of,
    methods_of,
    plan,
    seeds_of,
    sweep_of,
    unread,
)
from hamr.training import train
from tests.core.small_data import quick, small_cache, small_dataset


def sweep(methods="erm,hamr", seeds="2", grid=(), preset="quick"):
    return sweep_of(
        DataSettings(),
        TrainingSettings.of_preset(preset),
        methods_of(methods).value,
        seeds_of(seeds).value,
        grid_of(grid, preset).value,
    )


def drawing_more():
    chosen = sweep("hamr,erm")
    training = chosen.training.model_copy(update={"draw_more": "0" * 32})
    return chosen.model_copy(update={"training": training})


def test_runs_are_methods_by_grid_points_by_seeds_with_seeds_outermost():
    runs = plan(sweep("hamr-no-boost,hamr", "0,3", ["gamma=0.8,0.9"]))
    assert [(run.seed, run.method, run.grid["gamma"]) for run in runs] == [
        (0, "hamr-no-boost", 0.8), (0, "hamr-no-boost", 0.9), (0, "hamr", 0.8), (0, "hamr", 0.9),
        (3, "hamr-no-boost", 0.8), (3, "hamr-no-boost", 0.9), (3, "hamr", 0.8), (3, "hamr", 0.9),
    ]  # fmt: skip
    assert [run.place for run in runs] == list(range(8))


def test_each_run_has_its_method_its_seed_and_its_grid_point():
    run = plan(sweep("hamr", "0,3", ["tau=0.5", "neighbours=4"]))[-1]
    settings = run.settings.training
    assert (settings.method, settings.seed, settings.tau, settings.neighbours) == (
        "hamr",
        3,
        0.5,
        4,
    )
    assert run.point == "tau 0.5, neighbours 4"


def test_a_setting_that_a_method_never_reads_does_not_multiply_its_runs():
    chosen = sweep("erm,hamr-no-boost,hamr", "1", ["boost_strength=0.1,0.7", "tau=0.5,0.7"])
    counts = [sum(run.method == name for run in plan(chosen)) for name in chosen.methods]
    assert counts == [1, 2, 4]
    assert unread(chosen) == {"boost_strength": ["erm", "hamr-no-boost"], "tau": ["erm"]}


def test_a_specification_is_the_same_after_a_round_trip_through_json():
    chosen = sweep(grid=["tau=1,2"])
    assert SweepSettings.model_validate_json(chosen.model_dump_json()) == chosen


def test_a_setting_of_one_method_is_read_by_that_method_alone():
    assert readers("focal_gamma") == ("focal",)
    assert readers("tau") == tuple(name for name, method in table().items() if method.resamples)
    assert readers("batch_size") == names()


def test_what_methods_say_they_read_are_settings():
    own = frozenset().union(*(method.settings for method in table().values()))
    assert own <= TrainingSettings.model_fields.keys()


def test_a_setting_of_the_quick_preset_is_not_read_by_the_full_one():
    assert reads("hamr", "hidden", "quick")
    assert not reads("hamr", "hidden", "full")


def test_five_seeds_are_0_to_4_and_a_list_is_those():
    assert seeds_of("5").value == (0, 1, 2, 3, 4)
    assert seeds_of(" 0, 3,7 ").value == (0, 3, 7)
    assert seeds_of("7,").value == (7,)


def test_duplicates_are_left_out_and_told():
    assert methods_of("erm,hamr,erm").value == ("erm", "hamr")
    assert "erm is named twice" in methods_of("erm,hamr,erm").notices[0]
    assert seeds_of("1,1").value == (1,)
    found = grid_of(["tau=0.5,0.50", "tau = 0.7"])
    assert found.value == {"tau": (0.5, 0.7)}
    assert "tau: 0.5 is named twice" in found.notices[0]


@pytest.mark.parametrize(
    ("call", "field", "said"),
    [
        (lambda: methods_of(""), "methods", "name one or more of hamr"),
        (lambda: methods_of("focl"), "methods", "did you mean focal.*there are hamr-plus, .*smote"),
        (lambda: seeds_of("0"), "seeds", "seeds must be between 1 and 1,000, got 0"),
        (lambda: seeds_of("-1"), "seeds", "got '-1'"),
        (lambda: seeds_of("two"), "seeds", "got 'two'"),
        (lambda: grid_of(["tau"]), "grid", "write a setting and its values as tau=0.5,0.7"),
        (lambda: grid_of(["tau="]), "grid", "names no value for tau"),
        (lambda: grid_of(["tau=0.5,11"]), "grid", "tau must be between 0 and 10, got '11'"),
        (lambda: grid_of(["tua=1"]), "grid", "did you mean tau.*there are model"),
        (lambda: grid_of(["lambda=1"]), "grid", "did you mean boost_strength"),
        (lambda: grid_of(["seed=1,2"]), "grid", "give it by --seeds"),
        (lambda: grid_of(["frozen_layers=1"]), "grid", "choose the full preset"),
        (lambda: sweep("erm", grid=["tau=1"]), "grid", "erm never reads it: add hamr"),
        (lambda: check_methods(sweep("smote"), "token"), "methods", "Leave smote out"),
        (lambda: check_methods(drawing_more(), "sequence"), "methods", "Leave erm out"),
        (lambda: check_methods(sweep("smote", preset="full"), "sequence"), "methods", "quick"),
    ],
)  # fmt: skip
def test_what_no_run_could_train_is_refused_with_a_remedy(call, field, said):
    with pytest.raises(SettingError) as refused:
        call()
    assert re.search(said, str(refused.value))
    assert refused.value.field == field


OTHERWISE = {
    "tau": 3.0, "draws_per_row": 1.5, "gamma": 0.2, "hard_share": 0.5, "neighbours": 7,
    "boost_strength": 9.0, "refresh_every": 2, "virtual_rate": 1.0, "meta_every": 3,
    "meta_rate": 0.1, "meta_batch_size": 4, "weight_hidden": 5, "weight_low": 0.9,
    "weight_high": 1.05, "focal_gamma": 5.0, "dice_alpha": 3.0, "dice_smooth": 0.1,
    "class_balanced_beta": 0.1, "adjustment": 3.0, "flip_threshold": 0.1, "smote_neighbours": 1,
}  # fmt: skip


def trained_weights(**settings):
    dataset, chosen = small_dataset(), quick(**settings)
    records = list(train(dataset, chosen, cache=small_cache(dataset, chosen)))
    return records[-1].model


@pytest.mark.parametrize("method", [n for n, m in table().items() if "sequence" in m.tasks])
def test_settings_that_a_method_does_not_read_leave_what_it_learns_to_the_bit(method):
    unread = {k: v for k, v in OTHERWISE.items() if not reads(method, k, "quick")}
    plain, changed = trained_weights(method=method), trained_weights(method=method, **unread)
    assert all(np.array_equal(plain[name], changed[name]) for name in plain)


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_setting_that_a_method_reads_changes_what_it_learns(name):
    method = sorted(readers(name))[0]
    plain = trained_weights(method=method)
    changed = trained_weights(method=method, **{name: OTHERWISE[name]})
    assert any(not np.array_equal(plain[each], changed[each]) for each in plain)
