"""Batches and rates of the quick preset that follow the number of training rows.

An epoch of a small head is nearly all overhead: a step on 32 rows takes about as long as one on
256. So from 20,000 rows on the batch doubles whenever the rows do, up to 1,024, and an epoch keeps
to some 700 steps; the most is reached at 640,000 rows. With a batch kappa times as large, Adam's
learning rate is sqrt(kappa) times as large (the square-root rule of Malladi et al. 2022,
arXiv 2205.10287), for the head and for the weight network. The meta batch grows by sqrt(kappa) as
well: the mean over it has to rank rows, not to step, and a step's work is their product.
"""

from __future__ import annotations

import math

from hamr.config.training import TrainingSettings

STEADY_ROWS = 20_000  # training rows up to which nothing changes
LARGEST_BATCH = 1024


def grown(settings: TrainingSettings, rows: int) -> TrainingSettings:
    """The settings for so many training rows: batch, meta batch and rates that follow them.

    A value that is not the default of its setting stays; with another batch size, all do. What is
    returned no longer follows anything; settings that the rows do not change are returned as given.
    """
    factor = growth(rows)
    if settings.fine_tunes or settings.batch_growth == "none" or factor == 1:
        return settings
    if not _is_default(settings, "batch_size"):
        return settings
    root = math.sqrt(factor)
    found: dict[str, float] = {
        "batch_size": settings.batch_size * factor,
        "meta_batch_size": settings.meta_batch_size * 2 ** (factor.bit_length() // 2),
        "learning_rate": settings.learning_rate * root,
        "meta_rate": settings.meta_rate * root,
    }
    changes = {name: value for name, value in found.items() if _is_default(settings, name)}
    return TrainingSettings(**{**settings.model_dump(), **changes, "batch_growth": "none"})


def growth(rows: int) -> int:
    """How many times as large a batch is with so many training rows: a power of two."""
    most = LARGEST_BATCH // int(_default("batch_size"))
    doublings = math.ceil(math.log2(max(rows / STEADY_ROWS, 1)))
    return min(int(2**doublings), most)


def _default(name: str) -> float:
    value: float = TrainingSettings.model_fields[name].default
    return value


def _is_default(settings: TrainingSettings, name: str) -> bool:
    return bool(getattr(settings, name) == _default(name))
