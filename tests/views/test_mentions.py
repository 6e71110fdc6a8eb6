"""The mentions of a token run, against what each of its sentences says of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.entities import SPURIOUS, all_spans, mistakes, spans_of
from hamr.store import Store
from hamr.views.base import mentions as entity_mentions
from hamr.views.base.all_rows import AllRows
from hamr.views.base.mention_texts import in_sentence, phrases_of
from hamr.views.base.sentence import sentence
from hamr.views.base.theme import class_colours
from hamr.views.base.tips import MARK_END, MARK_START
from hamr.views.neighbourhoods import mention_map as mentions
from hamr.views.neighbourhoods.shown_rows import in_split
from hamr.views.neighbourhoods.subjects import MENTIONS, frames_of
from tests.fake_run import write_fake_token_run

TAG = st.integers(0, 6)
SENTENCES = st.lists(st.lists(st.tuples(TAG, TAG), max_size=9), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")))


def sentences(run, epoch=2):
    return [sentence(run, epoch, row) for row in range(len(run.rows()))]


def own(run, epoch=2):
    """(sentence, span) of each mention, sentence by sentence."""
    return [(found, span) for found in sentences(run, epoch) for span in found.gold]


@given(sentences=SENTENCES)
def test_every_mention_has_the_mistake_that_its_sentence_says(sentences):
    sides = [[np.array([word[side] for word in s], np.int16) for s in sentences] for side in (0, 1)]
    starts = np.cumsum([0, *map(len, sentences)])
    gold, predicted = (all_spans(np.concatenate(side), starts) for side in sides)
    kinds, spurious = [], 0
    for pair in zip(*sides, strict=True):
        spans = spans_of(pair[0])
        wrong = mistakes(spans, spans_of(pair[1]))
        known = {span: kind for span, kind in wrong if kind != SPURIOUS}
        kinds += [known.get(span, entity_mentions.RIGHT) for span in spans]
        spurious += sum(kind == SPURIOUS for _, kind in wrong)
    found = entity_mentions.answer(gold, predicted)
    assert (found.kind.tolist(), found.spurious) == (kinds, spurious)


@given(sentences=SENTENCES)
def test_an_answer_overlaps_its_mention_and_has_its_type_if_any_does(sentences):
    starts = np.cumsum([0, *map(len, sentences)])
    gold, predicted = (
        all_spans(np.array([word[side] for s in sentences for word in s], np.int16), starts)
        for side in (0, 1)
    )
    found = entity_mentions.answer(gold, predicted)
    for m, p in enumerate(found.which):
        near = (predicted.start < gold.end[m]) & (gold.start[m] < predicted.end)
        assert near[p] if near.any() else p == -1
        if (near & (predicted.type == gold.type[m])).any():
            assert predicted.type[p] == gold.type[m]


def test_mentions_stand_row_by_row_from_left_to_right(run):
    gold, starts = entity_mentions.mentions(run), run.rows().word_starts
    found = list(zip(gold.row, gold.start - starts[gold.row], gold.type, strict=True))
    assert found == [(s.row, span.start, span.type) for s, span in own(run)]


def test_the_words_of_a_mention_are_those_of_its_span(run):
    assert entity_mentions.texts(run) == [found.text_of(span) for found, span in own(run)]


def test_the_loss_of_a_mention_is_that_of_its_hardest_word(run):
    expected = [found.loss[span.start : span.end].max() for found, span in own(run)]
    np.testing.assert_array_equal(entity_mentions.losses(run, 2), expected)


def test_mentions_of_a_row_are_found_by_its_number(run):
    gold = entity_mentions.mentions(run)
    for row in range(len(run.rows())):
        assert (
            entity_mentions.of_row(gold, row).tolist() == np.flatnonzero(gold.row == row).tolist()
        )


@pytest.mark.parametrize("by", mentions.COLOURINGS)
def test_every_mention_has_a_colour_that_the_legend_explains(run, by):
    looks = mentions.colouring(run, 2, by)
    assert looks.codes.shape == entity_mentions.mentions(run).row.shape
    assert looks.codes.max() < len(looks.palette) <= 256
    assert (looks.labels is None) != (looks.scale is None)
    assert looks.labels is None or len(looks.labels) == len(looks.palette)


def test_types_have_the_colours_of_all_other_charts_and_their_counts(run):
    looks = mentions.colouring(run, 2, "type")
    types = entity_mentions.mentions(run).type
    assert looks.codes.tolist() == types.tolist()
    assert looks.palette == class_colours(3)
    assert looks.labels[0] == f"group ({(types == 0).sum()})"


def test_the_legend_of_mistakes_counts_each_kind(run):
    looks = mentions.colouring(run, 2, "mistake")
    wrong = [kind for found in sentences(run) for _, kind in found.mistakes]
    missed = wrong.count("missed")
    assert looks.labels[1] == f"missed ({missed})"
    right = len(looks.codes) - len([kind for kind in wrong if kind != "spurious"])
    assert looks.labels[0] == f"right ({right})"


def test_hardness_of_a_mention_is_that_of_its_sentence(run):
    codes = mentions.colouring(run, 2, "hardness").codes.astype(int)
    hardness = run.signal("hardness", 2)[entity_mentions.mentions(run).row]
    assert (np.diff(codes[np.argsort(hardness)]) >= 0).all()


def test_mentions_come_with_the_highest_loss_first(run):
    which = mentions.by_loss(run, 2, np.arange(10, 60))
    assert sorted(which) == list(range(10, 60))
    assert (np.diff(entity_mentions.losses(run, 2)[which]) <= 0).all()


def test_the_table_tells_each_mention_and_what_the_model_makes_of_it(run):
    table = mentions.table(run, 2, np.arange(len(entity_mentions.texts(run))))
    for line, (found, span) in zip(table.itertuples(), own(run), strict=True):
        assert (line.mention, line.row) == (found.text_of(span), found.row)
        assert line.sentence == " ".join(found.words)
        assert line.mistake == dict(found.mistakes).get(span, "right")


def test_the_table_names_the_predicted_type_and_other_words(run):
    table = mentions.table(run, 2, np.arange(len(entity_mentions.texts(run))))
    for line, (found, span) in zip(table.itertuples(), own(run), strict=True):
        said = line[table.columns.get_loc("predicted as") + 1]
        near = [p for p in found.predicted if p.start < span.end and span.start < p.end]
        words = [
            found.types[p.type] + ("" if p[:2] == span[:2] else f": {found.text_of(p)}")
            for p in near
        ]
        assert said in words if near else said == "missed"


def test_a_table_of_missed_mentions_alone_is_told(run):
    missed = np.flatnonzero(entity_mentions.answers(run, 2).kind == mentions.MISSED)
    assert set(mentions.table(run, 2, missed)["predicted as"]) == {"missed"}


def test_a_search_finds_the_mentions_with_those_words(run):
    texts = entity_mentions.texts(run)
    expected = [i for i, text in enumerate(texts) if "ada" in text.lower()]
    assert 0 < len(expected) < len(texts)
    assert mentions.matching(run, " aDa ").tolist() == expected


def test_a_model_that_predicts_nothing_misses_every_mention():
    gold = all_spans(np.array([1, 2, 0, 3]), np.array([0, 4]))
    found = entity_mentions.answer(gold, all_spans(np.zeros(4, np.int16), np.array([0, 4])))
    assert [mentions.KINDS[kind][0] for kind in found.kind] == ["missed", "missed"]


def test_held_out_mentions_follow_those_of_training_rows(run):
    every, gold = entity_mentions.all_mentions(run), entity_mentions.mentions(run)
    count = len(gold.row)
    assert [part[:count].tolist() for part in every] == [part.tolist() for part in gold]
    known, table = AllRows.of(run), mentions.table(run, 2, np.arange(count, len(every.row)))
    for line in table.itertuples():
        assert line.mention in line.sentence
        assert known.texts([line.row]) == [line.sentence]
    assert set(table["split"]) == {"validation", "test"}


def test_a_mention_is_marked_in_its_sentence(run):
    every = entity_mentions.all_mentions(run)
    said = in_sentence(run, np.arange(len(every.row)))
    words, sentences = phrases_of(run, np.arange(len(every.row))), AllRows.of(run).texts(every.row)
    for text, own, whole in zip(said, words, sentences, strict=True):
        before, rest = text.split(MARK_START)
        marked, after = rest.split(MARK_END)
        assert marked == own
        around = f"{before.removeprefix('… ')}{own}{after.removesuffix(' …')}".strip()
        assert around in whole


@pytest.mark.parametrize("split", ["all", "validation", "test"])
@pytest.mark.parametrize("by", mentions.COLOURINGS)
def test_held_out_mentions_have_colours_too(run, by, split):
    looks = mentions.colouring(run, 2, by, split)
    assert len(looks.codes) == len(in_split(entity_mentions.splits(run), split))
    assert looks.codes.max() < len(looks.palette)


def test_rings_mark_the_mentions_of_hard_seeds_hardest_first(run):
    seeds = MENTIONS.seeds(run, 2)
    rows = entity_mentions.mentions(run).row
    hardest = [row for row in run.array("seeds", 2).tolist() if row in set(rows.tolist())]
    assert list(dict.fromkeys(rows[seeds].tolist())) == hardest
    assert set(seeds.tolist()) == set(np.flatnonzero(np.isin(rows, hardest)).tolist())


def test_the_data_map_of_mentions_is_that_of_their_hardest_words(run):
    places = MENTIONS.data_map(run, 3)
    p = np.stack([np.exp(-entity_mentions.losses(run, epoch)) for epoch in (1, 2, 3)])
    np.testing.assert_allclose(places, np.stack([p.std(0), p.mean(0)], axis=1), atol=1e-5)


def test_the_player_shows_the_colours_of_each_epoch(run):
    found = frames_of(run, MENTIONS.name, "mistake", "training")
    for place, epoch in enumerate(found.epochs):
        assert (found.colours[place] == mentions.colouring(run, epoch, "mistake").codes).all()
        rings = np.unpackbits(found.rings[place], bitorder="little")[: found.points]
        assert np.flatnonzero(rings).tolist() == sorted(MENTIONS.seeds(run, epoch))
