"""Integrated gradients: attributions of words add up to the difference of two logits."""

import numpy as np
import pytest
import torch

from hamr.errors import ModelError
from hamr.inference import attribution
from hamr.inference.attribution import LEAST, NEAR, Integral, Path, attribute, baseline_ids
from hamr.inference.word_pieces import pieces_of
from hamr.inference.words import words_of
from hamr.models import FineTuned, FineTunedTagger, Head, encoder_folder, load_encoder
from hamr.models.encoder import pooled
from tests.core.test_architectures import SIZES, saved

TEXT = "text of train 12 test: 7 7 validation"


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    return load_encoder(tiny_encoder, 16)


@pytest.fixture
def classify(encoder):
    torch.manual_seed(0)
    model = FineTuned(encoder, 3).eval()
    return lambda tokens: 5 * model(tokens)[:, 1]


def explained(encoder, forward, text=TEXT):
    read = pieces_of(encoder, text)
    return attribute(encoder, read.ids, read.positions, forward)


def near(found):
    return max(LEAST, NEAR * np.nansum(np.abs(found.words)) + 1e-6)


def test_attributions_sum_to_the_difference_of_the_logits(encoder, classify):
    found = explained(encoder, classify)
    assert abs(found.logit - found.baseline) > 0.1
    assert abs(found.gap) <= near(found)
    assert found.gap == pytest.approx(found.logit - found.baseline - found.words.sum())


def test_the_logits_are_those_of_the_model_on_the_text_and_on_the_baseline(encoder, classify):
    found = explained(encoder, classify)
    ids = torch.tensor(encoder.tokenize([TEXT]))
    for wanted, tokens in ((found.logit, ids), (found.baseline, baseline_ids(encoder, ids))):
        given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
        assert wanted == pytest.approx(classify(given)[0].item(), abs=1e-4)


def test_more_points_come_nearer_to_completeness(encoder, classify):
    path = Path(encoder, torch.tensor(encoder.tokenize([TEXT])), classify)
    gaps = []
    for steps in (1, 4, 64):
        whole = path.integral(steps)
        gaps.append(abs(np.ptp(whole.logits[[0, -1]]) - abs(whole.pieces.sum())))
    assert gaps[2] < 1e-3
    assert gaps[2] < gaps[0]


def test_steps_that_are_all_halved_give_the_sum_over_twice_as_many(encoder, classify):
    path = Path(encoder, torch.tensor(encoder.tokenize([TEXT])), classify)
    halved, fresh = path.refined(path.integral(5)), path.integral(10)
    np.testing.assert_allclose(halved.at, fresh.at, atol=1e-12)
    np.testing.assert_allclose(halved.pieces, fresh.pieces, atol=1e-5)


def test_the_steps_are_halved_in_which_the_logit_jumps():
    at = np.linspace(0, 1, 5)
    jump = Integral(at, np.array([0.0, 0, 0, 1, 1]), np.zeros((5, 3)))
    assert jump.between(1) == [0.625]
    assert not jump.is_near


def test_the_sum_comes_to_the_integral_over_equal_points(encoder, classify):
    path = Path(encoder, torch.tensor(encoder.tokenize([TEXT])), classify)
    at = torch.arange(0.5, 400) / 400
    with torch.enable_grad():
        inputs = path._inputs(at).requires_grad_()
        gradient = torch.autograd.grad(path._forward(inputs).sum(), inputs)[0].mean(0)
    exact = ((path._end - path._start) * gradient).sum(1).numpy()
    np.testing.assert_allclose(path.integral(64).pieces, exact, atol=1e-4)


def test_steps_are_halved_only_where_the_sum_is_not_near(encoder, classify, monkeypatch):
    asked = []
    own = Path.refined
    monkeypatch.setattr(Path, "refined", lambda *all: asked.append(1) or own(*all))
    monkeypatch.setattr(attribution, "LEAST", 10.0)
    explained(encoder, classify)
    assert not asked
    monkeypatch.setattr(attribution, "LEAST", 0.0)
    monkeypatch.setattr(attribution, "NEAR", 0.0)
    explained(encoder, classify)
    assert len(asked) == attribution.ROUNDS


def test_a_logit_that_is_linear_in_the_embeddings_has_its_closed_form(encoder):
    table = encoder.model.get_input_embeddings()
    direction = torch.linspace(-1, 1, table.weight.shape[1])
    found = explained(encoder, lambda tokens: (table(tokens["input_ids"]) @ direction).sum(1))
    values = (table.weight @ direction).detach().numpy()
    read = pieces_of(encoder, TEXT)
    own = [sum(values[read.ids[place]] for place in word) for word in read.positions]
    padding = values[encoder.tokenizer.pad_token_id]
    wanted = [value - len(word) * padding for value, word in zip(own, read.positions, strict=True)]
    np.testing.assert_allclose(found.words, wanted, atol=1e-4)
    assert abs(found.gap) < 1e-3


def test_a_word_that_changes_nothing_has_none(encoder):
    table = encoder.model.get_input_embeddings()
    found = explained(encoder, lambda tokens: table(tokens["input_ids"])[:, 1].sum(1))
    np.testing.assert_allclose(found.words[1:], 0, atol=1e-6)
    assert abs(found.words[0]) > 1e-4


def test_special_tokens_have_none_of_it(encoder):
    ids = torch.tensor(encoder.tokenize(["text of 12"]))
    kept = baseline_ids(encoder, ids)[0].tolist()
    padding = encoder.tokenizer.pad_token_id
    assert kept == [ids[0, 0].item(), *[padding] * 4, ids[0, -1].item()]


def test_a_head_on_frozen_embeddings_is_explained_through_its_encoder(encoder):
    torch.manual_seed(1)
    head = Head(encoder.width, 8, 3)

    def forward(tokens):
        vectors = torch.nn.functional.normalize(pooled(encoder.model, tokens), dim=1)
        return 20 * head(vectors)[:, 2]

    found = explained(encoder, forward)
    assert abs(found.gap) <= near(found)


def test_a_tag_of_one_word_is_explained_by_all_words(encoder):
    torch.manual_seed(2)
    tagger = FineTunedTagger(encoder, 5).eval()
    found = explained(encoder, lambda tokens: 5 * tagger(tokens)[:, 3, 1])
    assert np.count_nonzero(np.abs(found.words) > 1e-6) == len(found.words)
    assert abs(found.gap) <= near(found)


@pytest.mark.parametrize("kind", sorted(SIZES.keys() - {"xlnet", "fnet"}))
def test_it_works_on(kind, tiny_encoder, tmp_path):
    saved(kind, tiny_encoder, tmp_path)
    other = load_encoder(encoder_folder(str(tmp_path)), 16)
    other.model.eval()
    ids = other.tokenize(["text of 12 7 train"])[0]
    words = [[place] for place in range(len(ids))]
    torch.manual_seed(3)
    head = torch.nn.Linear(other.width, 3)
    found = attribute(other, ids, words, lambda tokens: head(pooled(other.model, tokens))[:, 0])
    assert abs(found.gap) <= near(found)


def test_a_long_text_is_computed_in_parts_with_the_same_result(encoder, classify, monkeypatch):
    whole = explained(encoder, classify)
    monkeypatch.setattr(attribution, "PIECES", 20)
    np.testing.assert_allclose(explained(encoder, classify).words, whole.words, atol=1e-5)


def test_words_beyond_what_the_encoder_reads_have_no_number(encoder, classify):
    found = explained(encoder, classify, "text " * 40)
    assert np.isfinite(found.words[:14]).all()
    assert np.isnan(found.words[14:]).all()


def test_an_encoder_without_input_embeddings_is_a_sentence(encoder, classify, monkeypatch):
    monkeypatch.setattr(encoder.model, "get_input_embeddings", lambda: None)
    with pytest.raises(ModelError, match="does not name its input embeddings"):
        explained(encoder, classify)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \n ", []),
        ("don't  stop, now", ["don't", "stop,", "now"]),
        ("日本 text", ["日", "本", "text"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
    ],
)
def test_words_stand_between_blanks(text, words):
    assert words_of(text) == words


def test_each_piece_belongs_to_the_word_that_it_is_in():
    builtin = load_encoder(encoder_folder("builtin"), 32)
    read = pieces_of(builtin, "Mimikatz dumps credentials, 日本")
    tokens = builtin.tokenizer.convert_ids_to_tokens(read.ids)
    words = ["".join(tokens[place].strip("#") for place in own) for own in read.positions]
    assert words[:3] == ["mimikatz", "dumps", "credentials,"]
    assert len(words) == 5
    assert sorted(place for own in read.positions for place in own) == list(
        range(1, len(read.ids) - 1)
    )
