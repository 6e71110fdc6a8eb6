"""Labels are replaced where they stand; every other byte stays."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.files.formats import reader_of
from hamr.files.rewrite import BOM, rewrite
from tests.files.strategies import delimited_files, json_files, loose_files

LABELS = st.text(st.sampled_from("xy,;|\t\"'é="), min_size=1, max_size=4).filter(
    lambda label: label == label.strip()
)


@pytest.fixture
def rewritten(tmp_path):
    """The bytes of a file of that name and content after a rewrite."""

    def run(name, content, changes, column="label"):
        source, target = tmp_path / name, tmp_path / f"out-{name}"
        source.write_bytes(content)
        rewrite(source, column, changes, target)
        return target.read_bytes()

    return run


def cells_of(path):
    """All cells of a table by the place of their row."""
    reader = reader_of(path)
    columns = reader.columns()
    return columns, {place: list(values) for place, values in reader.rows(columns)}


@given(delimited_files() | loose_files() | json_files(), st.data())
def test_only_the_labels_asked_for_change(tmp_path_factory, written, data):
    folder = tmp_path_factory.mktemp("rewrite")
    source, target = folder / written.name, folder / f"new-{written.name}"
    source.write_bytes(written.data)
    try:
        columns, rows = cells_of(source)
    except DataError:
        return  # a file that can't be read is not written
    at = columns.index("label")
    labelled = [place for place, row in rows.items() if isinstance(row[at], str)]
    changes = data.draw(
        st.dictionaries(st.sampled_from(labelled), LABELS) if labelled else st.just({})
    )
    try:
        rewrite(source, "label", changes, target)
    except DataError as error:
        assert changes and "choose" in str(error)
        return
    if not changes:
        assert target.read_bytes() == written.data
    found_columns, found = cells_of(target)
    assert found_columns == columns
    for (place, row), new in zip(rows.items(), found.values(), strict=True):
        assert [*row[:at], *row[at + 1 :]] == [*new[:at], *new[at + 1 :]]
        assert new[at] == row[at] if place not in changes else new[at].strip() == changes[place]


@pytest.mark.parametrize(
    ("content", "place", "old", "new"),
    [
        ("sep=;\r\ntext;label\r\na,b;x\r\nc;y\r\n", 4, ";y", ";z"),
        ('text, label\n"a, b",  "x" \nc, y\n', 2, '"x" ', '"z" '),
        ('text, label\n"a, b",  "x" \nc, y\n', 3, ", y", ", z"),
        ('text,label\n"so" he said,x\nc,y\n', 2, ",x", ",z"),
        ("text,label\rone,x\rtwo,y\r", 3, ",y", ",z"),
        ("text,label\none\rtwo,x\nc,y\n", 2, ",x", ",z"),
        ("text|label\na,b|x\n", 2, "|x", '|"z|"'),
        ("label,text\nx,a\nlabel,text\n\ufeffy,b\n", 4, "y", "z"),
    ],
)
def test_every_layout_keeps_its_bytes(rewritten, content, place, old, new):
    label = new.strip('";,| ') if "z|" not in new else "z|"
    found = rewritten("a.csv", content.encode(), {place: label}).decode()
    assert found == content.replace(old, new)


def test_a_label_that_would_change_how_the_file_is_read_is_refused(rewritten):
    content = b"text,label\ntext,x\nb,y\n"
    with pytest.raises(DataError, match="read differently"):
        rewritten("a.csv", content, {2: "label"})  # the row would be the header again


def test_what_was_mended_stays_as_it_was_where_nothing_changes(rewritten):
    row = b'{"tokens": ["a", "b"], "tag\\ud83ds": ["B-\\ud83d", "O"]}\n'
    found = rewritten("a.jsonl", row, {1: ["B-\ufffd", "B-x"]}, "tag\ufffds")
    assert found == row.replace(b'"O"', b'"B-x"')


def test_numbers_too_long_to_count_with_stay(rewritten):
    row = b'[ {"n": ' + b"9" * 5000 + b', "label": "x"} ,\n{"label": "y"}]\n \n'
    assert rewritten("a.json", row, {2: "z"}) == row.replace(b'"y"', b'"z"')


def test_quotes_blanks_line_ends_and_the_mark_at_the_start_stay(rewritten):
    content = BOM + b'text,label,x\r\n"a ""b""",  pos ,1\r\n\r\nc,"neg",2\nd,pos\n'
    found = rewritten("a.csv", content, {2: "good", 4: 'so "so"', 5: "a,b"})
    assert found == (BOM + b'text,label,x\r\n"a ""b""",  good ,1\r\n\r\nc,"so ""so""",2\nd,"a,b"\n')


def test_a_record_over_several_lines_is_found_by_its_first(rewritten):
    content = b'text,label\n"a\nb",x\n"c\r\nd",y\n'
    assert rewritten("a.csv", content, {4: "z"}) == content.replace(b",y", b",z")


def test_a_file_without_quoting_stays_without(rewritten):
    content = b'text\tlabel\n5" nail\tx\n"oh\ty\n'
    assert rewritten("a.tsv", content, {3: "z"}) == content.replace(b"\ty", b"\tz")
    with pytest.raises(DataError, match="choose another name"):
        rewritten("a.tsv", content, {3: "a\tb"})


def test_a_label_of_a_formula_is_written_as_it_is_into_the_data_itself(rewritten):
    assert rewritten("a.csv", b"text,label\n=1,x\n", {2: "=2"}) == b"text,label\n=1,=2\n"


@pytest.mark.parametrize(
    ("old", "label", "new"),
    [
        ("1", "2", "2"), ("1", "two", '"two"'), ("true", "false", "false"), ('"1"', "2", '"2"'),
        ('" a "', "b", '" b "'), ("1.50", "2.5e3", "2.5e3"), ("1", "true", '"true"'),
    ],
)  # fmt: skip
def test_a_json_label_keeps_its_kind_of_value(rewritten, old, label, new):
    line = '{ "label" :%s , "text":"é\\u0041 \\"label\\": 1"}\r\n'
    content = (line % old).encode() * 2
    assert rewritten("a.jsonl", content, {2: label}) == (line % old + line % new).encode()


def test_only_the_tags_that_change_are_written_anew(rewritten):
    row = b'{"tokens": ["a","b" , "c"], "ner_tags": ["O",  "B-x" ,"\\u004f"], "note": "n"}\n'
    found = rewritten("a.jsonl", row, {1: ["B-y", "B-x", "O"]}, "ner_tags")
    assert found == row.replace(b'["O",', b'["B-y",')


@pytest.mark.parametrize(
    ("values", "kind", "label", "expected"),
    [
        (["a", "b", " c "], pa.string(), "z", "z"),
        (["a", "b", " c "], pa.dictionary(pa.int32(), pa.string()), "z", "z"),
        ([1, 2, 3], pa.int64(), "7", 7),
        ([True, False, True], pa.bool_(), "true", True),
        ([b"a", b"b", b"c"], pa.binary(), "z", b"z"),
        ([1.0, 2.0, 3.0], pa.float64(), "7", 7.0),
    ],
)
def test_a_parquet_file_keeps_schema_metadata_and_all_other_values(
    tmp_path, values, kind, label, expected
):
    columns = {"n": pa.array([1, None, 3]), "label": pa.array(values).cast(kind)}
    table = pa.table(columns).replace_schema_metadata({"mine": "yes"})
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(table, source, row_group_size=2, compression="gzip")
    rewrite(source, "label", {2: label}, target)
    found = pq.read_table(target)
    assert found.schema.equals(table.schema, check_metadata=True)
    assert found.column("label").to_pylist() == [values[0], expected, values[2]]
    assert found.column("n") == table.column("n")
    written = pq.ParquetFile(target).metadata
    assert written.num_row_groups == 2
    assert written.row_group(0).column(0).compression == "GZIP"


def test_a_label_that_a_column_can_not_hold_is_told(tmp_path):
    pq.write_table(pa.table({"label": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="type int64"):
        rewrite(tmp_path / "a.parquet", "label", {1: "new"}, tmp_path / "b.parquet")


def test_tags_that_are_numbers_stay_numbers(tmp_path):
    noted = {"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-x"]}}}}}
    table = pa.table({"tokens": [["a", "b"]], "ner_tags": pa.array([[0, 1]])})
    table = table.replace_schema_metadata({"huggingface": json.dumps(noted)})
    pq.write_table(table, tmp_path / "a.parquet")
    rewrite(tmp_path / "a.parquet", "ner_tags", {1: ["B-x", "O"]}, tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").column("ner_tags").to_pylist() == [[1, 0]]
    with pytest.raises(DataError, match="none for 'B-y'"):
        rewrite(tmp_path / "a.parquet", "ner_tags", {1: ["B-y", "O"]}, tmp_path / "b.parquet")
