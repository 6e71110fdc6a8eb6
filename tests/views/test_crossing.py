"""Which kinds of mistakes are made in which type, and what a sentence counts under."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest

from hamr.entities import ERROR_KINDS, NO_ENTITY, mistakes, spans_of
from hamr.store import Store
from hamr.views.base.figures import numbers
from hamr.views.base.labels import Held, Scored
from hamr.views.hardness import crossing
from hamr.views.hardness import distribution as hardness
from hamr.views.hardness.crossing import KINDS
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")))


def one_by_one(run, epoch: int) -> Counter:
    """Every sentence looked at, the right ones too."""
    table, predicted = run.rows(), run.signal("word_prediction", epoch)
    found: Counter = Counter()
    for row in range(len(table)):
        start, end = table.word_starts[row : row + 2]
        wrong = mistakes(spans_of(table.tags(row)), spans_of(predicted[start:end]))
        found.update((span.type, KINDS.index(kind)) for span, kind in wrong)
    return found


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_wrong_entities_are_those_of_every_sentence_one_by_one(run, epoch):
    counts = crossing.wrong_entities(run, epoch)
    expected = one_by_one(run, epoch)
    assert {place: n for place, n in np.ndenumerate(counts) if n} == expected
    assert len({kind for _, kind in expected}) == len(KINDS)  # each kind is in the made-up run


def test_the_map_names_types_with_their_entities_and_writes_counts(run):
    fig = crossing.by_type_and_kind(run, 2)
    heat, scored = fig.data[0], Scored.of(run)
    rarest = scored.rarest_first()[0]
    assert heat.y[0] == f"{scored.names[rarest]} ({scored.counts[rarest]:,})"
    assert list(heat.x) == list(ERROR_KINDS.values())
    written = sorted(int(text) for trace in fig.data[1:] for text in trace.text)
    assert written == sorted(n for n in crossing.wrong_entities(run, 2).ravel() if n)


def test_the_numbers_of_the_map_are_counts_and_shares(run):
    table = numbers(crossing.by_type_and_kind(run, 2))
    assert table["count"].sum() == crossing.wrong_entities(run, 2).sum()
    total = dict(zip(Scored.of(run).names, Scored.of(run).counts, strict=True))
    entities = table["y"].str.split(" ").str[0].map(total)
    assert np.allclose(table["value"], 100 * table["count"] / entities, atol=0.01)


def test_a_map_without_mistakes_is_empty(run, monkeypatch):
    monkeypatch.setattr(type(run), "signal", lambda self, name, epoch: np.zeros(120, np.uint8))
    assert numbers(crossing.by_type_and_kind(run, 2)).empty


def test_a_sentence_counts_under_every_type_it_holds_and_one_without_as_such(run):
    held, table = Held.of(run), run.rows()
    expected = set()
    for row in range(len(table)):
        types = {span.type for span in spans_of(table.tags(row))} or {run.classes.index(NO_ENTITY)}
        expected |= {(row, type_) for type_ in types}
    assert len(held.rows) == len(expected)
    assert set(zip(held.rows.tolist(), held.under.tolist(), strict=True)) == expected
    assert held.count().sum() > len(table)


def test_a_text_counts_under_its_class_alone(tmp_path):
    run = write_fake_run(Store.open(tmp_path))
    held = Held.of(run)
    assert np.array_equal(held.under, run.rows().labels)
    assert np.array_equal(held.rows, np.arange(len(run.rows())))


def test_boxes_of_types_hold_the_sentences_of_each(run):
    boxes = hardness.by_class(run, 2).data[0]
    held, values = Held.of(run), run.signal("hardness", 2)
    for name, median in zip(boxes.y, boxes.median, strict=True):
        own = held.under == run.classes.index(name.rsplit(" (", 1)[0])
        assert median == pytest.approx(np.median(values[held.rows[own]]))


def test_the_tile_names_the_type_of_the_top_box(run):
    top = hardness.by_class(run, 2).data[0].y[-1]
    assert top.startswith(hardness.summary(run, 2)["hardest_class"])


def test_twelve_thousand_sentences_are_counted_in_a_moment(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path), rows=12_000, epochs=1, with_map=False)
    assert np.count_nonzero(run.signal("errors", 1)) > 4_000
    began = time.thread_time()  # of the processor: other work on the machine counts for nothing
    crossing.by_type_and_kind(run, 1)
    assert time.thread_time() - began < 2  # 0.2 s where nothing is traced
