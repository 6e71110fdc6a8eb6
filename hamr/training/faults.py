"""What can go wrong in the middle of training, as errors for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from hamr.config import TrainingSettings
from hamr.errors import TrainingError

NO_MEMORY = ("can't allocate memory", "out of memory")  # the texts of PyTorch's errors


class NotFinite(ArithmeticError):
    """A gradient holds NaN or infinity; the model was not yet moved by it."""


def refuse_not_finite(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
    """A hook before an optimiser's step that raises NotFinite instead of ruining the model.

    A NaN or infinity in a backward pass spreads to the biases and norms below it. Those are a
    thousandth of all gradients, so checking them costs next to nothing.
    """
    parameters = (p for group in optimizer.param_groups for p in group["params"])
    vectors = [p.grad for p in parameters if p.grad is not None and p.grad.dim() == 1]
    if vectors and not torch.isfinite(torch.nn.utils.get_total_norm(vectors)):
        raise NotFinite


def not_finite(what: str, when: str, settings: TrainingSettings, *, lower: str) -> TrainingError:
    """`what` is NaN or infinite, `when` or where; `lower` names the setting that is too high."""
    return TrainingError(
        f"{what} is NaN or infinite {when}: lower {lower}, now "
        f"{getattr(settings, lower):g}, and start again; the epochs recorded so far are kept",
        field=lower,
    )


@contextmanager
def memory_errors(settings: TrainingSettings) -> Iterator[None]:
    """Turns what PyTorch and Python raise when memory is used up into a TrainingError."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # torch.OutOfMemoryError is a RuntimeError
        if isinstance(error, RuntimeError) and not any(text in str(error) for text in NO_MEMORY):
            raise
        raise _too_big(settings) from error


def _too_big(settings: TrainingSettings) -> TrainingError:
    remedy = f"lower batch_size, now {settings.batch_size}"
    if settings.fine_tunes:
        remedy = (
            f"raise accumulation, now {settings.accumulation}, which splits a batch into smaller "
            f"ones, or lower batch_size, now {settings.batch_size}, meta_batch_size, now "
            f"{settings.meta_batch_size}, or max_length, now {settings.max_length}"
        )
    return TrainingError(
        f"memory was used up: {remedy}, and start again; the epochs recorded so far are kept",
        field="accumulation" if settings.fine_tunes else "batch_size",
    )
