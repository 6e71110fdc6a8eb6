"""The trained model of a run, to predict texts that are not rows of its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hamr.config import Device
from hamr.errors import StoreError
from hamr.store import Run

if TYPE_CHECKING:
    from hamr.inference import Predictor


def predictor_of(run: Run, epoch: int | None = None, *, device: Device = "auto") -> Predictor:
    """The model of a run: of its best epoch, or of another one whose model is still kept.

    Raises StoreError for a run or epoch without a model, DamagedError for a damaged file,
    ModelError where the encoder is gone or the weights do not fit it.
    """
    from hamr.inference import load_predictor

    info, weights = run.info, weights_of(run, epoch)
    return load_predictor(info.settings.training, info.task, info.classes, weights, device=device)


def kept_epochs(run: Run) -> list[int]:
    """The epochs whose models are kept: the best one, and those that the run can resume from."""
    best, kept = run.info.best_epoch, run.checkpointed()
    return sorted({*kept, best} if best and (kept or run.has_model) else kept)


def model_epoch(run: Run, epoch: int | None = None) -> int:
    """The epoch whose model is meant: the given one, by default the best.

    Raises StoreError where it is not kept, and for a run without a model.
    """
    info, kept = run.info, kept_epochs(run)
    if not kept:
        remedy = "train again" if info.status == "failed" else "wait for its first epoch"
        raise StoreError(
            f'"{info.name}" has no model yet, because it is {info.status} and no epoch of it is '
            f"complete: {remedy}, or resume it",
            field="run",
        )
    found = epoch if epoch is not None else info.best_epoch or kept[-1]
    if found not in kept:
        raise StoreError(
            f'the model of "{info.name}" after epoch {found} is not kept: only those of the best '
            f"epoch and of the last ones are, here {', '.join(map(str, kept))}",
            field="epoch",
        )
    return found


def weights_of(run: Run, epoch: int | None = None) -> Mapping[str, np.ndarray]:
    """The weights of the model after that epoch, by default the best one, by name; LoRA merged in.

    Raises what `model_epoch` raises, and DamagedError for a file that is missing or was altered.
    """
    info, epoch = run.info, model_epoch(run, epoch)
    if epoch == info.best_epoch and run.has_model:
        from safetensors.numpy import load_file

        return load_file(run.model_path)
    from hamr.inference import checkpoint_weights

    own = epoch in run.checkpointed()
    saved = run.checkpoint_at(epoch if own else run.checkpointed()[-1])
    assert saved is not None  # it is listed
    training = info.settings.training
    return checkpoint_weights(training, info.task, info.classes, saved, best=not own)
