"""Every encoder that a run can train predicts: in a batch of texts as each text alone."""

import numpy as np
import pytest
import torch

from hamr.config import TrainingSettings
from hamr.inference import load_predictor
from hamr.models import FineTuned, FineTunedTagger, Head, encoder_folder, load_encoder
from tests.core.test_architectures import SIZES, saved

CLASSES = ("one", "two", "three")
TEXTS = ["text of test", "7", "train : validation 7 of text test of 7", "of of of"]
KINDS = sorted(SIZES.keys() - {"fnet"})  # which reads padding like any token


def settings(folder, preset: str) -> TrainingSettings:
    given = {"model": str(folder), "max_length": 16, "hidden": 8, "frozen_layers": 0}
    return TrainingSettings.of_preset(preset, "sequence", **given)


def weights_of(model) -> dict[str, np.ndarray]:
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fine_tuned_encoder_predicts_what_it_computes(kind, tiny_encoder, tmp_path):
    saved(kind, tiny_encoder, tmp_path)
    encoder = load_encoder(encoder_folder(str(tmp_path)), 16)
    torch.manual_seed(1)
    model = FineTuned(encoder, len(CLASSES)).eval()
    own = load_predictor(settings(tmp_path, "full"), "sequence", CLASSES, weights_of(model))
    with torch.inference_mode():
        alone = [model(encoder.pad(encoder.tokenize([text]))).softmax(1)[0] for text in TEXTS]
    found = own.predict(TEXTS).probabilities
    np.testing.assert_allclose(found, torch.stack(alone).numpy(), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_encoder_predicts_by_its_head(kind, tiny_encoder, tmp_path):
    saved(kind, tiny_encoder, tmp_path)
    encoder, head = load_encoder(encoder_folder(str(tmp_path)), 16), Head(16, 8, len(CLASSES))
    own = load_predictor(settings(tmp_path, "quick"), "sequence", CLASSES, weights_of(head))
    *_, (_, vectors) = encoder.embed(TEXTS)
    with torch.inference_mode():
        wanted = head(torch.from_numpy(vectors)).softmax(1).numpy()
    found = own.predict(TEXTS, embeddings=True)
    np.testing.assert_allclose(found.probabilities, wanted, atol=1e-5)
    np.testing.assert_allclose(found.embeddings, vectors, atol=1e-5)


@pytest.mark.parametrize("preset", ["quick", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_a_sentence_gets_a_tag(kind, preset, tiny_encoder, tmp_path):
    saved(kind, tiny_encoder, tmp_path)
    encoder = load_encoder(encoder_folder(str(tmp_path)), 16)
    torch.manual_seed(1)
    classes = ("place", "no entity")
    model = Head(16, 8, 3) if preset == "quick" else FineTunedTagger(encoder, 3)
    own = load_predictor(settings(tmp_path, preset), "token", classes, weights_of(model))
    sentences = [text.split() * 4 for text in TEXTS]  # the longest take several windows
    alone = [own.predict([words]).probabilities for words in sentences]
    np.testing.assert_allclose(
        own.predict(sentences).probabilities, np.concatenate(alone), atol=1e-5
    )
