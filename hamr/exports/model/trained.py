"""The trained model of a run in its parts: encoder, pooling, and the linear layers of the head.

It is the model that predicts: in float32, adapters merged into the weights, averaged weights where
the run averages them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from hamr.inference import Predictor
from hamr.inference.passes import transitions_of
from hamr.models import Encoder, FineTuned, Head
from hamr.tasks import features

Layer = tuple[np.ndarray, np.ndarray]  # weight [out, in] and bias [out] of a linear layer


@dataclass(frozen=True)
class Reading:
    """What the head reads of an encoder's token vectors."""

    of_words: bool  # one vector for each word, else one for each text
    pooling: str  # of texts: "mean" or "last"; of words: "first" piece, or "mean" over the pieces
    unit: bool  # whether that vector is scaled to length 1


@dataclass(frozen=True)
class Trained:
    """A trained model with all that is needed to use it."""

    encoder: Encoder
    reading: Reading
    head: tuple[Layer, ...]  # the linear layers from vector to logits, ReLU between them
    outputs: tuple[str, ...]  # the classes, or tags, that the logits are of
    # [C + 1, C + 1], by which the tags of a sentence are chosen together; None: each word alone
    transitions: np.ndarray | None = None

    @property
    def head_module(self) -> torch.nn.Module:
        """The layers of the head as one module."""
        parts: list[torch.nn.Module] = []
        for weight, bias in self.head:
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
            linear.load_state_dict(
                {"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)}
            )
            parts += [linear, torch.nn.ReLU()]
        return torch.nn.Sequential(*parts[:-1]).eval().requires_grad_(False)


def parts_of(predictor: Predictor, pooling: str) -> Trained:
    """The parts of what predicts; `pooling` is how a fine-tuned model pools texts."""
    words = features(predictor.task).entities
    network = cast(torch.nn.Module, predictor.network)
    modules = list(network.modules())
    head: tuple[Layer, ...]
    frozen = next((part for part in modules if isinstance(part, Head)), None)
    if frozen is not None:
        head = (_layer(frozen.lower), _layer(frozen.upper))
        reading = Reading(words, "mean", unit=not words)
    else:
        tuned = next(part for part in modules if isinstance(part, FineTuned))
        head = (_layer(tuned.classifier),)
        reading = Reading(words, "first" if words else pooling, unit=False)
    transitions = transitions_of(predictor.network) if words else None
    return Trained(predictor.encoder, reading, head, predictor.outputs, transitions)


def _layer(linear: torch.nn.Linear) -> Layer:
    return linear.weight.detach().numpy().copy(), linear.bias.detach().numpy().copy()


def named(outputs: Sequence[str]) -> dict[str, object]:
    """`id2label` and `label2id`, as transformers' config.json has them."""
    return {
        "id2label": dict(enumerate(outputs)),
        "label2id": {name: number for number, name in enumerate(outputs)},
    }
