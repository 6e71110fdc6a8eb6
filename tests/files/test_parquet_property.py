"""Random tables of every type: written, read, given other labels, and read again."""

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.files.parquet.labels import bits, plain
from hamr.files.parquet.reader import ParquetFile
from hamr.files.rewrite import rewrite
from tests.files.parquet_strategies import parquet_files


def labels_in(path):
    """The labels as training reads them."""
    return [
        value.strip() if isinstance(value, str) else None
        for _, (value,) in ParquetFile(path).rows(["label"])
    ]


def same(one: pq.ParquetFile, other: pq.ParquetFile, at: int) -> bool:
    """Whether a column of two files holds the same values to the bit, NaN included."""
    found = []
    for file in (one, other):
        try:
            column = file.read([file.schema_arrow.names[at]]).column(0)
            values = pa.chunked_array([bits(plain(c)) for c in column.chunks] or [[]])
            found.append(values.to_string(window=1000))
        except pa.ArrowInvalid as error:  # pyarrow can't read all that it writes
            found.append(str(error))
    return found[0] == found[1]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(parquet_files(), st.data())
def test_only_the_labels_asked_for_change(tmp_path_factory, written, data):
    folder = tmp_path_factory.mktemp("parquet")
    source, target = folder / "a.parquet", folder / "b.parquet"
    source.write_bytes(written.data)
    assert labels_in(source) == [*written.labels]
    known = sorted({label for label in written.labels if label})
    given_rows = [at for at, label in enumerate(written.labels, 1) if label]
    if not given_rows:
        return
    changes = data.draw(
        st.dictionaries(st.sampled_from(given_rows), st.sampled_from(known), max_size=5)
    )
    rewrite(source, "label", changes, target)
    expected = [changes.get(at, label) for at, label in enumerate(written.labels, 1)]
    assert labels_in(target) == expected
    before, after = pq.ParquetFile(source), pq.ParquetFile(target)
    assert before.schema.equals(after.schema)
    assert before.schema_arrow.equals(after.schema_arrow, check_metadata=True)
    assert before.metadata.metadata == after.metadata.metadata
    assert before.metadata.created_by == after.metadata.created_by
    for at, name in enumerate(before.schema_arrow.names):
        if name != "label":
            assert same(before, after, at), name
    for group in range(before.num_row_groups):
        one, other = before.metadata.row_group(group), after.metadata.row_group(group)
        assert one.num_rows == other.num_rows
        for at in range(one.num_columns):
            assert one.column(at).compression == other.column(at).compression
            assert one.column(at).path_in_schema == other.column(at).path_in_schema


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(parquet_files(), st.sampled_from(["new", "7", "-1.5", "true", "PT1S", "2020-01-01", "a\0"]))
def test_a_new_label_is_written_as_it_is_read_or_refused(tmp_path_factory, written, label):
    folder = tmp_path_factory.mktemp("parquet")
    source, target = folder / "a.parquet", folder / "b.parquet"
    source.write_bytes(written.data)
    row = next((at for at, label in enumerate(written.labels, 1) if label), None)
    if row is None:
        return
    try:
        rewrite(source, "label", {row: label}, target)
    except DataError as error:
        assert "'label'" in str(error) and "a.parquet" in str(error)
        assert not target.exists()
        return
    assert labels_in(target)[row - 1] == label
