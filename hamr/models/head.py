"""The quick preset's classifier: a small head on frozen embeddings."""

from __future__ import annotations

import torch
from jaxtyping import Float

from hamr.models.transitions import HasTransitions


class Head(HasTransitions):
    """D - hidden - C with ReLU: o = W2 relu(W1 x + b1) + b2.

    Two linear layers and nothing else, since `weighting.frozen_head` differentiates it by
    hand.
    """

    def __init__(self, width: int, hidden: int, class_count: int) -> None:
        super().__init__()
        self.lower = torch.nn.Linear(width, hidden)
        self.upper = torch.nn.Linear(hidden, class_count)

    def forward(self, features: Float[torch.Tensor, "... d"]) -> Float[torch.Tensor, "... c"]:
        """Logits of each row, or of each word."""
        logits: torch.Tensor = self.upper(torch.relu(self.lower(features)))
        return logits
