"""What a method sets itself, and what wins over it: preset < task < method < given."""

import pytest

from hamr import methods
from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.config.presets import PRESETS
from hamr.config.renamed import BEFORE, METHODS, earlier_link
from hamr.errors import SettingError
from hamr.methods import register, registry
from hamr.sweeps import SweepSettings, own_settings, plan, sweep_of

TASKS = ("sequence", "token")
# As in arXiv 2604.18759; lambda by task.
PAPERS = {
    "weight_low": 0.1, "weight_high": 8.0, "weight_curve": "free", "draw_scheme": "independent",
    "tau": 0.7, "gamma": 0.9, "hard_share": 0.2, "neighbours": 10, "draws_per_row": 1.2,
    "refresh_every": 1, "weight_hidden": 100, "tag_decoding": "word",
}  # fmt: skip
LAMBDA = {"sequence": 0.7, "token": 0.1}


def of(method, preset="quick", task="sequence", **given):
    return TrainingSettings.of_preset(preset, task, method=method, **given)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("preset", PRESETS)
def test_hamr_is_as_published_in_every_preset(preset, task):
    found = of("hamr", preset, task)
    assert {name: getattr(found, name) for name in PAPERS} == PAPERS
    assert found.boost_strength == LAMBDA[task]
    assert (found.effective_balance, found.effective_soft_target_weight) == (0.0, 0.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_that_fine_tunes_leaves_out_soft_targets_alone_of_hamr_plus(preset):
    found = of("hamr-plus", preset)
    assert found.effective_balance > 0
    assert (found.effective_soft_target_weight > 0) == (preset == "quick")
    assert (found.weight_low, found.weight_high) == (0.5, 2.0)
    assert found.draw_scheme == "systematic"


def test_sentences_keep_the_published_clips_and_balance_less_than_texts():
    found = of("hamr-plus", task="token")
    assert (found.weight_low, found.weight_high, found.draw_scheme) == (0.1, 8.0, "systematic")
    assert found.effective_balance < of("hamr-plus").effective_balance


def test_hamr_plus_alone_tags_the_words_of_a_sentence_together():
    found = {name for name in methods.names() if of(name, task="token").tag_decoding == "viterbi"}
    plus = {n for n in methods.names() if methods.method_of(n).ablation_of == "hamr-plus"}
    assert found == {"hamr-plus", *plus} - {"hamr-plus-no-tag-transitions"}
    assert of("erm", task="token", tag_decoding="viterbi").tag_decoding == "viterbi"


@pytest.mark.parametrize(
    ("preset", "task", "clips"),
    [("quick", "sequence", (0.5, 2.0)), ("full", "sequence", (0.5, 2.0)),
     ("paper", "sequence", (0.1, 8.0)), ("quick", "token", (0.1, 8.0))],
)  # fmt: skip
def test_meta_weight_net_keeps_the_clips_that_it_always_had(preset, task, clips):
    found = of("meta-weight-net", preset, task)
    assert (found.weight_low, found.weight_high) == clips


def test_settings_without_a_preset_are_those_of_their_method():
    assert TrainingSettings(method="hamr") == of("hamr")
    assert TrainingSettings() == TrainingSettings(method="hamr-plus") == of("hamr-plus")


def test_a_value_that_is_given_wins_over_the_methods():
    assert of("hamr", weight_high=3.0).weight_high == 3.0
    assert TrainingSettings(method="hamr", draw_scheme="systematic").draw_scheme == "systematic"


def test_the_paper_preset_trains_hamr_unless_another_method_is_named():
    assert TrainingSettings.of_preset("paper").method == "hamr"
    assert TrainingSettings.of_preset("full").method == "hamr-plus"
    assert of("hamr-plus", "paper").meta_every == 1


@pytest.mark.parametrize("name", ["hamr", "hamr-plus"])
def test_an_ablation_differs_from_its_method_in_what_is_switched_off_alone(name):
    whole = methods.method_of(name)
    parts = [one for one in methods.table().values() if one.ablation_of == name]
    assert len(parts) >= {"hamr": 3, "hamr-plus": 7}[name]
    for one in parts:
        assert one.is_ablation and one.title.startswith(f"{whole.title} without ")
        traits = ("learns_weights", "resamples", "boosts", "soft_targets", "balances_classes")
        off = [t for t in traits if getattr(whole, t) and not getattr(one, t)]
        task = "sequence" if "sequence" in one.tasks else "token"
        before, now = whole.defaults_for(task), one.defaults_for(task)
        off += [setting for setting in before if before[setting] != now[setting]]
        assert len(off) == 1 or off == ["resamples", "boosts"]


def test_a_method_of_ones_own_brings_its_settings(monkeypatch):
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    register("mine", title="Mine", loss=None, resamples=True, defaults={"tau": 0.25})
    assert (of("mine").tau, of("mine", tau=1.0).tau) == (0.25, 1.0)
    assert "tau" in methods.governed()
    with pytest.raises(SettingError, match="defaults of method other can't have seed"):
        register("other", title="Other", loss=None, defaults={"seed": 3})


# ---- sweeps -------------------------------------------------------------------------------


def swept(task="sequence", given=(), grid=None, names=("hamr", "hamr-plus"), **values):
    training = TrainingSettings.of_preset("quick", task, **values)
    own = own_settings(training, names, task, given)
    return sweep_of(DataSettings(), training, names, (0,), grid or {}, own)


@pytest.mark.parametrize("task", TASKS)
def test_each_method_of_a_sweep_trains_as_it_does_alone(task):
    names = ("meta-weight-net", "hamr-plus", "hamr", "erm")
    for run in plan(swept(task, names=names)):
        assert run.settings.training == of(run.method, task=task)


def test_a_value_given_for_a_sweep_is_that_of_all_its_methods():
    runs = plan(swept(given=("weight_high",), weight_high=4.0))
    assert [run.settings.training.weight_high for run in runs] == [4.0, 4.0]
    assert [run.settings.training.weight_low for run in runs] == [0.1, 0.5]


def test_the_grid_of_a_sweep_wins_over_its_methods():
    runs = plan(swept(grid={"draw_scheme": ("systematic",)}))
    assert {run.settings.training.draw_scheme for run in runs} == {"systematic"}


def test_a_sweep_with_its_methods_own_settings_is_read_back_as_it_was():
    assert SweepSettings.stored(swept().to_store()) == swept()


def test_a_sweep_of_before_is_the_same_sweep_as_one_of_the_same_runs():
    new = swept(names=("hamr-plus",))
    old = {**new.model_dump(mode="json"), "methods": ["hamr"]}
    del old["by_method"]
    old["training"]["method"] = "hamr"
    assert SweepSettings.stored(old).same_runs(new)
    assert not new.same_runs(swept(names=("hamr",)))


# ---- what earlier versions stored ---------------------------------------------------------


def earlier(method, **training):
    return RunSettings.stored({"data": {}, "training": {"method": method, **training}}).training


IMPROVED = {
    "class_balance": 0.5, "soft_target_weight": 0.9, "weight_low": 0.5, "weight_high": 2.0,
    "draw_scheme": "systematic",
}  # fmt: skip


@pytest.mark.parametrize("old", [*METHODS, "erm", "focal", "meta-weight-net"])
def test_what_a_run_was_trained_with_decides_what_it_is_called(old):
    as_published, improved = METHODS.get(old, (old, old))
    assert earlier(old, **IMPROVED).method == improved
    assert earlier(old, **BEFORE).method == as_published


@pytest.mark.parametrize("part", IMPROVED)
def test_one_improvement_makes_a_stored_hamr_hamr_plus(part):
    assert earlier("hamr", **{part: IMPROVED[part]}).method == "hamr-plus"


def test_a_setting_that_an_ablation_does_not_read_does_not_name_it():
    assert earlier("no-resampling", draw_scheme="systematic").method == "hamr-no-resampling"


@pytest.mark.parametrize("method", ["hamr", "hamr-plus", "hamr-no-boost"])
def test_what_is_stored_now_is_called_what_it_was_stored_as(method):
    settings = RunSettings(training=of(method, class_balance=0.5, weight_high=2.0))
    assert RunSettings.stored(settings.to_store()) == settings


def test_a_stored_value_is_kept_where_the_method_has_another():
    found = earlier("hamr", **{**IMPROVED, "weight_high": 5.0})
    assert (found.method, found.weight_high) == ("hamr-plus", 5.0)


def test_a_link_of_an_earlier_version_means_what_it_meant():
    assert [earlier_link(name) for name in ("hamr", "no-boost", "erm")] == [
        "hamr-plus", "hamr-plus-no-boost", "erm",
    ]  # fmt: skip
    assert earlier_link("hamr", "paper") == "hamr"
