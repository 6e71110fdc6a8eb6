"""The bytes that a map is sent as, read back the way its JavaScript reads them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.views.base.packing import Frame, pack_marks, pack_mask, pack_points, pack_style

TYPES = {"u1": "u1", "u2": "<u2", "u4": "<u4", "i4": "<i4"}


def unpack(feed: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """packed.js in Python: every array must start at a multiple of its size."""
    assert feed[:4] == b"HPM1"
    length = int.from_bytes(feed[4:8], "little")
    header = json.loads(feed[8 : 8 + length])
    offset, arrays = 8 + length, {}
    for name, kind, size in header["arrays"]:
        dtype = np.dtype(TYPES[kind])
        assert offset % dtype.itemsize == 0
        arrays[name] = np.frombuffer(feed, dtype, size, offset)
        offset += -(-size * dtype.itemsize // 4) * 4
    assert offset == len(feed)
    return header, arrays


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32)),
        min_size=1,
        max_size=30,
    )
)
def test_a_place_survives_packing_to_half_a_step_of_the_grid(points):
    xy = np.array(points, np.float32)
    frame = Frame.around(xy)
    header, arrays = unpack(pack_points("map", xy, frame))
    back = frame.to_data(np.stack([arrays["x"], arrays["y"]], axis=1))
    step = np.array([frame.x[1] - frame.x[0], frame.y[1] - frame.y[0]]) / 65535
    assert (np.abs(back - xy) <= step * 0.5001).all()
    assert header["values"]["bounds"] == [*frame.x, *frame.y]


def test_one_point_and_a_flat_line_get_a_frame_with_extent():
    assert Frame.around(np.array([[3.0, 4.0]])) == Frame((2.5, 3.5), (3.5, 4.5))
    assert Frame.around(np.array([[0.0, 1.0], [2.0, 1.0]])) == Frame((0.0, 2.0), (0.5, 1.5))


def test_a_point_costs_six_bytes():
    xy = np.random.default_rng(0).normal(size=(10_000, 2))
    codes = np.zeros(10_000, np.uint8)
    size = len(pack_points("map", xy, Frame.around(xy))) + len(pack_style("map", codes, codes))
    assert size < 6 * 10_000 + 600


def test_marks_come_back_as_they_were_given():
    edges = np.array([[1, 2], [3, 4]])
    feed = pack_marks("m", highlight=np.array([7]), selected=3, edges=edges, lasso=[(-5, 70000)])
    arrays = unpack(feed)[1]
    assert arrays["edges"].tolist() == [1, 2, 3, 4]
    assert arrays["lasso"].tolist() == [-5, 70000]
    assert (arrays["selected"].tolist(), arrays["highlight"].tolist()) == ([3], [7])


def test_the_version_tells_content_apart_and_nothing_else():
    first, again, other = (
        pack_style("map", np.array(codes, np.uint8), np.zeros(2, np.uint8))
        for codes in ([1, 2], [1, 2], [2, 1])
    )
    assert first == again
    assert unpack(first)[0]["version"] != unpack(other)[0]["version"]


def test_a_row_without_a_place_is_named():
    xy = np.array([[0, 0], [np.nan, 1]])
    with pytest.raises(DataError, match="row 1 has no place"):
        pack_points("map", xy, Frame.around(xy))


@pytest.mark.parametrize(("count", "sent"), [(3000, False), (3001, True)])
def test_the_order_of_rings_travels_only_where_not_all_are_drawn(count: int, sent: bool) -> None:
    codes = np.zeros(5000, np.uint8)
    feed = pack_style("map", codes, codes, np.arange(count)[::-1])
    assert (b'"seeds"' in feed) == sent


def test_to_dim_a_million_points_takes_a_bit_each():
    dimmed = np.arange(1_000_000) % 3 == 0
    feed = pack_mask("map", len(dimmed), dimmed)
    assert len(feed) < 126_000
    bits = np.frombuffer(feed, np.uint8)[-125_000:]
    assert (np.unpackbits(bits, bitorder="little").astype(bool) == dimmed).all()
