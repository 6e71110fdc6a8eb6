"""Columns of metadata on Relabel: beside the row, searched, as a filter, and by label errors."""

import pytest

from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run
from tests.metadata_rows import annotator, with_metadata
from tests.ui.relabelling import PAGE, press, said, shown


@pytest.fixture
def run(store):
    rows = with_metadata(
        who=annotator,
        **{"*user*": lambda row: f"user {row}", "when": lambda row: f"2024-{1 + row % 12:02d}-05"},
    )
    return write_fake_run(store, dataset=rows)


def who(run, row):
    return AllRows.of(run).tables[0].about(row).get("who")


def values(app):
    return next(box for box in app.multiselect if box.label == "Show only rows with")


def by_value(app):
    """The table of label errors by the values of a column."""
    return next(one.value for one in app.dataframe if "likely errors" in one.value.columns)


def opened(visit, run, **query):
    app = visit(PAGE, run=run.id, annotator="ada", **query)
    app.session_state["by-column"] = True
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_row_shows_its_metadata_as_they_are(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", row="4")
    assert not app.exception
    frame = app.table[0].value
    assert "user 4" in frame.to_numpy().tolist()[0]
    assert any("\\*user" in name for name in frame.columns)


def test_a_run_without_metadata_shows_nothing_of_them(visit, store):
    app = visit(PAGE, run=write_fake_run(store).id, annotator="ada")
    assert not app.exception
    assert not app.table


def test_text_search_finds_metadata(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", q="USER 123")
    assert not app.exception
    assert shown(app) == 123


def test_a_link_filters_by_value(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", column="who", value="ann 1")
    seen = []
    for _ in range(5):
        seen.append(who(run, shown(app)))
        app = press(app, "Accept")
    assert seen == ["ann 1"] * 5
    press(app, "Clear who: ann 1")
    assert "value" not in app.query_params and "column" not in app.query_params


def test_a_link_with_a_column_that_the_rows_lack_shows_all_rows(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", column="nobody", value="x")
    assert not app.exception
    assert "rank 1 of 280" in said(app)
    assert not [one for one in app.button if one.label.startswith("Clear")]


def test_a_chosen_value_goes_into_the_link_and_comes_back_out_of_it(visit, run):
    app = opened(visit, run)
    values(app).set_value(["ann 2", "(no value)"]).run()
    assert not app.exception
    assert app.query_params["column"] in ("who", ["who"])
    assert set(app.query_params["value"]) == {"ann 2", "(no value)"}
    assert who(run, shown(app)) in ("ann 2", None)
    values(app).set_value([]).run()
    assert "value" not in app.query_params


def test_label_errors_are_counted_per_value_and_sorted(visit, run):
    app = opened(visit, run)
    frame = by_value(app)
    assert set(frame["who"]) == {"ann 0", "ann 1", "ann 2", "(no value)"}
    assert frame["rows"].sum() == len(AllRows.of(run))
    assert (frame["from"].diff().dropna() <= 1e-9).all()
    assert ((frame["from"] <= frame["share"]) & (frame["share"] <= frame["to"])).all()


def test_reviews_are_counted_per_value(visit, run):
    app = opened(visit, run)
    name = who(run, shown(app)) or "(no value)"
    press(app, "Accept")
    app.session_state["by-column"] = True
    app.run()
    frame = by_value(app).set_index("who")
    assert frame["reviewed"].to_dict() == {n: int(n == name) for n in frame.index}
    assert frame["changed"].sum() == 0


def test_dates_are_grouped_by_month(visit, run):
    app = opened(visit, run)
    app.selectbox(key="errors-column").set_value("when").run()
    assert not app.exception
    assert set(by_value(app)["when"]) == {f"2024-{m:02d}" for m in range(1, 13)}


def test_ten_thousand_values_are_searched_not_sent(visit, store):
    rows = with_metadata(who=lambda row: f"user {row * 37 % 10_007}")
    run = write_fake_run(store, dataset=_many(rows))
    app = opened(visit, run)
    assert len(values(app).options) <= 300
    app.text_input(key="find-value").set_value("user 9999").run()
    assert values(app).options == ["user 9999"]
    values(app).set_value(["user 9999"]).run()
    assert not app.exception
    assert who(run, shown(app)) == "user 9999"


def _many(rows):
    from dataclasses import replace

    import numpy as np

    from hamr.columns import Column

    train = rows.train
    ids = tuple(f"r{i}" for i in range(10_000))
    more = replace(
        train,
        ids=ids,
        texts=tuple(f"text {i}" for i in range(10_000)),
        labels=np.resize(train.labels, 10_000),
        metadata={"who": Column.of(f"user {i}" for i in range(10_000))},
    )
    return replace(rows, train=more)
