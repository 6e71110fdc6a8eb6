"""What counts as a mistake, and the kinds of mistakes of token runs."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.entities import MISSED, SPURIOUS, WRONG_TYPE
from hamr.store import Store
from hamr.views.base import mistakes, rowtable
from hamr.views.base.labels import Scored
from hamr.views.base.rowtable import RowFilter
from hamr.views.hardness import by_mistake
from hamr.views.hardness import distribution as hardness
from hamr.views.neighbourhoods import row_map as neighbourhoods
from hamr.views.per_class_f1 import scores as classes
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")))


def rows_of(run, **wanted):
    frame = rowtable.measures(run, 2)
    return sorted(rowtable.matching(run, frame, RowFilter(**wanted), "hardest first"))


def test_a_text_is_a_mistake_where_another_class_is_predicted(tmp_path):
    run = write_fake_run(Store.open(tmp_path))
    expected = run.signal("prediction", 2) != run.rows().labels
    assert np.array_equal(mistakes.wrong(run, 2), expected)


def test_a_sentence_of_the_right_rarest_type_can_be_a_mistake(run):
    wrong = mistakes.wrong(run, 2)
    assert np.array_equal(wrong, run.signal("errors", 2) != 0)
    assert (wrong & (run.signal("prediction", 2) == run.rows().labels)).any()


def test_kinds_are_told_in_words():
    assert mistakes.in_words(MISSED | WRONG_TYPE) == "missed, wrong type"
    assert mistakes.in_words(0) == ""


@pytest.mark.parametrize("kind", mistakes.KINDS)
def test_the_filter_by_kind_leaves_the_rows_with_that_bit(run, kind):
    errors = run.signal("errors", 2)
    bit = mistakes.KINDS[kind]
    expected = [row for row, bits in enumerate(errors) if (bits & bit if bit else not bits)]
    assert rows_of(run, kind=kind) == expected


def test_the_filter_of_mistakes_goes_by_entities(run):
    assert rows_of(run, mistakes=True) == np.flatnonzero(run.signal("errors", 2)).tolist()


def test_the_table_names_the_kinds_of_each_row(run):
    row = int(np.flatnonzero(run.signal("errors", 2) & SPURIOUS)[0])
    table = rowtable.table(run, rowtable.measures(run, 2), [row])
    assert "spurious" in table["mistakes"][0]


def test_the_table_of_texts_has_no_kinds(tmp_path):
    run = write_fake_run(Store.open(tmp_path))
    assert "mistakes" not in rowtable.table(run, rowtable.measures(run, 2), [0])


def test_the_map_colours_mistakes_in_entities(run):
    codes = neighbourhoods.colouring(run, 2, "mistakes").codes
    assert np.array_equal(codes, mistakes.wrong(run, 2))


def test_hardness_by_kind_counts_a_row_under_each_of_its_kinds(run):
    errors = run.signal("errors", 2)
    names = by_mistake.by_kind(run, 2).data[0].y
    assert names[-1] == f"missed ({np.count_nonzero(errors & MISSED)})"
    assert names[0] == f"all right ({np.count_nonzero(errors == 0)})"


def test_hardness_by_type_says_what_a_sentence_stands_under(run):
    assert "entity type" in hardness.by_class(run, 2).layout.title.text


def test_scores_are_of_entity_types_by_the_entities_in_training(run):
    scored = Scored.of(run)
    assert scored.names == ("group", "person", "place")
    entities = sum(int((run.rows().tags(row) % 2 == 1).sum()) for row in range(120))
    assert scored.counts.sum() == entities


def test_the_table_of_scores_leaves_no_entity_out(run):
    table = classes.score_table(run, 2)
    assert sorted(table["entity type"]) == ["group", "person", "place"]
    assert "training entities" in table


def test_the_confusion_keeps_no_entity_last_for_missed_and_spurious(run):
    fig = classes.confusion(run, 2, normalise=False)
    assert fig.data[0].x[-1] == fig.data[0].y[-1] == "no entity"
    assert fig.layout.yaxis.title.text == "entity"


def test_every_chart_of_types_leaves_no_entity_out(run):
    names = [trace.name for trace in classes.all_classes(run, 2, [0]).data]
    assert not any("no entity" in name for name in names)
