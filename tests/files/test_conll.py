"""CoNLL columns in and out, to the byte."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.files.conll.layout import Like
from hamr.files.conll.reader import ConllFile, Sentence, looks_tagged
from hamr.files.conll.tags import tags_in, with_tags
from hamr.files.schemes import Named, faults, spans_in, to_scheme
from tests.files.tagged_strategies import SCHEMES, Tagged, entities, tagged_files

NESTED = "1\tAda\tB-per\tO\n2\tof\tI-per\tO\n3\tRome\tI-per\tB-loc\n\n1\tRome\tB-loc\tO\n\n"
NEWS = "EU NNP B-NP B-org\nrejects VBZ B-VP O\n\ncalls NN B-NP O\n\n"


@pytest.fixture
def read(tmp_path):
    """Writes a file and gives what it is read as."""

    def _read(content: str | bytes, **chosen) -> tuple[ConllFile, list[Sentence]]:
        path = tmp_path / "a.conll"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        file = ConllFile(path, **chosen)
        return file, [*file.sentences()]

    return _read


@pytest.fixture
def words(read):
    """The words and tags of each sentence."""
    return lambda content, **chosen: [
        [*zip(s.words, s.tags, strict=True)] for s in read(content, **chosen)[1]
    ]


@pytest.fixture
def refused(read):
    """The sentence with which a file is refused."""

    def _refused(content: str | bytes, **chosen) -> str:
        with pytest.raises(DataError) as caught:
            read(content, **chosen)
        return str(caught.value)

    return _refused


@given(st.data(), tagged_files())
@settings(max_examples=150)
def test_a_file_comes_out_as_it_went_in_and_a_change_changes_its_tags_alone(
    tmp_path_factory, data, made: Tagged
):
    path = tmp_path_factory.mktemp("conll") / "a.conll"
    path.write_bytes(made.written().encode())
    found = [*ConllFile(path, made.tag_column).sentences()]
    assert [s.words for s in found] == made.words
    assert [s.tags for s in found] == [tags_in(s.source) for s in found] == made.tags
    assert "".join(with_tags(s.source, s.tags) for s in found) == made.written()

    changed = [*made.tags]
    at = data.draw(st.integers(0, len(found) - 1))
    count = len(made.words[at])
    changed[at] = to_scheme(data.draw(entities(count)), count, made.scheme)
    text = "".join(with_tags(s.source, own) for s, own in zip(found, changed, strict=True))
    assert text == made.written(changed)
    path.write_bytes(text.encode())
    assert [s.tags for s in ConllFile(path, made.tag_column).sentences()] == changed


def test_only_a_tag_that_changed_is_replaced():
    assert with_tags("B-x NN  B-x\r\nw\tO \n", ["O"]) == "B-x NN  O\r\nw\tO \n"


@given(
    lengths=st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("ab")), max_size=6
    ),
    scheme=st.sampled_from(SCHEMES),
)
def test_every_scheme_leads_back_to_the_same_entities(lengths, scheme):
    spans, place = [], 0
    for gap, length, kind in lengths:
        spans.append(Named(place + gap, place + gap + length, kind))
        place += gap + length
    tags = to_scheme(spans, place + 1, scheme)
    assert spans_in(tags) == spans
    assert faults(tags, scheme) == []


# Which column holds what


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("joint", ["\t", " "])
def test_a_column_that_counts_is_not_the_words(words, start, joint):
    rows = [["Ada", "NNP", "B-per"], ["ran", "VBD", "O"], ["home", "NN", "O"]]
    lines = [joint.join([str(at), *row]) for at, row in enumerate(rows, start)]
    assert words("\n".join(lines)) == [[("Ada", "B-per"), ("ran", "O"), ("home", "O")]]


def test_numbers_may_count_on_through_the_file(words):
    assert words("7\ta\tO\n8\tb\tB-x\n\n9\tc\tO\n")[1] == [("c", "O")]


def test_numbers_that_count_nothing_are_words(words):
    text = "2010 CD B-year\n1984 CD I-year\n\n3 CD O\n7 CD O\n"
    assert words(text)[0] == [("2010", "B-year"), ("1984", "I-year")]


def test_words_that_look_like_ranges_are_words(words):
    assert words("1-2 CD B-score\n") == [[("1-2", "B-score")]]


def test_ranges_and_empty_nodes_hold_no_word(words):
    text = "1-2\tdon't\t_\n1\tdo\tO\n2\tn't\tB-x\n2.1\te\t_\n"
    assert words(text) == [[("do", "O"), ("n't", "B-x")]]


def test_a_line_without_its_number_is_blamed(refused):
    lines = "".join(f"{at}\tw\tO\n" for at in range(1, 30))
    assert "line 30 begins with 'x'" in refused(f"{lines}x\tw\tO\n")


def test_several_columns_of_tags_are_said_and_the_last_is_read(read):
    file, found = read(NEWS)
    assert found[0].tags == ["B-org", "O"]
    assert file.notices() == [
        "a.conll: columns 3 (B-NP, B-VP) and 4 (B-org) hold tags, and 4, the last one, is read: "
        "choose another one with Tag column (--tag-column)"
    ]


def test_the_outermost_of_nested_entities_is_read(read):
    file, found = read(NESTED)
    assert found[0].tags == ["B-per", "I-per", "I-per"]
    assert "and 3, the outermost one, is read" in file.notices()[0]


def test_a_last_column_without_entities_is_not_read(read):
    file, found = read("a B-x O\nb O O\n")
    assert found[0].tags == ["B-x", "O"]
    assert "and 2, the last one with entities, is read" in file.notices()[0]


def test_a_column_can_be_chosen_and_written(read):
    _, found = read(NESTED, tag_column=4)
    assert found[0].tags == ["O", "O", "B-loc"]
    assert with_tags(found[0].source, ["O", "O", "O"]) == (
        "1\tAda\tB-per\tO\n2\tof\tI-per\tO\n3\tRome\tI-per\tO\n"
    )


def test_another_file_of_the_same_data_has_its_tags_in_the_same_column(read):
    _, found = read("a\tB-x\tB-y\n", like=Like(columns=3, tags=1))
    assert found[0].tags == ["B-x"]


def test_a_column_without_tags_is_refused_by_line_and_value(refused):
    said = "column 2 'NNP', which is not a tag: choose column 3 or 4, which holds tags"
    assert said in refused(NEWS, tag_column=2)


def test_a_column_that_is_not_there_is_refused(refused):
    assert "has 4 columns, but column 9 is chosen for the tags: choose 3 or 4" in refused(
        NEWS, tag_column=9
    )


def test_columns_behind_the_tags_may_hold_none(read):
    file, found = read("1\tin\tO\t-\tjane\n2\tRome\tB-loc\t-\tjane\n")
    assert found[0].tags == ["O", "B-loc"]
    assert "of 5 columns only column 3 holds tags" in file.notices()[0]


def test_tags_may_be_first(words):
    assert words("B-x\tAda\nI-x\tByron\n\nO\truns\n")[0] == [("Ada", "B-x"), ("Byron", "I-x")]


def test_one_wrong_tag_does_not_make_another_column_the_one_of_tags(refused):
    said = refused("EU B-NP B-org\nsays B-VP 0\nso B-NP O\n")
    assert "line 2 ends with '0', which is not a tag: write O, the capital letter" in said


def test_a_file_without_tags_says_what_its_columns_hold(refused):
    said = refused("1\tAda\tAda\tPROPN\tNNP\t_\t0\troot\t_\t_\n")
    assert "no column of tags: line 1 has 1 '1', 2 'Ada', 3 'Ada', 4 'PROPN'" in said


# Blanks, lines and comments


@pytest.mark.parametrize("after", [" ", "\t", "\u00a0", "\u2007", "\u202f", "\u200b", "\r", "\x85"])
def test_what_nobody_sees_around_a_tag_is_not_of_its_type(words, after):
    text = f"a\tB-x\nb\tI-x{after}\n\nc\t{after.strip(chr(9))}B-x\n"
    assert words(text) == [[("a", "B-x"), ("b", "I-x")], [("c", "B-x")]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0"])
def test_every_end_of_a_line_and_every_blank_line_parts(words, end, blank):
    text = f"\ufeffa B-x{end}b O{end}{blank}{end}c O{end}{end}"
    assert words(text) == [[("a", "B-x"), ("b", "O")], [("c", "O")]]


def test_line_ends_may_be_mixed(read):
    _, found = read("a B-x\rb O\r\nc O\n\nd O\r\re O\n")
    assert [(s.words, s.line) for s in found] == [(["a", "b", "c"], 1), (["d"], 5), (["e"], 7)]


@pytest.mark.parametrize("word", ["\u200b", "🦊", "\u00a0", "\u2028", "\x85"])
def test_a_word_of_an_odd_character_stays_a_word(words, word):
    assert words(f"a B-x\n{word} O\n") == [[("a", "B-x"), (word, "O")]]


def test_a_lone_carriage_return_before_a_document_stays(read):
    text = "a B-x\n\n\r-DOCSTART- O\n\nb O\n"
    _, found = read(text)
    assert "".join(with_tags(s.source, s.tags) for s in found) == text
    assert [tags_in(s.source) for s in found] == [["B-x"], ["O"]]


def test_a_comment_parts_no_sentence_and_its_line_counts(read):
    text = "# one\na B-x\n# in the midst\nb I-x\n\n# two\nc O\n"
    _, found = read(text)
    assert [s.words for s in found] == [["a", "b"], ["c"]]
    assert [*found[0].lines] == [2, 4]
    assert "".join(with_tags(s.source, ["O"] * len(s.words)) for s in found) == (
        "# one\na O\n# in the midst\nb O\n\n# two\nc O\n"
    )


def test_a_comment_that_ends_like_a_word_is_a_comment(read):
    text = "# text = an O\na\tB-x\n\n# B-x O\nb\tO\n"
    _, found = read(text)
    assert [s.words for s in found] == [["a"], ["b"]]
    assert "".join(with_tags(s.source, s.tags) for s in found) == text


@pytest.mark.parametrize("line", ["% a note", "// a note", "text a note"])
def test_a_line_that_is_no_comment_is_blamed_itself(refused, line):
    assert "line 1 has 3 columns, but most lines have 2" in refused(f"{line}\na O\nb B-x\n")


@pytest.mark.parametrize("line", ["#hashtag", "#hashtag NN"])
def test_a_hashtag_that_lost_its_tag_is_no_comment(refused, line):
    assert "a.conll, line 2" in refused(f"a O\n{line}\nb B-x\n")


def test_a_tab_at_the_end_of_a_line_separates_nothing(words):
    assert words(": NN O O\t\n# NN O O\n\n") == [[(":", "O"), ("#", "O")]]


def test_hashtags_are_words(words):
    assert words("#one B-x\n# O\n") == [[("#one", "B-x"), ("#", "O")]]


@pytest.mark.parametrize("rest", ["", " O", " -X- O", " -X- -X- O", "\t-X-\tO"])
def test_documents_part_sentences_whatever_their_columns(read, rest):
    text = f"-DOCSTART-{rest}\n\n\na B-x\n-DOCSTART-{rest}\nb O\n\n-DOCSTART-{rest}\n"
    _, found = read(text)
    assert [s.words for s in found] == [["a"], ["b"]]
    assert "".join(s.source for s in found) == text


# What is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a B-x\nb\n", "a.conll, line 2 has one column, 'b'"),
        ("a B-x\nb\u00a0O\n", "(U+00A0, which looks like a blank, does not separate columns)"),
        ("a B-x\nb NN O\n", "line 2 has 3 columns"),
        ("a Person\n", "'Person', which is not a tag"),
        ("a B-\n", "'B-', which is not a tag: write a type after the prefix"),
        ("a\tB-x\n\tO\n", "line 2 has a tag but no word"),
        ("a B-x\nb b-x\nc O\n", "line 2 ends with 'b-x', which is not a tag: write B-x"),
        ("a B-x\nb B_x\nc O\n", "line 2 ends with 'B_x', which is not a tag: write B-x"),
        ("a B-x\nb o\nc O\n", "line 2 ends with 'o', which is not a tag: write O"),
        ("a B-x\nb x-I\nc O\n", "write I-x"),
        ("a B-x\nb M-x\nc O\n", "I-x"),
        ("a (x*\nb *\n", "the bracket notation"),
        ("a x\nb O\n", "ends with 'x', a type without a prefix, like all types of the file"),
        ("word tag\na B-x\n", "line 1 ends with 'tag', which is not a tag"),
        ("a B-x\nb\0 O\n", "line 2 contains a null character"),
        (b"a B-x\nb\xff O\n", "is not UTF-8: line 2"),
        (b"a B-x\n\xed\xa0\x80 O\n", "is not UTF-8: line 2"),
        ("a B-x\n".encode("utf-16"), "UTF-16"),
        ("a O\n" + "x" * 1_100_000, "line 2 has more than 1,000,000 characters"),
        ("a O\n" + "x " * 400_000, "line 2 has 400,000 columns"),
        ("\n \n", "no sentence"),
        ("", "no sentence"),
        ("# a comment\n", "no sentence"),
    ],
)
def test_a_fault_is_named_with_its_line(refused, text, said):
    assert said in refused(text)


# Tables


@pytest.mark.parametrize(
    ("text", "tagged"),
    [
        ("Ada\tB-per\nran\tO\n\nhome\tO\n", True),
        ("Ada\tB-per\nran\tO\n", True),
        ("1\tAda\tB-per\tO\n2\tran\tO\tO\n", True),
        ("ran\tO\n\nhome\tO\n", True),
        ("ran\tO\nhome\tO\n", False),  # may be a table of texts with one class
        ("text\tlabel\nAda\tB-per\nran\tO\n", False),
        ("text\tlabel\na text\tgood\n", False),
        ("text\nlabel\n", False),
        ("\n", False),
        ("a\0\tB-x\n", False),
    ],
)
def test_tagged_words_are_known_by_their_values(tmp_path: Path, text, tagged):
    path = tmp_path / "a.tsv"
    path.write_text(text, encoding="utf-8")
    assert looks_tagged(path) is tagged
