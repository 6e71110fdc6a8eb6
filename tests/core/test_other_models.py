"""Models beyond BERT's kind: encoder-decoders, decoders, and weights in half precision."""

import copy

import numpy as np
import pytest
import torch

from hamr.models import FineTuned, encoder_folder, load_encoder
from hamr.training import train
from hamr.weighting import MetaStep, WeightNetwork
from tests.core.models import vectors
from tests.core.oracle import double_backward
from tests.core.small_data import DictCache, full, small_dataset

BART = {
    "vocab_size": 50, "d_model": 16, "encoder_layers": 2, "decoder_layers": 1,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32, "max_position_embeddings": 40, "pad_token_id": 0,
}  # fmt: skip
T5 = {
    "vocab_size": 50, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2,
    "pad_token_id": 0,
}  # fmt: skip
GPT2 = {"vocab_size": 50, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40}


def saved(kind, sizes, tiny_encoder, folder, *, dtype=torch.float32, pad="[PAD]"):
    """A model of that kind in a folder, with the tiny encoder's tokenizer."""
    import transformers

    torch.manual_seed(3)
    config = transformers.AutoConfig.for_model(kind, **sizes)
    model = transformers.AutoModel.from_config(config, trust_remote_code=False).to(dtype)
    model.save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tiny_encoder / "tokenizer.json"),
        pad_token=pad,
        unk_token="[UNK]",
        padding_side="left",
    ).save_pretrained(folder)
    return model.eval()


def opened(folder):
    return load_encoder(encoder_folder(str(folder)), 16)


@pytest.mark.parametrize(("kind", "sizes"), [("t5", T5), ("bart", BART)])
def test_of_an_encoder_decoder_the_encoder_is_used(kind, sizes, tiny_encoder, tmp_path):
    whole = saved(kind, sizes, tiny_encoder, tmp_path)
    encoder = opened(tmp_path)
    tokens = encoder.pad(encoder.tokenize(["text of train", "7"]))
    found = encoder.model.eval()(**tokens).last_hidden_state
    assert torch.allclose(found, whole.get_encoder()(**tokens).last_hidden_state, atol=1e-6)
    assert not any("decoder" in name for name, _ in encoder.model.named_parameters())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("kind", "sizes"), [("t5", T5), ("gpt2", GPT2)])
def test_weights_in_half_precision_are_trained_in_float32(
    kind, sizes, dtype, tiny_encoder, tmp_path
):
    stored = saved(kind, sizes, tiny_encoder, tmp_path, dtype=dtype).get_input_embeddings().weight
    model = opened(tmp_path).model
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert torch.equal(model.get_input_embeddings().weight, stored.float())


def test_a_tokenizer_without_padding_pads_after_the_text(tiny_encoder, tmp_path):
    saved("gpt2", GPT2, tiny_encoder, tmp_path, pad=None)
    encoder = opened(tmp_path)
    assert encoder.pad([[5, 6, 7], [5]])["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_the_last_token_is_the_text_s_and_not_the_padding_s(tiny_encoder, tmp_path):
    saved("gpt2", GPT2, tiny_encoder, tmp_path)
    encoder = opened(tmp_path)
    model = FineTuned(encoder, 3, pooling="last").eval()
    together = model.vectors(encoder.pad([[5, 6, 7, 8], [9, 6]]))
    alone = model.vectors(encoder.pad([[9, 6]]))
    assert torch.allclose(together[1], alone[0], atol=1e-6)
    hidden = encoder.model(input_ids=torch.tensor([[9, 6]])).last_hidden_state
    assert torch.allclose(alone[0], hidden[0, 1], atol=1e-6)


def test_a_decoder_model_is_fine_tuned_with_its_lowest_layer_frozen(tiny_encoder, tmp_path):
    before = saved("gpt2", GPT2, tiny_encoder, tmp_path, pad=None)
    settings = full(tmp_path, epochs=1, pooling="last", frozen_layers=1)
    after = list(train(small_dataset(), settings, cache=DictCache()))[-1].model
    weights = {f"encoder.{name}": p.detach().numpy() for name, p in before.named_parameters()}
    still = {name for name, of in weights.items() if np.array_equal(of, after[name])}
    assert {"encoder.wte.weight", "encoder.wpe.weight"} <= still
    assert not any(".h.1." in name for name in still)
    assert any(".h.0." in name for name in still)


class NoLayers(torch.nn.Module):
    """A model without linear layers, embeddings or norms."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(4, 8))

    def forward(self, x):
        return torch.einsum("bi,ci->bc", x, self.weight)


def test_a_model_without_linear_layers_is_trained_by_autograd():
    torch.manual_seed(1)
    model, network = NoLayers(), WeightNetwork(20, 0.1, 8.0)
    twins = copy.deepcopy(model), copy.deepcopy(network)
    _, wanted, _ = double_backward(*twins, vectors(3), vectors(4), 0.05)
    adamw = torch.optim.AdamW(model.parameters())
    step = MetaStep(model, adamw, network, torch.optim.Adam(network.parameters()), alpha=0.05)
    found = step(*vectors(3), *vectors(4)).weight_gradient
    assert not step.layerwise
    assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-7)
