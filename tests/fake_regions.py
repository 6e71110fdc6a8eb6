"""Made-up regions, for tests of what shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamr.regions import Confusion, Region, Regions


def fake_region(region_id: str, rows: Any, **changes: Any) -> Region:
    """A region of those training rows; `changes` are further fields."""
    rows = np.asarray(rows)
    fields: dict[str, Any] = {
        "id": region_id,
        "terms": ("regsvr32", "DLL"),
        "name": f"regsvr32, {region_id} · class a ↔ class b",
        "rows": rows,
        "held_out": np.zeros(0, np.int64),
        "hardness": 1.5,
        "rest_hardness": 0.9,
        "hard_share": 0.6,
        "p_value": 0.004,
        "expected_label_errors": 4.2,
        "confusions": (Confusion("class a", "class b", 3), Confusion("class b", "class c", 1)),
        "classes": {"class a": len(rows)},
        "validation_f1": 0.4,
        "test_f1": None,
        "pre_weight": 1.4,
        "post_weight": 1.6,
        "draws": 2.0,
        "parent": None,
        "gain": 5.0,
        "score": 10.0,
        "ranked_by": "hardness",
    }
    return Region(**fields | changes)


def fake_regions(count: int, *found: Region, why_none: str = "") -> Regions:
    """These regions of a run with so many training rows (or mentions)."""
    of_row = np.full(count, -1, np.int32)
    for index, region in enumerate(found):
        of_row[region.rows] = index
    return Regions(tuple(found), of_row, why_none)
