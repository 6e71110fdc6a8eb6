"""CSV and TSV files are read to the letter, or what is not is said by line."""

from pathlib import Path

import pytest
from hypothesis import given

from hamr.errors import DataError
from hamr.files.delimited.reader import DelimitedFile
from tests.files.strategies import Written, delimited_files, loose_files

ROWS = "".join(f"plain {i},{'ab'[i % 2]}\n" for i in range(6))  # lines 2 to 7


@pytest.fixture
def read(tmp_path):
    """The header, the rows by their line, and the notices of a file of that content."""

    def run(content: str, name: str = "a.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode())
        file = DelimitedFile(path)
        header = file.columns()
        return header, dict(file.rows(header)), file.notices

    return run


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_behind_a_stray_quote_are_rows(read, delimiter, end):
    content = f'text,label\n{ROWS}"Sales rose.,a\nCosts fell too.,a\nWe want more.",b\nlast,b\n'
    content = content.replace(",", delimiter).replace("\n", end)
    _, rows, notices = read(content, "a.tsv" if delimiter == "\t" else "a.csv")
    assert [rows[line] for line in (8, 9, 10, 11)] == [
        ['"Sales rose.', "a"], ["Costs fell too.", "a"], ['We want more."', "b"], ["last", "b"],
    ]  # fmt: skip
    assert any("line 8" in notice and "quotes" in notice for notice in notices)


def test_only_the_stray_quote_is_a_character_where_others_are_needed(read):
    content = f'text,label\n{ROWS}"a, b",a\n"Oh no,a\nfine,b\n"good, really",b\n'
    _, rows, notices = read(content)
    assert rows[8] == ["a, b", "a"] and rows[9] == ['"Oh no', "a"] and rows[10] == ["fine", "b"]
    assert rows[11] == ["good, really", "b"]
    assert any("line 9" in notice for notice in notices)


def test_a_stray_quote_in_a_later_column_swallows_nothing(read):
    content = "label,text\n" + "".join(f"{'ab'[i % 2]},plain {i}\n" for i in range(6))
    _, rows, notices = read(content + 'a,"Stray\nb,second\na,third"\nb,last\n')
    assert len(rows) == 10 and rows[8] == ["a", '"Stray'] and notices


def test_an_unclosed_quote_at_the_end_takes_no_row(read):
    _, rows, notices = read(f'text,label\n{ROWS}"abc,a\nx,b\n')
    assert rows[8] == ['"abc', "a"] and rows[9] == ["x", "b"] and notices


def test_an_unclosed_quote_that_can_not_be_a_character_is_refused_by_line(read):
    with pytest.raises(DataError, match="line 8: the quotes are not paired"):
        read(f'text,label\n{ROWS}"Dear all, we\nare, as you\nknow\n')


def test_a_text_that_begins_with_a_quotation_is_kept(read):
    _, rows, notices = read(f'text,label\n{ROWS}"Hello" she said,a\n"x, y",b\n')
    assert rows[8] == ['"Hello" she said', "a"] and rows[9] == ["x, y", "b"]
    assert any("line 8" in notice for notice in notices)


@pytest.mark.parametrize("row", ['"Hello, you" she said,a', '"She said "no" twice",a'])
def test_quotes_that_can_be_read_in_two_ways_are_refused_by_line(read, row):
    with pytest.raises(DataError, match="line 9: the quotes are not paired"):
        read(f'text,label\n{ROWS}"x, y",b\n{row}\n')


def test_an_unclosed_label_makes_no_new_class(read):
    with pytest.raises(DataError, match="line 8"):
        read(f'text,label\n{ROWS}one,"a\ntwo,b\n"x, y",b\n')


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "Dear all,\nthanks for that, it was good.\nBye, Ann",
        "1. first, second\r\n2. third, fourth\r\n",
        'she said ""no, never""\nand left, alone',
        "\n\n",
        "list:\n- one\n- two, three, four",
    ],
)
def test_a_text_of_several_lines_is_one_text(read, text):
    _, rows, notices = read(f'text,label\n{ROWS}"{text}",a\nlast,b\n')
    assert rows[8] == [text.replace('""', '"'), "a"] and len(rows) == 8 and notices == []


def test_lines_of_a_text_that_could_be_rows_are_named(read):
    _, rows, notices = read(f'text,label\n{ROWS}"about 1,000 seats\nor more",a\nlast,b\n')
    assert rows[8] == ["about 1,000 seats\nor more", "a"]
    assert any("lines 8 to 9" in notice for notice in notices)


@pytest.mark.parametrize(
    ("header", "row", "names"),
    [
        ('"a,b,c";label', '"x, y";good', ["a,b,c", "label"]),
        ("text, as spoken, in full;label", "x, y;good", ["text, as spoken, in full", "label"]),
        ("text|label", "x, y|good", ["text", "label"]),
        ("text\tlabel", "x, y\tgood", ["text", "label"]),
        ('"text\nas is";label', '"x, y";good', ["text\nas is", "label"]),
    ],
)
def test_the_delimiter_is_found(read, header, row, names):
    found, rows, _ = read(f"{header}\n{row}\n{row}\n")
    assert found == names
    assert [*rows.values()] == [["x, y", "good"]] * 2


@pytest.mark.parametrize("hint", ["sep=;", '"sep=;"', "\ufeffsep=;", "SEP=;"])
def test_a_first_line_may_name_the_delimiter(read, hint):
    header, rows, _ = read(f"{hint}\r\ntext, or more, or less;label\r\na,b;good\r\n")
    assert header == ["text, or more, or less", "label"] and rows == {3: ["a,b", "good"]}


def test_a_blank_before_a_quote_puts_no_quote_into_a_value(read):
    header, rows, _ = read('text, label\n"clean, seats", "good"\nlate ,  "bad" \n')
    assert header == ["text", "label"]
    assert rows == {2: ["clean, seats", "good"], 3: ["late ", "bad"]}


def test_quoted_names_stay_names_where_quotes_are_characters(read):
    header, rows, notices = read('"text"\t"label"\n"a\tx\nb\ty\n', "a.tsv")
    assert header == ["text", "label"] and rows == {2: ['"a', "x"], 3: ["b", "y"]} and notices


@pytest.mark.parametrize("again", ["text,label", '"text","label"', "\ufefftext, label"])
def test_a_repeated_header_is_no_row_and_is_named(read, again):
    _, rows, notices = read(f"text,label\n{ROWS}{again}\nlast,b\n")
    assert 8 not in rows and rows[9] == ["last", "b"]
    assert any("header" in notice and "line 8" in notice for notice in notices)


def test_a_mark_between_files_is_left_out_and_named(read):
    _, rows, notices = read(f"text,label\n{ROWS}\ufefflast,b\n")
    assert rows[8] == ["last", "b"]
    assert any("line 8" in notice for notice in notices)


def test_a_text_with_a_line_end_of_another_kind_is_one_text(read):
    _, rows, notices = read("text,label\nfirst\rsecond,a\nlast,b\n")
    assert rows == {2: ["first\rsecond", "a"], 4: ["last", "b"]}
    assert any("line 2" in notice for notice in notices)


def test_carriage_returns_alone_end_lines(read):
    assert read("text,label\rone,a\rtwo,b\r")[1] == {2: ["one", "a"], 3: ["two", "b"]}


def test_empty_names_trailing_delimiters_and_null_characters_are_harmless(read):
    header, rows, _ = read(",text,label,\n0,a\0b,x,\n1,c,y\n2,d,z,,\n")
    assert header == ["", "text", "label", ""]
    assert [row[1:3] for row in rows.values()] == [["a\0b", "x"], ["c", "y"], ["d", "z"]]


def test_sixty_thousand_columns_are_read_at_once(read):
    names = [f"c{i}" for i in range(60_000)]
    header, rows, _ = read(",".join(names) + "\n" + ",".join("1" * 60_000) + "\n")
    assert header == names and len(rows[2]) == 60_000


def read_written(folder: Path, written: Written) -> tuple[DelimitedFile, list[list[str]]]:
    path = folder / written.name
    path.write_bytes(written.data)
    file = DelimitedFile(path)
    assert file.columns() == written.header
    return file, [list(values) for _, values in file.rows(written.header)]


@given(delimited_files())
def test_what_a_writer_wrote_is_read_to_the_letter_or_said(tmp_path_factory, written):
    try:
        file, rows = read_written(tmp_path_factory.mktemp("csv"), written)
    except DataError as error:  # quotes that can be read in two ways, one time in a thousand
        assert "line" in str(error)
        return
    assert rows == written.rows or file.notices


@given(loose_files())
def test_no_quote_of_a_hand_made_file_swallows_a_row_without_a_notice(tmp_path_factory, written):
    def bare(rows: list[list[str]]) -> list[list[str]]:
        return [[value.strip().strip('"').replace('""', '"').strip() for value in r] for r in rows]

    try:
        file, rows = read_written(tmp_path_factory.mktemp("csv"), written)
    except DataError as error:
        assert "line" in str(error)
        return
    said = file.notices or any(None in row for row in rows)
    assert said or bare(rows) == bare(written.rows)
