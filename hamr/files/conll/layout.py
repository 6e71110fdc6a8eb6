"""Which column of a CoNLL file holds what: numbers, words and tags, known by their values.

Ada      NNP  B-NP   B-per        word, and tags in the last column
1  Ada   NNP  _      B-per        numbered: CoNLL-U, GermEval; words are next to the numbers
1  Ada   O    -      jane         the last columns may hold no tags (Universal NER)
B-per    Ada                      tags first (MIT restaurants)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from hamr.errors import DataError
from hamr.files.conll.lines import BLANKS, MOST_COLUMNS, fields_of
from hamr.files.schemes import is_tag, may_mean_tag, types_in
from hamr.files.table import in_words

NO_WORD = re.compile(r"\d+-\d+|\d+\.\d+")  # numbers of lines that have no word
HEAD = 100_000  # words that the layout is inferred from; all are checked against it
_MOST_TAGS = 20_000  # most distinct values of a column of tags
_LOOKED_AT = 200  # lines after which a first column with few numbers is a column of words
_MOSTLY = 0.9
_NAMED = re.compile(r"\b(NER|NE|Entity)=", re.IGNORECASE)  # in CoNLL-U's last column


class Layout(NamedTuple):
    """Columns, counted from 0."""

    columns: int  # that most lines have
    words: int
    tags: int
    numbered: bool  # the first column counts the words of a sentence
    tagged: dict[int, list[str]]  # all columns of tags, each with some of its tags
    unmarked: bool  # the tags are types without a prefix
    tabbed: bool  # a tab is in every line

    @property
    def plain(self) -> bool:
        """Whether words are first and tags last."""
        return self.words == 0 and self.tags == self.columns - 1


class Like(NamedTuple):
    """The layout of another file of the same data."""

    columns: int
    tags: int


class _Column:
    """The values of a column, counted until they are too many for tags."""

    def __init__(self) -> None:
        self.values: Counter[str] = Counter()
        self.dropped = False

    def add(self, value: str) -> None:
        if not self.dropped:
            self.values[value] += 1
            if len(self.values) > _MOST_TAGS:
                self.dropped = True
                self.values.clear()

    def tags(self) -> Counter[str]:
        """The values without the blanks around them."""
        found: Counter[str] = Counter()
        for value, count in self.values.items():
            found[value.strip(BLANKS)] += count
        return found


class _Numbers:
    """Whether the first column counts: 1, 2, 3 in each sentence, or on through the file."""

    def __init__(self) -> None:
        self.seen = self.numbers = self.steps = self.good = self.starts = self.low = 0
        self.before: int | None = None

    def add(self, value: str) -> bool:
        """Whether the line holds a word of its own, if the column counts."""
        self.seen += 1
        if value.isascii() and value.isdecimal() and len(value) < 10:
            number = int(value)
            if self.before is None:
                self.starts += 1
                self.low += number < 2
            else:
                self.steps += 1
                self.good += number == self.before + 1
            self.before = number
        elif not NO_WORD.fullmatch(value):
            return True
        self.numbers += 1
        return not NO_WORD.fullmatch(value)

    @property
    def hopeless(self) -> bool:
        return self.seen == _LOOKED_AT and 2 * self.numbers < self.seen

    @property
    def count(self) -> bool:
        right, of = (self.good, self.steps) if self.steps else (self.low, self.starts)
        return self.numbers >= _MOSTLY * self.seen and right >= _MOSTLY * of > 0


class _Lines:
    """The lines that have one number of columns."""

    def __init__(self, number: int, fields: list[str]) -> None:
        self.first, self.example, self.count, self.tabbed = number, fields, 0, True
        self.columns = [_Column() for _ in fields]

    def meant(self) -> dict[int, int]:
        """How many values of each column are tags, or wrongly written ones; not of the first."""
        counts = {
            at: sum(n for value, n in column.tags().items() if may_mean_tag(value))
            for at, column in enumerate(self.columns)
            if at
        }
        return {at: count for at, count in counts.items() if count}


def layout_of(
    name: str, lines: Iterable[str], tag_column: int | None = None, like: Like | None = None
) -> Layout | None:
    """The layout of a file; None where no line has words.

    `tag_column`, from 1, is the one to use. Otherwise it is that of `like`, where the file has
    as many columns, or the last one that holds tags; where a numbered file has nested entities,
    the outermost. Raises DataError for a column that does not exist, and if none holds tags.
    """
    found, numbers = _counted(name, lines)
    if found is None:
        return None
    tags, numbered = [column.tags() for column in found.columns], numbers.count
    columns = len(tags)
    numbered = numbered and columns > 2
    tagged = {at: own for at, own in enumerate(tags) if own and all(map(is_tag, own))}
    if tag_column is not None and tag_column > columns:
        raise DataError(
            f"{name} has {columns:,} columns, but column {tag_column:,} is chosen for the tags: "
            f"{_choice(tagged)}",
            field="tag_column",
        )
    if tag_column is not None:
        used = tag_column - 1
    elif like is not None and like.columns == columns:
        used = like.tags
    else:
        used = _automatic(name, found, tags, tagged, numbered)
    words = next(at for at in range(int(numbered), columns + 1) if at != used)
    examples = {at: _examples(own) for at, own in tagged.items()}
    return Layout(columns, words, used, numbered, examples, _unmarked(tags[used]), found.tabbed)


def _counted(name: str, lines: Iterable[str]) -> tuple[_Lines | None, _Numbers]:
    """The lines with the number of columns that most have, and what their first column counts.

    Lines that begin with # count only where there are no others: most are comments.
    """
    plain: dict[int, _Lines] = {}
    hashed: dict[int, _Lines] = {}
    others: dict[int, _Lines] = {}  # a number such as 1-2 is first
    numbers, words = _Numbers(), 0
    for number, line in enumerate(lines, 1):
        fields = fields_of(line)
        if fields is None:
            numbers.before = None
            continue
        if len(fields) > MOST_COLUMNS:
            raise DataError(
                f"{name}, line {number:,} has {len(fields):,} columns, and at most "
                f"{MOST_COLUMNS:,} are read: write each word and its tag on a line of their own"
            )
        own = hashed if fields[0][:1] == "#" else plain
        if own is plain and not numbers.hopeless and not numbers.add(fields[0]):
            own = others
        known = own.get(len(fields)) or own.setdefault(len(fields), _Lines(number, fields))
        known.count += 1
        words += 1
        known.tabbed = known.tabbed and "\t" in line.rstrip(BLANKS)
        for column, value in zip(known.columns, fields, strict=True):
            column.add(value)
        if words == HEAD:
            break
    every = plain or others or {at: own for at, own in hashed.items() if own.meant()}
    return max(every.values(), key=lambda own: own.count, default=None), numbers


def _automatic(
    name: str,
    found: _Lines,
    tags: list[Counter[str]],
    tagged: dict[int, Counter[str]],
    numbered: bool,
) -> int:
    """The column of tags, found by its values; wrong tags among them are reported later."""
    meant = found.meant()
    mostly = [at for at in range(1 + numbered, len(tags)) if 2 * meant.get(at, 0) >= found.count]
    if not mostly:
        if 0 in tagged and len(tags) > 1:
            return 0
        if len(tags) > 2 and not meant:
            raise _no_tags(name, found, tags)
        return len(tags) - 1
    used = next((at for at in reversed(mostly) if tags[at].keys() != {"O"}), mostly[-1])
    while numbered and used - 1 in tagged and types_in(tags[used]) & types_in(tags[used - 1]):
        used -= 1
    return used


def _no_tags(name: str, found: _Lines, values: list[Counter[str]]) -> DataError:
    held = ", ".join(f"{at} {value[:20]!r}" for at, value in enumerate(found.example, 1))
    named = next((at for at, own in enumerate(values, 1) if any(map(_NAMED.search, own))), None)
    within = f"; the entities in column {named} have names before them" if named else ""
    return DataError(
        f"{name} has no column of tags: line {found.first:,} has {held[:400]}{within}. Write O, "
        "or a prefix and a type as in B-place, in a column after the word"
    )


def _unmarked(tags: Counter[str]) -> bool:
    """Whether tags are O and types alone, as the scheme IO has them."""
    return "O" in tags and len(tags) > 1 and not any(map(may_mean_tag, tags.keys() - {"O"}))


def _examples(tags: Counter[str]) -> list[str]:
    return sorted([tag for tag, _ in tags.most_common() if tag != "O"][:2]) or ["O"]


def _choice(tagged: dict[int, Counter[str]]) -> str:
    held = [f"{at + 1}" for at in tagged]
    return f"choose {in_words(held, last='or')}" if held else "none of them holds tags"
