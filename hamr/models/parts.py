"""Finds the head and the layers of a classifier, for the meta step and for freezing."""

from __future__ import annotations

import torch

from hamr.errors import ModelError

HEADS = ("classifier", "score", "head", "fc", "cls", "out_proj", "output")


def head_of(model: torch.nn.Module) -> torch.nn.Module:
    """The module that turns features into logits: the model's `classifier`, `score`, `head`, ...

    Raises ModelError where there is none under a usual name.
    """
    for name in HEADS:
        part = getattr(model, name, None)
        if isinstance(part, torch.nn.Module):
            return part
    raise ModelError(
        f"{type(model).__name__} has no head with a usual name (looked for "
        f"{', '.join(HEADS)}): name its last module one of these, or set meta_gradient to exact",
        field="meta_gradient",
    )


def encoder_layers(model: torch.nn.Module) -> list[torch.nn.Module]:
    """The model's layers, lowest first: its longest list of modules of one type.

    Raises ModelError where the model has no such list.
    """
    lists = [part for part in model.modules() if isinstance(part, torch.nn.ModuleList)]
    alike = [part for part in lists if len({type(layer) for layer in part}) == 1]
    if not alike:
        raise ModelError(
            f"{type(model).__name__} has no list of layers: set frozen_layers to 0, and "
            "meta_gradient to exact or last_layer",
            field="frozen_layers",
        )
    return max((list(part) for part in alike), key=len)
