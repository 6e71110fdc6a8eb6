"""`exact` on the encoders that people fine-tune, tiny ones of transformers' own code."""

import copy

import pytest
import torch

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
# Whether the rows' gradients can be read layer by layer; shared relative positions forbid it.
ENCODERS = {
    "bert": (SMALL, True),
    "roberta": (SMALL, True),
    "distilbert": (DISTILBERT, True),
    "modernbert": (MODERNBERT, True),
    "mpnet": (SMALL, False),
    "deberta-v2": ({**SMALL, **DEBERTA, "position_buckets": 8}, False),
}


class Classifier(torch.nn.Module):
    """An encoder of transformers under mean pooling, dropout and a linear head."""

    def __init__(self, kind):
        from transformers import AutoConfig, AutoModel

        super().__init__()
        torch.manual_seed(2)
        self.encoder = AutoModel.from_config(AutoConfig.for_model(kind, **ENCODERS[kind][0]))
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
    assert step.layerwise is ENCODERS[kind][1]
    assert float((found - wanted).norm() / wanted.norm()) < 1e-4
