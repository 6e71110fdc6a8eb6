"""Tests a loaded encoder, so that what is wrong with it shows before training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from hamr.models.encoder import Encoder
from hamr.models.folder import in_short, refusal

TEXTS = ["a", "The quick brown fox jumps over the lazy dog, 7 times."]
LONGEST_TRIED = 512  # pieces
LEAST_ROOM = 4  # pieces of a text, without the special ones before and after it
TAKE_BOTH = "use config.json, weights and tokenizer from the same model"


def longest_text(model: torch.nn.Module, max_length: int) -> int:
    """How many pieces of a text the model reads: `max_length`, or as many as it has positions for.

    RoBERTa and similar models keep the first positions of their table for padding.
    """
    declared = getattr(model.config, "max_position_embeddings", None)
    longest = declared if isinstance(declared, int) and declared >= 0 else max_length
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            taken = 0 if part.padding_idx is None else part.padding_idx + 1
            longest = min(longest, part.num_embeddings - taken)
    return min(max_length, longest)


def try_out(folder: Path, encoder: Encoder, missing: list[str]) -> None:
    """Raises ModelError where tokenizer and model do not match, or give no embeddings.

    `missing` are tensors that the weights lack and transformers made up. That is fine for a part
    that the embeddings do not depend on, such as BERT's pooler; it is refused for all others.
    """
    before, after = encoder.special_ids
    if encoder.max_length < len(before) + len(after) + LEAST_ROOM:
        why = f"it reads only {encoder.max_length} pieces of a text"
        raise refusal(folder, why, "choose a model that reads longer texts")
    _check_pieces(folder, encoder)
    rate = getattr(encoder.model.config, "hidden_dropout_prob", 0.1)
    if not isinstance(rate, int | float) or not 0 <= rate < 1:
        why = f"its config.json says hidden_dropout_prob = {rate!r:.40}"
        raise refusal(folder, why, "set it to a number from 0 to below 1")
    ids = encoder.tokenize(TEXTS)
    long = min(encoder.max_length, LONGEST_TRIED)
    body = ids[-1][len(before) : len(ids[-1]) - len(after)] * long
    ids.append([*before, *body[: long - len(before) - len(after)], *after])
    tokens = encoder.pad(ids)
    encoder.model.eval()
    with torch.set_grad_enabled(bool(missing)):
        hidden = encoder.model(**tokens).last_hidden_state
    shape = (*tokens["input_ids"].shape, encoder.width)
    if tuple(hidden.shape) != shape or not torch.isfinite(hidden).all():
        why = "its output for a text is not one finite vector for each piece"
        raise refusal(folder, why, "choose another encoder")
    _refuse_made_up(folder, encoder.model, missing, hidden)


def _check_pieces(folder: Path, encoder: Encoder) -> None:
    """Raises ModelError where the tokenizer has pieces that are not in the model's table."""
    model: Any = encoder.model
    table = model.get_input_embeddings().num_embeddings
    last = max(encoder.tokenizer.get_vocab().values(), default=-1)
    if last >= table:
        raise refusal(
            folder, f"its tokenizer needs a table of {last + 1:,} pieces, but the model's has "
            f"{table:,}", TAKE_BOTH,
        )  # fmt: skip


def _refuse_made_up(
    folder: Path, model: torch.nn.Module, missing: list[str], hidden: torch.Tensor
) -> None:
    parts = dict(model.named_parameters())
    names = [name for name in missing if name in parts]
    lost = [name for name in missing if name not in parts and "position_ids" not in name]
    if names:
        found = torch.autograd.grad(hidden.sum(), [parts[n] for n in names], allow_unused=True)
        lost += [name for name, slope in zip(names, found, strict=True) if slope is not None]
    if lost:
        raise refusal(
            folder, f"{len(lost)} of the {len(model.state_dict())} tensors that config.json "
            f"describes are missing: {in_short(lost)}", "use both from the same model",
        )  # fmt: skip
