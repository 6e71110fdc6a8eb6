"""JSON and JSON Lines: half characters are mended and said, and no value is lost in silence."""

import json

import pytest
from hypothesis import given

from hamr.errors import ColumnError, DataError
from hamr.files.json.reader import JsonFile
from hamr.files.mending import mended
from tests.files.strategies import json_files

CUT = "\\ud83d"  # the first half of an emoji, as JSON escapes it


@pytest.fixture
def read(tmp_path):
    """The columns, the rows by their place, and the notices of a file of that content."""

    def run(content: str, name: str = "a.jsonl"):
        path = tmp_path / name
        path.write_bytes(content.encode())
        file = JsonFile(path)
        columns = file.columns()
        return columns, dict(file.rows(columns)), file.notices

    return run


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (f'{{"a": "x{CUT}"}}', "x\ufffd"),
        (f'{{"a": ["x{CUT}", "y"]}}', ["x\ufffd", "y"]),
        (f'{{"a": [["{CUT}"], {{"b": "{CUT}"}}]}}', [["\ufffd"], {"b": "\ufffd"}]),
        (f'{{"a": {{"b{CUT}": 1}}}}', {"b\ufffd": "1"}),
    ],
)
def test_half_a_character_is_mended_wherever_it_is(read, row, value):
    _, rows, notices = read(f'{{"a": "-"}}\n{row}\n')
    assert rows[2] == [value]
    assert any("line 2" in notice for notice in notices)


def test_half_a_character_in_a_key_is_mended(read):
    columns, rows, notices = read(f'{{"a{CUT}": "1"}}\n{{"a{CUT}": "2"}}\n')
    assert columns == ["a\ufffd"] and rows == {1: ["1"], 2: ["2"]}
    assert any("lines 1 and 2" in notice for notice in notices)


@pytest.mark.parametrize("other", ['"x\\ud83e"', '"x\ufffd"', '["x\\ud83e"]'])
def test_values_that_mending_makes_the_same_are_named(read, other):
    _, _, notices = read(f'{{"id": "x{CUT}"}}\n{{"id": {other}}}\n')
    assert any("the same" in notice and "line 2" in notice for notice in notices)


def test_keys_that_mending_would_make_the_same_are_refused(read):
    with pytest.raises(ColumnError, match="line 2"):
        read(f'{{"a{CUT}": "1"}}\n{{"a\\ud83e": "2"}}\n')


def test_line_separators_inside_texts_end_no_line(read):
    _, rows, _ = read('\ufeff{"a": "x\u2028y\x85z"}\r\n\r\n{"a": "b"}\r{"a": "c"}\n', "a.ndjson")
    assert rows == {1: ["x\u2028y\x85z"], 3: ["b"], 4: ["c"]}


def test_a_mark_between_files_is_no_object(read):
    assert read('{"a": "1"}\n\ufeff{"a": "2"}\n\ufeff\n')[1] == {1: ["1"], 2: ["2"]}


def test_numbers_of_any_size_are_kept_as_written(read):
    huge = "9" * 5000
    _, rows, _ = read(f'{{"a": {huge}, "b": NaN, "c": -Infinity, "d": 1e400}}\n')
    assert rows[1] == [huge, None, "-Infinity", "1e400"]


@pytest.mark.parametrize("content", ['[{"a": 1}]\n[{"a": 2}]', '[] [{"a": 2}]', '[{"a": 1}]]'])
def test_nothing_behind_an_array_is_dropped(read, content):
    with pytest.raises(DataError, match="continues after"):
        read(content, "a.json")


def test_a_hundred_thousand_keys_are_read_at_once(read):
    keys = {f"k{i}": "v" for i in range(100_000)}
    columns, rows, _ = read(json.dumps(keys) + "\n")
    assert len(columns) == len(rows[1]) == 100_000
    twice = json.dumps(keys)[:-1] + ', "k99999": "w"}\n'
    with pytest.raises(ColumnError, match="'k99999' twice"):
        read(twice)


def expected(value):
    """What JSON's values are read as."""
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, dict):
        return {mended(key): expected(one) for key, one in value.items()}
    return [expected(one) for one in value] if isinstance(value, list) else value


@given(json_files())
def test_what_a_writer_wrote_is_read_to_the_letter_or_said(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("json") / written.name
    path.write_bytes(written.data)
    try:
        file = JsonFile(path)
        found = [(place, list(values)) for place, values in file.rows(written.header)]
    except ColumnError as error:
        assert "half a character" in str(error)
        return
    numbers = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), str)
    as_written = json.loads(json.dumps(written.rows), **numbers)
    whole = expected(as_written)
    assert found == list(zip(written.places, whole, strict=True))
    assert whole == as_written or file.notices
