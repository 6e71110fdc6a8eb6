"""Marks on the tensors that depend on a batch's inputs, and so belong to its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import torch

MARK = "_hamr_of_rows"
Found = TypeVar("Found")


def mark(found: Found) -> Found:
    """Marks the tensors in what an operation returned, or in a model's inputs.

    Never a parameter, which operations such as `type_as` return as it is.
    """
    for tensor in _tensors(found):
        if not (tensor.requires_grad and tensor.is_leaf):
            setattr(tensor, MARK, True)
    return found


def is_of_rows(x: Any) -> bool:
    """Whether x is a tensor with the mark."""
    return getattr(x, MARK, False) is True


def of_rows(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether any tensor among an operation's arguments has the mark."""
    return any(map(is_of_rows, _tensors((args, kwargs))))


def _tensors(found: Any) -> Iterator[torch.Tensor]:
    if isinstance(found, torch.Tensor):
        yield found
    elif isinstance(found, list | tuple):
        for part in found:
            yield from _tensors(part)
    elif isinstance(found, Mapping):
        for part in found.values():
            yield from _tensors(part)
    elif is_dataclass(found) and not isinstance(found, type):
        for field in fields(found):
            yield from _tensors(getattr(found, field.name))
