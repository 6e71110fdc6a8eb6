"""A model of tagged sentences keeps which tag follows which beside its weights."""

from __future__ import annotations

from typing import Any

import torch

NAME = "transitions"


class HasTransitions(torch.nn.Module):
    """A model with a matrix of `hamr.tag_transitions`, or None where each word is tagged alone.

    It is one of the weights that are stored at a run's end, so that whoever loads them can tag as
    the run did. Nothing in a forward reads it.
    """

    transitions: torch.Tensor | None  # [T + 1, T + 1] float32

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer(NAME, None)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *others: Any, **more: Any
    ) -> None:
        """Also loads weights with a matrix into a model without one, and the other way round."""
        found = state_dict.get(f"{prefix}{NAME}")
        self.transitions = None if found is None else torch.empty_like(found)
        super()._load_from_state_dict(state_dict, prefix, *others, **more)
