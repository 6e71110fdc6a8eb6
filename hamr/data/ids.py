"""Ids of rows that are given one by one in each file: no two rows of a data set share one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count

from hamr.records import SPLITS, Split


def prefixes(given: Mapping[Split, Collection[str]]) -> dict[Split, str]:
    """What goes before the ids of each split so that no two rows of a data set share one.

    Nothing where they differ already; otherwise "test/", or "test-2/" where an id of another
    row would be made with that. The same ids always get the same prefixes.
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
