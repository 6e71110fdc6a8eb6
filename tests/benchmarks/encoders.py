"""What the exact meta step costs on encoders of many kinds: `python -m tests.benchmarks.encoders`.

Each is a model of transformers' own code with random weights: three layers of 384 units, 12 heads,
1,000 pieces; DeBERTa with 256 position buckets, as in DeBERTa-v3. Plain fine-tuning
(autograd, AdamW, the model's own dropout) and the step with the exact meta-gradient take turns on
the same batches, 32 texts of 36 to 48 tokens. A ratio is the median over the batches of the two
steps' processor times. `NAME+lora` compares the two with LoRA adapters (rank 8) beside every linear
layer, the encoder's own weights frozen in both. `--json` ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from hamr.losses import Targets
from hamr.models import add_lora
from hamr.weighting import MetaStep, WeightNetwork

CLASSES, WIDTH, LEAST, MOST = 14, 384, 36, 48
ALPHA, RATE, META_RATE = 2e-4, 4e-5, 1e-4  # of the full preset
TARGET = 2.4
SIZES: dict[str, Any] = {
    "vocab_size": 1000, "hidden_size": WIDTH, "num_hidden_layers": 3, "num_attention_heads": 12,
    "intermediate_size": 4 * WIDTH, "max_position_embeddings": 512, "pad_token_id": 0,
}  # fmt: skip
DEBERTA = {
    "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "share_att_key": True,
    "position_buckets": 256, "norm_rel_ebd": "layer_norm", "type_vocab_size": 0,
    "position_biased_input": False,
}  # fmt: skip
ENCODERS: dict[str, dict[str, Any]] = {
    "bert": SIZES,  # as the built-in MiniLM
    "deberta-v2": {**SIZES, **DEBERTA},
    "mpnet": SIZES,
    "gpt2": {
        "vocab_size": 1000,
        "n_embd": WIDTH,
        "n_layer": 3,
        "n_head": 12,
        "n_positions": 512,
        "bos_token_id": 1,
        "eos_token_id": 1,
    },
    "llama": SIZES,
}
WITH_LORA = ("bert", "deberta-v2")

Batch = tuple[dict[str, torch.Tensor], Targets]


class Classifier(torch.nn.Module):
    """An encoder under mean pooling, dropout and a linear head."""

    def __init__(self, kind: str, lora: bool) -> None:
        from transformers import AutoConfig, AutoModel

        super().__init__()
        torch.manual_seed(2)
        config = AutoConfig.for_model(kind, **ENCODERS[kind])
        self.encoder = AutoModel.from_config(config, trust_remote_code=False)
        if hasattr(self.encoder, "pooler"):
            self.encoder.register_module("pooler", None)
        if lora:
            add_lora(self.encoder, rank=8, alpha=16.0)
        self.dropout = torch.nn.Dropout(0.1)
        self.classifier = torch.nn.Linear(WIDTH, CLASSES)

    def forward(self, tokens: dict[str, torch.Tensor]) -> torch.Tensor:
        """Logits [b, c]."""
        hidden = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        logits: torch.Tensor = self.classifier(self.dropout((hidden * mask).sum(1) / mask.sum(1)))
        return logits


def batch(seed: int, rows: int) -> Batch:
    """Random pieces, with padding as in batches by length."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, 900, (rows, MOST), generator=generator)
    lengths = torch.randint(LEAST, MOST + 1, (rows, 1), generator=generator)
    lengths[0] = MOST
    mask = (torch.arange(MOST) < lengths).long()
    labels = torch.randint(0, CLASSES, (rows,), generator=generator)
    return {"input_ids": ids * mask, "attention_mask": mask}, Targets(labels)


def seconds(step: Callable[[], Any]) -> float:
    """Processor time, which other programs of a busy machine disturb less than the clock."""
    began = time.process_time()
    step()
    return time.process_time() - began


def measured(kind: str, lora: bool, steps: int, rows: int) -> dict[str, Any]:
    """The median times of both steps, and that of their ratios."""
    model = Classifier(kind, lora)
    plain = copy.deepcopy(model).train()
    network = WeightNetwork(100, 0.5, 2.0)
    adam = torch.optim.Adam(network.parameters(), lr=META_RATE)
    exact = MetaStep(model, _adamw(model), network, adam, alpha=ALPHA)
    adamw = _adamw(plain)

    def plainly(inputs: Any, targets: Targets) -> None:
        torch.nn.functional.cross_entropy(plain(inputs), targets.labels).backward()
        adamw.step()
        adamw.zero_grad()

    pairs = []
    for number in range(steps + 1):
        own, meta = batch(2 * number, rows), batch(2 * number + 1, rows)
        keys = torch.arange(rows) + 1000 * number
        one = seconds(lambda: plainly(*own))  # noqa: B023 - called at once
        pairs.append((one, seconds(lambda: exact(*own, *meta, keys=keys))))  # noqa: B023
    pairs = pairs[1:]  # the first batch also checks that layers can be read one by one
    return {
        "ratio": statistics.median(of_exact / of_plain for of_plain, of_exact in pairs),
        "plain_s": statistics.median(of_plain for of_plain, _ in pairs),
        "exact_s": statistics.median(of_exact for _, of_exact in pairs),
        "layerwise": exact.layerwise,
    }


def _adamw(model: torch.nn.Module) -> torch.optim.Optimizer:
    moving = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(moving, lr=RATE, fused=True)


def main() -> None:
    """Measures and prints."""
    names = [*ENCODERS, *(f"{kind}+lora" for kind in WITH_LORA)]
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.benchmarks.encoders"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--only", nargs="+", default=names, choices=names)
    parser.add_argument("--steps", type=int, default=10, help="timed batches of each")
    parser.add_argument("--batch", type=int, default=32)
    args = parser.parse_args()
    torch.set_num_threads(1)  # processor time counts threads that wait
    found = {}
    for name in args.only:
        kind, _, lora = name.partition("+")
        found[name] = measured(kind, bool(lora), args.steps, args.batch)
        one = found[name]
        print(
            f"{name:16s} exact {one['ratio']:.2f} x plain ({1000 * one['plain_s']:.0f} ms), "
            f"layer by layer: {one['layerwise']} (target: x {TARGET})",
            flush=True,
        )
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
