"""The encoders that people fine-tune, tiny ones of transformers' own code: opened, and `exact`."""

import copy

import pytest
import torch

from hamr.models import FineTuned, encoder_folder, load_encoder
from hamr.weighting import MetaStep, WeightNetwork
from tests.core.models import CLASSES, sentences
from tests.core.oracle import double_backward

KEYS = torch.tensor([3, 1 << 40, -7, 12, 99, 1 << 61])
SMALL = {
    "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 32, "max_position_embeddings": 40, "pad_token_id": 0,
}  # fmt: skip
DEBERTA = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "share_att_key": True}
DISTILBERT = {"vocab_size": 50, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
MODERNBERT = {
    **SMALL, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2,
    "local_attention": 8, "global_attn_every_n_layers": 2,
}  # fmt: skip
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}
T5 = {
    "vocab_size": 50, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2,
    "pad_token_id": 0,
}  # fmt: skip
GPT2 = {"vocab_size": 50, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40}
ENCODERS = {
    "bert": SMALL,
    "roberta": SMALL,
    "distilbert": DISTILBERT,
    "modernbert": MODERNBERT,
    "mpnet": SMALL,
    "deberta-v2": {**SMALL, **DEBERTA, "position_buckets": 8},
    "gpt2": GPT2,
    "llama": GROUPED,
    "qwen2": GROUPED,
    "qwen3": GROUPED,
    "gemma": GROUPED,
    "gemma2": GROUPED,
    "t5": T5,
}
# Opened too, though `exact` is not tried on them here.
OTHERS = {
    "xlm-roberta": SMALL,
    "camembert": SMALL,
    "electra": {**SMALL, "embedding_size": 16},
    "albert": {**SMALL, "embedding_size": 8},
    "ernie": SMALL,
    "esm": SMALL,
    "fnet": SMALL,
    "roformer": {**SMALL, "embedding_size": 16},
    "nomic_bert": SMALL,
    "eurobert": GROUPED,
    "xlnet": {"vocab_size": 50, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32},
}
SIZES = {**ENCODERS, **OTHERS}
PLACES = {
    **dict.fromkeys(("roberta", "xlm-roberta", "camembert", "esm"), 39), "mpnet": 38,
    "distilbert": 512, "xlnet": 10_000, "t5": 10_000,
}  # fmt: skip


class Classifier(torch.nn.Module):
    """An encoder of transformers under mean pooling, dropout and a linear head."""

    def __init__(self, kind):
        from transformers import AutoConfig, AutoModel

        super().__init__()
        torch.manual_seed(2)
        whole = AutoModel.from_config(
            AutoConfig.for_model(kind, **ENCODERS[kind]), trust_remote_code=False
        )
        self.encoder = whole.encoder if whole.config.is_encoder_decoder else whole
        if hasattr(self.encoder, "pooler"):
            self.encoder.register_module("pooler", None)
        self.dropout = torch.nn.Dropout(0.3)
        self.classifier = torch.nn.Linear(16, CLASSES)

    def forward(self, tokens):
        hidden = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return self.classifier(self.dropout((hidden * mask).sum(1) / mask.sum(1)))


@pytest.mark.parametrize("kind", ENCODERS)
def test_exact_equals_double_backward_on(kind):
    model = Classifier(kind)
    torch.manual_seed(5)
    network = WeightNetwork(20, 0.1, 8.0)
    batch, meta = sentences(3), sentences(4)
    _, wanted, _ = double_backward(
        copy.deepcopy(model), copy.deepcopy(network), batch, meta, 0.05, keys=KEYS
    )
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = MetaStep(model, adamw, network, torch.optim.Adam(network.parameters()), alpha=0.05)
    found = step(*batch, *meta, keys=KEYS).weight_gradient
    assert step.layerwise
    assert float((found - wanted).norm() / wanted.norm()) < 1e-4


def saved(kind, tiny_encoder, folder, head=""):
    """A folder with a model of that kind, as save_pretrained writes it, and a tokenizer."""
    import transformers

    torch.manual_seed(3)
    config = transformers.AutoConfig.for_model(kind, **SIZES[kind])
    maker = getattr(transformers, f"AutoModel{head}")
    model = maker.from_config(config, trust_remote_code=False)
    model.save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tiny_encoder / "tokenizer.json"),
        pad_token="[PAD]",
        unk_token="[UNK]",
    ).save_pretrained(folder)
    return model.state_dict()


@pytest.mark.parametrize("head", ["", "ForTokenClassification"])
@pytest.mark.parametrize("kind", sorted(SIZES.keys() - {"fnet"}))
def test_a_saved_model_opens_with_its_numbers(kind, head, tiny_encoder, tmp_path):
    stored = saved(kind, tiny_encoder, tmp_path, head)
    found = load_encoder(encoder_folder(str(tmp_path)), 16).model.state_dict()
    read = [name for name in stored if "decoder." not in name]
    same = [name for name in read if any(name.endswith(own) for own in found)]
    assert len(same) > 10
    for name in same:
        own = next(own for own in sorted(found, key=len, reverse=True) if name.endswith(own))
        assert torch.equal(stored[name], found[own])


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_a_saved_model_trains_on_texts_as_long_as_it_reads(kind, tiny_encoder, tmp_path):
    saved(kind, tiny_encoder, tmp_path)
    encoder = load_encoder(encoder_folder(str(tmp_path)), 64)
    assert encoder.max_length == min(64, PLACES.get(kind, 40))  # RoBERTa's first are of padding
    ids = encoder.tokenize(["text of train", "7 " * 80])
    assert max(map(len, ids)) == encoder.max_length
    model = FineTuned(encoder, CLASSES)
    model(encoder.pad(ids)).sum().backward()
    assert model.classifier.weight.grad.abs().sum() > 0
