"""Checkpoints: plain arrays by name, of one version, from which a run resumes bit for bit.

    version, step, best_epoch, best_f1        numbers
    model.*, network.*, adamw.*, adam.*       what learns, and its optimisers
    layerwise                                 full preset: MetaStep.layerwise
    best.*                                    the model of the best validation epoch
    ledger.*, search.*                        hardness, boost; seeds and their neighbours
    random.*                                  the states of PyTorch's generators
    within.*                                  only within an epoch: what its steps have found so far

The draws, meta batches and dropout keys of an epoch are not stored: they follow from
(seed, epoch) and from the ledger, which does not change within an epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamr.errors import TrainingError

CHECKPOINT_VERSION = 2  # raise it when an array's name or meaning changes


def above(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays with `prefix` put before their names."""
    return {prefix + name: array for name, array in arrays.items()}


def below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def version() -> dict[str, np.ndarray]:
    """The array that holds a checkpoint's version."""
    return {"version": np.array([CHECKPOINT_VERSION], np.int64)}


def check_version(saved: Mapping[str, np.ndarray]) -> None:
    """Raises TrainingError for a checkpoint that another version of the program wrote."""
    found = int(saved["version"][0]) if "version" in saved else 1  # the first had no number
    if found != CHECKPOINT_VERSION:
        raise TrainingError(
            f"this run's checkpoint is of version {found}, and this program resumes from version "
            f"{CHECKPOINT_VERSION}: resume the run with the program that began it, or start a new "
            "run with the same settings; everything recorded is kept"
        )
