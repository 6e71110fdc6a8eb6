"""Keeping the lower layers of an encoder as they are."""

from __future__ import annotations

from functools import partial

import torch

from hamr.errors import SettingError
from hamr.models import encoder_layers


def freeze(encoder: torch.nn.Module, layers: int, *, dropout: bool = True) -> None:
    """Freezes the encoder's embeddings and its lowest `layers` layers; 0 freezes nothing.

    They get no gradient, and neither weight decay nor the virtual step changes them. Without
    `dropout` what they make of a row is the same at each step.

    Raises SettingError for more layers than the encoder has, ModelError where it has no list
    of layers.
    """
    if not layers:
        return
    found = encoder_layers(encoder)
    if layers > len(found):
        raise SettingError(
            f"frozen_layers must be at most {len(found)}, the layers this encoder has, got "
            f"{layers}; with all of them frozen only the head learns",
            field="frozen_layers",
        )
    lowest = [
        child
        for name, child in encoder.named_children()
        if name.startswith("embed") or isinstance(child, torch.nn.Embedding)  # GPT-2's wte, wpe
    ]
    for part in [*lowest, *found[:layers]]:
        part.requires_grad_(False)
        if not dropout:
            part.eval()
            part.train = partial(_stays, part)  # type: ignore[method-assign]


def _stays(part: torch.nn.Module, mode: bool = True) -> torch.nn.Module:
    """In the place of `train`: the part stays as it evaluates."""
    return part
