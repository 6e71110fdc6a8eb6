"""The table of methods, and methods that users register from outside."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hamr import methods
from hamr.config import RunSettings, TrainingSettings
from hamr.errors import SettingError, TrainingError
from hamr.jobs import resume
from hamr.methods import plugins, register, registry
from hamr.store import Store
from hamr.sweeps import grid_of, methods_of, plan, seeds_of, sweep_of
from hamr.training import train
from tests.core.small_data import (
    DictCache,
    epochs_of,
    full,
    quick,
    save_tiny_encoder,
    small_cache,
    small_dataset,
    small_tagged,
)
from tests.fake_run import write_fake_run

ROOT = Path(__file__).parents[2]
MODULE = """
from hamr.methods import register

def squared(settings, class_counts):
    import torch
    def loss(logits, labels):
        p = logits.softmax(1)
        return (p - torch.nn.functional.one_hot(labels, p.shape[1])).square().sum(1)
    return loss

register("brier", title="Brier score", loss=squared)
"""


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    """A table that forgets what a test registers."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.setattr(plugins, "_asked", set())
    monkeypatch.setattr(plugins, "_failed", {})
    monkeypatch.delenv(plugins.VARIABLE, raising=False)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module of that name and text, which HAMR_METHODS then names."""

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv(plugins.VARIABLE, name)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return write


def focal_by_hand(settings, class_counts):
    """The focal loss with gamma 2, as somebody else would write it."""

    def loss(logits, labels):
        p = logits.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1)
        return (1 - p) ** 2 * -p.log()

    return loss


def trained(**settings):
    dataset, chosen = small_dataset(), quick(**settings)
    return list(train(dataset, chosen, cache=small_cache(dataset, chosen)))


def test_a_registered_method_trains_by_its_own_loss():
    register("my-focal", title="My focal loss", loss=focal_by_hand)
    mine, built_in = (trained(method=name)[-1].model for name in ("my-focal", "focal"))
    assert all(np.allclose(mine[name], built_in[name], atol=1e-4) for name in mine)
    plain = trained(method="erm")[-1].model
    assert not all(np.allclose(mine[name], plain[name], atol=1e-4) for name in mine)


def test_a_registered_method_is_called_with_settings_and_class_counts():
    seen = []

    def loss(settings, class_counts):
        seen.append((settings.focal_gamma, class_counts.tolist()))

    register("seen", title="Seen", loss=loss)
    trained(method="seen", focal_gamma=3.5, epochs=1)
    assert seen == [(3.5, [60, 20, 6])]


def test_a_registered_method_that_resamples_and_learns_weights_does_so():
    register(
        "my-hamr", title="Mine", loss=focal_by_hand, resamples=True, boosts=True,
        learns_weights=True,
    )  # fmt: skip
    last = epochs_of(trained(method="my-hamr"))[-1].signals
    assert np.ptp(last["post"]) > 0
    assert np.ptp(last["draws"]) > 0  # an epoch without resampling draws each row once


def test_a_registered_method_fine_tunes_on_tagged_sentences(tmp_path):
    register("my-focal", title="My focal loss", loss=focal_by_hand)
    encoder, dataset = save_tiny_encoder(tmp_path), small_tagged()
    mine, built_in = (
        list(train(dataset, full(encoder, method=name, epochs=1), cache=DictCache()))[-1].model
        for name in ("my-focal", "focal")
    )
    assert all(np.allclose(mine[name], built_in[name], atol=1e-4) for name in mine)


def test_a_sweep_multiplies_a_registered_method_by_the_settings_that_it_reads():
    register("my-focal", title="Mine", loss=focal_by_hand, settings=("focal_gamma",))
    chosen = sweep_of(
        RunSettings().data,
        TrainingSettings(),
        methods_of("erm, my-focal").value,
        seeds_of("1").value,
        grid_of(["focal_gamma = 1, 2"]).value,
    )
    assert [(run.method, run.grid) for run in plan(chosen)] == [
        ("erm", {}), ("my-focal", {"focal_gamma": 1.0}), ("my-focal", {"focal_gamma": 2.0}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "erm"}, r"a method named erm exists \(ERM .*: choose another name$"),
        ({"name": "My Loss"}, "lower-case letters.*got 'My Loss'.*such as my-loss"),
        ({"name": 7}, "got 7"),
        ({"loss": 7}, "must be a function, got 7"),
        ({"loss": "not dotted"}, "must be a function, got 'not dotted'"),
        ({"boosts": True}, "set resamples=True"),
        ({"soft_targets": True}, "set loss=None"),
        ({"tasks": ("audio",)}, "tasks of method mine must be some of sequence, token"),
        ({"presets": ()}, "presets of method mine"),
    ],
)
def test_what_cannot_be_registered_is_refused_with_a_remedy(changes, said):
    with pytest.raises(SettingError, match=said):
        register(**{"name": "mine", "title": "Mine", "loss": focal_by_hand, **changes})


def test_a_name_that_was_registered_is_taken_unless_it_is_to_be_replaced():
    register("mine", title="One", loss=None)
    with pytest.raises(SettingError, match="or pass replace=True"):
        register("mine", title="Two", loss=None)
    register("mine", title="Two", loss=None, replace=True)
    assert methods.method_title("mine") == "Two"
    with pytest.raises(SettingError, match="named erm exists"):
        register("erm", title="Two", loss=None, replace=True)


@pytest.mark.parametrize(
    ("loss", "error", "said"),
    [
        (lambda s, c: lambda o, y: o.mean(), TrainingError, "one loss a row.*without their mean"),
        (lambda s, c: lambda o, y: 1.0, TrainingError, "got float"),
        (lambda s, c: 3, SettingError, r"must return a function of \(logits, labels\), got int"),
        (lambda s, c: s.nothing, SettingError, "can't be made .AttributeError"),
        ("nowhere_at_all:loss", SettingError, "can't be found at nowhere_at_all:loss"),
    ],
)
def test_a_loss_that_can_not_train_is_told_by_a_sentence(loss, error, said):
    register("mine", title="Mine", loss=loss)
    with pytest.raises(error, match=said):
        trained(method="mine", epochs=1)


def test_an_unknown_method_is_refused_with_the_near_one_and_all_there_are():
    with pytest.raises(SettingError, match=r"hamr-plus, .*, got 'focl'.*mean focal") as no:
        TrainingSettings(method="focl")
    assert no.value.field == "method"


def test_a_module_of_the_environment_variable_is_imported_when_the_table_is_asked(module):
    module("losses_of_mine", MODULE)
    assert TrainingSettings(method="erm").method == "erm"
    assert "losses_of_mine" not in sys.modules  # nobody has asked for what is not built in
    assert TrainingSettings(method="brier").traits.title == "Brier score"
    assert methods.names()[-1] == "brier"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("def", "SyntaxError"),
        (MODULE.replace('"brier"', '"erm"'), "a method named erm exists"),
    ],
)
def test_a_module_that_fails_is_named_with_cause_and_remedy_each_time(module, text, cause):
    module("broken", text)
    for _ in range(2):
        with pytest.raises(SettingError, match="HAMR_METHODS names the module 'broken'") as failed:
            methods.names()
        assert cause in str(failed.value)
        assert "take it out of the variable" in str(failed.value)
    assert methods.method_title("erm") == "ERM (plain training)"  # what is built in still works


def test_an_installed_package_offers_methods_by_an_entry_point(tmp_path, monkeypatch):
    (tmp_path / "offered_losses.py").write_text(MODULE)
    info = tmp_path / "offered-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hamr.methods]\noffered = offered_losses\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "brier" in methods.names()


# ---- a stored run whose method is not registered ------------------------------------------


@pytest.fixture
def forgotten(tmp_path, monkeypatch):
    """A stopped run of a method that nobody registers any more."""
    register("gone-by", title="Gone by", loss=None)
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=2, method="gone-by")
    run.set_status("stopped")
    registry._known.pop("gone-by")
    return run


def test_a_run_of_a_method_that_is_no_longer_registered_opens_under_its_name(forgotten):
    info = forgotten.info
    assert (info.method, info.settings.training.traits.title) == ("gone-by", "gone-by")
    assert forgotten.signal("hardness", 2).shape == (60,)
    assert methods.position("gone-by") == len(methods.names())


def test_a_run_of_a_method_that_is_no_longer_registered_is_not_resumed(forgotten):
    assert not forgotten.info.can_resume
    with pytest.raises(SettingError, match=r"gone-by is not registered here.*HAMR_METHODS"):
        resume(forgotten.store, forgotten.id)


# ---- other processes ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A folder with a module of methods and a small table, and `hamr` run in it."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "my_losses.py").write_text(MODULE)
    rows = [f"a fine and happy film number {n},good" for n in range(40)]
    rows += [f"a dull and sad film number {n},bad" for n in range(20)]
    (folder / "reviews.csv").write_text("\n".join(["text,label", *rows]))

    def run(*arguments, named="my_losses"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        environment |= {"HAMR_METHODS": named, "HAMR_HOME": str(folder / "home")}
        return subprocess.run(
            [sys.executable, "-m", "hamr", *arguments],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def run_outside(outside):
    done = outside(
        "train", "--data", "reviews.csv", "--method", "brier", "--epochs", "1", "--name", "mine"
    )
    assert done.returncode == 0, done.stderr
    return outside


def test_the_command_line_trains_a_method_of_the_environment_variable(run_outside):
    assert '"method": "brier"' in run_outside("show", "mine", "--json").stdout


def test_the_command_line_shows_a_run_whose_method_it_does_not_know(run_outside):
    assert '"method": "brier"' in run_outside("show", "mine", "--json", named="").stdout
    refused = run_outside("train", "--data", "reviews.csv", "--method", "brier", named="")
    assert refused.returncode == 2
    assert "that HAMR_METHODS names" in refused.stderr


def test_the_workers_of_a_sweep_know_the_method(run_outside):
    done = run_outside(
        "sweep", "--data", "reviews.csv", "--methods", "erm,brier", "--seeds", "1", "--epochs", "1"
    )
    assert done.returncode == 0, done.stderr
    assert "Brier score" in done.stdout


def test_help_lists_the_method(run_outside):
    assert "|brier" in run_outside("train", "--help").stdout
