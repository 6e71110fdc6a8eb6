"""CoNLL columns: a word and its tag on each line, a blank line after each sentence.

A comment begins with # and does not end a sentence. Nothing of a file is lost: each sentence keeps
the piece of the file up to its end, and writing replaces only the tags that changed. Files that are
written back are otherwise identical to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from hamr.errors import DataError
from hamr.files.conll.layout import NO_WORD, Layout, Like, layout_of
from hamr.files.conll.lines import (
    BLANKS,
    DOCUMENT,
    cut,
    fields_of,
    lines_of,
    one_column,
    said_in,
    tag_in,
)
from hamr.files.conll.tags import source_of
from hamr.files.schemes import is_tag, remedy_for
from hamr.files.table import in_words
from hamr.files.textfile import open_text

ENDINGS = (
    ".conll", ".conllu", ".conllx", ".bio", ".iob", ".iob1", ".iob2", ".bioes", ".iobes", ".bilou",
    ".tab", ".txt",
)  # fmt: skip
MAYBE_TAGGED = (".tsv",)  # tables that hold tagged sentences where `looks_tagged` says so
LONGEST = 20_000_000  # characters of a sentence
_BOM = b"\xef\xbb\xbf"
_SEARCHED = 20_000  # lines, for keys of comments
_LOOKED_AT = 200  # lines that show whether a table holds words and tags


@dataclass
class Sentence:
    """One sentence of a file."""

    line: int  # of its first word, from 1; of a table its row
    words: list[str]
    tags: list[str]
    source: str  # its piece of the file; of a table: see `kept`
    id: str = ""
    group: str | None = None  # sentences of one group stay on one side of a split
    lines: Sequence[int] = ()  # of each word, where they do not follow one another
    about: dict[str, str] = field(default_factory=dict)  # metadata by name, of wanted columns


@dataclass
class _Piece:
    """A sentence that is being read, line by line."""

    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    at: list[int] = field(default_factory=list)  # of the lines those that hold a word
    numbers: list[int] = field(default_factory=list)  # of these lines in the file
    odd: bool = False  # whether it is doubtful which of the lines hold a word


class ConllFile:
    """A file of tagged words; its layout is known before its sentences are read.

    Raises DataError for a file without sentences or without a column of tags.
    """

    def __init__(
        self,
        path: Path,
        tag_column: int | None = None,
        like: Like | None = None,
        keys: Sequence[str] = (),
    ) -> None:
        """Find the layout; `keys` are those of comments "# key = value" to give with sentences."""
        self.path, self.name, self.chosen = path, path.name, tag_column is not None
        self._keys = {*keys}
        found = layout_of(self.name, self._lines(), tag_column, like)
        if found is None:
            raise DataError(f"{path.name} has no sentence: write a word and its tag on each line")
        self.layout: Layout = found
        self._clean: dict[str, str] = {}  # tags read so far, without the blanks around them

    def notices(self) -> list[str]:
        """A notice on the columns, where words and tags are not in the usual ones."""
        layout, said = self.layout, []
        if layout.numbered:
            said.append("column 1 counts the words of each sentence, so the words are in column 2")
        elif layout.words != 0:
            said.append(f"the tags are in column 1, the words in column {layout.words + 1}")
        if len(layout.tagged) > 1:
            each = [f"{at + 1} ({', '.join(tags)})" for at, tags in layout.tagged.items()]
            said.append(
                f"columns {in_words(each)} hold tags, and {self._used()} is read: choose another "
                "one with Tag column (--tag-column)"
            )
        elif layout.tags and layout.tags != layout.columns - 1:
            said.append(f"of {layout.columns} columns only column {layout.tags + 1} holds tags")
        return [f"{self.name}: {'; '.join(said)}"] if said else []

    def _used(self) -> str:
        layout = self.layout
        used, last = layout.tags, max(layout.tagged)
        if self.chosen:
            why = ""
        elif used == last:
            why = ", the last one,"
        elif layout.tagged[last] == ["O"]:
            why = ", the last one with entities,"
        else:
            why = ", the outermost one,"
        return f"{used + 1}{why}"

    def sentences(self) -> Iterator[Sentence]:
        """The sentences in the file's order.

        Raises DataError for a line with one column, with another number of columns than most
        have, or whose column of tags holds none.
        """
        last: _Piece | None = None
        piece = _Piece()
        for number, line in enumerate(self._lines(), 1):
            fields = fields_of(line)
            if fields is None or self._begins_document(fields):
                if piece.words:
                    if last is not None:
                        yield self._sentence(last)
                    last, piece = piece, _Piece()
                piece.odd |= fields is not None or _parts_oddly(line)
                piece.lines.append(line)
                continue
            self._add(piece, number, line, fields)
        if piece.words:
            if last is not None:
                yield self._sentence(last)
            last = piece
        elif last is not None:
            last.lines += piece.lines
            last.odd |= piece.odd
        if last is None:
            raise DataError(f"{self.name} has no sentence: write a word and its tag on each line")
        yield self._sentence(last)

    def _lines(self) -> Iterator[str]:
        with self.path.open("rb") as raw:
            mark = "\ufeff" if raw.read(3) == _BOM else ""
        with open_text(self.path) as file:
            for line in lines_of(file, self.name):
                yield mark + line
                mark = ""

    def comment_keys(self) -> list[str]:
        """The keys of comments in the first lines, each once."""
        said = filter(None, map(said_in, islice(self._lines(), _SEARCHED)))
        return list(dict.fromkeys(key for key, _ in said))

    def _begins_document(self, fields: list[str]) -> bool:
        return self.layout.numbered and fields[1:2] == [DOCUMENT]

    def _add(self, piece: _Piece, number: int, line: str, fields: list[str]) -> None:
        """Add the word of a line, if it has one."""
        layout = self.layout
        piece.odd |= _parts_oddly(line)
        if fields[0][:1] == "#":
            piece.odd = True
            if self._is_comment(fields, line, bool(piece.words)):
                piece.lines.append(line)
                return
        if layout.numbered and NO_WORD.fullmatch(fields[0]):
            piece.odd = True
            piece.lines.append(line)
            return
        tag = self._clean.get(fields[layout.tags]) if len(fields) == layout.columns else None
        if tag is None or layout.numbered or not fields[layout.words]:
            tag = self._checked(number, line, fields)
        piece.numbers.append(number)
        piece.at.append(len(piece.lines))
        piece.words.append(fields[layout.words])
        piece.tags.append(tag)
        piece.lines.append(line)
        if len(piece.words) % 1000 == 0 and sum(map(len, piece.lines)) > LONGEST:
            raise DataError(
                f"{self.name}, line {piece.numbers[0]:,} begins a sentence of more than "
                f"{LONGEST:,} characters: put a blank line after each sentence"
            )

    def _is_comment(self, fields: list[str], line: str, within: bool) -> bool:
        """Whether a line that begins with # is one.

        Within a sentence #word may be a hashtag that lost its tag.
        """
        layout = self.layout
        if layout.numbered:
            return True
        if len(fields) != layout.columns or (layout.tabbed and "\t" not in line):
            return not within or (fields[0] == "#" and len(fields) > 1)
        if is_tag(fields[layout.tags].strip(BLANKS)):
            return False
        if layout.tabbed:
            return fields[0][:2] == "# "
        return not within or fields[0] == "#"

    def _checked(self, number: int, line: str, fields: list[str]) -> str:
        """The tag of a line with a word; DataError where the line does not fit the others."""
        layout, where = self.layout, f"{self.name}, line {number:,}"
        if len(fields) != layout.columns:
            if len(fields) == 1:
                raise DataError(f"{where} {one_column(line)}")
            if len(line.rstrip("\r\n").split("\t")) != layout.columns:
                raise DataError(
                    f"{where} has {len(fields):,} columns, but most lines have "
                    f"{layout.columns:,}: give each word the same columns"
                )
        elif layout.columns == 1:
            raise DataError(f"{where} {one_column(line)}")
        if layout.numbered and not fields[0].isdecimal():
            raise DataError(
                f"{where} begins with {cut(fields[0])}, and the first column of the other lines "
                "counts the words of a sentence: give the word's number"
            )
        if layout.words >= len(fields) or not fields[layout.words]:
            raise DataError(f"{where} has a tag but no word: remove the line, or add its word")
        tag = fields[layout.tags].strip(BLANKS) if layout.tags < len(fields) else ""
        if not is_tag(tag):
            raise self._no_tag(number, where, tag)
        if len(fields) == layout.columns and len(self._clean) < 100_000:
            self._clean[fields[layout.tags]] = tag
        return tag

    def _no_tag(self, number: int, where: str, tag: str) -> DataError:
        layout, column = self.layout, self.layout.tags + 1
        control = "tag_column" if self.chosen else None
        ends = column == layout.columns and not self.chosen
        found = f"{where} ends with" if ends else f"{where} has in column {column:,}"
        if layout.unmarked:
            return DataError(
                f"{found} {cut(tag)}, a type without a prefix, like all types of the file: put "
                f"I- before each of them, as in I-{tag[:40]}",
                field=control,
            )
        remedy = remedy_for(tag)
        if self.chosen and layout.tagged:
            held = in_words([f"{at + 1}" for at in layout.tagged], last="or")
            remedy = f"choose column {held}, which holds tags"
        elif number == 1:
            remedy += "; remove the line if it names the columns"
        return DataError(f"{found} {cut(tag)}, which is not a tag: {remedy}", field=control)

    def _sentence(self, piece: _Piece) -> Sentence:
        numbers = piece.numbers
        found = Sentence(numbers[0], piece.words, piece.tags, self._source(piece))
        if numbers[-1] - numbers[0] != len(numbers) - 1:
            found.lines = numbers
        if self._keys:
            said = filter(None, map(said_in, piece.lines))
            found.about = {key: value for key, value in said if key in self._keys}
        return found

    def _source(self, piece: _Piece) -> str:
        """The piece of the file, with the places of its tags if they are not at line ends."""
        text = "".join(piece.lines)
        if self.layout.plain and not piece.odd:
            return text
        spots: list[tuple[int, int]] = []
        wanted, place = {*piece.at}, 0
        for at, line in enumerate(piece.lines):
            if at in wanted:
                start, end = tag_in(line, self.layout.tags)
                spots.append((place + start, place + end))
            place += len(line)
        return source_of(text, spots)


def looks_tagged(path: Path) -> bool:
    """Whether the first lines of a file are tagged words, and none is a header."""
    try:
        with open_text(path) as file:
            lines = [*islice(lines_of(file, path.name), _LOOKED_AT)]
        found = layout_of(path.name, lines)
    except DataError:
        return False
    rows = [fields for fields in map(fields_of, lines) if fields and fields[0][:1] != "#"]
    if found is None or found.columns < 2 or found.tags not in found.tagged:
        return False
    parted = any(not line.strip(BLANKS) for line in lines)
    some = found.tagged[found.tags] != ["O"]
    return (some or parted) and all(len(fields) == found.columns for fields in rows)


def _parts_oddly(line: str) -> bool:
    """Whether a line ends with a lone carriage return, or contains one."""
    return "\r" in line and ("\r" in line[:-2] or line[-2:] != "\r\n")
