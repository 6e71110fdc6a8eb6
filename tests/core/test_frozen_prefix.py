"""What the frozen layers make of each row, stored once and handed on in their place."""

import errno
import tempfile

import numpy as np
import pytest
import torch

from hamr.models import (
    FineTuned,
    FineTunedTagger,
    FrozenPrefix,
    TaggedTokens,
    Tokens,
    frozen_prefix,
    load_encoder,
    store_hidden,
)
from hamr.training.freezing import freeze

TEXTS = ["text of train : 1 2 3", "test", "text of", "validation : 7 8 9 text of train"] * 20


def parts(folder, layers=1):
    """A model with frozen layers, what stands in for them, and inputs."""
    encoder = load_encoder(folder, 16)
    freeze(encoder.model, layers, dropout=False)
    model = FineTuned(encoder, 3).eval()
    return model, FrozenPrefix(model.encoder, layers), Tokens(encoder, TEXTS)


def stored(prefix, inputs):
    *_, last = store_hidden(prefix, inputs, lambda tokens: tokens)
    return last


@pytest.mark.parametrize("layers", [1, 2])
def test_a_model_finds_the_same_from_stored_states(tiny_encoder, layers):
    model, prefix, inputs = parts(tiny_encoder, layers)
    rows = np.array([3, 0, 77, 41])
    wanted = model(inputs.batch(rows))
    assert stored(prefix, inputs) == (80, 80)
    batch = inputs.batch(rows)
    assert batch["hidden"].dtype == torch.float16
    assert torch.allclose(model(batch), wanted, atol=5e-3)


def test_frozen_layers_are_not_run_where_states_are_given(tiny_encoder, monkeypatch):
    model, prefix, inputs = parts(tiny_encoder)
    stored(prefix, inputs)
    ran = []
    for layer in model.encoder.encoder.layer:
        layer.attention.register_forward_hook(lambda *_, layer=layer: ran.append(layer))
    model(inputs.batch(np.arange(4)))
    assert ran == [model.encoder.encoder.layer[1]]


def test_windows_of_sentences_are_stored_too(tiny_encoder):
    encoder = load_encoder(tiny_encoder, 16)
    freeze(encoder.model, 1, dropout=False)
    model = FineTunedTagger(encoder, 3).eval()
    words = [tuple(text.split()) * 3 for text in TEXTS]  # longer ones take several windows
    starts = np.concatenate([[0], np.cumsum([len(own) for own in words])])
    inputs = TaggedTokens(encoder, words, starts, np.zeros(starts[-1], np.int16))
    rows = np.array([0, 5, 7])
    wanted = model(inputs.tagged(rows, np.arange(3))[0])
    stored(FrozenPrefix(model.encoder, 1), inputs)
    given, _ = inputs.tagged(rows, np.arange(3))
    own = given["attention_mask"].bool()
    assert torch.allclose(model(given)[own], wanted[own], atol=5e-3)


def test_nothing_is_kept_beyond_the_limit(tiny_encoder, monkeypatch):
    monkeypatch.setattr(frozen_prefix, "MOST_BYTES", 1000)
    _, prefix, inputs = parts(tiny_encoder)
    assert list(store_hidden(prefix, inputs, lambda tokens: tokens)) == []
    assert inputs.hidden is None


def test_a_full_disk_leaves_the_layers_to_be_computed(tiny_encoder, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def write(self, _):
            raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    model, prefix, inputs = parts(tiny_encoder)
    list(store_hidden(prefix, inputs, lambda tokens: tokens))
    assert inputs.hidden is None
    assert model(inputs.batch(np.arange(2))).shape == (2, 3)


def test_states_are_not_used_where_the_encoder_finds_something_else(tiny_encoder):
    model, prefix, inputs = parts(tiny_encoder)
    layers = model.encoder.encoder.layer
    with torch.no_grad():  # random weights as small as these would change next to nothing
        for parameter in layers[0].parameters():
            parameter.mul_(10)
    layers[1].forward = lambda hidden, *_, own=layers[0], **__: own(hidden)  # used a second time
    assert list(store_hidden(prefix, inputs, lambda tokens: tokens)) == []
    assert inputs.hidden is None


def test_a_frozen_part_without_dropout_stays_without(tiny_encoder):
    model, _, _ = parts(tiny_encoder)
    model.train()
    assert not model.encoder.embeddings.dropout.training
    assert not model.encoder.encoder.layer[0].output.dropout.training
    assert model.encoder.encoder.layer[1].output.dropout.training
