"""The entities that a model predicts fall in the hard regions of a run's mentions."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.inference import Predicted
from hamr.inference.predictions import Predictions
from hamr.jobs import mention_places as places
from hamr.jobs.predicting import predictor_of
from hamr.jobs.run_model import model_of, region_names, regions_of_sentences
from hamr.regions.held_out import nearest_training_rows
from hamr.store import Run
from hamr.views.base import mentions
from hamr.views.base.region_inputs import inputs_of
from tests.core.small_data import save_tiny_encoder, small_tagged
from tests.core.trained import train_small
from tests.fake_regions import fake_region, fake_regions


@pytest.fixture(scope="module", params=["quick", "full"])
def run(request, tmp_path_factory) -> Run:
    """A run with a frozen encoder, and one that fine-tunes it."""
    return train_small(tmp_path_factory.mktemp("home"), small_tagged(), request.param)


def regions_of_types(run: Run):
    """A region of the training mentions of each type."""
    types = mentions.mentions(run).type
    made = [fake_region(name, np.flatnonzero(types == n)) for n, name in enumerate(("one", "two"))]
    return fake_regions(len(types), *made)


def held_out(run: Run):
    """(sentences, tags) of the validation and test rows."""
    splits = [run.dataset().split(name) for name in ("validation", "test")]
    return [w for own in splits for w in own.words], [t for own in splits for t in own.tags]


def as_if_predicted(found: Predictions, tags) -> Predictions:
    """The predictions of a model that gives these tags."""
    sure = np.eye(len(found.outputs), dtype=np.float32)[np.concatenate(tags)]
    return replace(found, probabilities=sure, transitions=None)


def test_mentions_of_held_out_sentences_fall_in_the_regions_that_the_run_says(run):
    sentences, tags = held_out(run)
    predictor, regions, inputs = predictor_of(run), regions_of_types(run), inputs_of(run)
    own = places.mention_places(run, predictor)
    found = own.nearest(as_if_predicted(own.predict(predictor, sentences), tags), sentences)
    held = inputs.held_out()
    wanted = nearest_training_rows(inputs.vectors(), held.vectors[held.rows >= 0])
    assert region_names(regions, found) == region_names(regions, wanted)
    assert {"regsvr32, one · class a ↔ class b", "regsvr32, two · class a ↔ class b"} <= set(
        region_names(regions, found)
    )


def test_each_entity_has_its_region_and_sentences_in_pieces_have_the_same(run, monkeypatch):
    sentences = [*held_out(run)[0], (), *held_out(run)[0]]
    model = model_of(run, regions=regions_of_types(run))
    whole = model.predict(sentences).columns()
    assert [len(own) for own in whole["entity_regions"]] == list(map(len, whole["entities"]))
    monkeypatch.setattr(places, "MOST_WORDS", 40)
    assert len(list(places.pieces(sentences))) > 3
    assert model.predict(sentences).columns()["entity_regions"] == whole["entity_regions"]


def test_without_regions_there_is_no_column_of_them(run):
    columns = model_of(run).predict(["text of 7"]).columns()
    assert not {"region", "entity_regions"} & set(columns)


def test_without_the_vectors_of_its_words_a_run_gives_no_regions(tmp_path):
    run = train_small(tmp_path, small_tagged())
    regions = regions_of_types(run)
    run.store.cache.clear()
    assert "region" not in model_of(run, regions=regions).predict(["text of 7"]).columns()


def test_another_encoder_than_a_fine_tuned_model_began_with_gives_no_regions(tmp_path):
    run = train_small(tmp_path, small_tagged(), "full")
    predictor = predictor_of(run)
    assert places.mention_places(run, predictor) is not None
    save_tiny_encoder(tmp_path / "encoder")  # with other random weights
    assert places.mention_places(run, predictor) is None


def test_only_regions_beyond_chance_are_named():
    nearest = np.array([[0, 1, 2, 3, 4]])
    likely = fake_regions(9, fake_region("r", [0, 1, 2], p_value=0.2))
    assert regions_of_sentences(likely, nearest, [1]) == ([""], [[""]])


def test_a_sentence_has_the_region_of_the_entity_that_is_most_surely_in_one():
    few, many = fake_region("few", [0, 1, 2]), fake_region("many", [4, 5, 6, 7, 8])
    regions = fake_regions(20, few, many)
    nearest = np.array([[0, 1, 2, 10, 11], [4, 5, 6, 7, 12], [0, 1, 10, 11, 12], [0, 1, 2, 10, 11]])
    of_sentence, of_entities = regions_of_sentences(regions, nearest, [0, 3, 1])
    assert of_sentence == ["", many.name, few.name]
    assert of_entities == [[], [few.name, many.name, ""], [few.name]]


def test_a_sentence_without_words_has_no_region():
    none = Predictions(("O", "B-a", "I-a"), np.zeros((0, 3), np.float32), starts=np.array([0, 0]))
    columns = Predicted(none, None, [""], [[]]).columns()
    assert columns["region"] == [None] and columns["entity_regions"] == [[]]
