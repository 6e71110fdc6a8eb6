"""Regions and their candidates in the cache on disk, so that a page opens at once.

An entry is one array of bytes: NumPy's own archive of arrays, in which what is no array is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from io import BytesIO
from typing import Any

import numpy as np

from hamr.errors import StoreError
from hamr.regions import Candidates, Confusion, Region, Regions
from hamr.store.cache import Cache

ABOUT = "about"  # the part that is JSON
ARRAYS = ("rows", "held_out")  # of a region


def put(cache: Cache, kind: str, key: str, parts: Mapping[str, np.ndarray]) -> None:
    """Keep arrays under one key; not in a home that can't be written to, or is full."""
    archive = BytesIO()
    np.savez_compressed(archive, allow_pickle=False, **parts)
    with suppress(StoreError):
        cache.put(kind, key, np.frombuffer(archive.getvalue(), np.uint8))


def get(cache: Cache, kind: str, key: str) -> dict[str, np.ndarray] | None:
    """The arrays kept under a key; None if there are none."""
    found = cache.get(kind, key)
    if found is None:
        return None
    with np.load(BytesIO(np.asarray(found).tobytes()), allow_pickle=False) as archive:
        return dict(archive)


def regions_as_arrays(regions: Regions) -> dict[str, np.ndarray]:
    """Regions as `put` keeps them."""
    about = [_about(region) for region in regions.found]
    parts = {"of_row": regions.of_row, ABOUT: _text({"found": about, "none": regions.why_none})}
    for name in ARRAYS:
        arrays = [np.asarray(getattr(region, name), np.int64) for region in regions.found]
        parts[name] = np.concatenate([np.zeros(0, np.int64), *arrays])
        parts[f"{name}_starts"] = np.cumsum([0, *map(len, arrays)])
    return parts


def _about(region: Region) -> dict[str, Any]:
    return {name: value for name, value in asdict(region).items() if name not in ARRAYS}


def regions_of_arrays(parts: Mapping[str, np.ndarray]) -> Regions:
    """Regions from what `get` returns."""
    about = json.loads(parts[ABOUT].tobytes())
    known = {field.name for field in fields(Region)}
    found = []
    for n, own in enumerate(about["found"]):
        for name in ARRAYS:
            starts = parts[f"{name}_starts"]
            own[name] = parts[name][starts[n] : starts[n + 1]]
        own["terms"] = tuple(own["terms"])
        own["confusions"] = tuple(Confusion(**one) for one in own["confusions"])
        found.append(Region(**{name: value for name, value in own.items() if name in known}))
    return Regions(tuple(found), parts["of_row"], about["none"])


def candidates_as_arrays(found: Candidates) -> dict[str, np.ndarray]:
    """Candidates as `put` keeps them."""
    about = _text({"none": found.why_none})
    parts = {name: getattr(found, name) for name in ("members", "starts", "near", "groups")}
    return {**parts, ABOUT: about}


def candidates_of_arrays(parts: Mapping[str, np.ndarray]) -> Candidates:
    """Candidates from what `get` returns."""
    about = json.loads(parts[ABOUT].tobytes())
    return Candidates(
        parts["members"], parts["starts"], parts["near"], parts["groups"], about["none"]
    )


def _text(value: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)
