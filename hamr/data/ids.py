"""Row ids that are unique in a data set, although its files may share some."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count

from hamr.records import SPLITS, Split


def prefixes(given: Mapping[Split, Collection[str]]) -> dict[Split, str]:
    """The prefix of each split's ids that makes all ids of a data set unique.

    Empty where they are unique already; otherwise "test/", or "test-2/" if "test/" would give
    the id of another row. The same ids always get the same prefixes.
    """
    taken: set[str] = set()
    found: dict[Split, str] = {}
    for split in SPLITS:
        own = given.get(split, ())
        found[split] = next(
            prefix
            for prefix in _candidates(split)
            if not taken or taken.isdisjoint(f"{prefix}{row_id}" for row_id in own)
        )
        taken.update(f"{found[split]}{row_id}" for row_id in own)
    return found


def _candidates(split: Split) -> Iterator[str]:
    yield ""
    yield f"{split}/"
    yield from (f"{split}-{number}/" for number in count(2))
