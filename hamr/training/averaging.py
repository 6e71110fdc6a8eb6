"""The moving average of a model's weights, which is scored and kept in place of the last weights.

After step t (from 1), phi' <- d_t phi' + (1 - d_t) phi with d_t = min(d, t / (t + 10)): the first
steps, in which the model moves fast, are soon forgotten. Averaging iterates is due to Polyak and
Juditsky (1992); as a moving average over a network's weights it is that of mean teachers (Tarvainen
and Valpola 2017). Training itself is untouched: gradients, weights of rows and draws follow phi.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

BEHIND = 10  # steps after which the average reaches back half of the way to the first step


class WeightAverage:
    """phi' of the trainable parameters of a model; buffers stay the model's own."""

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        """`decay` is d, in (0, 1). The average starts with the model's weights as they are."""
        self._decay, self.steps = decay, 0
        self._own = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
        self.averaged = {name: own.clone() for name, own in self._own.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Takes in the weights after a step."""
        self.steps += 1
        decay = min(self._decay, self.steps / (self.steps + BEHIND))
        torch._foreach_lerp_([*self.averaged.values()], [*self._own.values()], 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the model has the averaged weights, and afterwards its own again."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, own in self._own.items():
            other = self.averaged[name]
            kept = own.clone()
            own.copy_(other)
            other.copy_(kept)

    @torch.no_grad()
    def load(self, averaged: dict[str, torch.Tensor], steps: int) -> None:
        """Puts back an average as a checkpoint holds it."""
        self.steps = steps
        for name, tensor in averaged.items():
            self.averaged[name].copy_(tensor)

    @torch.no_grad()
    def restart(self) -> None:
        """Starts again from the model's weights as they are now."""
        self.steps = 0
        for name, own in self._own.items():
            self.averaged[name].copy_(own)
