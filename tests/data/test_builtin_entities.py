"""The built-in tagged sentences: what the notes measured, and the split by names."""

import pytest

from hamr.config import DataSettings
from hamr.data import load
from hamr.data.builtin import ATTACK_NOTICE
from hamr.data.builtin_entities import LINKED_NOTICE, demo_sentences, families, linked_sentences
from hamr.entities import mention_counts, spans_of
from hamr.records import SPLITS

PAIRS = [("demo", 4000), ("builtin", 16_074)]


@pytest.fixture(scope="module", params=PAIRS, ids=[name for name, _ in PAIRS])
def dataset_and_size(request):
    name, size = request.param
    return load(DataSettings(source=name, task="token")), size


def names(rows):
    return {
        " ".join(words[span.start : span.end]).casefold()
        for words, tags in zip(rows.words, rows.tags, strict=True)
        for span in spans_of(tags)
    }


def test_sentences_and_entities_are_about_those_measured():
    rows = linked_sentences()
    counts = {kind: sum(row.tags.count(f"B-{kind}") for row in rows) for kind in kinds()}
    assert len(rows) == 16_074
    assert counts == {"malware": 10_273, "group": 4_948, "tool": 1_295, "campaign": 1_061}


def kinds():
    return ("malware", "group", "tool", "campaign")


def test_all_rows_are_in_one_of_the_splits(dataset_and_size):
    dataset, size = dataset_and_size
    assert dataset.task == "token"
    assert sum(len(dataset.split(name)) for name in SPLITS) == size


def test_no_entity_s_name_stands_on_two_sides(dataset_and_size):
    dataset, _ = dataset_and_size
    train, validation, test = (names(dataset.split(name)) for name in SPLITS)
    assert not train & validation and not train & test and not validation & test


def test_every_type_can_be_scored(dataset_and_size):
    dataset, _ = dataset_and_size
    for name in SPLITS:
        assert mention_counts(dataset.split(name).tags, len(kinds())).min() >= 30


def test_the_licence_and_the_caveat_go_with_the_rows(dataset_and_size):
    assert dataset_and_size[0].notices == (ATTACK_NOTICE, LINKED_NOTICE)


def test_words_carry_no_links_citations_or_markup():
    for row in linked_sentences():
        text = " ".join(row.words)
        assert "](" not in text and "Citation" not in text and "code >" not in text


def test_no_sentence_and_no_id_stands_twice():
    rows = linked_sentences()
    assert len({row.words for row in rows}) == len({row.id for row in rows}) == len(rows)


def test_rows_that_share_a_name_by_way_of_others_are_one_family():
    one, two, three = (row._replace(names=frozenset(own)) for row, own in zip(
        demo_sentences()[:3], ({"a", "b"}, {"c"}, {"b", "c"}), strict=True
    ))  # fmt: skip
    assert families([one, two]) == ["a", "c"]
    assert families([one, two, three]) == ["a", "a", "a"]
