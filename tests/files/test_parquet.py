"""Parquet files: values of every type as text, names of classes, and what stays on export."""

import io
import json
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.errors import ColumnError, DataError
from hamr.files.parquet.footer import BLOOM_AT, BLOOM_LENGTH, META, columns, extent, read_footer
from hamr.files.parquet.reader import ParquetFile
from hamr.files.parquet.thrift import get, read_struct, written
from hamr.files.reading import open_file, write_rewritten
from hamr.files.rewrite import rewrite

FAR = [datetime(year, 6, 1, 12) for year in (1, 1600, 1970, 2024, 9999)]


@pytest.fixture
def file(tmp_path):
    """Writes columns to a file; its path."""

    def write(metadata=None, name="a.parquet", **columns):
        options = columns.pop("options", {})
        table = pa.table(columns).replace_schema_metadata(metadata)
        pq.write_table(table, tmp_path / name, **options)
        return tmp_path / name

    return write


def noted(**features):
    """The metadata that `datasets` writes."""
    return {"huggingface": json.dumps({"info": {"features": features}})}


def values(path, column="label"):
    return [value for _, (value,) in open_file(str(path)).rows([column])]


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array([1500, -1, None], pa.duration("ms")), ["PT1.5S", "-PT0.001S", None]),
        (pa.array([86_399_999_999_999], pa.time64("ns")), ["23:59:59.999999999"]),
        (pa.array([61], pa.time32("ms")), ["00:00:00.061"]),
        (pa.array([18628, -719162], pa.date32()), ["2021-01-01", "0001-01-01"]),
        (pa.array([Decimal("1.50"), None], pa.decimal128(5, 2)), ["1.50", None]),
        (pa.array([b"ab", b"\xff\xfe"], pa.binary(2)), ["ab", b""]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([1.5, 2.0, float("nan")], pa.float16()), ["1.5", "2", None]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.nulls(2), [None, None]),
        (pa.array(["a", None], pa.string_view()), ["a", None]),
        (pa.array([b"\0" * 15 + b"\1"], pa.uuid()), ["00000000-0000-0000-0000-000000000001"]),
        (pa.array([1, 0], pa.bool8()), ["true", "false"]),
        (pa.array([0], pa.timestamp("s", "Mars/Olympus")), ["1970-01-01 00:00:00.000Z"]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)  # fmt: skip
def test_values_of_every_type_are_texts(file, array, texts):
    assert values(file(label=array)) == texts


def test_old_timestamps_far_from_today_are_read_as_they_are(file):
    times = pa.array(FAR, pa.timestamp("us"))
    path = file(label=times, options={"use_deprecated_int96_timestamps": True})
    found = values(path)
    assert [text[:19] for text in found] == [str(time) for time in FAR]
    assert found[3] == "2024-06-01 12:00:00.000000000"  # as ever


def test_old_timestamps_of_other_columns_stay_to_the_byte(file, tmp_path):
    path = file(
        when=pa.array(FAR, pa.timestamp("us")), label=list("ababa"), n=[1, 2, 3, 4, 5],
        options={"use_deprecated_int96_timestamps": True, "row_group_size": 2},
    )  # fmt: skip
    write_rewritten(path, "label", {1: "c", 5: "c"}, tmp_path / "b.parquet")
    before, after = (read_footer(p.read_bytes()) for p in (path, tmp_path / "b.parquet"))
    for one, other in zip(before.groups, after.groups, strict=True):
        for at in (0, 2):
            pages = [
                footer.data[slice(*extent(columns(group)[at]))]
                for footer, group in ((before, one), (after, other))
            ]
            assert pages[0] == pages[1]
    new = pq.ParquetFile(tmp_path / "b.parquet", coerce_int96_timestamp_unit="us")
    assert new.schema.column(0).physical_type == "INT96"
    assert new.read().column("when").to_pylist() == FAR
    assert values(tmp_path / "b.parquet") == ["c", "b", "a", "b", "c"]


def test_old_timestamps_as_labels_are_not_written_back(file, tmp_path):
    path = file(label=pa.array(FAR), options={"use_deprecated_int96_timestamps": True})
    with pytest.raises(DataError, match="INT96"):
        write_rewritten(path, "label", {1: "x"}, tmp_path / "b.parquet")
    assert not (tmp_path / "b.parquet").exists()


def test_schema_metadata_and_row_groups_stay(file, tmp_path):
    field = pa.field("label", pa.string(), nullable=False, metadata={"my": "note"})
    schema = pa.schema([pa.field("a.b", pa.int8()), field, pa.field("a.b", pa.float64())])
    table = pa.table([[1, None, 3], ["x", "y", "z"], [-0.0, float("nan"), 1.0]], schema)
    pq.write_table(
        table.replace_schema_metadata({"mine": "yes", "pandas": "{"}), tmp_path / "a.parquet",
        row_group_size=2, compression={"a.b": "gzip", "label": "zstd"}, write_page_index=True,
        sorting_columns=[pq.SortingColumn(1)],
    )  # fmt: skip
    rewrite(tmp_path / "a.parquet", "label", {3: "a"}, tmp_path / "b.parquet")
    old, new = (pq.ParquetFile(tmp_path / name) for name in ("a.parquet", "b.parquet"))
    assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
    assert new.metadata.created_by == old.metadata.created_by
    assert new.read().column("label").to_pylist() == ["x", "y", "a"]
    groups = [new.metadata.row_group(at) for at in (0, 1)]
    assert [group.num_rows for group in groups] == [2, 1]
    assert [groups[1].column(at).compression for at in range(3)] == ["GZIP", "ZSTD", "GZIP"]
    assert all(groups[1].column(at).has_offset_index for at in range(3))
    assert groups[1].column(1).statistics.max == "a"
    # The rows of the first group are still in order by the label; those of the second need not be.
    assert [len(group.sorting_columns) for group in groups] == [1, 0]


def test_a_long_label_moves_all_that_is_behind_it(file, tmp_path):
    count = 200
    path = file(
        label=["x"] * count, text=[f"text {n}" * 9 for n in range(count)],
        options={"row_group_size": 10, "write_page_index": True, "data_page_size": 1},
    )  # fmt: skip
    changes = {place: "y" * place for place in range(5, count, 13)}
    rewrite(path, "label", changes, tmp_path / "b.parquet")
    assert values(tmp_path / "b.parquet") == [changes.get(n + 1, "x") for n in range(count)]
    assert values(tmp_path / "b.parquet", "text") == values(path, "text")
    back = {place: "x" for place in changes}
    rewrite(tmp_path / "b.parquet", "label", back, tmp_path / "c.parquet")
    assert pq.read_table(tmp_path / "c.parquet").equals(pq.read_table(path))


@pytest.mark.parametrize(
    ("array", "label", "value"),
    [
        (pa.array([1500, 1], pa.duration("ms")), "PT2.5S", 2500),
        (pa.array([1, 2], pa.time64("ns")), "00:00:00.000000007", 7),
        (pa.array([1, 2], pa.time32("ms")), "00:00:00.009", 9),
        (pa.array([1, 2], pa.date32()), "1970-01-11", 10),
        (pa.array([1, 2], pa.timestamp("us")), "1970-01-01 00:00:00.000009", 9),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)  # fmt: skip
def test_a_new_label_has_the_column_s_type(file, tmp_path, array, label, value):
    rewrite(file(label=array), "label", {1: label}, tmp_path / "b.parquet")
    found = pq.read_table(tmp_path / "b.parquet").column("label")
    assert found.type == array.type
    wide = pa.int64() if array.type.bit_width == 64 else pa.int32()
    assert found.cast(wide).to_pylist() == [value, array.cast(wide)[1].as_py()]


@pytest.mark.parametrize(
    ("kind", "old"),
    [
        (pa.duration("s"), 1), (pa.time64("us"), 1), (pa.time32("ms"), 1), (pa.date32(), 1),
        (pa.date64(), 86_400_000), (pa.decimal128(3, 1), Decimal("1.5")), (pa.binary(2), b"ab"),
        (pa.bool_(), True), (pa.float16(), 1.5), (pa.uint64(), 1), (pa.int8(), 1),
        (pa.timestamp("us", "Europe/Berlin"), 1), (pa.decimal256(50, 1), Decimal("1.5")),
        (pa.decimal32(5, 1), Decimal("1.5")), (pa.uuid(), b"x" * 16),
    ],
    ids=str,
)  # fmt: skip
def test_a_label_that_the_type_can_t_hold_is_refused_in_a_sentence(file, tmp_path, kind, old):
    path = file(label=pa.array([old, old], kind))
    with pytest.raises(DataError, match=r"a\.parquet: column 'label' .*'brand new'"):
        rewrite(path, "label", {1: "brand new"}, tmp_path / "b.parquet")
    assert not (tmp_path / "b.parquet").exists()
    rewrite(path, "label", {1: values(path)[1]}, tmp_path / "c.parquet")
    assert pq.read_table(tmp_path / "c.parquet").equals(pq.read_table(path))


LABEL = {"names": ["neg", "pos"], "_type": "ClassLabel"}
LISTS = [
    {"feature": LABEL, "_type": "Sequence"}, {"feature": LABEL, "_type": "List"}, [LABEL],
]  # fmt: skip


@pytest.mark.parametrize("kind", [pa.int64(), pa.int8(), pa.uint16()])
def test_numbers_of_classes_are_their_names_and_stay_numbers(file, tmp_path, kind):
    path = file(noted(label=LABEL), label=pa.array([0, 1, None], kind))
    assert values(path) == ["neg", "pos", None]
    rewrite(path, "label", {1: "pos"}, tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").column("label").to_pylist() == [1, 1, None]
    with pytest.raises(DataError, match="none for 'new'"):
        rewrite(path, "label", {1: "new"}, tmp_path / "b.parquet")


def test_minus_one_is_no_label(file):
    assert values(file(noted(label=LABEL), label=[-1, 1])) == [None, "pos"]


def test_half_a_character_in_the_name_of_a_class_is_mended(file, tmp_path):
    path = file(noted(label={"names": ["a", "b\ud83d"]}), label=[0, 1])
    assert values(path) == ["a", "b\ufffd"]
    rewrite(path, "label", {1: "b\ufffd"}, tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").column("label").to_pylist() == [1, 1]


@pytest.mark.parametrize("feature", LISTS, ids=["Sequence", "List", "a list"])
@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.large_list(pa.int8())])
def test_lists_of_numbers_are_lists_of_names(file, tmp_path, feature, kind):
    path = file(noted(label=feature), label=pa.array([[0, 1], [1]], kind))
    assert values(path) == [["neg", "pos"], ["pos"]]
    rewrite(path, "label", {1: ["pos", "pos"]}, tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").column("label").to_pylist() == [[1, 1], [1]]


@pytest.mark.parametrize("array", [[0, 2], [[0, 2]]], ids=["number", "list"])
def test_a_number_that_no_class_has_is_named(file, array):
    feature = LABEL if array == [0, 2] else LISTS[1]
    path = file(noted(label=feature), label=array)
    with pytest.raises(DataError, match=r"row \d: column 'label' holds the class number 2"):
        values(path)


@pytest.mark.parametrize(
    "names", [{"a": 1}, "ab", ["a", 1], ["a", None], [], ["a", "a"], ["a", " a "]], ids=str
)
def test_names_that_can_t_be_used_are_said_and_left(tmp_path, file, names):
    path = file(noted(label={"names": names, "_type": "ClassLabel"}), label=[0, 1])
    reader = open_file(str(path))
    assert [value for _, (value,) in reader.rows(["label"])] == ["0", "1"]
    assert "class names that a.parquet stores for its column 'label'" in reader.notices[0]


@pytest.mark.parametrize(
    "metadata",
    [b"[" * 100_000, b"\xff\xfe", b"", b"null", b'{"info": []}', b'{"info": {"features": 3}}',
     b'{"info": {"features": {"label": [[]]}}}', b'{"info": {"features": [1]}}'],
    ids=lambda value: str(value[:20]),
)  # fmt: skip
@pytest.mark.parametrize("key", ["huggingface", "pandas", "odd"])
def test_odd_metadata_do_no_harm(file, tmp_path, key, metadata):
    path = file({key: metadata}, label=["a", "b"])
    assert values(path) == ["a", "b"]
    rewrite(path, "label", {1: "c"}, tmp_path / "b.parquet")
    assert pq.read_schema(tmp_path / "b.parquet").metadata[key.encode()] == metadata


def texts(*raw):
    """A column of texts with these bytes, whatever they are."""
    return pa.Array.from_buffers(pa.string(), len(raw), pa.array(raw, pa.binary()).buffers())


@pytest.mark.parametrize("encoded", [False, True])
def test_a_text_that_is_not_utf8_is_named_by_its_row(file, encoded):
    column = texts(b"a", b"b\xff", b"\xed\xa0\xbd")
    with pytest.raises(DataError, match=r"a\.parquet, row 2: column 'label' .* not UTF-8"):
        values(file(label=column.dictionary_encode() if encoded else column))


@pytest.mark.parametrize("encoded", [False, True])
def test_half_a_character_is_mended_with_a_notice(file, encoded):
    column = texts(b"a", b"b\xed\xa0\xbd", b"\xed\xa0\xbd\xed\xb8\x80")
    reader = open_file(str(file(label=column.dictionary_encode() if encoded else column)))
    assert [value for _, (value,) in reader.rows(["label"])] == ["a", "b\ufffd", "\U0001f600"]
    assert "a.parquet, row 2" in reader.notices[0]


def test_half_a_character_in_a_list_is_mended(file):
    words = pa.ListArray.from_arrays([0, 2, 3], texts(b"a", b"b\xed\xa0\xbd", b"c"))
    assert values(file(label=words)) == [["a", "b\ufffd"], ["c"]]


def test_values_that_no_text_stands_for_are_named(file):
    path = file(label=pa.array([[2**62]], pa.list_(pa.timestamp("us"))))
    with pytest.raises(ColumnError, match=r"column 'label' holds values of the type list"):
        values(path)


def test_a_footer_is_written_as_it_was_read(file):
    data = file(
        noted(label=LABEL), label=[1, 0], x=[[{"a": 1}], []], options={"write_page_index": True}
    ).read_bytes()
    footer = read_footer(data)
    assert written(footer.meta) == data[footer.start : -8]
    assert read_struct(written(footer.meta))[0] == footer.meta


@pytest.mark.parametrize("cut", [0, 3, 11, -1, -4, -20])
def test_a_footer_that_is_cut_off_is_none(file, cut):
    data = file(label=[1]).read_bytes()
    with pytest.raises((ValueError, IndexError)):
        read_footer(data[:cut])


def test_encrypted_files_are_refused(file):
    path = file(label=["a"])
    path.write_bytes(b"PARE" + path.read_bytes()[4:-4] + b"PARE")
    with pytest.raises(DataError, match="encrypted"):
        open_file(str(path))


def test_files_without_rows_or_groups_are_read(tmp_path):
    sink = io.BytesIO()
    pq.ParquetWriter(sink, pa.schema([("label", pa.string())])).close()
    (tmp_path / "a.parquet").write_bytes(sink.getvalue())
    reader = ParquetFile(tmp_path / "a.parquet")
    assert reader.columns() == ["label"] and list(reader.rows(["label"])) == []
    with pytest.raises(DataError, match="no longer has row 1"):
        rewrite(tmp_path / "a.parquet", "label", {1: "x"}, tmp_path / "b.parquet")


def test_fewer_rows_than_the_file_says_are_refused(file, monkeypatch):
    reader = ParquetFile(file(label=["a", "b"]))
    monkeypatch.setattr(reader, "_count", 3)
    with pytest.raises(DataError, match="has 2 rows of 'label', but should have 3"):
        list(reader.rows(["label"]))


def test_filters_move_with_the_data_and_those_of_labels_go(tmp_path):
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    table = pa.table({"label": ["a", "b"] * 20, "text": [f"text {n}" for n in range(40)]})
    filters = {"text": {"ndv": 40}, "label": {"ndv": 9}}
    pq.write_table(table, source, row_group_size=10, bloom_filter_options=filters)
    rewrite(source, "label", {1: "c" * 300}, target)
    before, after = (read_footer(path.read_bytes()) for path in (source, target))
    kept = []
    for one, other in zip(before.chunks(), after.chunks(), strict=True):
        old, new = filter_of(before, one), filter_of(after, other)
        kept.append(old == new != b"")
    assert kept == [False, *[True] * 7]


def filter_of(footer, chunk):
    meta = get(chunk, META)
    start = get(meta, BLOOM_AT, 0)
    return footer.data[start : start + get(meta, BLOOM_LENGTH, 0)]


TAGS = [["O", "B-x"], ["O", "O"], ["B-x", "O"]]
TEXTS = pa.list_(pa.dictionary(pa.int32(), pa.string()))
KINDS = [
    pa.list_(pa.string()), pa.large_list(pa.large_string()), TEXTS, pa.list_(pa.string(), 2),
    pa.list_view(pa.string()), pa.list_(pa.string_view()), pa.list_(pa.binary()),
    pa.list_(pa.field("item", pa.string(), nullable=False)),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_tags_in_lists_of_every_kind_are_read_and_written_back(file, tmp_path, kind):
    if kind == TEXTS:
        flat = pa.array([tag for tags in TAGS for tag in tags]).dictionary_encode()
        array = pa.ListArray.from_arrays([0, 2, 4, 6], flat)
    else:
        array = pa.array(TAGS, kind)
    path = file(label=array, options={"row_group_size": 2})
    assert values(path) == TAGS
    changes = {1: ["B-x", "I-x"], 3: ["B-new", "O"]}
    write_rewritten(path, "label", changes, tmp_path / "b.parquet")
    assert values(tmp_path / "b.parquet") == [changes[1], TAGS[1], changes[3]]
    assert pq.read_schema(tmp_path / "b.parquet").equals(pq.read_schema(path))
