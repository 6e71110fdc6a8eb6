"""Unlabelled sentences of a file, read as a stream.

A file of texts has sentences whose words are parted at blanks, as wherever a model tags new texts.
The words of a CoNLL file, and of lists, are those that a file with tags would have: a word may hold
blanks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamr.data.unlabelled import column_in
from hamr.decisions.pools import PoolRow, as_row
from hamr.errors import ColumnError
from hamr.files.conll.reader import ENDINGS as CONLL
from hamr.files.conll.reader import MAYBE_TAGGED
from hamr.files.door import checked_file
from hamr.files.formats import TABLES
from hamr.files.reading import holds_words, lines_in, looks_tagged, open_file, words_in
from hamr.files.table import Reader, as_text, blamed_on, check_column

PLAIN = ".txt"  # where a line may be a word or a sentence
ENDINGS = (*TABLES, *CONLL)


@dataclass(frozen=True)
class Sentences:
    """The sentences of a file."""

    column: str  # that they are in; "" of a file without columns
    rows: Iterator[PoolRow]


def is_table(name: str) -> bool:
    """Whether sentences are in a column of the file; otherwise it holds a word or a sentence on
    each line. Raises DataError for a file that can't be read.
    """
    ending = checked_file(name, ENDINGS).suffix.lower()
    return ending not in CONLL and not (ending in MAYBE_TAGGED and looks_tagged(name))


def sentences_of(name: str, columns: Sequence[str]) -> Sentences:
    """The sentences of a table, in the first of `columns` that it has, as texts or as lists of
    words; of a CoNLL file, whose tags are not read; or of plain text, one a line.

    Reading raises DataError for a file that can't be read, and ColumnError, with the control
    "text_column", where it lacks the columns or holds something else in them.
    """
    if is_table(name):
        reader = open_file(name)
        column = column_in(reader, columns)
        return Sentences(column, _of_table(reader, column))
    if Path(name).suffix.lower() == PLAIN and not holds_words(name):
        return Sentences(
            "", (as_row(at, line.split()) for at, line in lines_in(checked_file(name)))
        )
    found = enumerate(words_in(checked_file(name)), 1)
    return Sentences("", (as_row(at, one.words) for at, one in found))


def _of_table(reader: Reader, column: str) -> Iterator[PoolRow]:
    with blamed_on("text_column"):
        check_column(column, reader.columns(), reader.name)
        for place, (value,) in reader.rows([column]):
            yield as_row(place, _words(value, column, reader, place))


def _words(value: Any, column: str, reader: Reader, place: int) -> list[str]:
    if not isinstance(value, list):
        return (as_text(value, column, reader, place) or "").split()
    if all(isinstance(word, str) for word in value):
        return value
    raise ColumnError(
        f"{reader.name}, {reader.unit} {place:,}: column {column!r} holds a list with other things "
        "than words; write a list of texts"
    )
