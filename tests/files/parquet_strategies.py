"""Strategies of Parquet files: tables of many types, as many kinds of writers write them.

`parquet_files()` gives a `Written`: a table with a text column, a label column and others, the
labels as they are read, and the bytes of the file.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from hamr.files.parquet.values import texts_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
NAMES = st.sampled_from(["extra", "a.b", "é", "x y", "", "list", "element", "Label", "a"])


@dataclass(frozen=True)
class Written:
    """A file, and what is in it."""

    table: pa.Table
    data: bytes
    labels: tuple[str | None, ...]  # as they are read, without blanks around them


def _whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    low = -(2 ** (bits - 1)) if signed else 0
    return st.integers(low, low + 2**bits - 1)


def _floats(width: int) -> st.SearchStrategy[float]:
    """All floats, -0 and every NaN too."""
    return st.floats(width=width)  # type: ignore[arg-type]


def _decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    return st.integers(-most, most).map(lambda n: Decimal(n).scaleb(-scale))


DAYS = st.integers(-700_000, 2_900_000)  # from 1970-01-01: years 54 to 9910
BINARY = st.binary(max_size=5)
PLAIN: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.string(), TEXTS), (pa.large_string(), TEXTS), (pa.string_view(), TEXTS),
    (pa.binary(), BINARY), (pa.large_binary(), BINARY),
    (pa.binary(3), st.binary(min_size=3, max_size=3)),
    (pa.bool_(), st.booleans()), (pa.null(), st.none()),
    *[(getattr(pa, f"int{bits}")(), _whole(bits, signed=True)) for bits in (8, 16, 32, 64)],
    *[(getattr(pa, f"uint{bits}")(), _whole(bits, signed=False)) for bits in (8, 16, 32, 64)],
    (pa.float16(), _floats(16)), (pa.float32(), _floats(32)), (pa.float64(), _floats(64)),
    (pa.decimal128(5, 2), _decimals(5, 2)), (pa.decimal128(38, 10), _decimals(25, 10)),
    (pa.decimal256(50, 3), _decimals(25, 3)),
    (pa.date32(), DAYS.map(lambda d: date(1970, 1, 1) + timedelta(days=max(d, -700_000)))),
    (pa.time32("s"), st.integers(0, 86_399)), (pa.time32("ms"), st.integers(0, 86_399_999)),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.time64("ns"), st.integers(0, 86_399_999_999_999)),
    *[(pa.timestamp(unit), _whole(50, signed=True)) for unit in ("ms", "us")],
    # Older versions of the format hold microseconds only.
    (pa.timestamp("ns"), _whole(50, signed=True).map(lambda us: 1000 * us)),
    (pa.timestamp("us", "Europe/Berlin"), _whole(50, signed=True)),
    (pa.timestamp("us", "Mars/Olympus"), _whole(50, signed=True)),
    *[(pa.duration(unit), _whole(50, signed=True)) for unit in ("s", "ms", "us", "ns")],
    (pa.uuid(), st.binary(min_size=16, max_size=16)), (pa.json_(), st.just('{"a": 1}')),
]  # fmt: skip
NESTED: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.list_(pa.string()), st.lists(st.none() | TEXTS, max_size=3)),
    (pa.large_list(pa.int32()), st.lists(_whole(32, signed=True), max_size=3)),
    (pa.list_(pa.float64(), 2), st.lists(_floats(64), min_size=2, max_size=2)),
    (pa.map_(pa.string(), pa.int8()), st.just([("a", 1), ("b", None)])),
    (
        pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]),
        st.fixed_dictionaries({"a": st.none() | st.just(7), "b": st.lists(TEXTS, max_size=2)}),
    ),
    (pa.list_(pa.list_(pa.bool_())), st.lists(st.lists(st.booleans(), max_size=2), max_size=2)),
]
# Labels: types that a class can have.
LABELS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (kind, values) for kind, values in PLAIN
    if not pa.types.is_null(kind) and kind != pa.json_()
]  # fmt: skip


@st.composite
def arrays(draw: st.DrawFn, rows: int, kind: pa.DataType, values: Any, *, gaps: bool) -> pa.Array:
    """A column of that type, sometimes in a dictionary."""
    few = draw(st.lists(values, min_size=1, max_size=4))
    pool = [*few, None] if gaps else few
    drawn = draw(st.lists(st.sampled_from(pool), min_size=rows, max_size=rows))
    array = _array(drawn, kind)
    fits = not pa.types.is_nested(kind) and not isinstance(kind, pa.BaseExtensionType)
    fits &= kind not in (pa.string_view(), pa.float16(), pa.null())
    if fits and draw(st.integers(0, 3)) == 0:
        return array.dictionary_encode()
    return array


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    if pa.types.is_float64(kind):  # with the bits that each NaN has
        raw = [None if v is None else struct.unpack("<q", struct.pack("<d", v))[0] for v in values]
        return pa.array(raw, pa.int64()).view(pa.float64())
    return pa.array(values, kind)


@st.composite
def parquet_files(draw: st.DrawFn, rows: int | None = None) -> Written:
    """A file with the columns text and label, and up to three others, in any order."""
    count = draw(st.integers(0, 12)) if rows is None else rows
    kind, values = draw(st.sampled_from(LABELS))
    label = draw(arrays(count, kind, values, gaps=draw(st.booleans())))
    columns = [("text", pa.array([f"text {n}" for n in range(count)])), ("label", label)]
    for _ in range(draw(st.integers(0, 3))):
        own, values = draw(st.sampled_from([*PLAIN, *NESTED]))
        column = draw(arrays(count, own, values, gaps=True))
        columns.append((draw(NAMES), column))
    columns = draw(st.permutations(columns))
    fields = [
        pa.field(
            name, column.type, metadata={"note": name} if draw(st.booleans()) else None,
            nullable=name != "label" or label.null_count > 0 or draw(st.booleans()),
        )
        for name, column in columns
    ]  # fmt: skip
    table = pa.Table.from_arrays([c for _, c in columns], schema=pa.schema(fields))
    if draw(st.booleans()):
        table = table.replace_schema_metadata({"mine": "yes", "pandas": "{"})
    sink = io.BytesIO()
    pq.write_table(table, sink, **draw(options(count)))
    # Some types come back as others, as nanoseconds do from older versions of the format.
    kept = pq.ParquetFile(sink).read(["label"]).column("label")
    found = [v.strip() if isinstance(v, str) else None for c in kept.chunks for v in texts_of(c)]
    return Written(table, sink.getvalue(), tuple(found))


@st.composite
def options(draw: st.DrawFn, rows: int) -> dict[str, Any]:
    """How a file is written."""
    found: dict[str, Any] = {
        "row_group_size": draw(st.integers(1, max(1, rows))),
        "compression": draw(st.sampled_from(["none", "snappy", "gzip", "zstd", "lz4", "brotli"])),
        "use_dictionary": draw(st.booleans()),
        "write_page_index": draw(st.booleans()),
        "data_page_version": draw(st.sampled_from(["1.0", "2.0"])),
        "write_statistics": draw(st.booleans()),
        "version": draw(st.sampled_from(["1.0", "2.4", "2.6"])),
        "store_schema": draw(st.booleans()),
        "use_compliant_nested_type": draw(st.booleans()),
        "store_decimal_as_integer": draw(st.booleans()),
        "write_page_checksum": draw(st.booleans()),
        "data_page_size": draw(st.sampled_from([1, 1 << 20])),
        "dictionary_pagesize_limit": draw(st.sampled_from([1, 1 << 20])),
    }
    return found
