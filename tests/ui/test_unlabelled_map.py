"""Unlabelled rows on the map of Neighbourhoods."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.jobs.pool import attach_texts
from hamr.jobs.pool_places import place_pool
from hamr.store.pools import Pool
from hamr.views.neighbourhoods.pool_layer import pool_layer
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.scored_pool import SENTENCES, TEXTS, score_by_hand, score_sentences_by_hand
from tests.ui.conftest import on_map, words

PAGE = "pages/5_Neighbourhoods.py"


@pytest.fixture
def run(store):
    """A run with six unlabelled rows, which are scored and on its map."""
    run = write_fake_run(store, rows=60, epochs=2)
    attach_texts(store, run.info, TEXTS, "ada", "Try")
    score_by_hand(run)
    place_pool(run)
    return run


def decisions_of(run):
    return run.store.decisions(run.info.fingerprint)


def feeds(app):
    return [one for one in app.get("bidi_component") if "-layer" in one.proto.id]


def test_they_are_in_the_legend_and_on_the_map(visit, run):
    app = visit(PAGE, run=run.id)
    assert not app.exception
    assert on_map(app)["layer"] == {
        "called": "unlabelled row", "label": "unlabelled (6)", "shown": True, "selected": None
    }  # fmt: skip
    assert "Plus signs are unlabelled rows" in words(app)


def test_a_run_without_any_has_none_of_it(store, visit):
    app = visit(PAGE, run=write_fake_run(store, rows=60, epochs=2).id)
    assert "layer" not in on_map(app)
    assert not feeds(app)
    assert not [one for one in app.button if "unlabelled" in one.label]


def test_one_of_the_link_is_shown_at_the_side_with_ways_to_label_and_try_it(visit, run):
    app = visit(PAGE, run=run.id, pool="2")
    assert on_map(app)["layer"]["selected"] == 2
    assert TEXTS[2] in words(app) and "predicted class a (50 %)" in words(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert f"run={run.id}&split=unlabelled&pool=2" in links["Label it"]
    assert "Try this text" in links


def test_closing_it_takes_it_out_of_the_link(visit, run):
    app = visit(PAGE, run=run.id, pool="2")
    app.button(key="pool-close").click().run()
    assert "pool" not in app.query_params


@pytest.mark.parametrize("asked", ["6", "-1", "x", "9" * 30])
def test_a_link_to_one_that_there_is_not_shows_none(visit, run, asked):
    app = visit(PAGE, run=run.id, pool=asked)
    assert not app.exception
    assert on_map(app)["layer"]["selected"] is None


def test_while_they_are_hidden_nothing_of_them_is_sent(visit, run):
    assert feeds(visit(PAGE, run=run.id))
    app = visit(PAGE, run=run.id, unlabelled="hidden")
    assert on_map(app)["layer"]["shown"] is False
    assert not feeds(app)


def test_one_with_a_label_is_no_longer_among_them(visit, run):
    decide(decisions_of(run), Pool(decisions_of(run)).row_id(1), "class a")
    assert on_map(visit(PAGE, run=run.id))["layer"]["label"] == "unlabelled (5)"


def test_where_they_are_not_placed_a_button_places_them(store, visit, run):
    attach_texts(store, run.info, ["one more"], "ada", "Try")
    app = visit(PAGE, run=run.id)
    assert "layer" not in on_map(app)
    assert [one for one in app.button if one.label == "Place 7 unlabelled rows"]


def test_the_data_map_has_none_as_they_have_no_training_dynamics(visit, run):
    assert "layer" not in on_map(visit(PAGE, run=run.id, layout="data-map"))


def test_what_is_said_of_each_is_the_prediction_of_the_best_epoch(run):
    found = pool_layer(run, 2, Pool(decisions_of(run)))
    prediction, probability = found.facts
    assert prediction.values.tolist() == [0, 1, 0, 0, 0, 0]
    np.testing.assert_allclose(probability.values, [0.3, 0.45, 0.5, 0.6, 0.7, 0.8], atol=1e-3)
    assert found.without_decision(np.arange(6) > 3).rows.tolist() == [4, 5]


@pytest.fixture
def sentences(store):
    """The same of a run on tagged sentences."""
    run = write_fake_token_run(store, rows=40, epochs=2)
    attach_texts(store, run.info, SENTENCES, "ada", "Try")
    score_sentences_by_hand(run)
    place_pool(run)
    return run


def test_sentences_are_on_the_map_of_sentences_with_what_the_model_proposes(visit, sentences):
    app = visit(PAGE, run=sentences.id, pool="2")
    assert on_map(app)["layer"]["label"] == "unlabelled (6)"
    assert SENTENCES[2] in words(app) and "the model proposes 1 entity" in words(app)
    counts, doubt = pool_layer(sentences, 2, Pool(decisions_of(sentences))).facts
    assert counts.values.tolist() == [1] * 6
    assert doubt.values.tolist() == sorted(doubt.values, reverse=True)


def test_the_map_of_mentions_has_no_sentences(visit, sentences):
    app = visit(PAGE, run=sentences.id, map="Entity mentions")
    assert not app.exception and not feeds(app)
