"""The words of CoNLL files, with tags or without, and their lines with a further column."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.files.conll.words import sentences_of, with_tags
from hamr.files.reading import words_in


def sentences(tmp_path: Path, text: str) -> list[list[str]]:
    (tmp_path / "a.conll").write_text(text, encoding="utf-8", newline="")
    return [sentence.words for sentence in sentences_of(tmp_path / "a.conll")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ada\nleft\n\nBob\n", [["Ada", "left"], ["Bob"]]),
        ("Ada B-per\nleft O\n\nBob B-per\n", [["Ada", "left"], ["Bob"]]),
        ("B-per\tAda\nO\tleft\n\nB-per\tBob\n", [["Ada", "left"], ["Bob"]]),
        ("# text = Ada left\n1\tAda\t_\n2\tleft\t_\n\n1\tBob\t_\n", [["Ada", "left"], ["Bob"]]),
        ("-DOCSTART- -X- O\n\nAda NNP\nleft VBD\n\n\n\n", [["Ada", "left"]]),
        ("#great\nday\n", [["#great", "day"]]),
        ("Ada\r\nleft\r\n\r\nBob", [["Ada", "left"], ["Bob"]]),
        ("Ada\tB-per\nNew York\tB-loc\n\nBob\tB-per\n", [["Ada", "New York"], ["Bob"]]),
        ("Ada\nleft\nNew York\n\nBob\n", [["Ada", "left", "New York"], ["Bob"]]),
        ("Ada\t\nNew York\t\n\nSan Jose\t\n", [["Ada", "New York"], ["San Jose"]]),
        ("Ada\nleft\nParis B-loc\n\nBob\n", [["Ada", "left", "Paris"], ["Bob"]]),
        ("Ada NNP\nleft VBD\n\nBob\n", [["Ada", "left"], ["Bob"]]),
    ],
)
def test_words_are_found_whatever_stands_beside_them(tmp_path, text, found):
    assert sentences(tmp_path, text) == found


def test_a_file_without_a_word_is_refused(tmp_path):
    with pytest.raises(DataError, match="has no sentence: write a word on each line"):
        sentences(tmp_path, "\n\n")


word = st.text("abcXYZ.,#", min_size=1, max_size=4).filter(lambda w: w[0] != "#")


@given(st.lists(st.lists(word, min_size=1, max_size=4), min_size=1, max_size=4), st.booleans())
def test_nothing_of_the_file_is_lost_but_tags_are_added(tmp_path_factory, given_words, last_end):
    text = "\n\n".join("\n".join(own) for own in given_words) + ("\n" if last_end else "")
    path = tmp_path_factory.mktemp("f") / "a.conll"
    path.write_text(text)
    found = list(sentences_of(path))
    assert [sentence.words for sentence in found] == given_words
    written = "".join(with_tags(s, [f"T{n}" for n in range(len(s.words))]) for s in found)
    columns = [line.split("\t") for line in written.splitlines()]
    assert [line[0] for line in columns] == text.splitlines()
    assert all(len(line) == 2 for line in columns if line[0])


def test_the_tag_of_a_word_that_holds_a_blank_comes_after_a_tab(tmp_path):
    (tmp_path / "a.conll").write_text("Ada\nleft\nNew York\n")
    (sentence,) = sentences_of(tmp_path / "a.conll")
    tagged = with_tags(sentence, ["B-per", "O", "B-loc"])
    assert tagged == "Ada\tB-per\nleft\tO\nNew York\tB-loc\n"


def test_the_decoding_process_gives_the_same(tmp_path):
    (tmp_path / "a.conll").write_text("Ada\nleft\n\n\nBob\n")
    assert list(words_in(tmp_path / "a.conll")) == list(sentences_of(tmp_path / "a.conll"))
