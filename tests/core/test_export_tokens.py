"""Entities from a CoNLL file, through the command line, and out again."""

import json

import pandas as pd
import pytest
from seqeval.metrics import f1_score

from hamr.cli import main
from hamr.entities import ERROR_KINDS
from hamr.store import Store
from tests.core.small_data import TYPES, small_tagged


@pytest.fixture(scope="module")
def run(tiny_encoder, tmp_path_factory):
    """A finished run on a CoNLL file: its home, and what it printed."""
    folder = tmp_path_factory.mktemp("tagged")
    dataset = small_tagged((60, 6, 6))
    lines = zip(dataset.train.words, dataset.train.tags, strict=True)
    text = "".join(
        "".join(f"{word} {dataset.tags[tag]}\n" for word, tag in zip(*row, strict=True)) + "\n"
        for row in lines
    )
    (folder / "a.conll").write_text(text)
    arguments = ["train", "--data", f"{folder}/a.conll", "--home", f"{folder}/home"]
    more = ["--model", str(tiny_encoder), "--max-length", "16", "--epochs", "2", "--name", "t"]
    assert main([*arguments, *more]) == 0
    return folder


def shown(run, capsys, *arguments):
    capsys.readouterr()
    code = main([*arguments, "--home", f"{run}/home"])
    return code, capsys.readouterr()


def test_the_result_names_the_task_and_the_entity_types(run, capsys):
    _, said = shown(run, capsys, "show", "t", "--json")
    whole = json.loads(said.out)
    assert whole["task"] == whole["result"]["task"] == "token"
    assert whole["result"]["test"]["per_class_f1"].keys() == {*TYPES}
    assert whole["settings"]["training"]["boost_strength"] == 0.1


def test_show_lists_entity_types_and_no_sentences_without_them(run, capsys):
    _, said = shown(run, capsys, "show", "t")
    assert "test entities" in said.out
    assert "no entity" not in said.out


@pytest.mark.parametrize("split", ["validation", "test"])
def test_exported_predictions_have_the_scores_that_were_told(run, capsys, split):
    arguments = ["--what", "predictions", "--split", split, "--to", f"{run}/p.jsonl"]
    assert shown(run, capsys, "export", "t", *arguments)[0] == 0
    rows = [json.loads(line) for line in (run / "p.jsonl").open()]
    gold, found = ([row[name] for row in rows] for name in ("ner_tags", "predicted"))
    _, said = shown(run, capsys, "show", "t", "--json")
    told = json.loads(said.out)["result"][split]["macro_f1"]
    assert f1_score(gold, found, average="macro", zero_division=0) == pytest.approx(told)


def test_exported_rows_name_the_mistakes(run, capsys):
    assert shown(run, capsys, "export", "t", "--to", f"{run}/rows.parquet")[0] == 0
    table = pd.read_parquet(run / "rows.parquet")
    stored = Store.open(run / "home").run("t")
    bits = stored.signal("errors", 2)
    assert ((table["errors"] == "") == (bits == 0)).all()
    named = {name for cell in table["errors"] for name in cell.split(", ") if name}
    assert named == {name for bit, name in ERROR_KINDS.items() if (bits & bit).any()}


def test_exported_epochs_have_a_column_for_each_entity_type_alone(run, capsys):
    arguments = ["--what", "epochs", "--to", f"{run}/e.csv"]
    assert shown(run, capsys, "export", "t", *arguments)[0] == 0
    columns = pd.read_csv(run / "e.csv").columns
    assert [name for name in columns if name.startswith("f1 ")] == [f"f1 {t}" for t in TYPES]


def test_columns_and_lines_hold_the_same(run, capsys):
    for ending in ("conll", "jsonl"):
        to = f"{run}/q.{ending}"
        assert shown(run, capsys, "export", "t", "--what", "predictions", "--to", to)[0] == 0
    rows = [json.loads(line) for line in (run / "q.jsonl").open()]
    lines = (run / "q.conll").read_text().split("\n\n")[:-1]
    read = [[line.split("\t") for line in sentence.splitlines()] for sentence in lines]
    assert [[word for word, _, _ in s] for s in read] == [row["tokens"] for row in rows]
    assert [[tag for _, _, tag in s] for s in read] == [row["predicted"] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "x.csv"], "must end in .conll or .jsonl"),
        (["--to", "x.conll", "--split", "train"], "must be validation or test"),
        (["--to", "x.csv", "--what", "rows", "--split", "test"], "belongs to predictions and data"),
    ],
)
def test_what_can_not_be_exported_is_told(run, capsys, arguments, said):
    code, told = shown(run, capsys, "export", "t", "--what", "predictions", *arguments)
    assert code != 0
    assert said in told.err
