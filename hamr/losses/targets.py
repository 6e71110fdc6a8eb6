"""What a batch is trained towards, and what a loss of it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int, Num

Logits = Float[torch.Tensor, "b c"]
Labels = Int[torch.Tensor, " b"]
Losses = Float[torch.Tensor, " b"]
Counts = Num[torch.Tensor, " c"]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (logits, labels) -> losses


@dataclass(frozen=True)
class Targets:
    """What the rows of a batch are trained towards: their labels, and soft targets where used.

    `labels` has the shape [b]; [b, t] for padded sentences and [n] for the n words of sentences
    that are stored one after another.
    """

    labels: Int[torch.Tensor, "b ..."]
    soft: Float[torch.Tensor, "b c"] | None = None  # q_i, class probabilities of each row
    soft_weight: float = 0.0  # epsilon, the share of a row's target that `soft` takes
    # q of tagged sentences: a sentence's loss is the mean over this share of its words, those
    # with the largest losses and at least one; 0 is the hardest word alone, 1 all words.
    word_share: float = 0.0

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | torch.Tensor | tuple[torch.Tensor, ...]) -> Targets:
        """The targets of some rows."""
        soft = None if self.soft is None else self.soft[rows]
        return replace(self, labels=self.labels[rows], soft=soft)

    def to(self, device: torch.device) -> Targets:
        """The same targets on that device."""
        soft = None if self.soft is None else self.soft.to(device, non_blocking=True)
        return replace(self, labels=self.labels.to(device, non_blocking=True), soft=soft)


Objective = Callable[[torch.Tensor, Targets], torch.Tensor]  # (logits, targets) -> losses


def of_labels(loss: Loss) -> Objective:
    """The objective that asks for the rows' labels alone."""
    return lambda logits, targets: loss(logits, targets.labels)


@torch.enable_grad()
def derived(objective: Objective, logits: Logits, targets: Targets) -> tuple[Losses, Logits]:
    """Each row's loss, and its derivative by the row's own logits."""
    logits = logits.detach().requires_grad_()
    loss = objective(logits, targets)
    return loss.detach(), torch.autograd.grad(loss.sum(), logits)[0]
