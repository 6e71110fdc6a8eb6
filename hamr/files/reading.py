"""`open_file`: a file as named columns, decoded in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hamr.errors import DataError
from hamr.files import encoding
from hamr.files.conll.reader import Sentence
from hamr.files.conll.words import Sentence as Words
from hamr.files.door import checked_file, checked_table
from hamr.files.process import decode
from hamr.files.table import Unit


@dataclass(frozen=True)
class Head:
    """What is known of a file before its rows are read."""

    unit: Unit
    columns: tuple[str, ...]
    single: tuple[str, ...]  # those whose name occurs once, in the order of the values in `rows`
    rows: tuple[tuple[Any, ...], ...]  # the first ones
    fault: str = ""  # why not even the first one can be read


class TableFile:
    """A CSV, TSV, JSON, JSON Lines or Parquet file; a `Reader`."""

    def __init__(self, path: Path) -> None:
        self.path, self.name, self.encoding = path, path.name, encoding.chosen()
        self.head = head_of(path)
        self.unit: Unit = self.head.unit
        self.notices: list[str] = []

    def columns(self) -> list[str]:
        """The names of the columns, in the file's order."""
        return list(self.head.columns)

    def rows(
        self, wanted: Sequence[str], *, numbers: bool = False
    ) -> Iterator[tuple[int, Sequence[Any]]]:
        """The place of each row and its values in the order of `wanted`.

        The numbers of a JSON file are texts, as it has them, unless `numbers` are wanted.
        """
        asked: dict[str, Any] = {"wanted": list(wanted), "numbers": numbers}
        for message in decode("rows", self.path, encoding=self.encoding, **asked):
            if "notices" in message:
                self.notices = message["notices"]
                return
            columns = [_unpacked(column) for column in message["columns"]]
            if columns:
                yield from zip(message["places"], zip(*columns, strict=True), strict=True)
            else:
                yield from ((place, ()) for place in message["places"])


def open_file(name: str) -> TableFile:
    """The reader of a file of columns, chosen by the ending of its name.

    Raises DataError if the file does not exist, is a folder, can't be read, is empty, has an
    unknown ending or a head that can't be decoded.
    """
    return TableFile(checked_table(name))


class SentenceFile:
    """A CoNLL file; see `hamr.files.conll.reader`.

    `tag_column`, from 1, is the column of the tags. Without one it is that of `like`, another
    file of the same data that was read before, or the last one that holds tags. `keys` are those
    of comments "# key = value" that sentences come with.
    """

    def __init__(
        self,
        path: Path,
        tag_column: int | None = None,
        like: SentenceFile | None = None,
        keys: Sequence[str] = (),
    ) -> None:
        self.path, self.name, self._column = path, path.name, tag_column
        self._like, self._encoding = like.used if like else None, encoding.chosen()
        self._keys = list(keys)
        self.notices: list[str] = []  # complete once the sentences are read, as is `used`
        self.used: list[int] | None = None  # how many columns there are, and which one has the tags

    def sentences(self) -> Iterator[Sentence]:
        """The sentences in the file's order."""
        once: dict[str, str] = {}  # many words share few different tags
        columns = {"tag_column": self._column, "like": self._like, "keys": self._keys}
        for found in decode("sentences", self.path, encoding=self._encoding, **columns):
            if isinstance(found, dict):
                self.notices, self.used = found["notices"], found["used"]
                return
            for line, words, tags, source, lines, about in found:
                own = [once.setdefault(tag, tag) for tag in tags]
                yield Sentence(line, words, own, source, lines=lines, about=about)


def words_in(path: Path) -> Iterator[Words]:
    """The sentences of a CoNLL file, which need not have tags, with all of its lines."""
    for found in decode("words", path):
        for words, lines, at in found:
            yield Words(words, lines, at)


def lines_in(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file of plain text, each with its number. Raises DataError."""
    for found in decode("lines", path):
        yield from ((number, line) for number, line in found)


def write_joined(source: Path, columns: Path, target: Path) -> None:
    """Write the Parquet file `source` with the columns of another one to `target`."""
    for _ in decode("joined", source, columns=str(columns), target=str(target)):
        pass


@dataclass(frozen=True)
class TagColumns:
    """The columns of a CoNLL file that hold tags, counted from 1."""

    tagged: dict[int, tuple[str, ...]]  # with some tags of each
    used: int  # the one that is read if none is chosen
    keys: tuple[str, ...] = ()  # of comments "# key = value", which can be metadata


def tag_columns(name: str) -> TagColumns:
    """Which columns of a CoNLL file hold tags; found once, and again when the file changes.

    Raises DataError if there is no such file, or if none of its columns holds tags.
    """
    found = _looked_at("tag_columns", checked_file(name))
    tagged = {at: tuple(tags) for at, tags in found["tagged"]}
    return TagColumns(tagged, found["used"], tuple(found["keys"]))


def looks_tagged(name: str) -> bool:
    """Whether the first lines of a file are tagged words, a word and its tag on each."""
    try:
        return bool(_looked_at("tagged", checked_file(name)))
    except DataError:
        return False


def holds_words(name: str) -> bool:
    """Whether the first lines of a text file hold a word each, tagged or not, and blank lines part
    the sentences. Raises DataError for a file that can't be read.
    """
    return bool(_looked_at("holds_words", checked_file(name)))


def as_cp1252(name: str) -> list[tuple[int, str]]:
    """The first lines of a file with other signs than ASCII, by number, read as Windows-1252.

    To be shown before a file that is not UTF-8 is read like this. Raises DataError.
    """
    return [(number, text) for number, text in _looked_at("as_cp1252", checked_file(name))]


def _looked_at(operation: str, path: Path) -> Any:
    kind = path.stat()
    version = (kind.st_ino, kind.st_mtime_ns, kind.st_size)
    return _answer(operation, path, encoding.chosen(), *version)


@lru_cache(maxsize=64)
def _answer(operation: str, path: Path, _encoding: str, *_version: int) -> Any:
    return next(decode(operation, path))


def write_rewritten(
    source: Path,
    column: str,
    changes: Mapping[int, str | Sequence[str]],
    target: Path,
    encoded_as: str = encoding.UTF8,
) -> None:
    """Write `source` to `target` with new labels; see `hamr.files.rewrite.rewrite`."""
    pairs = [[place, new if isinstance(new, str) else list(new)] for place, new in changes.items()]
    wanted = {"column": column, "changes": pairs, "target": str(target)}
    for _ in decode("rewritten", source, encoding=encoded_as, **wanted):
        pass


def head_of(path: Path) -> Head:
    """The file's head, read once, and again when the file changes."""
    kind = path.stat()
    return _head(path, encoding.chosen(), kind.st_ino, kind.st_mtime_ns, kind.st_size)


@lru_cache(maxsize=64)
def _head(path: Path, _encoding: str, *_version: int) -> Head:
    found = next(decode("head", path))
    rows = tuple(tuple(values) for values in found["rows"])
    return Head(
        found["unit"], tuple(found["columns"]), tuple(found["single"]), rows, found["fault"]
    )


def _unpacked(column: dict[str, Any]) -> list[Any]:
    if "at" in column:
        texts = column["texts"]
        values = [texts[at] for at in column["at"]]
    else:
        values = column["values"]
    for at in column["bytes"]:
        values[at] = b""  # whatever they were, they are not text
    return values
