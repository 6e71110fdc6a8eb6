"""A cheap look at a source before it is loaded: its columns, and which of them to start with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hamr.config import DataSettings
from hamr.data import builtin
from hamr.data.heads import BUILTIN, HEAD_ROWS, first_values, head, is_constant, kind_of
from hamr.data.task import COLUMNS, task_of
from hamr.data.texts import open_source
from hamr.files.schemes import is_tag
from hamr.files.table import blamed_on
from hamr.records import Task

# Column names that publishers use, the likeliest first.
TEXT_NAMES = ("text", "sentence", "tweet", "content", "tweet_text", "message", "review", "body",
              "utterance", "comment", "description", "document", "title")  # fmt: skip
LABEL_NAMES = ("label", "class", "category", "tag", "label_text", "class_label", "target",
               "intent", "sentiment", "topic", "y")  # fmt: skip
WORD_NAMES = ("tokens", "words", "token", "word", "text", "sentence")
TAG_NAMES = ("ner_tags", "tags", "labels", "ner", "entities", "bio", "tag", "label")
MOST_COLUMNS = 200  # that are looked at
FEW = 20  # values that may all be different classes

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Guess:
    """The task and columns to start with; None where no column fits."""

    task: Task
    text: str | None  # of tagged sentences the words
    label: str | None  # of tagged sentences the tags


def read_columns(source: str) -> list[str]:
    """The names of a source's columns, from its head or schema alone. Raises DataError."""
    if source in BUILTIN:
        return list(builtin.COLUMNS)
    _, readers = open_source(source, streaming=True)
    with blamed_on("source"):
        return readers["train"].columns()


def guess_columns(source: str, task: Literal["auto"] | Task = "auto") -> Guess:
    """The likely columns of a table for a task, by their first values and by usual names.

    Raises DataError, about the source, if there is no head.
    """
    with blamed_on("source"):
        columns = _likely(head(source).single)
        values = first_values(source, columns)
    kinds = {name: kind_of(values[name]) for name in columns}
    lists = {name: values[name] for name in columns if kinds[name] == "lists"}
    texts = {name: values[name] for name in columns if kinds[name] == "texts"}
    tagged = Guess("token", *_tagged(lists))
    classes = {
        name: texts[name]
        for name in texts
        if _may_be_classes(texts[name])
        if not _by_name([name], LABEL_NAMES) or not is_constant(source, name)
    }
    plain = Guess("sequence", *_plain(texts, classes))
    if task != "auto":
        return {guess.task: guess for guess in (plain, tagged)}[task]
    if task_of(DataSettings(source=source)) == tagged.task and {*COLUMNS} <= lists.keys():
        return Guess(tagged.task, *COLUMNS)
    if {"text", "label"} <= texts.keys() or tagged.label is None:
        return plain
    found = plain.text is not None and plain.label is not None
    return plain if found and not _all_tags(lists[tagged.label]) else tagged


def _likely(columns: Sequence[str]) -> list[str]:
    """The first columns, and those of usual names: a table may have tens of thousands."""
    usual = {*TEXT_NAMES, *LABEL_NAMES, *WORD_NAMES, *TAG_NAMES}
    named = [name for name in columns if name.lower().strip() in usual]
    return list(dict.fromkeys([*columns[:MOST_COLUMNS], *named]))


def _plain(texts: Values, classes: Values) -> tuple[str | None, str | None]:
    """Text and label column, the label among those of `classes`: by name if a name is usual.

    Otherwise the text is the column with the longest values on average, and the label the one
    with the fewest different values, but at least 2; preferably one in which all of them repeat.
    """
    text, label = _by_name(texts, TEXT_NAMES), _by_name(classes, LABEL_NAMES)
    if text is None:
        rest = [name for name in texts if name != label]
        text = max(rest, key=lambda name: _mean_length(texts[name]), default=None)
    if label is None:
        counts = {name: len({*map(str, classes[name])}) for name in classes if name != text}
        several = [
            name
            for name, count in counts.items()
            if 2 <= count < len(classes[name])
            if not (_singles(classes[name]) and len(classes[name]) < HEAD_ROWS)  # seen as a whole
        ]
        label = min(several, key=lambda name: (_singles(texts[name]), counts[name]), default=None)
    return text, label


def _tagged(lists: Values) -> tuple[str | None, str | None]:
    """Words and tags: two columns of lists that are equally long in each row.

    Tags with a mark and a type are preferred, then columns with usual names.
    """
    lengths = {name: [*map(len, _lists(values))] for name, values in lists.items()}
    marked = {name for name, values in lists.items() if _all_tags(values)}
    pairs = [
        (words, tags)
        for tags in lists
        if tags in marked or _may_be_tags(lists[tags])
        for words in lists
        if words not in marked and words != tags and lengths[words] == lengths[tags]
    ]
    return min(
        pairs,
        key=lambda pair: (
            pair[1] not in marked,
            _rank(pair[1], TAG_NAMES),
            _rank(pair[0], WORD_NAMES),
        ),
        default=(None, None),
    )


def _by_name(names: Iterable[str], usual: tuple[str, ...]) -> str | None:
    lower = {name.lower().strip(): name for name in reversed([*names])}
    return next((lower[name] for name in usual if name in lower), None)


def _rank(name: str, usual: tuple[str, ...]) -> int:
    plain = name.lower().strip()
    return usual.index(plain) if plain in usual else len(usual)


def _may_be_classes(values: Sequence[Any]) -> bool:
    """Whether some value repeats, as far as a few of them can show."""
    return len(values) < FEW or len({*map(str, values)}) < len(values)


def _mean_length(values: Sequence[Any]) -> float:
    return sum(len(str(value)) for value in values) / max(1, len(values))


def _singles(values: Sequence[Any]) -> bool:
    """Whether a value occurs only once."""
    return 1 in Counter(map(str, values)).values()


def _lists(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [value for value in values if isinstance(value, list | tuple)]


def _all_tags(values: Sequence[Any]) -> bool:
    """Whether every item is O or a mark and a type, and there are some."""
    items = [item for value in _lists(values) for item in value]
    return bool(items) and all(isinstance(item, str) and is_tag(item) for item in items)


def _may_be_tags(values: Sequence[Any]) -> bool:
    """Whether every item is such a tag, or the number of one."""
    items = [item for value in _lists(values) for item in value]
    return all(isinstance(item, int) or _reads_as_tag(item) for item in items)


def _reads_as_tag(item: Any) -> bool:
    return isinstance(item, str) and (item.isdecimal() or is_tag(item))
