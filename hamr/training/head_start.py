"""The first weights of a fine-tuned encoder's head: those of a classifier of its embeddings.

A random head sends random gradients through the encoder until it has learned, which distorts what
the encoder knows; a head that was fitted first does not (Kumar et al. 2022, arXiv 2202.10054:
linear probing, then fine-tuning). Theirs is a logistic regression; this one is a ridge regression
in closed form, with a temperature that makes it as sure as it is right (`triage.ridge`). It is
the same for all methods.

The regression reads embeddings of length 1, the head vectors v of the encoder as they are, so W is
divided by the mean length of v.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from hamr.models import FineTuned

MEASURED = 64  # rows by which the mean length is estimated


def start_head(
    model: FineTuned,
    vectors: np.ndarray,
    labels: np.ndarray,
    batch: Callable[[np.ndarray], Any],
    kept: np.ndarray | None,
) -> None:
    """Gives the head of a model for texts its first weights, from the training rows' frozen
    embeddings [N, D] and labels [N], of which the `kept` [K] may be used, by default all.

    `batch` gives the model's inputs of some rows, where the model is.
    """
    from hamr.triage.ridge import ridge_classifier

    used = np.arange(len(labels)) if kept is None else kept
    with threadpool_limits(1):  # as for soft targets
        weight, bias = ridge_classifier(vectors[used], labels[used], model.classifier.out_features)
    some = used[:: -(-len(used) // MEASURED)]
    model.eval()
    with torch.inference_mode():
        length = model.vectors(batch(some)).norm(dim=1).mean().item()
    with torch.no_grad():
        model.classifier.weight.copy_(torch.from_numpy(weight / length))
        model.classifier.bias.copy_(torch.from_numpy(bias))
