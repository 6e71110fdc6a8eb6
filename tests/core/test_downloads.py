"""One download of corrected data: its files to the byte, its audit, what is in conflict."""

import csv
import io
import json
import os
import time
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.config import DataSettings, RunSettings
from hamr.data import load
from hamr.errors import DataError
from hamr.exports.bundle import Download
from hamr.exports.data import changed_since
from hamr.jobs.again import retrain
from hamr.store import Store
from hamr.store.team import Team
from tests.decided import decide
from tests.fake_run import fake_dataset, write_fake_run

CSV = b"id,label,text,note\r\n" + b"".join(
    b'%d,%s,"a text, %d",=1+1\r\n' % (n, (b"pos", b" neg ")[n % 2], n) for n in range(24)
)
LINES = b"".join(
    b'{"text": "a text %d",  "label":"%s", "n": %d}\n' % (n, (b"pos", b"neg")[n % 2], n)
    for n in range(24)
)
SENTENCES = b"w\tB-a\nv\tE-a\r\n \nx  y\tS-b\n# a comment\nz\tO\n\n\n" * 12


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


@pytest.fixture
def started(store, tmp_path):
    """A run that has its rows and nothing else, from files of that content."""

    def start(**contents):
        paths = {}
        for field, (name, content) in contents.items():
            paths[field] = str(tmp_path / name)
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        run = store.create_run(RunSettings(data=DataSettings(**paths)), name="r")
        run.attach_dataset(load(DataSettings(**paths)))
        return run

    return start


def decisions_of(run):
    return run.store.decisions(run.info.label_source)


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("name", "content", "row", "label", "was", "now"),
    [
        ("a.csv", CSV, "3", "pos", b'3, neg ,"a text, 3"', b'3, pos ,"a text, 3"'),
        ("a.jsonl", LINES, "a.jsonl:4", "pos", b'3",  "label":"neg"', b'3",  "label":"pos"'),
        ("a.conll", SENTENCES, "a.conll:1", ((0, 1, "a"),), b"w\tB-a\nv\tE-a", b"w\tS-a\nv\tO"),
    ],
)
def test_a_file_is_the_same_to_the_byte_but_for_its_labels(
    started, name, content, row, label, was, now
):
    run = started(source=(name, content))
    decide(decisions_of(run), row, label)
    download = Download.of(run)
    expected = content.replace(was, now, 1)
    assert unzipped(download.archive())[name] == download.file() == expected != content


def test_a_parquet_file_keeps_its_schema_and_other_columns(started, tmp_path):
    table = pa.table({"text": [f"text {n}" for n in range(24)], "label": ["x", "y"] * 12})
    table = table.append_column("n", pa.array(range(24), pa.int8()))
    held = io.BytesIO()
    pq.write_table(table, held)
    run = started(source=("a.parquet", held.getvalue()))
    decide(decisions_of(run), "a.parquet:2", "x")
    found = pq.read_table(io.BytesIO(Download.of(run).file()))
    assert found.schema == table.schema
    assert found["label"].to_pylist() == ["x", "x", *["x", "y"] * 11]
    assert found.drop_columns("label") == table.drop_columns("label")


def test_each_of_several_files_comes_back(started):
    run = started(source=("a.csv", CSV), test=("b.csv", CSV.replace(b"a text", b"other")))
    decide(decisions_of(run), "test/3", "pos")
    download = Download.of(run)
    found = unzipped(download.archive())
    assert download.single == "" and found["a.csv"] == CSV
    assert b'3, pos ,"other, 3"' in found["b.csv"]


def test_files_of_one_name_go_to_a_folder_for_each_split(started):
    run = started(source=("a.csv", CSV), test=("t/a.csv", CSV.replace(b"a text", b"other")))
    decide(decisions_of(run), run.rows().ids([0])[0], "pos")
    assert {"train/a.csv", "test/a.csv"} < unzipped(Download.of(run).archive()).keys()


def test_a_download_is_of_one_version_whatever_is_decided_meanwhile(started):
    run = started(source=("a.csv", CSV))
    first = decide(decisions_of(run), "3", "pos").version
    download = Download.of(run)
    before = download.archive()
    decide(decisions_of(run), "5", "pos")
    assert download.archive() == before
    found = unzipped(before)
    assert [row["row"] for row in csv.DictReader(found["audit.csv"].decode().splitlines())] == ["3"]
    assert f"Decisions up to version {first}." in found["README.txt"].decode()
    assert download.name() == f"a-corrected-{first}.zip"
    assert b'5, pos ,"a text, 5"' in Download.of(run).file()


def test_the_audit_says_who_gave_which_label(started):
    run = started(source=("a.csv", CSV))
    decide(decisions_of(run), "3", "pos", "bob", old="neg")
    text = unzipped(Download.of(run).archive())["audit.csv"].decode()
    line = next(csv.DictReader(text.splitlines()))
    assert (line["annotator"], line["old label"], line["new label"]) == ("bob", "neg", "pos")


def test_rows_in_conflict_keep_their_labels_and_are_listed(started):
    run = started(source=("a.csv", CSV))
    decide(decisions_of(run), "3", "pos")
    decide(decisions_of(run), "3", "neg", "bob", base=0)
    found = unzipped(Download.of(run).archive())
    assert found["a.csv"] == CSV
    lines = list(csv.DictReader(found["conflicts.csv"].decode().splitlines()))
    assert [(li["row"], li["annotator"], li["label given"]) for li in lines] == [
        ("3", "ada", "pos"), ("3", "bob", "neg"),
    ]  # fmt: skip
    assert "in conflict, which keep their labels: 1" in found["README.txt"].decode()


def test_rows_without_a_file_come_as_a_table(store):
    run = write_fake_run(store, rows=60, epochs=1, name="r")
    decide(decisions_of(run), "train:1", "class b")
    found = unzipped(Download.of(run).archive())
    rows = list(csv.DictReader(found["demo.csv"].decode().splitlines()))
    assert len(rows) == 60 + 12 + 12 and rows[0]["label"] == "class b"
    assert "not read from a file" in found["README.txt"].decode()


def test_a_run_on_corrected_rows_downloads_the_original_file(started):
    run = started(source=("a.csv", CSV))
    row = run.rows().ids([0])[0]
    decide(decisions_of(run), row, "neg" if int(row) % 2 == 0 else "pos")
    assert Download.of(retrain(run.store, run.id)[0]).file() == Download.of(run).file()


def test_a_file_that_has_changed_is_named_and_the_stored_rows_are_there(started, tmp_path):
    run = started(source=("a.csv", CSV))
    decide(decisions_of(run), "3", "pos")
    assert changed_since(run) == ""
    (tmp_path / "a.csv").write_bytes(CSV.replace(b"a text, 7", b"another, 7"))
    later = time.time() + 5
    os.utime(tmp_path / "a.csv", (later, later))
    assert "has another text now" in changed_since(run)
    with pytest.raises(DataError, match="not the file that the run was trained on"):
        Download.of(run).archive()
    found = unzipped(Download.of(run).stored(".jsonl"))
    rows = {row["id"]: row for row in map(json.loads, found["rows.jsonl"].splitlines())}
    assert rows["3"]["label"] == "pos" and rows["7"]["text"] == "a text, 7"
    assert "audit.csv" in found and len(rows) == 24


def test_a_file_that_is_gone_is_named(started, tmp_path):
    run = started(source=("a.csv", CSV))
    decide(decisions_of(run), "3", "pos")
    (tmp_path / "a.csv").unlink()
    assert "Put the file back" in changed_since(run, to_write_back=True)
    rows = unzipped(Download.of(run).stored(".csv"))["rows.csv"].decode().splitlines()
    assert next(row for row in csv.DictReader(rows) if row["id"] == "3")["label"] == "pos"


def test_sentences_in_columns_come_back_without_their_file(started, tmp_path):
    run = started(source=("a.conll", SENTENCES))
    decide(decisions_of(run), "a.conll:1", ((0, 1, "b"),))
    (tmp_path / "a.conll").unlink()
    assert changed_since(run) and not changed_since(run, to_write_back=True)
    assert Download.of(run).file().startswith(b"w\tS-b\nv\tO\r\n \nx")


def test_a_file_written_again_with_the_same_rows_has_not_changed(started, tmp_path):
    run = started(source=("a.csv", CSV))
    later = time.time() + 5
    os.utime(tmp_path / "a.csv", (later, later))
    assert changed_since(run) == ""


def test_data_of_the_hub_comes_as_a_table_for_each_split(store):
    settings = RunSettings(data=DataSettings(source="hub:someone/reviews-1.5"))
    run = store.create_run(settings, name="r")
    run.attach_dataset(fake_dataset(60))
    decide(decisions_of(run), run.rows("test").ids([0])[0], "class b")
    download = Download.of(run)
    assert download.name() == "reviews-1.5-corrected-1.zip"
    found = unzipped(download.archive())
    assert {"train.csv", "validation.csv", "test.csv"} < found.keys()
    first = next(csv.DictReader(found["test.csv"].decode().splitlines()))
    assert first["label"] == "class b"


def test_a_renamed_class_has_its_new_name_in_the_file(started):
    run = started(source=("a.csv", CSV))
    Team(decisions_of(run)).act("rename", "neg", "ada", to="bad")
    assert Download.of(run).file() == CSV.replace(b" neg ", b" bad ")
