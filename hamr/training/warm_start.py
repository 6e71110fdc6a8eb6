"""Training that continues from the weights of a finished run, instead of new ones.

Only the model starts warm: weight network, optimisers, hardness and draws begin as in any run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hamr.errors import TrainingError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class WarmStart:
    """The weights that a model starts with."""

    weights: dict[str, np.ndarray]  # as `FinalRecord.model` holds them
    outputs: tuple[str, ...]  # the class or tag of each of its outputs


def warm_weights(
    start: WarmStart, model: torch.nn.Module, outputs: Sequence[str]
) -> dict[str, np.ndarray]:
    """The weights of `start` for a model with these outputs, by name.

    An output that both have keeps its row of the last layer, wherever it was; an output that is
    new keeps the row that the model was built with. Raises TrainingError where another weight has
    another shape.
    """
    from hamr.models import plain_name

    last = f"{_last_layer(model)}."
    found: dict[str, np.ndarray] = {}
    for name, tensor in model.state_dict().items():
        built, plain = tensor.detach().cpu().numpy().copy(), plain_name(name)
        saved = start.weights.get(plain) if plain is not None else built  # adapters are new
        if saved is not None and name.startswith(last) and saved.shape[1:] == built.shape[1:]:
            places = {output: at for at, output in enumerate(start.outputs)}
            for at, output in enumerate(outputs):
                if output in places:
                    built[at] = saved[places[output]]
        elif saved is not None and saved.shape == built.shape:
            built = saved
        else:
            had = "none" if saved is None else f"the shape {list(saved.shape)}"
            raise TrainingError(
                f"the run whose weights training is to start from has another model: {name} needs "
                f"the shape {list(built.shape)} and has {had}. Train from new weights",
                field="start_from",
            )
        found[name] = built
    return found


def _last_layer(model: torch.nn.Module) -> str:
    """The name of the layer whose rows are the outputs: that of a small head, or a classifier."""
    return "upper" if hasattr(model, "upper") else "classifier"
