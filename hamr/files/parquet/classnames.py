"""The class names of a column of numbers: those of `ClassLabel`, as `datasets` stores them.

A Parquet file that `datasets` wrote holds, under the key "huggingface" of its schema's metadata,

    {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
                           "ner_tags": {"feature": {"names": [...]}, "_type": "List"}}}}

and for lists also [{"names": [...]}]. Where this is malformed, the numbers are the classes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hamr.errors import DataError
from hamr.files.mending import mended

HIDDEN = -1  # the number of a row whose class is unknown or not published
KEY = b"huggingface"


def noted_names(
    metadata: Mapping[bytes, bytes] | None, name: str, notices: list[str]
) -> dict[str, tuple[str, ...]]:
    """The names by column; a notice lists those that can't be used."""
    try:
        features = json.loads((metadata or {}).get(KEY, b"{}"))["info"]["features"]
        noted = {column: _inner(feature) for column, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    found = {}
    for column, names in noted.items():
        if names is None:
            continue
        fault = _fault(names)
        if fault is None:
            found[column] = tuple(map(mended, names))
        else:
            notices.append(
                f"the class names that {name} stores for its column {column!r} are not used, "
                f"because {fault}: its numbers are the classes"
            )
    return found


def named(value: Any, names: Sequence[str], where: str) -> Any:
    """A class number, or a list of them, as names; -1 is None, other values are unchanged.

    Raises DataError, about the place `where`, for a number that no class has.
    """
    if isinstance(value, list | tuple):
        return [named(one, names, where) for one in value]
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if 0 <= value < len(names):
        return names[value]
    if value == HIDDEN:
        return None
    raise DataError(
        f"{where} holds the class number {value}, but the file names the classes 0 to "
        f"{len(names) - 1}: correct the number, or write -1 where the class is unknown"
    )


def _inner(feature: Any) -> Any:
    """The names that a feature has for itself or for its lists; None if it has none."""
    if isinstance(feature, list) and len(feature) == 1:
        (feature,) = feature
    elif isinstance(feature, dict) and isinstance(feature.get("feature"), dict):
        feature = feature["feature"]
    return feature.get("names") if isinstance(feature, dict) else None


def _fault(names: Any) -> str | None:
    """Why this can't be the names of classes; None if it can."""
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        return "they are not a list of texts"
    if not names:
        return "there are none"
    counts = Counter(mended(one).strip() for one in names)
    twin = next((name for name, count in counts.items() if count > 1), None)
    return None if twin is None else f"{twin[:60]!r} occurs twice"
