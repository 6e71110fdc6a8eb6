"""Unlabelled sentences of all kinds of files, and their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hamr.data.unlabelled_sentences import ENDINGS, is_table, sentences_of
from hamr.errors import ColumnError, DataError
from hamr.files.reading import SentenceFile

WANTED = [(1, "Ada Byron left ."), (2, "Bob stays")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Ada  Byron left .\n Bob stays \n"),
        ("a.txt", "Ada B-per\nByron I-per\nleft O\n. O\n\nBob B-per\nstays O\n"),
        ("a.txt", "Ada\nByron\nleft\n.\n\nBob\nstays\n"),
        ("a.conll", "Ada B-per\nByron I-per\nleft O\n. O\n\nBob B-per\nstays O\n"),
        ("a.conll", "Ada\nByron\nleft\n.\n\nBob\nstays\n"),
        ("a.tsv", "Ada\tB-per\nByron\tI-per\nleft\tO\n.\tO\n\nBob\tB-per\nstays\tO\n"),
    ],
)
def test_text_files_hold_sentences_or_words_whose_tags_are_not_read(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = sentences_of(str(tmp_path / name), ["text"])
    assert (found.column, [row[:2] for row in found.rows]) == ("", WANTED)
    assert not is_table(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("a.csv", "n,text\n1,Ada  Byron left .\n2,Bob stays\n", "text"),
        ("a.tsv", "n\tbody\n1\tAda  Byron left .\n2\tBob stays\n", "body"),
        (
            "a.jsonl",
            json.dumps({"tokens": ["Ada", "Byron", "left", "."]}) + '\n{"tokens": ["Bob", "stays"]}'
            "\n",
            "tokens",
        ),
    ],
)
def test_tables_have_them_in_the_first_wanted_column_as_texts_or_words(
    tmp_path: Path, name: str, text: str, column: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = sentences_of(str(tmp_path / name), ["body", "text", "tokens"])
    assert found.column == column and is_table(str(tmp_path / name))
    assert [row.text for row in found.rows] == [text for _, text in WANTED]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.conll", "Ada\tB-per\nNew York\tB-loc\n 10\u00a0000\tO\n\n"),
        ("a.conll", "1\tAda\tO\n2\tNew York\tO\n3\t 10\u00a0000\tO\n\n"),
        ("a.jsonl", json.dumps({"tokens": ["Ada", "New York", " 10\u00a0000"]})),
    ],
)
def test_words_that_hold_blanks_are_kept_as_those_of_tagged_sentences_are(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (row,) = sentences_of(str(tmp_path / name), ["tokens"]).rows
    assert row.text == "Ada New York  10\u00a0000"
    assert row.words == ("Ada", "New York", " 10\u00a0000")


def test_tagged_and_unlabelled_files_have_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Ada\tB-per\nNew York \tB-loc\n \tO\n\nBob\tB-per\n", encoding="utf-8")
    tagged = [own.words for own in SentenceFile(path).sentences()]
    rows = sentences_of(str(path), [""]).rows
    assert [[*(row.words or row.text.split())] for row in rows] == tagged


def test_a_table_without_the_columns_names_those_it_has(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,other\n1,x\n")
    with pytest.raises(ColumnError, match="no column 'text': it has 'n' and 'other'") as error:
        [*sentences_of(str(tmp_path / "a.csv"), ["text", "tokens"]).rows]
    assert error.value.field == "text_column"


def test_a_list_of_other_things_than_words_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": ["a", "b"]}\n{"text": ["a", ["b"]]}\n')
    with pytest.raises(ColumnError, match="line 2: column 'text' holds a list with other things"):
        [*sentences_of(str(tmp_path / "a.jsonl"), ["text"]).rows]


def test_a_file_of_another_kind_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(DataError):
        [*sentences_of(str(tmp_path / "a.docx"), ["text"]).rows]
    assert ".txt" in ENDINGS and ".csv" in ENDINGS
