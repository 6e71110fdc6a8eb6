"""The command line as a user types it, in processes of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hamr.data import load
from hamr.records import SPLITS
from hamr.store import Store
from hamr.training import embedding_key

ROOT = Path(__file__).parents[2]


def hamr(home, *arguments, **options):
    command = [sys.executable, "-m", "hamr", *map(str, arguments), "--home", str(home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    environment.pop("HAMR_HOME", None)
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, **options
    )


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A CSV of two classes whose texts tell them apart."""
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    lines = ["text,label"]
    lines += [f"a fine and happy film number {n},good" for n in range(60)]
    lines += [f"a dull and sad film number {n},bad" for n in range(20)]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def trained(reviews, tmp_path_factory):
    """(home, the JSON that train printed) of a short run with the built-in encoder."""
    home = tmp_path_factory.mktemp("home")
    done = hamr(home, "train", "--data", reviews, "--epochs", 3, "--seed", 5, "--json")
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout.strip().splitlines()[-1])


def test_train_ends_with_one_json_object(trained):
    _, result = trained
    wanted = {"run", "task", "method", "preset", "seed", "epochs", "best_epoch"}
    assert result.keys() == wanted | {"validation", "test", "seconds"}
    assert (result["task"], result["method"], result["seed"]) == ("sequence", "hamr-plus", 5)
    assert result["test"]["per_class_f1"].keys() == {"good", "bad"}
    assert result["seconds"].keys() == {"embed", "train", "total"}


def test_runs_and_show_tell_of_the_run(trained):
    home, result = trained
    (listed,) = json.loads(hamr(home, "runs", "--json").stdout)
    assert (listed["id"], listed["status"]) == (result["run"], "finished")
    shown = json.loads(hamr(home, "show", result["run"][:8], "--json").stdout)
    assert [epoch["epoch"] for epoch in shown["epoch"]] == [1, 2, 3]
    assert shown["result"]["test"] == result["test"]
    assert "macro" in hamr(home, "show", listed["name"]).stdout


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_exported_rows_hold_every_row_and_signal(trained, tmp_path, ending):
    home, result = trained
    target = tmp_path / f"rows.{ending}"
    assert hamr(home, "export", result["run"], "--to", target).returncode == 0
    table = pd.read_csv(target) if ending == "csv" else pd.read_parquet(target)
    run = Store.open(home).run(result["run"])
    assert len(table) == run.info.train_rows
    assert np.allclose(table["hardness"], run.signal("hardness", 3), atol=1e-6)
    assert set(table["label"]) == {"good", "bad"}


def test_exported_epochs_hold_every_score(trained, tmp_path):
    home, result = trained
    target = tmp_path / "epochs.csv"
    assert hamr(home, "export", result["run"], "--what", "epochs", "--to", target).returncode == 0
    table = pd.read_csv(target)
    assert len(table) == 3
    assert {"macro_f1", "f1 good", "f1 bad"} <= set(table.columns)


def test_the_recorded_embeddings_are_those_of_the_model(trained):
    home, result = trained
    run = Store.open(home).run(result["run"])
    key = embedding_key(run.dataset(), run.info.settings.training)
    embeddings = run.store.cache.get("embeddings", key)
    dataset = load(run.info.settings.data)
    assert len(embeddings) == sum(len(dataset.split(name)) for name in SPLITS)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("flags", "code", "sentence"),
    [
        (["--tau", "-1"], 2, "tau must be between 0 and 10, got '-1'"),
        (["--method", "magic"], 2, "method must be one of hamr-plus, "),
        (["--data", "nowhere.csv"], 1, "nowhere.csv"),
        (["--text-column", "body"], 1, "choose one with --text-column"),
        (["--model", "no/such/model"], 1, "no/such/model"),
    ],
)
def test_a_wrong_flag_is_one_sentence_on_standard_error(reviews, tmp_path, flags, code, sentence):
    given = ["--data", reviews, "--epochs", 1]
    done = hamr(tmp_path / "home", "train", *given, *flags)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_run_and_a_bad_target_are_told(trained, tmp_path):
    home, result = trained
    assert "nobody" in hamr(home, "show", "nobody").stderr
    told = hamr(home, "export", result["run"], "--to", tmp_path / "rows.xlsx").stderr
    assert ".parquet or .csv" in told


def test_resume_of_a_finished_run_says_that_there_is_nothing_to_do(trained):
    home, result = trained
    done = hamr(home, "resume", result["run"])
    assert done.returncode != 0
    assert "finished" in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_that_were_left_out_are_told(reviews, tmp_path):
    holed = tmp_path / "holed.csv"
    holed.write_text(reviews.read_text() + "\n   ,good\n")
    done = hamr(tmp_path / "home", "train", "--data", holed, "--epochs", 1)
    assert done.returncode == 0
    assert "1 row has no text" in done.stderr
    assert "line 82" in done.stderr
