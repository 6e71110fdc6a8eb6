"""The words of a CoNLL file, whether or not it has tags, with all of its lines.

The words are in the column that they have in tagged files (`layout`): the first one, the second
where the first counts the words, or the one after the tags. A file may have words alone, and each
word is a whole line then. A word is as it is in its column, blanks in it and around it included.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hamr.errors import DataError
from hamr.files.conll.layout import NO_WORD, layout_of
from hamr.files.conll.lines import BLANKS, fields_of, lines_of
from hamr.files.schemes import is_tag
from hamr.files.textfile import open_text

LOOKED_AT = 1_000  # lines that show whether the first column counts the words


class Sentence(NamedTuple):
    """A sentence with its lines, those before it included: comments, blank lines."""

    words: list[str]
    lines: list[str]  # of the file, each with its line end
    at: list[int]  # which of the lines hold the words


def sentences_of(path: Path) -> Iterator[Sentence]:
    """The sentences of a file, the last one with all that follows it.

    Raises DataError for a file without any word.
    """
    last: Sentence | None = None
    for sentence in _pieces(path):
        if last is not None and not sentence.words:
            last.lines.extend(sentence.lines)
            continue
        if last is not None:
            yield last
        last = sentence
    if last is None or not last.words:
        raise DataError(f"{path.name} has no sentence: write a word on each line")
    yield last


def _pieces(path: Path) -> Iterator[Sentence]:
    """The sentences, and then the lines after the last one."""
    layout = _layout(path)
    words, lines, at = list[str](), list[str](), list[int]()
    for line in _lines(path):
        fields = fields_of(line)
        if fields is None and words:
            yield Sentence(words, lines, at)
            words, lines, at = [], [], []
        lines.append(line)
        if fields is None or _is_other(fields, layout.numbered) or len(fields) <= layout.column:
            continue
        words.append(layout.word(line, fields))
        at.append(len(lines) - 1)
    if lines:
        yield Sentence(words, lines, at)


def with_tags(sentence: Sentence, tags: list[str]) -> str:
    """The lines with a tag in a further column, after each word."""
    lines = list(sentence.lines)
    for at, word, tag in zip(sentence.at, sentence.words, tags, strict=True):
        bare = lines[at].rstrip(BLANKS)
        end = lines[at][len(lines[at].rstrip("\r\n")) :] or "\n"
        blanks = " " in bare and "\t" not in bare and bare != word
        gap = " " if blanks else "\t"
        lines[at] = f"{bare}{gap}{tag}{end}"
    return "".join(lines)


def _lines(path: Path) -> Iterator[str]:
    with open_text(path) as file:
        yield from lines_of(file, path.name)


def _is_other(fields: list[str], numbered: bool) -> bool:
    """Whether a line is a comment, or one of a numbered file that has no word of its own."""
    if fields[0][:1] == "#" and (numbered or len(fields) > 1 or len(fields[0]) == 1):
        return True
    return numbered and NO_WORD.fullmatch(fields[0]) is not None


class _Layout(NamedTuple):
    """Where the words are."""

    column: int  # from 0
    numbered: bool  # whether the first column counts them
    alone: bool  # whether they are all that most lines hold

    def word(self, line: str, fields: list[str]) -> str:
        """The word of a line."""
        bare = line.strip(BLANKS)
        empty = "\t" in line.rstrip("\r\n")  # where no tab is left: the next column is empty
        whole = self.alone or (empty and self.column == 0)
        if whole and "\t" not in bare and not is_tag(fields[-1]):
            return bare
        return fields[self.column]


def _layout(path: Path) -> _Layout:
    """Found by the first lines, whether or not they have tags."""
    try:
        found = layout_of(path.name, _lines(path))
    except DataError:
        found = None
    if found is not None and found.columns > 1 and found.tagged:
        return _Layout(found.words, found.numbered, alone=False)
    counted = [(f[0], len(f)) for f in map(fields_of, _head(path)) if f and f[0][:1] != "#"]
    numbers = sum(first.isdecimal() or bool(NO_WORD.fullmatch(first)) for first, _ in counted)
    numbered = bool(counted) and numbers == len(counted) and all(n > 1 for _, n in counted)
    alone = 2 * sum(n == 1 for _, n in counted) > len(counted)
    return _Layout(int(numbered), numbered, alone)


def _head(path: Path) -> Iterator[str]:
    for number, line in enumerate(_lines(path)):
        if number == LOOKED_AT:
            return
        yield line
