"""CoNLL in and out, schemes, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import DataSettings
from hamr.data import load, meta_rows
from hamr.errors import HamrError
from hamr.files.conll import read_conll, with_tags
from hamr.files.schemes import Named, faults, scheme_of, spans_in, to_scheme

SHARED = Path(__file__).parents[3] / "shared" / "data" / "mit_restaurant"
SCHEMES = ("BIO", "IOB1", "BIOES", "BILOU")
SENTENCE = [Named(0, 2, "place"), Named(2, 3, "place"), Named(4, 7, "time")]


def conll(tags, joint="\t", end="\n"):
    return "".join(f"w{i}{joint}{tag}{end}" for i, tag in enumerate(tags))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("joint", ["\t", " ", "   ", "\tNN\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_put_together_again_is_the_same_to_the_byte(scheme, joint, end, tmp_path):
    sentence = conll(to_scheme(SENTENCE, 8, scheme), joint, end)
    text = f"\ufeff-DOCSTART- O{end}{end}# a comment{end}{sentence}{end} {end}{sentence}{end}{end}"
    for content in (text, text.rstrip(), sentence):
        path = tmp_path / "a.conll"
        path.write_bytes(content.encode())
        found = read_conll(path)
        assert "".join(with_tags(s.source, s.tags) for s in found) == content
        assert all(scheme_of([s.tags]) == scheme for s in found)


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


def rendered(tmp_path, split):
    if not SHARED.is_dir():
        pytest.skip("the restaurant queries are not on this machine")
    lines = [json.loads(line) for line in (SHARED / f"{split}.json").open(encoding="utf-8")]
    sentences = [zip(row["tokens"], row["ner_tags"], strict=True) for row in lines]
    text = "".join("".join(f"{w} {t}\n" for w, t in pairs) + "\n" for pairs in sentences)
    path = tmp_path / f"{split}.conll"
    path.write_text(text, encoding="utf-8", newline="")
    return path, text


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_restaurant_queries_come_out_as_they_went_in(tmp_path, split):
    path, text = rendered(tmp_path, split)
    assert "".join(with_tags(s.source, s.tags) for s in read_conll(path)) == text


def test_the_splits_of_a_file_hold_all_of_it(tmp_path):
    path, text = rendered(tmp_path, "dev")
    dataset = load(DataSettings(source=str(path), repair=True))
    assert dataset.task == "token" and dataset.classes[-1] == "no entity"
    parts = [dataset.split(name) for name in ("train", "validation", "test")]
    rows = [pair for p in parts for pair in zip(p.ids, p.sources, strict=True)]
    rows.sort(key=lambda row: int(row[0].rpartition(":")[2]))
    assert "".join(source for _, source in rows) == text


def file(tmp_path, text, name="a.conll"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


GOOD = "a B-x\nb I-x\n\nc O\n\nd B-x\n\n" * 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a B-x\nb\n", "a.conll, line 2 has one column"),
        ("a B-x\nb NN O\n", "line 2 has 3 columns"),
        ("a Person\n", "'Person', which is no tag"),
        ("a B-\n", "'B-', which is no tag"),
        ("a\tB-x\n\tO\n", "line 2 has a tag and no word"),
        ("\n \n", "no sentence"),
        ("", "no sentence"),
        ("a O\n\nb O\n", "no entity"),
        (GOOD + "e O\nf I-x\n", "line 30: I-x breaks the scheme BIO"),
        (GOOD + "e S-x\nf B-x\n", "breaks the scheme BIOES"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path, text, said):
    with pytest.raises(HamrError, match=r"a\.conll") as caught:
        load(DataSettings(source=file(tmp_path, text)))
    assert said in str(caught.value)


def test_broken_tags_are_repaired_on_request_and_listed(tmp_path):
    source = file(tmp_path, GOOD + "e O\nf I-x\n")
    dataset = load(DataSettings(source=source, repair=True))
    assert any("a.conll, line 30 (I-x)" in notice for notice in dataset.notices)


def test_a_type_that_only_the_test_has_is_named(tmp_path):
    source, test = file(tmp_path, GOOD), file(tmp_path, "a B-y\n", "t.conll")
    with pytest.raises(HamrError, match=r"t.conll, line 1: the type 'y'"):
        load(DataSettings(source=source, test=test))


def test_words_and_tags_of_different_length_are_named(tmp_path):
    source = file(tmp_path, json.dumps({"tokens": ["a", "b"], "ner_tags": ["O"]}), "a.jsonl")
    with pytest.raises(HamrError, match=r"a\.jsonl, line 1 has 2 words and 1 tags"):
        load(DataSettings(source=source))


def test_jsonl_of_words_and_tags_is_a_token_task(tmp_path):
    rows = [{"tokens": ["a", "b"], "ner_tags": ["B-x", "O"]}, {"tokens": ["c"], "ner_tags": ["O"]}]
    source = file(tmp_path, "\n".join(map(json.dumps, rows * 5)), "a.jsonl")
    dataset = load(DataSettings(source=source))
    assert dataset.task == "token"
    assert dataset.tags == ("O", "B-x", "I-x")


@pytest.mark.parametrize("word", ["\u200b", "🦊", "\u00a0", "\u2028"])
def test_a_word_of_an_odd_character_stays_a_word(tmp_path, word):
    (path := tmp_path / "a.conll").write_text(f"a B-x\n{word} O\n", encoding="utf-8")
    assert read_conll(path)[0].words == ["a", word]


def test_a_comment_parts_no_sentence(tmp_path):
    text = "# one\na B-x\n# in the midst\nb I-x\n\n# two\nc O\n"
    found = read_conll(Path(file(tmp_path, text)))
    assert [s.words for s in found] == [["a", "b"], ["c"]]
    assert "".join(with_tags(s.source, ["O"] * len(s.words)) for s in found) == (
        "# one\na O\n# in the midst\nb O\n\n# two\nc O\n"
    )


@pytest.mark.parametrize("line", ["#hashtag", "#hashtag NN"])
def test_a_hashtag_that_lost_its_tag_is_no_comment(tmp_path, line):
    with pytest.raises(HamrError, match=r"a\.conll, line 2"):
        load(DataSettings(source=file(tmp_path, f"a O\n{line}\nb B-x\n")))


def test_blank_documents_are_no_sentences(tmp_path):
    text = "-DOCSTART- O\n\n\n-DOCSTART- O\n\na B-x\n\n\n\n-DOCSTART- O\n"
    found = read_conll(Path(file(tmp_path, text)))
    assert [s.words for s in found] == [["a"]]
    assert found[0].source == text


def test_types_that_only_the_test_has_are_read_as_none_on_request(tmp_path):
    source, test = file(tmp_path, GOOD), file(tmp_path, "a B-y\nb B-x\n", "t.conll")
    dataset = load(DataSettings(source=source, test=test, repair=True))
    assert dataset.test.tags[0].tolist() == [0, 1]
    assert any("t.conll, line 1 (y)" in notice for notice in dataset.notices)


def test_two_files_of_one_name_have_ids_of_their_own(tmp_path):
    (tmp_path / "other").mkdir()
    source, test = file(tmp_path, GOOD), file(tmp_path / "other", GOOD)
    dataset = load(DataSettings(source=source, test=test))
    assert not {*dataset.train.ids, *dataset.validation.ids} & {*dataset.test.ids}


def test_a_word_that_nobody_sees_is_named_with_its_line(tmp_path):
    dataset = load(DataSettings(source=file(tmp_path, GOOD + "a O\n\u200b O\n\U0001f98a O\n")))
    assert any(r"a.conll, line 30 (\u200b)" in notice for notice in dataset.notices)


def test_the_meta_set_is_balanced_by_entity_type(tmp_path):
    text = "a B-x\n\n" * 40 + "b B-y\n\n" * 12 + "c B-x\nd B-z\n\n" * 12
    dataset = load(DataSettings(source=file(tmp_path, text)))
    count = len(dataset.classes)
    added = meta_rows(dataset.train, dataset.validation, count, seed=0)
    before = dataset.validation.members(count)[:, :-1].sum(0)
    after = before + dataset.train.members(count)[added][:, :-1].sum(0)
    assert (after >= min(int(np.median(before)), 3)).all()
