"""Plain text with a sentence on each line, and which text files hold a word on each line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamr.errors import DataError
from hamr.files.reading import holds_words, lines_in


def file_of(folder: Path, text: str) -> Path:
    path = folder / "a.txt"
    path.write_bytes(text.encode())
    return path


def test_lines_come_with_their_numbers_and_without_their_ends(tmp_path: Path) -> None:
    path = file_of(tmp_path, "\ufeffAda left.\r\n\r\nBob's \x85 here\nlast")
    assert [*lines_in(path)] == [(1, "Ada left."), (2, ""), (3, "Bob's \x85 here"), (4, "last")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ada left.\nBob stays.\n", False),
        ("Ada left.\n\nBob\n", False),
        ("Ada B-per\nleft O\n\nBob B-per\n", True),
        ("Ada\nleft\n\nBob\n", True),
        ("Ada\nleft\n\n", False),  # nothing parts the lines
    ],
)
def test_a_word_on_each_line_is_told_from_a_sentence(
    tmp_path: Path, text: str, words: bool
) -> None:
    assert holds_words(str(file_of(tmp_path, text))) == words


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a\0b\n", "line 1 contains a null character"), ("a" * 1_000_001, "write each sentence on")],
)
def test_lines_that_are_no_text_are_refused_with_their_place(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        [*lines_in(file_of(tmp_path, text))]
