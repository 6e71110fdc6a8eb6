"""Runs whose tags are chosen together."""

import numpy as np
import pytest
import torch

from hamr.config import RunSettings
from hamr.metrics import score_entities
from hamr.models import Head
from hamr.tag_transitions import decode
from hamr.training import train
from hamr.training.tag_decoding import TagDecoding
from tests.core.several import together
from tests.core.small_data import DictCache, epochs_of, full, quick, same_bits, small_tagged
from tests.core.test_tag_transitions import SENTENCES, TAGS, laid_out


def records(settings, **options):
    return list(train(small_tagged(), settings, cache=DictCache(), **options))


def of(preset, folder, **changes):
    if preset == "full":
        return full(folder, meta_every=2, **changes)
    return quick(model=str(folder), max_length=16, learning_rate=1e-2, **changes)


@pytest.fixture(scope="module", params=["quick", "full"])
def runs(request, tiny_encoder):
    """The settings, and the records with words tagged together and alone."""
    settings = of(request.param, tiny_encoder, tag_decoding="viterbi")
    alone = records(of(request.param, tiny_encoder))
    return settings, records(settings), alone


def test_training_and_the_scores_of_epochs_are_those_of_words_alone(runs):
    _, found, alone = runs
    same_bits(epochs_of(found)[-1], epochs_of(alone)[-1])
    assert found[-1].best_epoch == alone[-1].best_epoch


def test_validation_scores_are_no_lower_than_those_of_words_alone(runs):
    _, found, alone = runs
    assert found[-1].validation.macro_f1 >= alone[-1].validation.macro_f1


def test_the_final_scores_are_those_of_the_final_tags_by_viterbi(runs):
    final, dataset = runs[1][-1], small_tagged()
    ends = np.cumsum([len(words) for words in dataset.test.words])
    predicted = np.split(final.tags["test"], ends[:-1])
    again = score_entities(dataset.test.tags, predicted, np.zeros(len(dataset.test)), 2)
    assert again.macro_f1 == pytest.approx(final.test.macro_f1)


def test_a_resumed_run_chooses_the_same(runs):
    settings, found, _ = runs
    again = records(settings, resume=(1, epochs_of(found)[0].checkpoint))[-1]
    assert np.array_equal(found[-1].tags["test"], again.tags["test"])
    assert found[-1].model.keys() == again.model.keys()
    for name, weights in found[-1].model.items():
        assert np.array_equal(weights, again.model[name])


def test_whoever_loads_the_weights_has_the_transitions(runs):
    stored = {name: torch.from_numpy(array) for name, array in runs[1][-1].model.items()}
    if "lower.weight" not in stored:
        pytest.skip("of the full preset the same module holds them")
    head = Head(*stored["lower.weight"].shape[::-1], len(stored["upper.bias"]))
    head.load_state_dict(stored)
    kept = stored.get("transitions")
    assert (head.transitions is None) == (kept is None)
    assert kept is None or torch.equal(head.transitions, kept)


def test_transitions_are_kept_where_they_raise_scores_and_only_there():
    tags, starts = laid_out(SENTENCES)
    decoding = TagDecoding(tags, starts, TAGS)
    sure = np.log(np.eye(TAGS, dtype=np.float32)[tags] * 0.9 + 0.02)
    assert decoding.choose(sure, tags, starts) is None
    cut = sure.copy()
    cut[tags == 1] = np.log([0.46, 0.44, 0.02, 0.02, 0.06])  # B and I: words alone miss the B
    decoding.transitions = decoding.choose(cut, tags, starts)
    assert decoding.transitions is not None
    assert np.array_equal(decoding.tags(cut, starts), decode(cut, starts, decoding.transitions))


def test_a_stored_run_without_the_setting_tags_words_alone():
    stored = RunSettings.stored({"training": {"method": "hamr-plus"}})
    assert stored.training.tag_decoding == "word"


def tagged_by_ranks(ranks, settings):
    return list(train(small_tagged(), settings, cache=DictCache(), ranks=ranks))[-1].tags["test"]


def test_all_ranks_tag_alike(tiny_encoder):
    settings = of("full", tiny_encoder, tag_decoding="viterbi", epochs=1, precision="float32")
    one, other = together(tagged_by_ranks, settings)
    assert np.array_equal(one, other)
