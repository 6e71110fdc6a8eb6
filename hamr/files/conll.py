"""CoNLL columns: a word a line, its tag last, a blank line after each sentence.

A comment begins with #, ends with no tag, and parts no sentence. Nothing of a file is lost: each
sentence keeps the piece of the file that ends with it, and writing replaces the tags that
changed. Files put together again are the same to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hamr.errors import DataError
from hamr.files.schemes import is_tag

ENDINGS = (".conll", ".bio", ".iob", ".iob1", ".iob2", ".bioes", ".iobes", ".bilou", ".txt")
DOCUMENT = "-DOCSTART-"
_LINES = re.compile(r"[^\n]*\n|[^\n]+")  # str.splitlines also parts at characters of texts
_SPACES = re.compile(r"[ \t]+")  # and at no other blank, which may be a word's own


@dataclass
class Sentence:
    """One sentence of a file."""

    line: int  # of its first word, from 1; of a table its row
    words: list[str]
    tags: list[str]
    source: str  # the file from the sentence before it to its own end; of a table: see `kept`
    id: str = ""
    group: str | None = None  # sentences of one group stay on one side of a split


def read_conll(path: Path) -> list[Sentence]:
    """The sentences of a file.

    Raises DataError for a line with one column, with another number of columns than the first
    one, or whose last column is no tag; and for a file without sentences.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line:,} is not UTF-8: save it as UTF-8") from None
    found: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    block, first, columns = "", 0, 0
    for number, line in enumerate(_LINES.findall(text), 1):
        fields = fields_of(line)
        if fields is None and words:
            found.append(Sentence(first, words, tags, block))
            block, words, tags = "", [], []
        if fields is None or _is_comment(fields, within=bool(words)):
            block += line
            continue
        columns = columns or len(fields)
        _check(path.name, number, fields, columns)
        first = first if words else number
        words.append(fields[0])
        tags.append(fields[-1])
        block += line
    if words:
        found.append(Sentence(first, words, tags, block))
    elif found:
        found[-1].source += block
    if not found:
        raise DataError(f"{path.name} has no sentence: write a word and its tag on each line")
    return found


def fields_of(line: str) -> list[str] | None:
    """The columns of a line; None where it is blank or begins a document."""
    bare = line.rstrip("\r\n").removeprefix("\ufeff")
    if not bare.strip(" \t") or bare.startswith(DOCUMENT):
        return None
    return bare.split("\t") if "\t" in bare else _SPACES.split(bare.strip(" "))


def with_tags(source: str, tags: Sequence[str]) -> str:
    """A sentence's piece of its file with these tags; what did not change stays as it is."""
    left = iter(tags)
    return "".join(_with_tag(line, left) for line in _LINES.findall(source))


def _with_tag(line: str, tags: Iterator[str]) -> str:
    fields = fields_of(line)
    if fields is None or _is_comment(fields):
        return line
    tag = next(tags, fields[-1])
    if tag == fields[-1]:
        return line
    place = line.rindex(fields[-1])
    return line[:place] + tag + line[place + len(fields[-1]) :]


def _is_comment(fields: list[str], within: bool = False) -> bool:
    """Whether a line is one; within a sentence #word may be a hashtag that has lost its tag."""
    begins = fields[0] == "#" if within else fields[0].startswith("#")
    return begins and (len(fields) > 1 or not within) and not is_tag(fields[-1])


def _check(name: str, number: int, fields: list[str], columns: int) -> None:
    where = f"{name}, line {number:,}"
    if len(fields) == 1:
        raise DataError(
            f"{where} has one column, {fields[0][:40]!r}: a word and its tag are needed, with a "
            "tab or blanks between"
        )
    if len(fields) != columns:
        raise DataError(
            f"{where} has {len(fields)} columns, and the lines before it have {columns}: give "
            "each word the same columns"
        )
    if not fields[0]:
        raise DataError(f"{where} has a tag and no word: take the line out, or give its word")
    if not is_tag(fields[-1]):
        raise DataError(
            f"{where} ends with {fields[-1][:40]!r}, which is no tag: write O, or a mark and a "
            "type as in B-place"
        )
