"""Runs and sweeps made from corrected rows hold the corrections."""

import json

import pytest

from hamr.cli import main
from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data import load
from hamr.jobs import current_data, submit_current, submit_current_sweep
from hamr.jobs.again import Retraining, retrain, retrained
from hamr.jobs.paths import absolute_data
from hamr.store.held import held_corrections
from hamr.sweeps import plan, sweep_of
from hamr.views.compare.configurations import configurations
from hamr.views.compare.settings import table
from tests.core.small_data import save_tiny_encoder
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=6, name="r")


def correct(run, row=0, split="train"):
    decisions = run.store.decisions(run.info.label_source)
    row_id = run.rows(split).ids([row])[0]
    other = next(name for name in run.classes if name != decisions.rows.original(row_id))
    decide(decisions, row_id, other)
    return other


def test_data_without_corrections_have_no_other_labels(store, run):
    assert current_data(store, run.info.settings.data) is None
    correct(run, split="test")  # no training uses it
    assert current_data(store, run.info.settings.data) is None


def test_a_new_run_holds_the_corrections_and_says_which(store, run):
    label = correct(run)
    current = current_data(store, run.info.settings.data)
    new = submit_current(store, RunSettings(training=TrainingSettings(method="erm")), current)
    assert new.classes[new.rows().labels[0]] == label
    held = held_corrections(store, new.info)
    assert str(held) == "1 label corrected, decisions up to 1"
    assert (held.by_split["train"], held.parent) == (1, run.id)
    assert new.info.status == "queued"


def test_a_run_like_a_corrected_one_holds_what_was_corrected_since_too(store, run):
    correct(run)
    again = retrain(store, run.id)[0]
    correct(run, row=1)
    current = current_data(store, again.info.settings.data, like=again.id)
    assert current.parent.id == again.id
    new = submit_current(store, again.info.settings, current)
    assert held_corrections(store, new.info).labels == 2
    assert new.info.label_source == run.info.fingerprint


def test_a_run_of_other_settings_is_no_retraining(store, run):
    correct(run)
    current = current_data(store, run.info.settings.data, like=run.id)
    submit_current(store, RunSettings(training=TrainingSettings(method="erm")), current)
    assert retrained(store, run.info) == []


def test_a_sweep_gives_all_of_its_runs_the_corrections(store, run):
    correct(run)
    data = run.info.settings.data
    settings = sweep_of(data, TrainingSettings(), ("erm", "hamr"), (0, 1), {})
    sweep = submit_current_sweep(store, settings, current_data(store, data))
    assert sweep.info.settings.origin == (run.id, run.info.fingerprint, 1)
    new = sweep.create_run(plan(sweep.info.settings)[0])
    assert held_corrections(store, new.info).labels == 1
    assert new.info.label_source == run.info.fingerprint


def test_current_labels_are_those_of_the_rows_that_were_read_whatever_became_of_the_file(
    store, tmp_path
):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(30)))
    data = DataSettings(source=str(path))
    run = store.create_run(RunSettings(data=absolute_data(data)), name="f", status="stopped")
    run.attach_dataset(load(data))
    correct(run)
    path.unlink()
    new = submit_current(store, RunSettings(data=data), current_data(store, data))
    assert new.rows().texts([0]) == run.rows().texts([0])


def test_a_run_on_labels_as_given_holds_none(store, run):
    assert held_corrections(store, run.info) is None


def test_the_command_line_says_which_corrections_a_run_holds(store, run, capsys):
    correct(run)
    new = retrain(store, run.id)[0]
    assert main(["show", new.id, "--json", "--home", str(store.home)]) == 0
    assert json.loads(capsys.readouterr().out)["corrections"] == {
        "labels": 1,
        "by_split": {"train": 1, "validation": 0, "test": 0},
        "version": 1,
        "parent": run.id,
    }
    assert main(["show", new.id, "--home", str(store.home)]) == 0
    assert "Labels: 1 label corrected, decisions up to 1" in capsys.readouterr().out


def test_compare_says_which_labels_and_weights_each_configuration_has(store, run):
    correct(run)
    new = retrain(store, run.id, Retraining(warm=True))[0]
    found, repeats = configurations([run, store.run(new.id)])
    assert len(found) == 2 and not repeats and len({one.name for one in found}) == 2
    lines = table(found).set_index("setting")
    own = {one.info.id: one.name for one in found}
    assert lines.loc["labels", own[run.id]] == "as given"
    assert lines.loc["labels", own[new.id]] == "1 label corrected, decisions up to 1"
    assert lines.loc["weights", own[new.id]] == f"continued from run {run.id[:8]}"


def train_again(store, run, *more):
    data = run.info.settings.data
    given = ["--home", str(store.home), "--data", data.source, "--epochs", "1", *more]
    return main(["train", *given, "--labels", "current"])


def test_the_command_line_trains_on_current_labels(store, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(60)))
    data = DataSettings(source=str(path))
    run = store.create_run(RunSettings(data=absolute_data(data)), name="f", status="stopped")
    run.attach_dataset(load(data))
    save_tiny_encoder(tmp_path)
    small = ("--model", str(tmp_path), "--max-length", "16")
    assert train_again(store, run, *small) != 0
    assert "no decision in" in capsys.readouterr().err
    label = correct(run)
    assert train_again(store, run, *small, "--name", "again") == 0
    new = store.run("again")
    assert new.info.status == "finished"
    assert new.classes[new.rows().labels[0]] == label
    assert "1 label is corrected" in capsys.readouterr().err


def test_labels_that_are_neither_given_nor_current_are_a_sentence(store, capsys):
    assert main(["train", "--home", str(store.home), "--data", "demo", "--labels", "new"]) != 0
    assert "--labels must be given or current, got 'new'" in capsys.readouterr().err
