"""All that a run keeps, as hashes by name; times, which no two runs share, left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from hamr.records import EPOCH_ARRAYS, ROW_SIGNALS
from hamr.store import Run

TIMES = ("seconds", "rows_per_second")


def kept(run: Run) -> dict[str, str]:
    """Model, scores, every epoch's signals, arrays and scalars, and the last checkpoint.

    The checkpoint holds what nobody is shown: both optimisers, the weight network, random
    states. All is read through the store, and so checked against its manifest.
    """
    found = {"model": _hash(run.model_path.read_bytes())}
    final, newest = run.final(), run.checkpoint()
    assert final is not None and newest is not None, "the run is not finished"
    found |= _arrays("test", vars(final.test))
    found |= _arrays("validation", vars(final.validation))
    found |= _arrays("final", {"prediction": final.test_prediction, "best": final.best_epoch})
    found |= _arrays("final", {"probability": final.test_label_probability})
    found |= _arrays(f"checkpoint of epoch {newest.epoch}", newest.arrays)
    for scalars in run.scalars():
        epoch = scalars["epoch"]
        found |= _arrays(f"epoch {epoch}", scalars)
        found |= _arrays(f"epoch {epoch}", {n: run.signal(n, epoch) for n in ROW_SIGNALS})
        found |= _arrays(f"epoch {epoch}", run.arrays(epoch, list(EPOCH_ARRAYS)))
    return found


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The names under which two runs do not hold the same bits."""
    names = sorted(expected.keys() | found.keys())
    return [name for name in names if expected.get(name) != found.get(name)]


def _arrays(owner: str, values: Mapping[str, object]) -> dict[str, str]:
    return {
        f"{owner}: {name}": _bits(np.asarray(value))
        for name, value in values.items()
        if not any(time in name for time in TIMES)
    }


def _bits(array: np.ndarray) -> str:
    """NaN and minus zero included; of None and other objects, what they are called."""
    if array.dtype.hasobject:
        return repr(array.tolist())
    return _hash(f"{array.dtype}{array.shape}".encode() + array.tobytes())


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
