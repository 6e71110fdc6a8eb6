"""The texts of a file, and its other columns, a chunk at a time: never more are in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from hamr.data.lookalikes import has_ink
from hamr.errors import ColumnError, DataError
from hamr.files.conll.reader import ENDINGS as CONLL
from hamr.files.conll.reader import MAYBE_TAGGED
from hamr.files.conll.words import Sentence
from hamr.files.door import checked_file
from hamr.files.reading import holds_words, lines_in, looks_tagged, open_file, words_in
from hamr.files.table import Reader, as_text, quoted

Text = str | Sequence[str]  # or the words of a sentence
PLAIN = ".txt"  # where a line may be a word or a text
LOOKED_AT = 1_000  # lines that show which of the two it is


@dataclass(frozen=True)
class Chunk:
    """Some rows that follow one another."""

    texts: list[Text]
    rows: list[Any]  # the values of all columns of each, or a `Sentence` of a CoNLL file


class Source(Protocol):
    """Where texts come from."""

    path: Path
    columns: tuple[str, ...]  # those that are kept; none of a CoNLL file
    is_conll: bool

    def texts(self) -> Iterator[Text]:
        """All texts, one at a time. Raises DataError or ColumnError where one can't be read."""

    def rows(self) -> Iterator[tuple[Text, Any]]:
        """All texts with their rows, as in `Chunk`."""


class Table:
    """A CSV, TSV, JSON, JSON Lines or Parquet file."""

    is_conll = False

    def __init__(self, name: str, columns: Sequence[str], *, words: bool) -> None:
        """The texts are in the first of `columns` that there is; `words` allows lists of words.

        Raises ColumnError where none of them is there, DataError for a file that can't be read.
        """
        self._file, self._words = open_file(name), words
        self.path = self._file.path
        there = self._file.columns()
        doubled = [one for one in dict.fromkeys(there) if there.count(one) > 1]
        if doubled:
            raise ColumnError(
                f"{self._file.name} has more than one column called {quoted(doubled)}: rename all "
                "but one of them"
            )
        self.columns = tuple(there)
        self.column = _chosen(self._file, there, columns)

    def texts(self) -> Iterator[Text]:
        """See `Source`."""
        for place, (value,) in self._file.rows([self.column]):
            yield self._text(value, place)

    def rows(self) -> Iterator[tuple[Text, Any]]:
        """See `Source`."""
        at = self.columns.index(self.column)
        for place, values in self._file.rows(self.columns, numbers=True):
            yield self._text(values[at], place), values

    def _text(self, value: Any, place: int) -> Text:
        if self._words and isinstance(value, list):
            if all(isinstance(word, str) for word in value):
                return value
            raise ColumnError(
                f"{self._file.name}, {self._file.unit} {place:,}: column {self.column!r} holds a "
                "list with other things than words; write a list of texts"
            )
        text = as_text(value, self.column, self._file, place)
        return text if text and has_ink(text) else ""


class Conll:
    """A file with a word on each line, and a blank line after each sentence; tags or none."""

    is_conll = True
    columns: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        """Raises DataError for a file that can't be read."""
        self.path = checked_file(name)

    def texts(self) -> Iterator[Text]:
        """See `Source`."""
        for sentence in words_in(self.path):
            yield sentence.words

    def rows(self) -> Iterator[tuple[Text, Sentence]]:
        """See `Source`."""
        for sentence in words_in(self.path):
            yield sentence.words, sentence


class Lines:
    """A file of plain text, a text on each line."""

    is_conll = False
    columns: tuple[str, ...] = ("text",)

    def __init__(self, name: str) -> None:
        """Raises DataError for a file that can't be read."""
        self.path = checked_file(name)

    def texts(self) -> Iterator[Text]:
        """See `Source`."""
        for _, line in lines_in(self.path):
            yield line if has_ink(line) else ""

    def rows(self) -> Iterator[tuple[Text, Any]]:
        """See `Source`."""
        for text in self.texts():
            yield text, [text]


def source_of(name: str, columns: Sequence[str], *, words: bool) -> Source:
    """The source of that name; `words` says whether the model tags the words of sentences.

    Raises DataError for a file that can't be read, and for words where whole texts are wanted.
    """
    ending = Path(name).suffix.lower()
    if ending == PLAIN and _has_texts(name):
        return Lines(name)
    tagged = ending in CONLL or (words and ending in MAYBE_TAGGED and looks_tagged(name))
    if not tagged:
        return Table(name, columns, words=words)
    if words:
        return Conll(name)
    raise DataError(
        f"{Path(name).name} is a file of words, and this model gives whole texts a class: give a "
        "file with a text in each row (.csv, .tsv, .json, .jsonl or .parquet)",
        field="source",
    )


def chunks(rows: Iterator[tuple[Text, Any]], size: int) -> Iterator[Chunk]:
    """The rows in chunks of that size; the next is read when it is asked for."""
    while part := list(islice(rows, size)):
        yield Chunk([text for text, _ in part], [row for _, row in part])


def _has_texts(name: str) -> bool:
    """Whether the lines of a plain file are texts, not words with or without further columns."""
    path = checked_file(name)
    if holds_words(name):
        return False
    first = [len(line.split()) for _, line in islice(lines_in(path), LOOKED_AT)]
    while first and not first[-1]:
        first.pop()
    fields = {*first}
    # Words with the same columns each, and blank lines between the sentences, have other tags.
    return max(fields, default=0) > 1 and not (0 in fields and len(fields) == 2)


def _chosen(file: Reader, there: Sequence[str], columns: Sequence[str]) -> str:
    for column in columns:
        if column in there:
            return column
    raise ColumnError(
        f"{file.name} has no column {columns[0]!r}: it has {quoted(there)}; name the one with the "
        "texts with --text-column",
        field="text_column",
    )
