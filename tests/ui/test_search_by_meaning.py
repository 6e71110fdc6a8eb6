"""Search by meaning on the page Neighbourhoods, over a helper process whose encoder is a double."""

import sys

import numpy as np
import pytest

from hamr.jobs import helper as helpers
from hamr.jobs.helper import Helper
from hamr.jobs.neighbour_evidence import _key
from hamr.ui.neighbourhoods import meaning as page
from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run
from tests.jobs.helper_double import meaning
from tests.ui.conftest import words

PAGE = "pages/5_Neighbourhoods.py"
DOUBLE = [sys.executable, "-m", "tests.jobs.helper_double"]


@pytest.fixture
def run(store):
    """A run whose rows the double has embedded."""
    run = write_fake_run(store)
    texts = AllRows.of(run).texts(np.arange(len(AllRows.of(run))))
    store.cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    store.cache.put("embeddings", "key", np.stack([meaning(text) for text in texts]))
    return run


@pytest.fixture
def helper(store, monkeypatch):
    """A helper process with the double, which answers while the page waits."""
    helper = Helper(store.home, command=DOUBLE, seconds=60)
    monkeypatch.setitem(helpers._helpers, store.home, helper)
    monkeypatch.setattr(page, "SOON", 60.0)
    yield helper
    helper.close()


def ranked(app):
    return next(t.value for t in app.dataframe if "similarity" in t.value)


def test_a_phrase_in_the_link_ranks_rows_of_all_splits(run, helper, visit):
    app = visit(PAGE, run=run.id, like="test text 7 about", top="20")
    assert not app.exception
    assert not app.error
    table = ranked(app)
    assert len(table) == 20
    assert table["similarity"].is_monotonic_decreasing
    assert "20 rows similar to 'test text 7 about'" in words(app)
    assert {"test"} <= set(table["split"])


def test_rows_like_a_row_are_found_without_a_process(run, helper, visit):
    app = visit(PAGE, run=run.id, like="row:12")
    assert len(ranked(app)) == 100
    assert 12 not in list(ranked(app)["row"])
    assert helper.pid is None


def test_find_similar_ranks_the_rows_like_the_open_one(run, helper, visit):
    app = visit(PAGE, run=run.id, row="12")
    app.button(key="row-similar").click().run()
    assert app.query_params["like"] == "row:12"
    assert "rows similar to row 12" in words(app)


def test_what_was_typed_is_searched_the_other_way(run, helper, visit):
    app = visit(PAGE, run=run.id, find="text 19")
    app.segmented_control(key="search-by").set_value("meaning").run()
    assert app.query_params["like"] == "text 19"
    assert len(ranked(app)) == 100
    app.segmented_control(key="search-by").set_value("text").run()
    assert "like" not in app.query_params
    assert "with 'text 19'" in words(app)


def test_while_the_encoder_loads_the_page_says_so_and_works(run, helper, visit, monkeypatch):
    monkeypatch.setattr(page, "SOON", 0.0)
    app = visit(PAGE, run=run.id, like="sleep")
    assert not app.exception
    assert "Loading the encoder…" in words(app)
    assert len(app.get("bidi_component"))


def test_a_helper_that_is_killed_is_a_sentence_and_search_by_text_works_on(run, helper, visit):
    app = visit(PAGE, run=run.id, like="kill")
    assert not app.exception
    assert "was killed by signal 9" in app.error[0].value
    assert app.button(key="like-again")
    app.segmented_control(key="search-by").set_value("text").run()
    assert not app.error


@pytest.mark.parametrize(
    ("like", "sentence"), [("x" * 2001, "at most 2,000"), ("row:99999", "There is no row 99999")]
)
def test_a_bad_phrase_is_a_sentence_beside_the_control(run, helper, visit, like, sentence):
    app = visit(PAGE, run=run.id, like=like)
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")


def test_rows_of_a_search_are_relabelled_as_a_group(run, helper, visit):
    app = visit(PAGE, run=run.id, like="row:12", top="10")
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label.startswith("Relabel")]
    assert "rows=" in link.query_string
    app = visit("pages/7_Relabel.py", run=run.id, rows="3,17", like="row:12", show="all rows")
    assert not app.exception
    assert "Only the 2 rows of your search by meaning" in words(app)
