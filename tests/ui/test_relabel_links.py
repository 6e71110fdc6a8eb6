"""The ways into Relabel from other pages: with a row, with the rows of a lasso."""

from __future__ import annotations

from urllib.parse import parse_qs

import numpy as np

from hamr.ui.widgets.mapchoice import MENTIONS
from hamr.views.base.all_rows import AllRows
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.mentions import mentions, texts
from hamr.views.base.packing import Frame
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, press

HALF = [(-1000, -1000), (32768, -1000), (32768, 70000), (-1000, 70000)]  # left half of the frame


def links(app) -> list[tuple[str, dict[str, list[str]]]]:
    """The links to Relabel: what each says, and its query."""
    found = [one.proto for one in app.get("page_link")]
    return [(p.label, parse_qs(p.query_string)) for p in found if p.label.startswith("Relabel ")]


def test_each_row_followed_on_hardness_leads_to_relabel(store, visit):
    run = write_fake_run(store)
    app = visit("pages/3_Hardness.py", run=run.id, view="Rows", rows="7,9")
    assert not app.exception
    assert [query["row"] for label, query in links(app)] == [["7"], ["9"]]


def test_a_row_of_a_lasso_leads_to_relabel_among_the_others(store, visit):
    run = write_fake_run(store)
    lasso = lasso_text(HALF)
    app = visit("pages/5_Neighbourhoods.py", run=run.id, lasso=lasso, row="3")
    assert dict(links(app))["Relabel this row"]["lasso"] == [lasso]
    app = visit("pages/5_Neighbourhoods.py", run=run.id, lasso=lasso)
    assert dict(links(app))["Relabel these rows"]["lasso"] == [lasso]


def test_a_lasso_of_mentions_leads_to_exactly_their_sentences(store, visit):
    run = write_fake_token_run(store)
    lasso, xy = lasso_text(HALF), run.mention_map()
    app = visit("pages/5_Neighbourhoods.py", run=run.id, map=MENTIONS, mlasso=lasso)
    ((label, query),) = links(app)
    assert label == "Relabel their sentences"
    app = visit(PAGE, annotator="ada", **{name: values[0] for name, values in query.items()})
    held = np.unique(mentions(run).row[inside(Frame.around(xy).to_data(HALF), xy)])
    assert sorted(app.dataframe[0].value["id"]) == sorted(run.rows().ids(held))
    assert f"Only the {len(held)} rows in your lasso" in words(app)
    app = press(app, "Show all rows")
    assert len(app.dataframe[0].value) == len(AllRows.of(run))


def test_mentions_that_a_search_found_lead_to_sentences_with_it(store, visit):
    run = write_fake_token_run(store)
    find = texts(run)[0]
    app = visit("pages/5_Neighbourhoods.py", run=run.id, map=MENTIONS, find=find)
    ((label, query),) = links(app)
    assert label.startswith("Relabel sentences with")
    assert query["q"] == [find]
