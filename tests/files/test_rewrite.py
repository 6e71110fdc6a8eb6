"""Labels are replaced where they stand; every other byte stays."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.files.reading import open_file
from hamr.files.rewrite import BOM, rewrite
from hamr.files.table import read_table

# Characters that mean something to one of the formats, and some that don't.
TEXTS = st.text(st.sampled_from('ab ,;\t"\n\r\\é=-[]{}:'), max_size=8)
LABELS = st.text(st.sampled_from('xy,"é'), min_size=1, max_size=4)


@pytest.fixture
def rewritten(tmp_path):
    """The bytes of a file of that name and content after a rewrite."""

    def run(name, content, changes, column="label"):
        source, target = tmp_path / name, tmp_path / f"out-{name}"
        source.write_bytes(content)
        rewrite(source, column, changes, target)
        return target.read_bytes()

    return run


def labels_of(path, column="label"):
    table = read_table(open_file(str(path)), {column: "label_column"})
    return dict(zip(table.places, table.columns[column], strict=True))


@st.composite
def csv_files(draw):
    """A file as the csv module writes it, with a mix of quotes and line ends."""
    text = io.StringIO()
    delimiter = draw(st.sampled_from(",;"))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["text", "label", "note"])
    for _ in range(draw(st.integers(1, 5))):
        row = [draw(TEXTS), draw(LABELS), draw(TEXTS)]
        # Where lines end with "\n" alone the module writes a "\r" without quotes, and reads it back
        # as the end of a record: a file that was broken before anything is rewritten.
        writer.writerow([cell if end == "\r\n" else cell.replace("\r", "") for cell in row])
        text.write(draw(st.sampled_from(["", end])))
    whole = text.getvalue()
    return whole if draw(st.booleans()) else whole.removesuffix(end)


@given(csv_files(), st.data())
def test_only_the_label_of_a_csv_row_changes(tmp_path_factory, content, data):
    folder = tmp_path_factory.mktemp("csv")
    source, target = folder / "a.csv", folder / "b.csv"
    source.write_bytes(content.encode())
    old = labels_of(source)
    changes = data.draw(st.dictionaries(st.sampled_from([*old]), LABELS))
    rewrite(source, "label", changes, target)
    assert labels_of(target) == old | changes
    for column in ("text", "note"):
        assert labels_of(target, column) == labels_of(source, column)
    back = folder / "c.csv"
    rewrite(target, "label", {line: old[line] for line in changes}, back)
    # But for quotes that a label came to need, the way back gives the first file again.
    assert back.read_bytes().replace(b'"', b"") == source.read_bytes().replace(b'"', b"")
    rewrite(source, "label", {}, back)
    assert back.read_bytes() == source.read_bytes()


@given(st.lists(st.tuples(TEXTS, LABELS), min_size=1, max_size=5), st.booleans(), st.data())
def test_only_the_label_of_a_json_row_changes(tmp_path_factory, rows, lines, data):
    folder = tmp_path_factory.mktemp("json")
    file = "a.jsonl" if lines else "a.json"
    objects = [{"id": n, "text": t, "label": name, "more": [t]} for n, (t, name) in enumerate(rows)]
    ascii_only = data.draw(st.booleans())
    written = [json.dumps(row, ensure_ascii=ascii_only) for row in objects]
    content = "\n".join(written) if lines else "[\n  " + " ,\n  ".join(written) + "\n]\n"
    (folder / file).write_bytes(content.encode())
    changes = data.draw(st.dictionaries(st.integers(1, len(rows)), LABELS))
    rewrite(folder / file, "label", changes, folder / f"b-{file}")
    for place, label in changes.items():
        old, objects[place - 1]["label"] = written[place - 1], label
        assert old in content
    found = (folder / f"b-{file}").read_bytes().decode()
    parsed = [json.loads(line) for line in found.split("\n")] if lines else json.loads(found)
    assert parsed == objects
    for place, raw in enumerate(written, 1):
        assert place in changes or raw in found


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
