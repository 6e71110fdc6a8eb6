"""A trained model predicts texts as its run has predicted the test rows."""

import numpy as np
import pytest
import torch

from hamr.errors import ModelError, StoreError
from hamr.inference import Predictions
from hamr.jobs.predicting import kept_epochs, predictor_of
from hamr.models import batches
from hamr.store import Run
from tests.core.small_data import small_dataset, small_tagged
from tests.core.trained import train_small

LORA = {"lora_rank": 2, "average_decay": 0.5}
KINDS = {
    "head": ("quick", {}),
    "fine-tuned": ("full", {}),
    "frozen layers": ("full", {"frozen_layers": 1}),
    "last token": ("full", {"pooling": "last"}),
    "lora": ("full", LORA),
}


@pytest.fixture(scope="module", params=KINDS)
def text_run(request, tmp_path_factory) -> Run:
    preset, changes = KINDS[request.param]
    return train_small(tmp_path_factory.mktemp("h"), small_dataset(), preset, **changes)


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind != "last token"])
def tagged_run(request, tmp_path_factory) -> Run:
    preset, changes = KINDS[request.param]
    data = small_tagged(longest=40)  # some sentences take several windows
    return train_small(tmp_path_factory.mktemp("h"), data, preset, **changes)


def test_the_test_rows_get_the_recorded_classes(text_run):
    found = predictor_of(text_run).predict(text_run.dataset().test.texts)
    recorded = text_run.final()
    of_label = found.probabilities[np.arange(len(found)), text_run.dataset().test.labels]
    np.testing.assert_array_equal(found.numbers, recorded.test_prediction)
    # Training kept what frozen layers give in 16 bits; that is off by some thousandths.
    np.testing.assert_allclose(of_label, recorded.test_label_probability, atol=3e-3)


def test_the_words_of_the_test_rows_get_the_recorded_tags(tagged_run):
    rows, recorded = tagged_run.dataset().test, tagged_run.final()
    found = predictor_of(tagged_run).predict(rows.words)
    np.testing.assert_array_equal(found.numbers, recorded.tags["test"])
    np.testing.assert_allclose(
        found.confidence, recorded.held_out["test"]["word_probability"], atol=3e-3
    )
    assert [len(tags) for tags in found.tags] == [len(words) for words in rows.words]


def test_every_kept_epoch_has_a_model(text_run):
    best, texts = text_run.info.best_epoch, text_run.dataset().test.texts[:4]
    assert kept_epochs(text_run) == [1, 2]
    found = {e: predictor_of(text_run, e).predict(texts).probabilities for e in (1, 2)}
    again = predictor_of(text_run).predict(texts).probabilities
    np.testing.assert_allclose(found[best], again, atol=1e-6)
    assert np.abs(found[1] - found[2]).max() > 0


def test_an_epoch_that_is_not_kept_is_refused(text_run):
    with pytest.raises(StoreError, match=r"after epoch 7 is not kept: only those .* here 1, 2"):
        predictor_of(text_run, 7)


def test_a_text_gets_the_same_alone_and_among_others(text_run):
    texts = [*text_run.dataset().test.texts, "text of test " * 20]
    own = predictor_of(text_run)
    alone = np.concatenate([own.predict([text]).probabilities for text in texts])
    np.testing.assert_allclose(own.predict(texts).probabilities, alone, atol=1e-5)


def test_a_text_without_a_character_is_not_predicted(text_run):
    found = predictor_of(text_run).predict(["", "text of test 7", " \n"], embeddings=True)
    assert found.empty.tolist() == [True, False, True]
    assert found.labels[0] == "" and found.labels[1] in found.outputs
    np.testing.assert_allclose(np.linalg.norm(found.embeddings, axis=1), [0, 1, 0], atol=1e-6)


def test_no_text_at_all_gives_no_prediction(text_run):
    found = predictor_of(text_run).predict([], embeddings=True)
    assert (len(found), found.labels, found.embeddings.shape[0]) == (0, (), 0)


def test_a_sentence_without_words_has_no_tags(tagged_run):
    found = predictor_of(tagged_run).predict(["", "text of 7", ()], embeddings=True)
    assert [len(tags) for tags in found.tags] == [0, 3, 0]
    assert len(found) == 3 and found.embeddings.shape[0] == 3


def test_a_sentence_may_be_given_as_a_text(tagged_run):
    own, words = predictor_of(tagged_run), tagged_run.dataset().test.words[:3]
    as_texts = own.predict([" ".join(sentence) for sentence in words])
    np.testing.assert_array_equal(as_texts.probabilities, own.predict(words).probabilities)


def test_a_batch_that_memory_does_not_hold_is_halved(text_run, monkeypatch):
    own, texts = predictor_of(text_run), text_run.dataset().test.texts
    wanted, sizes = own.predict(texts).probabilities, []
    small(own, sizes, most=3, monkeypatch=monkeypatch)
    np.testing.assert_allclose(own.predict(texts).probabilities, wanted, atol=1e-6)
    assert max(sizes) > 3


def test_memory_that_holds_no_single_text_is_a_sentence(text_run, monkeypatch):
    own = predictor_of(text_run)
    small(own, [], most=0, monkeypatch=monkeypatch)
    with pytest.raises(ModelError, match=r"no memory for a single text: free its memory, or"):
        own.predict(["text of test"])


def small(own, sizes, most, monkeypatch):
    """Lets the model behave as on a GPU that holds `most` texts of a batch."""
    forward = own.network.forward

    def limited(tokens):
        sizes.append(len(tokens["input_ids"]))
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(tokens)

    monkeypatch.setattr(own.network, "forward", limited)
    real = batches.computed
    cuda = torch.device("cuda")
    monkeypatch.setattr(batches, "computed", lambda parts, one, _: real(parts, one, cuda))


def test_the_most_probable_come_first_and_ties_in_order():
    values = np.array([[0.1, 0.4, 0.1, 0.4], [0.7, 0.1, 0.1, 0.1]], np.float32)
    best, probabilities = Predictions(tuple("abcd"), values).top(3)
    assert best.tolist() == [[1, 3, 0], [0, 1, 2]]
    np.testing.assert_array_equal(probabilities, np.take_along_axis(values, best, 1))


def test_ten_thousand_classes_are_ranked_as_a_full_sort_ranks_them():
    values = np.random.default_rng(0).random((5, 10_000)).astype(np.float32)
    best, _ = Predictions(tuple(map(str, range(10_000))), values).top(3)
    np.testing.assert_array_equal(best, np.argsort(-values, axis=1, kind="stable")[:, :3])
