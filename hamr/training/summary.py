"""What is recorded of an epoch, from the state at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamr.config import TrainingSettings
from hamr.records import Metrics, Split
from hamr.training.epoch import Epoch
from hamr.training.evaluation import Evaluation
from hamr.training.ledger import Ledger
from hamr.weighting import NO_CURVES, WeightModel

CURVE_GRID = np.linspace(-3, 5, 81, dtype=np.float32)  # the z at which the curve is recorded


def signals(
    ledger: Ledger, own: dict[str, np.ndarray], epoch: Epoch, train: Evaluation
) -> dict[str, np.ndarray]:
    """ROW_SIGNALS: `own` are those of the epoch's visits."""
    return {
        **own,
        **ledger.state,
        "expected_draws": (epoch.probability * len(epoch.visits.rows)).astype(np.float32),
        "loss": train.loss,
        "prediction": train.prediction,
        "label_probability": train.label_probability,
        "margin": train.margin,
    }


def arrays(
    settings: TrainingSettings,
    ledger: Ledger,
    epoch: Epoch,
    network: WeightModel,
    train: Evaluation,
    metrics: Metrics,
) -> dict[str, np.ndarray]:
    """EPOCH_ARRAYS: what `network` has learned is used where weights are learned."""
    weight, curve = np.ones_like(CURVE_GRID), np.full_like(CURVE_GRID, np.nan)
    if settings.traits.has_curve:
        curve = network.curve(CURVE_GRID)
        mean = float(np.interp(epoch.visits.z, CURVE_GRID, curve).mean())
        weight = np.clip(curve / mean, settings.weight_low, settings.weight_high)
    others = network.curves() if settings.learns_weights else NO_CURVES
    return {
        "curve_z": CURVE_GRID,
        "curve_s": curve,
        "curve_weight": weight.astype(np.float32),
        "curves_x": others.x,
        "curves_weight": others.weight,
        "curve_of_class": others.of_class,
        "weight_scalars": others.scalars,
        "seeds": ledger.seeds,
        "neighbours": ledger.neighbours,
        "similarities": ledger.similarities,
        "confusion": metrics.confusion,
        "precision": metrics.precision,
        "recall": metrics.recall,
        "f1": metrics.f1,
        "support": metrics.support,
        "top_classes": train.top_classes,
        "top_probabilities": train.top_probabilities,
        "probe_step": np.array(epoch.probe_steps, np.int32),
        "probe_cosine": np.array(epoch.probe_cosines, np.float32),
    }


def scalars(
    settings: TrainingSettings,
    epoch: Epoch,
    metrics: Metrics,
    *,
    refreshed: bool,
    stepping: float,
    seconds: float,
) -> dict[str, Any]:
    """EPOCH_SCALARS: `stepping` are the seconds of its steps, `seconds` those of all of it."""
    visits, clips = epoch.visits, settings.traits.clips
    return {
        "macro_f1": metrics.macro_f1,
        "accuracy": metrics.accuracy,
        "validation_loss": metrics.loss,
        "train_loss": float(visits.loss.mean()),
        "meta_loss": float(np.mean(epoch.meta_losses)) if epoch.meta_losses else None,
        "clipped_low": clips * float((visits.post <= settings.weight_low).mean()),
        "clipped_high": clips * float((visits.post >= settings.weight_high).mean()),
        "draw_count": len(visits.rows),
        "boost_refreshed": refreshed,
        "seconds": seconds,
        "rows_per_second": len(visits.rows) / stepping,
    }


def held_out(found: Mapping[Split, Evaluation]) -> dict[str, np.ndarray]:
    """FinalRecord.held_out, of the evaluations of validation and test rows."""
    arrays: dict[str, np.ndarray] = {}
    for split, rows in found.items():
        arrays[f"{split}.loss"] = rows.loss
        if rows.words is None:
            arrays[f"{split}.top_classes"] = rows.top_classes
            arrays[f"{split}.top_probabilities"] = rows.top_probabilities
        else:
            arrays[f"{split}.word_loss"] = rows.words.loss.astype(np.float16)
            arrays[f"{split}.word_probability"] = rows.words.probability.astype(np.float16)
    return arrays
