"""`hamr predict` writes a file of texts with what a model predicts of each."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hamr.cli import main
from hamr.cli import predict as command
from hamr.exports.predicted import Asked, predict_file
from hamr.exports.predicted.journal import Journal
from hamr.exports.predicted.source import chunks, source_of
from hamr.inference import Predicted, Predictions
from hamr.jobs.model import Model
from hamr.jobs.predicting import predictor_of
from hamr.jobs.run_model import RunModel, region_names
from hamr.store import Store
from hamr.views.base.mentions import mentions
from tests.core.small_data import small_dataset, small_tagged
from tests.core.trained import train_small
from tests.fake_regions import fake_region, fake_regions
from tests.fake_run import write_fake_run

ROOT = Path(__file__).parents[2]
TEXTS = ["text of test 7", 'train, of "text"\nand more', "", "=text", "validation : 3"]
NEW = [
    "prediction", "probability", "second", "second_probability", "third", "third_probability",
    "unlike_training", "distance", "unlike_anything_seen",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with a run on texts, and one on tagged sentences."""
    home = tmp_path_factory.mktemp("home")
    for name, data in (("texts", small_dataset()), ("tagged", small_tagged())):
        Store.open(home).rename_run(train_small(home, data).id, name)
    return home


@pytest.fixture(autouse=True)
def _no_regions(monkeypatch):
    """So many texts that differ only in numbers have none, and the search would warn of it."""
    monkeypatch.setattr(command, "regions_of_texts", lambda run: None)


@pytest.fixture
def data(tmp_path) -> Path:
    path = tmp_path / "data.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(TEXTS)])
    return path


def predict(home, data, to, *more, run="texts") -> int:
    return main(["predict", run, "--home", str(home), "--data", str(data), "--to", str(to), *more])


def said_by(home, texts) -> list[str]:
    return list(predictor_of(Store.open(home).run("texts")).predict(texts).labels)


def test_a_csv_file_keeps_its_columns_and_gets_those_of_the_predictions(home, data, tmp_path):
    assert predict(home, data, tmp_path / "out.csv") == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["id", "text", *NEW]
    assert [row[:2] for row in rows] == [[str(at), text] for at, text in enumerate(TEXTS)]
    assert [row[2] for row in rows] == said_by(home, TEXTS)
    assert rows[2][2:] == [""] * len(NEW)


def test_json_lines_keep_their_values_and_their_types(home, tmp_path):
    given = [{"text": text, "n": 1.5, "more": {"a": [1, None]}} for text in TEXTS]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
    assert predict(home, tmp_path / "in.jsonl", tmp_path / "out.jsonl") == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [{name: row[name] for name in given[0]} for row in found] == given
    assert [row["prediction"] or "" for row in found] == said_by(home, TEXTS)


def test_parquet_keeps_the_types_of_its_columns(home, tmp_path):
    when = pd.to_datetime(["2020-01-01"] * len(TEXTS))
    given = pd.DataFrame({"text": TEXTS, "n": range(len(TEXTS)), "when": when})
    given.to_parquet(tmp_path / "in.parquet")
    assert predict(home, tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    found = pd.read_parquet(tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(found[list(given)], given)
    assert found["prediction"].fillna("").to_list() == said_by(home, TEXTS)


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet"])
def test_one_format_becomes_another(home, data, tmp_path, ending):
    assert predict(home, data, tmp_path / f"out.{ending}") == 0
    assert not list(tmp_path.glob("*.part*"))
    read = {"tsv": lambda p: pd.read_csv(p, sep="\t", keep_default_na=False),
            "jsonl": lambda p: pd.read_json(p, lines=True), "parquet": pd.read_parquet}  # fmt: skip
    found = read[ending](tmp_path / f"out.{ending}")
    assert found["text"].to_list() == TEXTS
    assert found["prediction"].fillna("").to_list() == said_by(home, TEXTS)


def test_a_conll_file_gets_a_column_of_tags_and_keeps_every_line(home, tmp_path):
    lines = "# a comment here\ntext\nof\n7\n\n\ntest\nof\n"
    (tmp_path / "in.conll").write_text(lines)
    assert predict(home, tmp_path / "in.conll", tmp_path / "out.conll", run="tagged") == 0
    own = predictor_of(Store.open(home).run("tagged")).predict(["text of 7", "test of"])
    tags = iter(own.labels)
    wanted = [
        f"{line}\t{next(tags)}" if line and line[0] != "#" else line for line in lines.split("\n")
    ]
    assert (tmp_path / "out.conll").read_text() == "\n".join(wanted)


def test_tagged_words_keep_their_columns(home, tmp_path):
    (tmp_path / "in.conll").write_text("text NN O\n7 CD B-price\n")
    assert predict(home, tmp_path / "in.conll", tmp_path / "out.conll", run="tagged") == 0
    first, second = (tmp_path / "out.conll").read_text().splitlines()
    assert first.startswith("text NN O ") and second.startswith("7 CD B-price ")


def test_sentences_of_a_table_get_tags_and_entities(home, tmp_path):
    given = [{"tokens": ["text", "7"]}, {"tokens": []}, {"tokens": ["test", "of"]}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
    assert predict(home, tmp_path / "in.jsonl", tmp_path / "out.jsonl", run="tagged") == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [len(row["prediction"]) for row in found] == [2, 0, 2]
    assert found[1]["probability"] is None and isinstance(found[0]["entities"], list)


def regions_of_types(run):
    """A region beyond chance of the training mentions of each type."""
    types = mentions(run).type
    made = [fake_region(name, np.flatnonzero(types == n)) for n, name in enumerate(("one", "two"))]
    return fake_regions(len(types), *made)


@pytest.fixture
def many(home, tmp_path, monkeypatch) -> Path:
    """Sentences in a CoNLL file, predicted a few at a time by a run with regions."""
    monkeypatch.setattr(command, "regions_of_texts", regions_of_types)
    monkeypatch.setattr(command, "ROWS", 16)
    sentences = Store.open(home).run("tagged").dataset().train.words
    (tmp_path / "in.conll").write_text("\n\n".join(map("\n".join, sentences)) + "\n")
    return tmp_path / "in.conll"


def test_each_entity_of_a_conll_file_has_its_region_in_a_table(home, many, tmp_path):
    assert predict(home, many, tmp_path / "out.jsonl", run="tagged") == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    given = Store.open(home).run("tagged").dataset().train.words
    assert [row["tokens"] for row in found] == list(map(list, given))
    assert any(row["entities"] for row in found)
    for row in found:
        assert len(row["entity_regions"]) == len(row["entities"])
        assert row["region"] in (row["entity_regions"] or [""])


def test_regions_of_entities_are_lists_in_parquet(home, many, tmp_path):
    assert predict(home, many, tmp_path / "out.parquet", run="tagged") == 0
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert list(map(len, found.entity_regions)) == list(map(len, found.entities))
    assert found.entity_regions.map(list).sum()


def test_regions_of_entities_are_the_same_after_a_kill(home, many, tmp_path, monkeypatch):
    assert predict(home, many, tmp_path / "whole.csv", run="tagged") == 0
    append = Journal.append

    def dying(self, columns):
        if self.chunks:
            raise KeyboardInterrupt
        append(self, columns)

    with monkeypatch.context() as stopped:
        stopped.setattr(Journal, "append", dying)
        assert predict(home, many, tmp_path / "out.csv", run="tagged") == command.INTERRUPTED
    assert predict(home, many, tmp_path / "out.csv", run="tagged") == 0
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert "regsvr32" in (tmp_path / "out.csv").read_text()


@pytest.mark.parametrize("run", ["texts", "tagged"])
def test_a_plain_file_has_a_text_on_each_line(home, tmp_path, run):
    (tmp_path / "in.txt").write_text("text of test 7\n\ntest of 3\n")
    assert predict(home, tmp_path / "in.txt", tmp_path / "out.csv", run=run) == 0
    found = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert found["text"].to_list() == ["text of test 7", "", "test of 3"]
    words = (1, 1) if run == "texts" else (4, 3)
    assert [len(said.split()) for said in found["prediction"]] == [words[0], 0, words[1]]


@pytest.mark.parametrize(
    ("content", "conll"),
    [
        ("a text\nof some words\n", False),
        ("text NN\n7 CD\n\ntest NN\n", True),  # parts of speech, which are no tags of entities
        ("text O\n7 B-price\n\ntest O\n", True),
        ("text\n7\n", True),
    ],
)
def test_lines_of_words_are_told_from_lines_of_text(tmp_path, content, conll):
    (tmp_path / "in.txt").write_text(content)
    assert source_of(str(tmp_path / "in.txt"), ["text"], words=True).is_conll == conll


@pytest.mark.parametrize("content", ["text\n7\n\ntest\n", "text O\n7 B-price\n\ntest O\n"])
def test_words_over_a_pipe_are_not_read_as_a_table(
    home, monkeypatch, capfdbinary, tmp_path, content
):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert predict(home, "-", "-", run="tagged") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert [line.split()[0] if line else "" for line in lines] == ["text", "7", "", "test"]
    assert len(lines[0].split()) == len(content.splitlines()[0].split()) + 1


def test_a_pipe_goes_in_and_out(home, data, monkeypatch, capfdbinary):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.read_bytes())))
    assert predict(home, "-", "-", "--json") == 0
    out, err = capfdbinary.readouterr()
    rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
    assert rows[0] == ["id", "text", *NEW] and len(rows) == 1 + len(TEXTS)
    assert json.loads(err.splitlines()[-1])["rows"] == len(TEXTS)


def test_the_last_line_counts_what_was_predicted(home, data, tmp_path, capsys):
    assert predict(home, data, tmp_path / "out.csv", "--json") == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["rows"], said["without_text"], said["rows_of_before"]) == (5, 1, 0)
    assert sum(said["classes"].values()) == 4


def test_columns_of_the_same_names_are_kept_apart(home, tmp_path):
    (tmp_path / "in.csv").write_text("text,prediction,region\na,b,c\n")
    assert predict(home, tmp_path / "in.csv", tmp_path / "out.csv") == 0
    header = (tmp_path / "out.csv").read_text().splitlines()[0].split(",")
    assert header[:4] == ["text", "prediction", "region", "prediction (predicted)"]


@pytest.mark.parametrize("killed_after", [1, 3])
def test_after_a_kill_the_same_command_writes_what_one_without_it_does(
    home, tmp_path, killed_after, monkeypatch, capsys
):
    lines = [f"text of {n}, test {n % 7}" for n in range(100)]
    (tmp_path / "in.csv").write_text("text\n" + "".join(f'"{line}"\n' for line in lines))
    monkeypatch.setattr(command, "ROWS", 20)
    assert predict(home, tmp_path / "in.csv", tmp_path / "whole.csv") == 0
    target = tmp_path / "killed.csv"
    code = kill_after(killed_after, home, tmp_path / "in.csv", target)
    assert code == -signal.SIGKILL and not target.exists()
    assert (tmp_path / "killed.csv.partial").exists()
    capsys.readouterr()
    assert predict(home, tmp_path / "in.csv", target, "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows_of_before"] == 20 * killed_after
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "killed.csv", "whole.csv"]


def test_ctrl_c_keeps_what_is_predicted(home, data, tmp_path, monkeypatch, capsys):
    def stopped(self, done, total, before):
        raise KeyboardInterrupt

    monkeypatch.setattr(command._Work, "report", stopped)
    assert predict(home, data, tmp_path / "out.csv") == command.INTERRUPTED
    assert "stopped; the same command continues" in capsys.readouterr().err
    assert (tmp_path / "out.csv.partial").exists()


def test_two_processes_do_not_predict_to_the_same_file(home, data, tmp_path, capsys):
    with Journal(tmp_path / "out.csv", {}):
        assert predict(home, data, tmp_path / "out.csv") == 1
    assert "another process predicts to" in capsys.readouterr().err


def kill_after(chunks: int, home, data, to) -> int:
    """Predict in a process that is killed while it writes the next chunk; its exit code."""
    script = (
        "import os, signal, sys\n"
        "from hamr.cli import main, predict\n"
        "predict.regions_of_texts = lambda run: None\n"
        "from hamr.exports.predicted.journal import Journal\n"
        "predict.ROWS, write, left = 20, Journal._write, [1 + int(sys.argv[1])]\n"
        "def dying(self, content):\n"
        "    if not left[0]:\n"
        "        self._file.write(b'{\"prediction\": [')\n"
        "        self._file.flush()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    left[0] -= 1\n"
        "    write(self, content)\n"
        "Journal._write = dying\n"
        "main(['predict', 'texts', '--home', sys.argv[2], '--data', sys.argv[3], '--to', "
        "sys.argv[4]])\n"
    )
    given = [sys.executable, "-c", script, str(chunks), str(home), str(data), str(to)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        given, check=False, cwd=ROOT, env=environment, capture_output=True
    ).returncode


def test_what_is_left_of_another_prediction_is_not_continued(home, data, tmp_path, capsys):
    (tmp_path / "out.csv.partial").write_text('{"version": 1, "run": "another"}\n')
    assert predict(home, data, tmp_path / "out.csv") == 2
    said = capsys.readouterr().err
    assert "is what is left of another prediction" in said
    assert "size of the file, time at which the file was changed" in said
    assert predict(home, data, tmp_path / "out.csv", "--overwrite") == 0


@pytest.mark.parametrize("content", ["notes of mine", "notes of mine\n", "[1]\n"])
def test_a_file_of_others_where_a_prediction_is_kept_is_left_as_it_is(
    home, data, tmp_path, capsys, content
):
    there = tmp_path / "out.csv.partial"
    there.write_text(content)
    assert predict(home, data, tmp_path / "out.csv") == 2
    assert "is not what a prediction keeps there" in capsys.readouterr().err
    assert there.read_text() == content
    assert not (tmp_path / "out.csv").exists()


def test_a_text_without_a_visible_character_gets_no_prediction(home, tmp_path, capsys):
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], ["text of test 7"], ["\u200b"]])
    assert predict(home, tmp_path / "in.csv", tmp_path / "out.csv") == 0
    assert list(pd.read_csv(tmp_path / "out.csv").prediction.isna()) == [False, True]
    assert "1 of them has no text, and so no prediction" in capsys.readouterr().err
    model = Model(RunModel(predictor_of(Store.open(home).run("texts")), 1), "texts")
    table = model.predict(["text of test 7", "\u200b"])
    assert list(table.prediction.isna()) == [False, True]
    assert table.text[1] == "\u200b"


def test_a_missing_file_of_texts_is_not_said_to_be_a_data_set(home, tmp_path, capsys):
    assert predict(home, tmp_path / "none.csv", tmp_path / "out.csv") == 1
    said = capsys.readouterr().err
    assert "there is no file" in said
    assert "hub:NAME" not in said
    assert "label" not in said


def test_a_file_that_exists_is_replaced_only_when_asked(home, data, tmp_path, capsys):
    (tmp_path / "out.csv").write_text("mine")
    assert predict(home, data, tmp_path / "out.csv") == 2
    assert "exists: choose another file, or replace it with --overwrite" in capsys.readouterr().err
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert predict(home, data, tmp_path / "out.csv", "--overwrite") == 0
    assert predict(home, data, data, "--overwrite") == 2
    assert "is the file that is predicted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,body\n1,x\n", "has no column 'text': it has 'id' and 'body'; name the one"),
        ("text,text\n1,x\n", "has more than one column called 'text': rename all but one"),
        ("text\n", "in.csv has no rows"),
        ('text,b\na,b\nc,d,e\n', "in.csv, line 3: 3 fields, but the header has 2"),
    ],
)  # fmt: skip
def test_a_file_that_can_t_be_predicted_is_refused_before_anything_is(
    home, tmp_path, capsys, content, sentence
):
    (tmp_path / "in.csv").write_text(content)
    assert predict(home, tmp_path / "in.csv", tmp_path / "out.csv") == 1
    assert sentence in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_texts_are_not_read_from_a_file_of_words(home, tmp_path, capsys):
    (tmp_path / "in.conll").write_text("a O\n")
    assert predict(home, tmp_path / "in.conll", tmp_path / "out.csv") == 1
    assert "this model gives whole texts a class" in capsys.readouterr().err


def test_an_ending_that_is_not_known_is_refused(home, data, tmp_path, capsys):
    assert predict(home, data, tmp_path / "out.xlsx") == 2
    assert "--to must end in .csv, .tsv, .jsonl" in capsys.readouterr().err


def test_a_run_without_a_model_is_refused(tmp_path, data, capsys):
    store = Store.open(tmp_path / "h")
    run = write_fake_run(store, rows=60, epochs=1, name="begun")
    new = store.create_run(run.info.settings, name="new", status="stopped")
    assert predict(tmp_path / "h", data, tmp_path / "out.csv", run=new.info.name) == 1
    assert "has no model yet, because it is stopped" in capsys.readouterr().err


def test_a_model_of_another_version_is_refused(home, data, tmp_path, capsys, monkeypatch):
    weights = {"lower.weight": np.zeros((2, 2), np.float32)}
    monkeypatch.setattr("hamr.jobs.predicting.weights_of", lambda *_: weights)
    assert predict(home, data, tmp_path / "out.csv") == 1
    assert "the weights are not those of this model" in capsys.readouterr().err


def test_no_more_than_a_chunk_of_rows_is_in_memory(tmp_path):
    held: set[int] = set()

    class Row(str):
        def __new__(cls, number):
            held.add(number)
            made = super().__new__(cls, number)
            made.number = number
            return made

        def __del__(self):
            held.discard(self.number)

    most = 0
    for chunk in chunks(((Row(n), None) for n in range(1000)), 10):
        most = max(most, len(held))
        del chunk
    assert most <= 20


def test_four_times_the_rows_take_no_more_memory(tmp_path):
    def peak(rows: int) -> int:
        given = tmp_path / f"{rows}.jsonl"
        given.write_text("".join(f'{{"text": "row {n} of many", "n": {n}}}\n' for n in range(rows)))
        asked = Asked(source_of(str(given), ["text"], words=False), 500, {})
        tracemalloc.start()
        done = predict_file(asked, tmp_path / f"{rows}.csv", constant)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.rows == rows
        return found

    def constant(texts):
        return {"prediction": ["a"] * len(texts), "probability": [0.5] * len(texts)}

    peak(10)  # what is imported and cached at the first call does not count
    assert peak(40_000) < 1.5 * peak(10_000)


def test_ten_thousand_classes_make_smaller_chunks():
    class Device:
        type = "cpu"

    class Many:
        outputs, device = tuple(map(str, range(10_000))), Device()

    class Model:
        predictor = Many()

    assert command._rows(Model()) == 1024
    Many.outputs = tuple(map(str, range(100_000)))
    assert command._rows(Model()) == 200


def test_a_text_falls_in_the_smallest_region_that_most_of_its_nearest_rows_are_in():
    class Found:
        def __init__(self, name, rows):
            self.name, self.rows = name, np.array(rows)

    class Regions:
        of_row = np.zeros(20, np.int32)
        beyond_chance = (Found("small", [0, 1, 2]), Found("large", range(8)))

    nearest = np.array([[0, 1, 2, 9, 8], [0, 1, 5, 6, 9], [0, 10, 11, 12, 13]], np.int32)
    assert region_names(Regions(), nearest) == ["small", "large", ""]


def test_two_classes_have_no_third():
    found = Predicted(Predictions(("a", "b"), np.array([[0.25, 0.75]], np.float32))).columns()
    assert found == {
        "prediction": ["b"], "probability": [0.75], "second": ["a"], "second_probability": [0.25],
    }  # fmt: skip
