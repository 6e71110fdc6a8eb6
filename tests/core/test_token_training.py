"""Training on tagged sentences: the same loop, to the same guarantees."""

import numpy as np
import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.entities import NO_ENTITY, SPURIOUS, spans_of
from hamr.methods import names, table
from hamr.metrics import error_bits, score_entities
from hamr.records import ROW_SIGNALS, TOKEN_ROW_SIGNALS, WORD_SIGNALS, FinalRecord
from hamr.training import WarmStart, train
from tests.core.small_data import DictCache, epochs_of, full, quick, same_bits, small_tagged


def records(settings, dataset=None, **options):
    dataset = dataset or small_tagged()
    return list(train(dataset, settings, cache=DictCache(), **options))


@pytest.fixture(scope="module", params=["hardest word", "half of the words", "full"])
def settings(request, tiny_encoder):
    if request.param == "full":
        return full(tiny_encoder, meta_every=2, word_share=0.5)
    share = 0.5 if request.param == "half of the words" else 0.0
    return quick(model=str(tiny_encoder), max_length=16, word_share=share)


@pytest.fixture(scope="module")
def found(settings):
    """The records of one run on `small_tagged()`, for all tests that only read them."""
    return tuple(records(settings))


def test_a_run_on_tagged_sentences_records_words_and_rows(found):
    dataset = small_tagged()
    last = epochs_of(found)[-1]
    assert last.signals.keys() == {**ROW_SIGNALS, **TOKEN_ROW_SIGNALS, **WORD_SIGNALS}.keys()
    words = sum(map(len, dataset.train.words))
    assert all(last.signals[name].shape == (words,) for name in WORD_SIGNALS)


def test_a_sentence_has_the_loss_of_its_hardest_word(found):
    dataset, last = small_tagged(), epochs_of(found)[-1]
    ends = np.cumsum([len(words) for words in dataset.train.words])
    parts = np.split(last.signals["word_loss"], ends[:-1])
    assert np.allclose(last.signals["loss"], [part.max() for part in parts])
    assert np.allclose(last.signals["label_probability"], np.exp(-last.signals["loss"]))


def test_mistakes_are_those_of_the_predicted_tags(found):
    dataset, last = small_tagged(), epochs_of(found)[-1]
    ends = np.cumsum([len(words) for words in dataset.train.words])
    predicted = np.split(last.signals["word_prediction"], ends[:-1])
    assert np.array_equal(last.signals["errors"], error_bits(dataset.train.tags, predicted))


def test_the_final_scores_are_those_of_the_final_tags(found):
    dataset = small_tagged()
    final = found[-1]
    assert isinstance(final, FinalRecord)
    ends = np.cumsum([len(words) for words in dataset.test.words])
    predicted = np.split(final.tags["test"], ends[:-1])
    again = score_entities(dataset.test.tags, predicted, np.zeros(len(dataset.test)), 2)
    assert again.macro_f1 == pytest.approx(final.test.macro_f1)
    assert np.array_equal(again.confusion, final.test.confusion)


@pytest.mark.parametrize("method", [m for m in names() if "token" in table()[m].tasks])
def test_every_method_trains_on_tagged_sentences(method, tiny_encoder):
    found = records(quick(model=str(tiny_encoder), max_length=16, method=method, epochs=2))
    assert isinstance(found[-1], FinalRecord)


def test_a_resumed_run_ends_with_the_same_bits(settings, found):
    rest = records(settings, resume=(1, epochs_of(found)[0].checkpoint))
    same_bits(epochs_of(found)[-1], epochs_of(rest)[-1])
    assert np.array_equal(found[-1].tags["test"], rest[-1].tags["test"])


def test_a_stored_run_without_the_setting_trains_on_the_hardest_word_alone():
    stored = RunSettings.stored({"training": {"method": "erm"}})
    assert stored.training.word_share == 0


def test_only_the_papers_method_has_the_hardest_word_alone():
    shares = {
        name: TrainingSettings.of_preset("quick", "token", method=name).word_share
        for name in names()
        if "token" in table()[name].tasks
    }
    published = {name for name in shares if name == "hamr" or table()[name].ablation_of == "hamr"}
    assert {name for name, share in shares.items() if share == 0} == published
    assert shares["erm"] == 1


def test_entities_are_learned(tiny_encoder):
    wanted = quick(model=str(tiny_encoder), max_length=16, epochs=20, learning_rate=1e-2)
    final = records(wanted)[-1]
    assert final.validation.f1[1] > 0.9  # a price is one word, always the same


def test_long_sentences_train_in_windows(settings):
    found = records(settings, small_tagged(counts=(12, 6, 6), longest=90))
    assert isinstance(found[-1], FinalRecord)


def test_a_second_run_takes_the_word_vectors_from_the_cache(tiny_encoder):
    wanted, cache = quick(model=str(tiny_encoder), max_length=16), DictCache()
    one = list(train(small_tagged(), wanted, cache=cache))
    two = list(train(small_tagged(), wanted, cache=cache))
    assert any(getattr(record, "phase", "") == "embedding" for record in one)
    assert not any(getattr(record, "phase", "") == "embedding" for record in two)
    same_bits(epochs_of(one)[-1], epochs_of(two)[-1])


def test_a_prediction_names_the_rarest_type_seen():
    dataset = small_tagged()
    assert dataset.classes[-1] == NO_ENTITY
    row = next(i for i, tags in enumerate(dataset.train.tags) if tags.any())
    empty = np.zeros_like(dataset.train.tags[row])
    assert spans_of(empty) == []
    assert error_bits([empty], [dataset.train.tags[row]])[0] == SPURIOUS


def test_it_continues_from_the_weights_of_another_run(settings, found):
    """The same for both presets: the first loss is lower than that of a run with new weights."""
    start = WarmStart(found[-1].model, small_tagged().tags)
    again = epochs_of(records(settings, start=start))[0]
    assert again.scalars["train_loss"] < epochs_of(found)[0].scalars["train_loss"]
