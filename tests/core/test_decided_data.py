"""Data written back with corrected labels, for every format, and what was decided beside it."""

import csv
import json
import re

import pyarrow.parquet as pq
import pytest

from hamr.cli import main
from hamr.config import DataSettings, RunSettings
from hamr.data import corrected, load
from hamr.jobs.again import retrain
from hamr.store import Store
from tests.decided import decide
from tests.fake_run import write_fake_run

CSV = b"id,label,text,note\r\n" + b"".join(
    b'%d,%s,"a text, %d",=1+1\r\n' % (n, (b"pos", b" neg ")[n % 2], n) for n in range(24)
)
SENTENCES = b"w\tB-a\nv\tE-a\r\n \nx  y\tS-b\n# a comment\nz\tO\n\n\n" * 12


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


@pytest.fixture
def started(store):
    """A run "r" that has its rows and nothing else, and the decisions on them."""

    def start(**data):
        settings = DataSettings(**{key: str(value) for key, value in data.items()})
        run = store.create_run(RunSettings(data=settings), name="r")
        run.attach_dataset(load(settings))
        return store.decisions(run.info.fingerprint)

    return start


@pytest.fixture
def export(store, capsys):
    """Exports data of the run "r"; the exit code and what was said."""

    def run(*arguments):
        code = main(["export", "r", "--what", "data", *arguments, "--home", str(store.home)])
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    return path


def test_a_csv_file_comes_back_with_the_label_replaced_and_nothing_else(
    tmp_path, table, started, export
):
    decisions = started(source=table)
    decide(decisions, "3", "pos")
    code, said = export("--to", str(tmp_path / "out.csv"))
    assert code == 0 and "1 label corrected" in said
    expected = CSV.replace(b'3, neg ,"a text, 3"', b'3, pos ,"a text, 3"')
    assert (tmp_path / "out.csv").read_bytes() == expected != CSV


def test_without_decisions_the_file_is_the_same_to_the_byte(tmp_path, table, started, export):
    started(source=table)
    assert export("--to", str(tmp_path / "out.csv"))[0] == 0
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert not list(tmp_path.glob("*audit*"))


def test_a_row_in_conflict_keeps_its_label_and_that_is_said(tmp_path, table, started, export):
    decisions = started(source=table)
    decide(decisions, "3", "pos", "ada")
    decide(decisions, "3", "neg", "bob")
    _, said = export("--to", str(tmp_path / "out.csv"))
    assert "1 row in conflict keeps its label" in said
    assert (tmp_path / "out.csv").read_bytes() == CSV


def test_all_that_was_decided_stands_beside_the_data(tmp_path, table, started, export):
    decisions = started(source=table)
    decide(decisions, "3", "=new", "ada", new_class=True, evidence={"says": "é"}, epoch=2)
    export("--to", str(tmp_path / "out.csv"))
    (row,) = csv.DictReader((tmp_path / "out.audit.csv").open(encoding="utf-8"))
    assert (row["row"], row["old label"], row["new label"]) == ("3", "neg", "'=new")
    assert (row["annotator"], row["kind"], row["epoch"]) == ("ada", "label", "2")
    assert json.loads(row["evidence"]) == {"says": "é"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"text, 5", b"text, V", "row '5'.*another text"),
        (b"6,pos", b"6,neg", "row '6'.*label 'neg' now"),
        (b"7, neg", b"77, neg", "row '7' is no longer|row '77' is new"),
        (b"8,pos", b"99,pos,more,x\r\n8,pos", "row '99' is new"),
    ],
)
def test_a_file_that_has_changed_is_told(tmp_path, table, started, export, old, new, words):
    decide(started(source=table), "3", "pos")
    table.write_bytes(CSV.replace(old, new, 1))
    code, said = export("--to", str(tmp_path / "out.csv"))
    assert code == 1 and re.search(words, said)
    assert not list(tmp_path.glob("out*")) and not list(tmp_path.glob(".out*"))


def test_a_file_that_is_gone_is_told(tmp_path, table, started, export):
    decide(started(source=table), "3", "pos")
    table.unlink()
    code, said = export("--to", str(tmp_path / "out.csv"))
    assert code == 1 and "no file" in said and "Put the file back" in said


def test_the_file_that_was_trained_on_is_never_written_over(table, started, export):
    started(source=table)
    code, said = export("--to", str(table))
    assert code == 2 and "was trained on" in said
    assert table.read_bytes() == CSV


def test_another_format_than_the_one_that_came_is_refused(tmp_path, table, started, export):
    started(source=table)
    code, said = export("--to", str(tmp_path / "out.jsonl"))
    assert code == 2 and "must end in .csv as a.csv does" in said


def test_several_files_go_to_a_folder(tmp_path, table, started, export):
    other = tmp_path / "b.csv"
    other.write_bytes(CSV.replace(b"a text", b"other"))
    decisions = started(source=table, test=other)
    decide(decisions, "test/2", "neg")
    (tmp_path / "out").mkdir()
    assert export("--to", str(tmp_path / "out"))[0] == 0
    assert (tmp_path / "out" / "a.csv").read_bytes() == CSV
    expected = other.read_bytes().replace(b'2,pos,"other, 2"', b'2,neg,"other, 2"')
    assert (tmp_path / "out" / "b.csv").read_bytes() == expected
    assert (tmp_path / "out" / "decisions.audit.csv").exists()
    assert export("--split", "test", "--to", str(tmp_path / "one.csv"))[0] == 0
    assert (tmp_path / "one.csv").read_bytes() == expected


def test_the_rows_of_a_part_of_a_file_are_not_parted(tmp_path, table, started, export):
    started(source=table)
    code, said = export("--split", "test", "--to", str(tmp_path / "out.csv"))
    assert code == 2 and "leave --split out" in said


def test_lines_of_json_come_back_with_the_label_replaced(tmp_path, started, export):
    lines = [
        b'{"text":"t%d" ,"label": %s, "x": 1.50}\n' % (n, (b"1", b"2")[n % 2]) for n in range(20)
    ]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(lines))
    decide(started(source=path), "a.jsonl:5", "2")
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    expected = [*lines[:4], lines[4].replace(b": 1,", b": 2,"), *lines[5:]]
    assert (tmp_path / "out.jsonl").read_bytes() == b"".join(expected)


def test_a_parquet_file_comes_back_with_the_label_replaced(tmp_path, started, export):
    import pandas as pd

    frame = pd.DataFrame({"n": range(20), "text": [f"t{n}" for n in range(20)]})
    frame["label"] = pd.Categorical(["a", "b"] * 10)
    frame.to_parquet(tmp_path / "a.parquet")
    decide(started(source=tmp_path / "a.parquet"), "a.parquet:5", "b")
    assert export("--to", str(tmp_path / "out.parquet"))[0] == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.equals(pq.read_schema(tmp_path / "a.parquet"), check_metadata=True)
    frame.loc[4, "label"] = "b"
    pd.testing.assert_frame_equal(found.to_pandas(), frame)


def test_a_conll_file_comes_back_with_the_entities_replaced(tmp_path, started, export):
    path = tmp_path / "a.conll"
    path.write_bytes(SENTENCES)
    decisions = started(source=path)
    decide(decisions, "a.conll:1", ((0, 1, "b"),))
    assert export("--to", str(tmp_path / "out.conll"))[0] == 0
    expected = SENTENCES.replace(b"w\tB-a\nv\tE-a\r\n", b"w\tS-b\nv\tO\r\n", 1)
    assert (tmp_path / "out.conll").read_bytes() == expected


def test_sentences_of_json_keep_all_their_columns(tmp_path, started, export):
    line = b'{"doc": 1, "tokens": ["new", "york"], "ner_tags": ["B-a","I-a"] }\n'
    path = tmp_path / "a.jsonl"
    path.write_bytes(line * 12)
    decide(started(source=path), "a.jsonl:2", ((0, 1, "a"), (1, 2, "a")))
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    expected = line + line.replace(b"I-a", b"B-a") + line * 10
    assert (tmp_path / "out.jsonl").read_bytes() == expected


def test_a_folder_takes_columns_of_any_ending(tmp_path, started, export):
    path = tmp_path / "a.bioes"
    path.write_bytes(SENTENCES)
    started(source=path)
    (tmp_path / "out").mkdir()
    assert export("--to", str(tmp_path / "out"))[0] == 0
    assert (tmp_path / "out" / "a.bioes").read_bytes() == SENTENCES


def test_sentences_in_another_format_are_said_to_lack_columns(tmp_path, started, export):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"tokens": ["new"], "ner_tags": ["B-a"], "doc": 1}] * 12))
    started(source=path)
    _, said = export("--to", str(tmp_path / "out.jsonl"))
    assert "name a .json file to keep all columns" in said
    _, said = export("--to", str(tmp_path / "out.json"))
    assert "keep all columns" not in said
    assert (tmp_path / "out.json").read_bytes() == path.read_bytes()


def test_rows_of_a_run_are_safe_in_a_spreadsheet(tmp_path, store, capsys):
    write_fake_run(store, rows=60, epochs=1, name="r", class_names=("=a", "b", "c", "d", "e"))
    to = tmp_path / "rows.csv"
    assert main(["export", "r", "--to", str(to), "--home", str(store.home)]) == 0
    rows = list(csv.DictReader(to.open(encoding="utf-8")))
    assert "'=a" in {row["label"] for row in rows} and "=a" not in {row["label"] for row in rows}
    assert all(float(row["alignment"]) < 10 for row in rows)


def test_built_in_rows_are_written_as_a_table_of_ours(tmp_path, store, export):
    run = write_fake_run(store, rows=60, epochs=1, name="r", class_names=("=a", "b", "c", "d", "e"))
    decide(store.decisions(run.info.fingerprint), "train:1", "b")
    assert export("--to", str(tmp_path / "out.csv"))[0] == 0
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert rows[0]["id"] == "train:1" and rows[0]["label"] == "b"
    assert len(rows) == 60 + 12 + 12
    assert "'=a" in {row["label"] for row in rows}


def test_a_corrected_data_set_is_what_its_file_loads_as(tmp_path, table, started, store, export):
    """Same rows, texts and labels as the exported file; the splits stay as they were."""
    decisions = started(source=table)
    decide(decisions, "3", "pos")
    dataset = store.dataset(decisions.fingerprint)
    found = corrected(dataset, decisions.corrections())
    export("--to", str(tmp_path / "out.csv"))
    again = load(DataSettings(source=str(tmp_path / "out.csv")))

    def labels(data):
        return {
            row_id: data.classes[label]
            for part in (data.train, data.validation, data.test)
            for row_id, label in zip(part.ids, part.labels, strict=True)
        }

    assert labels(found) == labels(again) != labels(dataset)
    assert found.train.ids == dataset.train.ids
    assert found.fingerprint != dataset.fingerprint
    assert found.notices[-1] == "1 label is corrected by the decisions up to version 1"


def test_a_data_set_without_corrections_is_itself(table, started, store):
    decisions = started(source=table)
    dataset = store.dataset(decisions.fingerprint)
    assert corrected(dataset, decisions.corrections()) is dataset


def test_new_classes_come_after_those_that_were_there(table, started, store):
    decisions = started(source=table)
    decide(decisions, "3", "a new one", new_class=True)
    dataset = store.dataset(decisions.fingerprint)
    assert corrected(dataset, decisions.corrections()).classes == (*dataset.classes, "a new one")


def test_corrected_sentences_have_new_tags_and_classes(tmp_path, started, store):
    path = tmp_path / "a.conll"
    path.write_bytes(SENTENCES)
    decisions = started(source=path)
    dataset = store.dataset(decisions.fingerprint)
    row = next(i for i, words in enumerate(dataset.train.words) if words[0] == "w")
    decide(decisions, dataset.train.ids[row], ((0, 1, "c"),), new_class=True)
    found = corrected(dataset, decisions.corrections())
    assert found.classes == ("a", "b", "c", "no entity")
    assert found.train.tags[row].tolist() == [5, 0]
    assert found.classes[found.train.labels[row]] == "c"
    kept = load(DataSettings(source=str(path)))
    assert kept.train.tags[row].tolist() == dataset.train.tags[row].tolist()


def test_a_run_on_corrected_rows_writes_all_corrections_into_the_original_file(
    tmp_path, table, started, store, capsys
):
    decisions, run = started(source=table), store.run("r")
    own = [row for row in run.rows().ids(range(len(run.rows()))) if int(row) % 2][:2]
    decide(decisions, own[0], "pos")
    again = retrain(store, run.id)[0]
    decide(decisions, own[1], "pos", run=again.id)
    target = str(tmp_path / "out.csv")
    arguments = ["--what", "data", "--to", target, "--home", str(store.home)]
    assert main(["export", again.id, *arguments]) == 0
    expected = CSV
    for row in own:
        before = f'{row}, neg ,"a text, {row}"'.encode()
        expected = expected.replace(before, before.replace(b" neg ", b" pos "))
    assert (tmp_path / "out.csv").read_bytes() == expected
    assert "2 labels corrected" in capsys.readouterr().err
