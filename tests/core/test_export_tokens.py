"""Entities from a CoNLL file, through the command line, and out again."""

import json

import pytest
from seqeval.metrics import f1_score

from hamr.cli import main
from tests.core.small_data import small_tagged


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
    assert json.loads(said.out)["settings"]["training"]["boost_strength"] == 0.1


def test_exported_predictions_have_the_scores_that_were_told(run, capsys):
    code, _ = shown(run, capsys, "export", "t", "--what", "predictions", "--to", f"{run}/p.jsonl")
    rows = [json.loads(line) for line in (run / "p.jsonl").open()]
    assert code == 0 and rows
    gold, found = ([row[name] for row in rows] for name in ("ner_tags", "predicted"))
    assert 0 <= f1_score(gold, found, average="macro", zero_division=0) <= 1


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
    ],
)
def test_what_can_not_be_exported_is_told(run, capsys, arguments, said):
    code, told = shown(run, capsys, "export", "t", "--what", "predictions", *arguments)
    assert code != 0
    assert said in told.err
