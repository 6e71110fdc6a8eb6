"""Every page on a run of tagged sentences: what it shows, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fake_run import write_fake_token_run
from tests.ui.conftest import words

TRAIN, HARDNESS, WEIGHTS = "pages/2_Train.py", "pages/3_Hardness.py", "pages/4_Weights.py"
NEIGHBOURHOODS, F1 = "pages/5_Neighbourhoods.py", "pages/6_Per_class_F1.py"
VIEWS = (
    ("app.py", {}),
    ("pages/1_Dataset.py", {"from": "run"}),
    (TRAIN, {}),
    (HARDNESS, {"view": "Distribution"}),
    (HARDNESS, {"view": "Rows"}),
    (HARDNESS, {"view": "Hard or just drawn"}),
    (WEIGHTS, {"view": "Weight curve"}),
    (WEIGHTS, {"view": "Meta-gradient"}),
    (WEIGHTS, {"view": "Before and after", "rows": "5"}),
    (WEIGHTS, {"view": "By rarest type"}),
    (WEIGHTS, {"view": "Draws"}),
    (NEIGHBOURHOODS, {"row": "3"}),
    (NEIGHBOURHOODS, {"colour": "mistakes"}),
    (F1, {}),
    ("pages/7_Relabel.py", {}),
    ("pages/7_Relabel.py", {"judge": "As a group"}),
    (F1, {"layout": "All in one chart", "on": "Test, best epoch"}),
)


@pytest.fixture
def run(store):
    return write_fake_token_run(store)


def sentences(app) -> list[str]:
    """The HTML of the sentences on the page."""
    return [element.proto.body for element in app.get("html") if 'class="hs"' in element.proto.body]


@pytest.mark.parametrize(("page", "query"), VIEWS)
def test_every_view_opens_on_a_token_run(visit, run, page, query):
    app = visit(page, run=run.id, **({} if page == "app.py" else query))
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(("page", "query"), VIEWS[2:])
def test_every_view_opens_while_a_token_run_trains(store, visit, page, query):
    run = write_fake_token_run(store, epochs=1, status="running", with_map=False)
    with run.hold():
        app = visit(page, run=run.id, **query)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("page", "query"),
    [
        (HARDNESS, {"view": "Rows", "rows": "5"}),
        (NEIGHBOURHOODS, {"row": "5"}),
        (WEIGHTS, {"view": "Before and after", "rows": "5"}),
    ],
)
def test_a_row_opens_as_a_sentence_with_its_entities(visit, run, page, query):
    app = visit(page, run=run.id, **query)
    (html,) = sentences(app)
    assert html.count('<b class="top"') == 1
    assert "where they differ, model and file disagree" in words(app)


def test_ticked_rows_each_open_as_a_sentence(visit, run):
    assert len(sentences(visit(HARDNESS, run=run.id, view="Rows", rows="5,9,20"))) == 3


def test_a_long_sentence_shows_a_window_until_all_of_it_is_asked_for(store, visit):
    run = write_fake_token_run(store, words=900, rows=40)
    starts = run.rows().word_starts
    row = int(np.argmax(np.diff(starts)))
    count = int(np.diff(starts)[row])
    app = visit(NEIGHBOURHOODS, run=run.id, row=str(row))
    assert sentences(app)[0].count("<span title=") == 120
    assert f"of {count:,}, around the word" in words(app)
    app.toggle(key=f"whole-{row}").set_value(True).run()
    assert sentences(app)[0].count("<span title=") == count


def test_rows_are_filtered_by_the_kind_of_mistake(visit, run):
    app = visit(HARDNESS, run=run.id, view="Rows", kind="missed")
    shown = app.dataframe[0].value["mistakes"]
    assert len(shown)
    assert shown.str.contains("missed").all()


def test_only_mistakes_goes_by_entities(visit, run):
    table = visit(HARDNESS, run=run.id, view="Rows", mistakes="true").dataframe[0].value
    assert (table["mistakes"] != "").all()


def test_hardness_says_that_a_sentence_counts_under_every_type_it_holds(visit, run):
    app = visit(HARDNESS, run=run.id)
    assert len(app.get("plotly_chart")) == 6
    assert "counts under every entity type that it holds" in words(app)


@pytest.mark.parametrize(
    ("page", "view"),
    [(HARDNESS, "Hard or just drawn"), (WEIGHTS, "By rarest type"), (WEIGHTS, "Draws")],
)
def test_charts_by_label_say_that_a_sentence_is_counted_under_its_rarest_type(
    visit, run, page, view
):
    assert "is counted under its rarest entity type" in words(visit(page, run=run.id, view=view))


def test_scores_are_of_entity_types_without_no_entity(visit, run):
    app = visit(F1, run=run.id)
    assert sorted(app.dataframe[0].value["entity type"]) == ["group", "person", "place"]
    assert "Weakest entity type" in [metric.label for metric in app.metric]
    assert "Missed entities are in the last column" in words(app)


def test_the_live_chart_has_no_line_for_no_entity(visit, run):
    app = visit(TRAIN, run=run.id)
    assert "one that the model still misses" in words(app)


def test_the_why_panel_names_the_mistakes_of_a_sentence(visit, run):
    row = int(np.flatnonzero(run.signal("errors", 3))[0])
    assert "rarest type" in words(visit(NEIGHBOURHOODS, run=run.id, row=str(row), epoch="3"))
