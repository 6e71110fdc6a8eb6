"""The recorded signals of a run in the form that label-error detection (`hamr.triage`) reads."""

from __future__ import annotations

import numpy as np

from hamr.entities import tag_names
from hamr.errors import DamagedError, StoreError
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import RunSignals, TagStatistics, WordSignals, tag_statistics_of

NO_CLASS = "This score is for texts with a class; a tagged sentence has no single label to be wrong"
NO_ENTITIES = "This score is for tagged sentences; a text has a class and no entities to be wrong"
OVER_EPOCHS = ("word_loss", "word_prediction", "word_probability", "hardness", "loss")


def run_signals(run: Run, epoch: int) -> RunSignals:
    """The run's signals up to an epoch; the run may still be training.

    A run of an older version has recorded neither margins nor top classes. Its prediction then
    serves as the one top class, with the probability of the label, or with one minus it where
    the prediction is another class.

    Raises StoreError for a run on tagged sentences, or where there is no such epoch.
    """
    if not features(run.info.task).neighbour_evidence:
        raise StoreError(NO_CLASS, field="run")
    epochs = [number for number in run.epochs() if number <= epoch]
    top_classes, probabilities = _top_classes(run, epoch)
    return RunSignals(
        loss=np.stack(run.signal_over("loss", epochs)),
        hardness=np.stack(run.signal_over("hardness", epochs)),
        top_classes=top_classes,
        top_probabilities=probabilities,
        margin=_margin(run, epochs),
        post=run.signal("post", epoch),
    )


def tag_statistics(run: Run) -> TagStatistics:
    """How all other training and validation sentences tag each training word.

    It depends on words and tags alone, so a page computes it once for all epochs.
    Raises StoreError for a run whose rows are no tagged sentences.
    """
    if not features(run.info.task).tag_statistics:
        raise StoreError(NO_ENTITIES, field="run")
    train, other = run.rows("train"), run.rows("validation")
    return tag_statistics_of(
        train.all_words + other.all_words,
        np.concatenate([train.all_tags, other.all_tags]),
        np.concatenate([train.word_starts, train.word_starts[-1] + other.word_starts[1:]]),
        rows=len(train),
        tag_count=len(tag_names(run.info.scored)),
    )


def word_signals(run: Run, epoch: int) -> WordSignals:
    """What a run on tagged sentences recorded of its words up to an epoch; it may be training.

    Raises StoreError for a run whose rows are no tagged sentences, or without such an epoch.
    """
    if not features(run.info.task).tag_statistics:
        raise StoreError(NO_ENTITIES, field="run")
    run.signal("hardness", epoch)  # raises where there is no such epoch
    epochs = [number for number in run.epochs() if number <= epoch]
    over = {name: np.stack(run.signal_over(name, epochs)) for name in OVER_EPOCHS}
    return WordSignals(
        loss=over["word_loss"],
        prediction=over["word_prediction"],
        probability=over["word_probability"],
        hardness=over["hardness"],
        row_loss=over["loss"],
    )


def _top_classes(run: Run, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """The top classes of each row and their probabilities, [N, T] each."""
    try:
        found = run.arrays(epoch, ["top_classes", "top_probabilities"])
        return found["top_classes"], found["top_probabilities"]
    except DamagedError:
        raise
    except StoreError:
        prediction = run.signal("prediction", epoch)
        own = run.signal("label_probability", epoch)
        chance = np.where(prediction == run.rows().labels, own, 1 - own)
        return prediction[:, None], chance[:, None]


def _margin(run: Run, epochs: list[int]) -> np.ndarray | None:
    """[E, N], or None where one of the epochs lacks it."""
    try:
        return np.stack(run.signal_over("margin", epochs))
    except DamagedError:
        raise
    except StoreError:
        return None
