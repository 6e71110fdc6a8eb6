"""The golden bytes that Python and JavaScript both read: `python -m tests.js.golden` writes them.

golden.bin holds one feed after the other, as hamr.views.base.packing packs them; golden.json says
where each begins and ends and what is in it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.views.base.packing import Frame, pack_marks, pack_mask, pack_points, pack_style
from hamr.views.base.tips import Fact, pack_asked, pack_facts, pack_texts

FOLDER = Path(__file__).parent
BYTES, VALUES = FOLDER / "golden.bin", FOLDER / "golden.json"

XY = np.array([[-1.5, 0.25], [0.0, 0.0], [2.5, 4.0], [1 / 3, 1e-3], [2.5, -0.75]])
FRAME = Frame.around(XY)
ROWS = np.array([0, 7, 65_536, 3_000_000_000, 2**32 - 1])
PLACES = [[0, 0], [65535, 65535], [1, 65534], [-20000, 90000]]  # packed; a lasso may leave
FACTS = (
    Fact("label", np.array([1, -1, 0]), "name", ("bad", "good")),
    Fact("hardness", np.array([1.2346, -2.5, 0])),
    Fact("p(label error)", np.array([0.004, 0.456, 1.0]), "share"),
)

ONE = tuple(replace(fact, values=fact.values[1:2]) for fact in FACTS)  # those of one point


def feeds() -> dict[str, bytes]:
    """Each feed by a name of its own: every part, every type, padded and empty arrays."""
    colour, flag = np.array([0, 1, 255, 7, 1], np.uint8), np.array([0, 1, 2, 3, 0], np.uint8)
    none = np.array([], np.int64)
    chosen: dict[str, Any] = {
        "highlight": np.array([4, 0, 3]),
        "selected": 2,
        "edges": np.array([[0, 1], [2, 4]]),
        "lasso": [(-20000, 0), (65535, 90000), (7, 7)],
    }
    nothing: dict[str, Any] = {"highlight": none, "selected": None, "edges": none, "lasso": []}
    return {
        "points": pack_points("map", XY, FRAME),
        "points with row numbers": pack_points("Köln ≠ 東京", XY, FRAME, ROWS),
        "style": pack_style("map", colour, flag),
        "mask": pack_mask("map", 5, np.array([True, False, False, True, True])),
        "mask of nothing": pack_mask("map", 5, None),
        "marks": pack_marks("map", **chosen),
        "marks of nothing": pack_marks("map", **nothing),
        "texts": pack_texts("map", ["a <b>", "", "東京 ≠ 🙂"]),
        "facts": pack_facts("map", FACTS),
        "asked": pack_asked("map", 1, "seven", ONE),
    }


def unpack(feed: bytes) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """The header and the arrays of a feed, read by its description alone."""
    length = int.from_bytes(feed[4:8], "little")
    header: dict[str, Any] = json.loads(feed[8 : 8 + length])
    offset, arrays = 8 + length, {}
    for name, kind, size in header.pop("arrays"):
        dtype = np.dtype(kind).newbyteorder("<")
        arrays[name] = np.frombuffer(feed, dtype, size, offset).tolist()
        offset += -(-size * dtype.itemsize // 4) * 4
    return header, arrays


def contents() -> tuple[bytes, dict[str, Any]]:
    """What golden.bin and golden.json hold."""
    described, start, packed = [], 0, feeds()
    for name, feed in packed.items():
        header, arrays = unpack(feed)
        end = start + len(feed)
        described.append(
            {"name": name, "start": start, "end": end, "header": header, "arrays": arrays}
        )
        start = end
    data = FRAME.to_data(PLACES).tolist()
    frame = {
        "bounds": [*FRAME.x, *FRAME.y],
        "places": [{"packed": p, "data": d} for p, d in zip(PLACES, data, strict=True)],
    }
    return b"".join(packed.values()), {"feeds": described, "frame": frame}


if __name__ == "__main__":
    raw, values = contents()
    BYTES.write_bytes(raw)
    VALUES.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", "utf-8")
