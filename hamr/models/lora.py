"""LoRA: small adapters that are trained in place of an encoder's own weights.

Beside a linear layer W x of the encoder, which stays as it is, an adapter adds (alpha / r) B A x
with A [r, in] and B [out, r] (Hu et al. 2022). B starts at zero, so that training starts from the
encoder as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from hamr.errors import SettingError
from hamr.models.parts import encoder_layers

BASE, OWN = ".base_layer.", (".lora_A.", ".lora_B.")  # in the names of peft's parameters
ADAPTER = "default"


def add_lora(
    encoder: torch.nn.Module,
    *,
    rank: int,
    alpha: float,
    targets: str = "",
    layers: int = 0,
    frozen: int = 0,
) -> None:
    """Freezes the encoder and puts adapters beside linear layers of it.

    `targets` are the names of the layers, parted by commas, as `query,value`; "" is every linear
    layer. `layers` is how many encoder layers get adapters, from the top, 0 all; none of the
    `frozen` lowest ones does.

    Raises SettingError where no layer has such a name, or the encoder has fewer layers, and
    ModelError where it has no list of layers.
    """
    linear = dict(_linear(encoder, _chosen(encoder, layers, frozen)))
    wanted = {name.strip() for name in targets.split(",") if name.strip()}
    found = [
        name
        for name in linear
        if not wanted or any(name == one or name.endswith(f".{one}") for one in wanted)
    ]
    if not found:
        raise _no_target(encoder, targets, linear)
    _inject(encoder, found, rank, alpha, transposed=not _is_linear(linear[found[0]]))


def _chosen(encoder: torch.nn.Module, layers: int, frozen: int) -> list[torch.nn.Module]:
    every = encoder_layers(encoder)
    if layers > len(every) - frozen:
        why = f"and {frozen} of them are frozen" if frozen else "all of them with 0"
        raise SettingError(
            f"lora_layers must be at most {len(every) - frozen}, got {layers}: this encoder has "
            f"{len(every)} layers, {why}",
            field="lora_layers",
        )
    return every[max(frozen, len(every) - layers if layers else 0) :]


def _linear(
    encoder: torch.nn.Module, layers: list[torch.nn.Module]
) -> Iterator[tuple[str, torch.nn.Module]]:
    """The linear layers in those encoder layers, by their name in the encoder."""
    from transformers.pytorch_utils import Conv1D  # GPT-2's linear layer

    inside = {id(part) for layer in layers for part in layer.modules()}
    for name, part in encoder.named_modules():
        if id(part) in inside and isinstance(part, torch.nn.Linear | Conv1D):
            yield name, part


def _is_linear(part: torch.nn.Module) -> bool:
    return isinstance(part, torch.nn.Linear)


def _no_target(
    encoder: torch.nn.Module, targets: str, linear: dict[str, torch.nn.Module]
) -> SettingError:
    names = sorted({name.rsplit(".", 1)[-1] for name in linear})
    if not names:
        return SettingError(
            f"lora_rank must be 0 with this encoder: {type(encoder).__name__} has no linear layer "
            "in the encoder layers that are to have adapters",
            field="lora_rank",
        )
    return SettingError(
        f"lora_targets must name linear layers of the encoder, got {targets!r}: "
        f"{type(encoder).__name__} has {', '.join(names)}",
        field="lora_targets",
    )


def _inject(
    encoder: torch.nn.Module, names: list[str], rank: int, alpha: float, *, transposed: bool
) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    encoder.requires_grad_(False)
    model: Any = encoder
    inject_adapter_in_model(
        LoraConfig(
            r=rank,
            lora_alpha=alpha,  # type: ignore[arg-type]  # a number, of any kind
            target_modules=names,
            fan_in_fan_out=transposed,
            lora_dropout=0.0,
        ),
        model,
        adapter_name=ADAPTER,
    )


def plain_name(name: str) -> str | None:
    """A parameter's name in the model without adapters; None for an adapter's own."""
    return None if any(part in name for part in OWN) else name.replace(BASE, ".")


@torch.no_grad()
def merged_weights(model: torch.nn.Module) -> dict[str, np.ndarray]:
    """The model's weights by name, with W + (alpha / r) B A in place of each adapted W.

    A model without adapters has its weights as they are.
    """
    modules = dict(model.named_modules())
    found: dict[str, np.ndarray] = {}
    for name, tensor in model.state_dict().items():
        plain = plain_name(name)
        if plain is None:
            continue
        if name.endswith(f"{BASE}weight"):
            adapted: Any = modules[name.removesuffix(f"{BASE}weight")]
            found[plain] = (tensor + adapted.get_delta_weight(ADAPTER)).cpu().numpy()
        else:
            found[plain] = tensor.cpu().numpy().copy()
    return found
