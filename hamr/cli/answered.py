"""Read the entities of a sentence from a cell of a file of answers.

The cell has [[start, end, type], ...], a list of {"start", "end", "type"}, or a tag for each word;
as a list, or as a text that contains such a list in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from hamr.cli.classmatch import Names
from hamr.decisions import Label
from hamr.errors import DecisionError
from hamr.files.cells import unsafe
from hamr.files.schemes import is_tag, spans_in

SHAPE = 'write [[0, 2, "person"]], a tag for each word, or []'
_START, _END, _TYPE = ("start",), ("end",), ("type", "label")
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0*)?")
LONGEST_SHOWN = 80


def entities(cell: Any, words: int, names: Names) -> Label:
    """The entities of a sentence with that many words. Raises DecisionError for anything else."""
    value = cell
    if isinstance(cell, str):
        try:
            value = json.loads(unsafe(cell))
        except (ValueError, RecursionError):
            raise _no_list(cell) from None
    if not isinstance(value, list | tuple):
        raise _no_list(cell)
    if value and all(isinstance(one, str) and is_tag(one) for one in value):
        return _of_tags(value, words, names)
    spans = [_span(one, cell) for one in value]
    return tuple(sorted((start, end, names.meant(kind)) for start, end, kind in spans))


def _of_tags(tags: Sequence[str], words: int, names: Names) -> Label:
    if len(tags) != words:
        raise DecisionError(
            f"the label has {len(tags):,} tags, but the sentence {words:,} words: give each word "
            "one tag",
            field="label",
        )
    return tuple((start, end, names.meant(kind)) for start, end, kind in spans_in(tags))


def _span(value: Any, cell: Any) -> tuple[int, int, str]:
    if isinstance(value, dict):
        parts = [_one_of(value, keys) for keys in (_START, _END, _TYPE)]
        if len(value) != len(parts):
            raise _no_list(cell)
    elif isinstance(value, list | tuple) and len(value) == 3:
        parts = list(value)
    else:
        raise _no_list(cell)
    start, end, kind = parts
    if not isinstance(kind, str):
        raise _no_list(cell)
    return _number(start, cell), _number(end, cell), kind


def _one_of(value: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if key in value), None)


def _number(value: Any, cell: Any) -> int:
    """A whole number; readers of JSON return numbers as they are written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _no_list(cell)
    if not _WHOLE.fullmatch(str(value)):
        raise _no_list(cell)
    return int(float(value))


def _no_list(cell: Any) -> DecisionError:
    shown = repr(cell)
    shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."
    return DecisionError(f"the label {shown} is not a list of entities: {SHAPE}", field="label")
