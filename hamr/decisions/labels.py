"""Labels of decisions: as JSON and back, in words, and the hash of a row's text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from hamr.decisions.records import Label

LONGEST_SHOWN = 60  # characters of a class
MOST_QUOTED = 8  # words of an entity


def text_hash(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def as_json(label: Label | None) -> Any:
    """The label as JSON has it: a text, or a list of [start, end, type]."""
    return label if label is None or isinstance(label, str) else [list(span) for span in label]


def as_label(value: Any) -> Label | None:
    """The label that JSON tells; spans from left to right. Raises ValueError for anything else."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, Sequence):
        raise ValueError("neither a text nor a list of spans")
    spans = [tuple(span) if isinstance(span, Sequence) else () for span in value]
    if not all(map(_is_span, spans)):
        raise ValueError("a span is [first word, first word after it, type]")
    return tuple(sorted((int(span[0]), int(span[1]), span[2]) for span in spans))


def in_words(label: Label | None, words: Sequence[str] | None = None) -> str:
    """A label as people read it: 'discovery', or words 1-2: person, word 6: place.

    With the `words` of the sentence these are quoted instead: “Ada Byron” (person). Word numbers
    are those of people: they count from 1 and include the last word.
    """
    if label is None:
        return "none"
    if isinstance(label, str):
        return repr(label if len(label) <= LONGEST_SHOWN else f"{label[: LONGEST_SHOWN - 3]}...")
    shown = (
        f"{_place(start, end)}: {kind}"
        if words is None
        else f"“{_quoted(words[start:end])}” ({kind})"
        for start, end, kind in label
    )
    return ", ".join(shown) or "no entity"


def _place(start: int, end: int) -> str:
    return f"word {end}" if end == start + 1 else f"words {start + 1}-{end}"


def _quoted(words: Sequence[str]) -> str:
    return " ".join(words[:MOST_QUOTED]) + (" …" if len(words) > MOST_QUOTED else "")


def _is_span(span: tuple[Any, ...]) -> bool:
    numbers = all(isinstance(n, int) and not isinstance(n, bool) for n in span[:2])
    return len(span) == 3 and numbers and isinstance(span[2], str)
