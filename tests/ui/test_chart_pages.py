"""Hardness, Weights and Per-class F1: with and without a run, for ERM, and while it runs."""

from __future__ import annotations

import pytest

from hamr.ui.hardness import grid
from tests.fake_run import write_fake_run
from tests.ui.conftest import words

HARDNESS, WEIGHTS, F1 = "pages/3_Hardness.py", "pages/4_Weights.py", "pages/6_Per_class_F1.py"
PAGES = (HARDNESS, WEIGHTS, F1)
VIEWS = (
    (HARDNESS, {"view": "Distribution"}, 4),
    (HARDNESS, {"view": "Rows"}, 1),
    (HARDNESS, {"view": "Hard or just drawn"}, 2),
    (HARDNESS, {"view": "Measures"}, 1),
    (HARDNESS, {"view": "Measures", "measure": "AUM", "with": "AUM"}, 0),
    (WEIGHTS, {"view": "Weight curve"}, 2),
    (WEIGHTS, {"view": "Before and after"}, 2),
    (WEIGHTS, {"view": "By class"}, 2),
    (WEIGHTS, {"view": "Alignment"}, 2),
    (WEIGHTS, {"view": "Draws"}, 2),
    (F1, {}, 2),
    (F1, {"layout": "All in one chart", "on": "Test, best epoch"}, 2),
)


def figures(app) -> int:
    return len(app.get("plotly_chart"))


@pytest.mark.parametrize("page", PAGES)
def test_without_a_run_the_page_says_what_to_do(visit, page):
    app = visit(page)
    assert not app.exception
    assert "No run yet" in words(app)
    assert figures(app) == 0


@pytest.mark.parametrize(("page", "query", "count"), VIEWS)
def test_every_view_opens_from_its_link(store, visit, page, query, count):
    run = write_fake_run(store)
    app = visit(page, run=run.id, epoch="2", **query)
    assert not app.exception
    assert not app.error
    assert figures(app) == count


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, query, _ in VIEWS])
def test_every_view_opens_while_the_run_trains(store, visit, page, query):
    run = write_fake_run(store, epochs=1, status="running", with_map=False)
    with run.hold():
        app = visit(page, run=run.id, **query)
    assert not app.exception
    assert not app.error


def test_the_test_scores_wait_for_the_end_of_the_run(store, visit):
    run = write_fake_run(store, status="interrupted")
    app = visit(F1, run=run.id, on="Test, best epoch")
    assert "scored once" in words(app)


SHORTCUT = {"preset": "full", "meta_gradient": "last_layer", "probe_every": 2}


def test_the_probes_of_a_shortcut_are_drawn_with_their_mean_and_its_form_in_words(store, visit):
    run = write_fake_run(store, probes=4, **SHORTCUT)
    app = visit(WEIGHTS, run=run.id, view="Meta-gradient")
    assert not app.exception
    assert figures(app) == 1
    assert [m.value for m in app.metric if m.label == "Probes"] == ["12"]
    assert "**Last layer** – the virtual step moves the head alone" in words(app)
    assert "choose `exact` or `first_order`" in words(app)
    assert list(app.dataframe[0].value["probes"]) == [4, 4, 4]


def test_a_shortcut_that_points_elsewhere_is_warned_of(store, visit, monkeypatch):
    monkeypatch.setattr("hamr.ui.weights.meta_gradient.POOR", 1.0)
    run = write_fake_run(store, probes=4, **SHORTCUT)
    app = visit(WEIGHTS, run=run.id, view="Meta-gradient")
    assert "differs from the exact gradient" in app.warning[0].value


def test_long_runs_say_how_their_probes_were_thinned(store, visit, monkeypatch):
    monkeypatch.setattr("hamr.views.weights.meta_gradient.group_size", lambda count, limit=0: 7)
    run = write_fake_run(store, probes=4, **SHORTCUT)
    app = visit(WEIGHTS, run=run.id, view="Meta-gradient")
    assert "Of each 7 neighbouring probes the lowest and the highest are drawn" in words(app)


@pytest.mark.parametrize(
    ("probes", "settings", "sentence"),
    [
        (0, {"method": "erm"}, "takes no meta step"),
        (0, {}, "exact, in closed form"),
        (0, {**SHORTCUT, "meta_gradient": "exact"}, "no shortcut to check"),
        (0, {**SHORTCUT, "probe_every": 0}, "probe_every is 0"),
        (0, SHORTCUT, "No probe yet"),
        (None, SHORTCUT, "recorded by an earlier version"),
    ],
)
def test_a_run_without_probes_says_why(store, visit, probes, settings, sentence):
    run = write_fake_run(store, probes=probes, **settings)
    app = visit(WEIGHTS, run=run.id, view="Meta-gradient")
    assert not app.exception
    assert not app.error
    assert sentence in words(app)
    assert figures(app) == 0


def test_a_run_of_an_earlier_version_shows_all_the_rest_of_its_weights(store, visit):
    run = write_fake_run(store, probes=None, **SHORTCUT)
    assert figures(visit(WEIGHTS, run=run.id, view="Weight curve")) == 2


@pytest.mark.parametrize("view", ["Weight curve", "Before and after", "By class"])
def test_erm_says_why_it_has_no_weights(store, visit, view):
    run = write_fake_run(store, method="erm")
    app = visit(WEIGHTS, run=run.id, view=view)
    assert "ERM" in words(app)
    assert figures(app) == 0


def test_erm_has_no_hard_rows_and_lists_them_by_loss(store, visit):
    run = write_fake_run(store, method="erm")
    app = visit(HARDNESS, run=run.id)
    assert "equally hard" in words(app)
    assert figures(app) == 0
    table = visit(HARDNESS, run=run.id, view="Rows").dataframe[0].value
    assert table["loss"].is_monotonic_decreasing
    assert set(table["support"]) == {"not hard"}


def test_erm_shows_its_draws_and_says_that_they_are_not_left_to_chance(store, visit):
    run = write_fake_run(store, method="erm")
    app = visit(WEIGHTS, run=run.id, view="Draws")
    assert "each row once" in words(app)
    assert figures(app) == 2


def test_search_and_filters_narrow_the_rows(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Rows", q="text 17 about")
    assert app.dataframe[0].value["id"].tolist() == ["train:18"]
    app.text_input(key="q").set_value("no row has this").run()
    assert "No row passes" in words(app)


def test_only_mistakes_leaves_no_row_that_is_right(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Rows", mistakes="true")
    table = app.dataframe[0].value
    assert len(table)
    assert (table["label"] != table["prediction"]).all()


def test_rows_are_hardest_first_and_the_next_page_goes_on(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Rows")
    first = app.dataframe[0].value["hardness"]
    app.button(key="next").click().run()
    second = app.dataframe[0].value["hardness"]
    assert first.is_monotonic_decreasing
    assert second.max() <= first.min()
    assert "Rows 26 to 50 of 200" in words(app)


def test_the_rows_of_the_url_are_followed_whatever_page_they_are_on(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Rows", rows="3,17,9999,x")
    assert app.multiselect(key="chosen-3-17").value == [3, 17]
    assert "train text 3 about <b>" in words(app)


def test_ticks_go_into_the_url_up_to_eight(monkeypatch):
    state = {"grid": {"selection": {"rows": [0, 2]}}}
    url = {"rows": "90,91,92,93,94,95,20"}  # row 20 is on this page and no longer ticked
    monkeypatch.setattr(grid.st, "session_state", state)
    monkeypatch.setattr(grid, "query", url.get)
    monkeypatch.setattr(grid, "choose_rows", lambda rows: url.update(rows=list(rows)))
    grid.tick("grid", [10, 20, 30])
    assert url["rows"] == [90, 91, 92, 93, 94, 95, 10, 30]
    assert "too_many" not in state

    url["rows"] = "90,91,92,93,94,95,96,97"
    grid.tick("grid", [10, 20, 30])
    assert url["rows"] == [90, 91, 92, 93, 94, 95, 96, 97]
    assert state["too_many"]


def test_the_buttons_of_hard_or_just_drawn_lead_to_their_rows(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Hard or just drawn")
    button = next(b for b in app.button if b.label == "Show these rows" and not b.disabled)
    button.click().run()
    assert app.selectbox(key="support").value is not None
    assert set(app.dataframe[0].value["support"]) == {app.selectbox(key="support").value}


def test_a_link_of_an_older_version_filters_by_support(store, visit):
    run = write_fake_run(store)
    app = visit(HARDNESS, run=run.id, view="Rows", reading="hard, well supported")
    assert app.selectbox(key="support").value == "hard, well supported"
    assert "reading" not in app.query_params


def test_another_run_can_be_picked_on_every_view(store, visit):
    first, second = write_fake_run(store, name="one"), write_fake_run(store, name="two", seed=1)
    for page, query, _ in VIEWS[:3]:
        app = visit(page, run=first.id, **query)
        app.selectbox(key="run_picker").set_value(second.id).run()
        assert not app.exception
        assert app.query_params["run"] in (second.id, [second.id])


def test_class_names_are_shown_and_not_read_as_markup(store, visit):
    names = ("![x](http://x.test/a.png)", "<b>b</b>", "c_d_e")
    run = write_fake_run(store, classes=3, class_names=names)
    for page in PAGES:
        app = visit(page, run=run.id)
        assert not app.exception
        shown = [m.value for m in app.metric] + [m.delta for m in app.metric]
        assert not any("![x](http" in str(text) for text in shown)


def test_a_damaged_file_is_a_sentence_and_the_rest_of_the_page_stands(store, visit):
    run = write_fake_run(store)
    damaged = next(run.folder.glob("**/*hardness*"))
    for path in run.folder.glob("**/boost.npy"):
        path.unlink()
    assert damaged.exists()
    app = visit(HARDNESS, run=run.id, view="Rows")
    assert not app.exception
    assert any("boost" in error.value for error in app.error)
    assert app.metric


def test_the_measure_that_rows_are_sorted_by_is_next_to_the_prediction():
    columns = grid._columns("lowest AUM first")
    assert columns.index("AUM") == columns.index("prediction") + 1
    assert sorted(columns) == sorted(grid._columns("hardest first"))
