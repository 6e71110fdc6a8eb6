"""Words and pieces, windows, and the loss and the step of tagged sentences."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.losses import Targets
from hamr.models import (
    IGNORED,
    FineTunedTagger,
    Head,
    TaggedTokens,
    Words,
    embed_words,
    encoder_folder,
    hardest,
    load_encoder,
    per_sample_loss,
)
from hamr.models.windows import windows_of
from hamr.weighting import FrozenHeadStep, FrozenWordsStep, MetaStep, WeightNetwork

MANY = st.lists(st.sampled_from(["text", "of", "1234", "99999999", "7"]), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    return load_encoder(tiny_encoder, 16)


def test_a_sentence_that_fits_is_one_window(encoder):
    (window,) = windows_of(encoder, ["text", "of", "12"])
    tokens = encoder.tokenizer.convert_ids_to_tokens(window.pieces)
    assert tokens == ["[CLS]", "text", "of", "1", "##2", "[SEP]"]
    assert (window.firsts, window.ends) == ([1, 2, 3], [2, 3, 5])


@settings(max_examples=40, deadline=None)
@given(words=MANY)
def test_every_word_is_scored_in_exactly_one_window(words, encoder):
    windows = windows_of(encoder, words)
    scored = [word for window in windows for word in window.words]
    assert scored == list(range(len(words)))
    assert all(len(window.pieces) <= encoder.max_length for window in windows)


def test_a_window_shows_the_words_around_those_it_scores(encoder):
    first, second, *_ = windows_of(encoder, ["text"] * 40)
    assert len(first.pieces) - 2 > len(first.words)
    assert second.firsts[0] > 1


@pytest.mark.parametrize("word", ["\u200b", "\ufeff", "🦊", "\u00ad"])
def test_a_word_that_the_tokenizer_drops_keeps_its_place(word):
    builtin = load_encoder(encoder_folder("builtin"), 32)
    (window,) = windows_of(builtin, ["a", word, "b"])
    assert len(window.firsts) == 3
    assert window.pieces[window.firsts[1]] == builtin.tokenizer.unk_token_id


def test_a_sentence_of_5000_words_is_read_whole(encoder):
    starts, tags = np.array([0, 5000]), np.arange(5000, dtype=np.int16) % 3
    tagged = TaggedTokens(encoder, [["text"] * 5000], starts, tags)
    parts = list(tagged.scored(np.array([0])))
    assert sorted(np.concatenate([part.words for part in parts]).tolist()) == list(range(5000))
    assert tagged.lengths.max() <= 16


def test_each_turn_shows_another_window_of_a_long_sentence(encoder):
    starts, tags = np.array([0, 40]), np.zeros(40, np.int16)
    tagged = TaggedTokens(encoder, [[str(i % 10) for i in range(40)]], starts, tags)
    one, other = (tagged.tagged(np.array([0]), np.array([turn]))[0] for turn in (0, 1))
    assert not torch.equal(one["input_ids"], other["input_ids"])


def test_only_the_piece_that_begins_a_word_has_a_label(encoder):
    tagged = TaggedTokens(encoder, [["text", "12"]], np.array([0, 2]), np.array([0, 3], np.int16))
    _, labels = tagged.tagged(np.array([0]), np.array([0]))
    assert labels.tolist() == [[IGNORED, 0, 3, IGNORED, IGNORED]]


def test_a_sentence_is_as_hard_as_its_hardest_word():
    logits = torch.randn(2, 3, 4)
    labels = torch.tensor([[1, 2, IGNORED], [IGNORED, 0, 3]])
    each = -logits.log_softmax(2)
    wanted = [max(each[0, 0, 1], each[0, 1, 2]), max(each[1, 1, 0], each[1, 2, 3])]
    assert torch.allclose(per_sample_loss(logits, Targets(labels)), torch.stack(wanted))


def test_the_hardest_word_of_each_row_is_found():
    losses = torch.tensor([0.1, 0.7, 0.3, 0.2, 0.9])
    assert hardest(losses, torch.tensor([0, 3, 4, 5])).tolist() == [1, 3, 4]


class Padded(torch.nn.Module):
    """The head on padded sentences, for the general step."""

    def __init__(self, head):
        super().__init__()
        self.classifier = head

    def forward(self, x):
        return self.classifier(x)


def sentences(seed, share, rows=7, width=6, classes=5):
    """The same sentences packed, and padded; their losses average that share of their words."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 6, (rows,), generator=generator)
    starts = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])
    x = torch.randn(int(starts[-1]), width, generator=generator)
    tags = torch.randint(0, classes, (len(x),), generator=generator)
    padded = torch.zeros(rows, 5, width)
    labels = torch.full((rows, 5), IGNORED)
    for row in range(rows):
        own = slice(int(starts[row]), int(starts[row + 1]))
        padded[row, : lengths[row]], labels[row, : lengths[row]] = x[own], tags[own]
    targets = Targets(tags, word_share=share), Targets(labels, word_share=share)
    return Words(x, starts), targets[0], padded, targets[1]


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_closed_form_on_words_equals_the_exact_step(seed, share):
    torch.manual_seed(seed)
    kind = FrozenWordsStep if share else FrozenHeadStep
    head, network = Head(6, 8, 5), WeightNetwork(20, 0.1, 8.0)
    other, other_network = copy.deepcopy(head), copy.deepcopy(network)
    packed, tags, padded, labels = sentences(seed, share)
    meta, meta_tags, meta_padded, meta_labels = sentences(seed + 100, share)
    fast = kind(*optimised(head, network), alpha=0.5)
    slow = MetaStep(*optimised(Padded(other), other_network), alpha=0.5)
    one = fast(packed, tags, meta, meta_tags)
    two = slow(padded, labels, meta_padded, meta_labels)
    assert torch.allclose(one.loss, two.loss, atol=1e-6)
    assert torch.allclose(one.meta_loss, two.meta_loss, atol=1e-6)
    assert torch.allclose(one.weight_gradient, two.weight_gradient, rtol=1e-4, atol=1e-8)
    for mine, theirs in zip(head.parameters(), other.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def optimised(model, network):
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-2)
    return model, adamw, network, torch.optim.Adam(network.parameters(), lr=1e-2)


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("form", ["exact", "first_order", "upper", "last_layer"])
def test_a_tagger_is_seen_layer_by_layer_in_every_form(tiny_encoder, form, share):
    encoder = load_encoder(tiny_encoder, 16)
    tagger = FineTunedTagger(encoder, 5)
    network = WeightNetwork(20, 0.1, 8.0)
    step = MetaStep(*optimised(tagger, network), alpha=0.1, meta_gradient=form)
    words = [["text", "of"], ["train"] * 5, ["12", "of", "7"], ["test"] * 9]
    starts = np.cumsum([0, 2, 5, 3, 9])
    tagged = TaggedTokens(encoder, words, starts, (np.arange(19) % 5).astype(np.int16))
    inputs, labels = tagged.tagged(np.arange(4), np.zeros(4, np.int64))
    batch = inputs, Targets(labels, word_share=share)
    outcome = step(*batch, *batch, keys=torch.arange(4), probe=True)
    assert step.layerwise
    assert outcome.cosine is not None
    if form == "exact":
        assert outcome.cosine == pytest.approx(1)


def test_word_vectors_are_means_over_their_pieces(encoder):
    *_, (_, found) = embed_words(encoder, [["text", "12"], ["of"] * 40])
    rows, words = found
    assert rows.shape == (2, 16) and words.shape == (42, 16)
    with torch.inference_mode():
        hidden = encoder.model(**encoder.pad([windows_of(encoder, ["text", "12"])[0].pieces]))
    second = hidden.last_hidden_state[0, 2:4].mean(0).numpy()
    assert np.allclose(words[1], second, atol=2e-3)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
