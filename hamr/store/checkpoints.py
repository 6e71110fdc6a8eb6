"""Checkpoints: what a run that was killed resumes from.

    epochs/000003/checkpoint.safetensors              after epoch 3; of the last two epochs
    epochs/000004/checkpoint-0000000412.safetensors   within epoch 4, after step 412; the newest
                                                      two, until epoch 4 is complete

Each has a name of its own, so that one is kept until the next is on the disk. The files of an epoch
that is not complete are listed in the manifest like all others; as the epoch itself is not listed,
only a worker that resumes reads them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

KEPT = 2  # at the ends of epochs, and as many within the epoch under way
PREFIX = "checkpoint"
_WITHIN = re.compile(PREFIX + r"-(\d+)\.safetensors")

Listed = tuple[int, str]  # the epoch whose folder a file lies in, and its name


class Checkpoint(NamedTuple):
    """What training resumes from: its argument `resume` is the first two of these."""

    epoch: int  # the last complete epoch
    arrays: dict[str, np.ndarray]
    step: int | None  # steps since the run began; None right after an epoch's end


def file_name(step: int | None = None) -> str:
    """The name of a checkpoint after that step, or at an epoch's end."""
    return f"{PREFIX}.safetensors" if step is None else f"{PREFIX}-{step:010d}.safetensors"


def step_of(name: str) -> int | None:
    """The step of a checkpoint within an epoch; None for all other files."""
    found = _WITHIN.fullmatch(name)
    return int(found[1]) if found else None


def newest_first(files: Iterable[Listed]) -> list[Listed]:
    """In the order in which they are tried: the end of an epoch comes after all its steps."""
    return sorted(files, key=_age, reverse=True)


def outdated(files: Iterable[Listed]) -> list[Listed]:
    """The checkpoints that newer ones replace."""
    ordered = newest_first(files)
    ends = [file for file in ordered if step_of(file[1]) is None]
    within = [file for file in ordered if step_of(file[1]) is not None]
    return ends[KEPT:] + within[KEPT:]


def _age(file: Listed) -> tuple[int, float]:
    epoch, name = file
    step = step_of(name)
    return epoch, math.inf if step is None else step
