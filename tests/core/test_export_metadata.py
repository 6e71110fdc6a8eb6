"""Metadata in what is written of rows that no file of the same format holds."""

import json

from hamr.cli import main
from tests.core.test_export_data import stored


def written(tmp_path, name):
    out = ["--to", str(tmp_path / name), "--home", str(tmp_path / "home")]
    assert main(["export", "r", "--what", "data", *out]) == 0
    return (tmp_path / name).read_text("utf-8")


def test_built_in_rows_are_written_with_their_metadata(tmp_path):
    stored(tmp_path / "home", "r", source="demo", metadata="source")
    rows = [json.loads(line) for line in written(tmp_path, "out.jsonl").splitlines()]
    assert rows[0].keys() == {"id", "split", "text", "label", "source"}
    assert all(row["source"] for row in rows)


def test_sentences_written_as_json_have_their_metadata(tmp_path):
    text = "".join(f"# id = n{i}\nAda B-p\nx{i} O\n\n" for i in range(9))
    (tmp_path / "a.conll").write_text(text)
    stored(tmp_path / "home", "r", source=tmp_path / "a.conll", metadata="id")
    rows = [json.loads(line) for line in written(tmp_path, "out.jsonl").splitlines()]
    assert {row["id (metadata)"] for row in rows} == {f"n{i}" for i in range(9)}
