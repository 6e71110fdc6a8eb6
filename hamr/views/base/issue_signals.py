"""The recorded signals of a run in the form that label-error detection (`hamr.triage`) reads."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from hamr.entities import tag_names
from hamr.errors import DamagedError, StoreError
from hamr.records import SPLITS, Split
from hamr.store import Final, Run
from hamr.tasks import features
from hamr.triage import (
    HeldOutSignals,
    HeldOutWords,
    RunSignals,
    TagStatistics,
    WordSignals,
    left_out_log_p,
    tag_statistics_of,
)

NO_CLASS = "This score is for texts with a class; a tagged sentence has no single label to be wrong"
NO_ENTITIES = "This score is for tagged sentences; a text has a class and no entities to be wrong"
LEFT_OUT = "left_out_tags"  # kind in the cache
VERSION = 1  # part of the keys: raise it when the classifier changes
TINY = 1e-9  # a probability; its logarithm is finite
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
        held_out=held_out_signals(run),
    )


def held_out_signals(run: Run) -> HeldOutSignals | None:
    """What a finished run made of its validation and test texts, at its best epoch.

    A run of an older version has recorded only the prediction of test rows and the probability of
    their label, and nothing of validation rows.
    """
    final = run.final()
    if final is None:
        return None
    parts = [_of_split(run, final, split) for split in SPLITS[1:]]
    return HeldOutSignals(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _of_split(run: Run, final: Final, split: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(loss, top classes, top probabilities) of a split's rows; the loss is NaN if unknown."""
    found = final.held_out.get(split)
    if found is not None:
        return found["loss"], found["top_classes"], found["top_probabilities"]
    if split == "test":
        best, own = final.test_prediction, final.test_label_probability
        chance = np.where(best == run.rows(split).labels, own, 1 - own)
        return -np.log(np.maximum(own, TINY)), best[:, None], chance[:, None]
    count = len(run.rows(split))
    unknown = np.full(count, np.nan, np.float32)
    return unknown, np.zeros((count, 1), np.int16), np.zeros((count, 1), np.float32)


def tag_statistics(run: Run) -> TagStatistics:
    """How all other training and validation sentences tag each word of all sentences.

    It depends on words and tags alone, so a page computes it once for all epochs.
    Raises StoreError for a run whose rows are no tagged sentences.
    """
    if not features(run.info.task).tag_statistics:
        raise StoreError(NO_ENTITIES, field="run")
    tables = [run.rows(split) for split in SPLITS]
    ends = np.cumsum([0, *(table.word_starts[-1] for table in tables)])
    starts = [
        table.word_starts[:-1] + first for table, first in zip(tables, ends[:-1], strict=True)
    ]
    trained, validated, _ = map(len, tables)
    words = [word for table in tables for word in table.all_words]
    tags = np.concatenate([table.all_tags for table in tables])
    bounds, tag_count = np.concatenate([*starts, ends[-1:]]), len(tag_names(run.info.scored))
    return tag_statistics_of(
        words,
        tags,
        bounds,
        rows=sum(map(len, tables)),
        tag_count=tag_count,
        giving=trained + validated,
        trained=trained,
        left_out=_left_out(run, words, tags, bounds, tag_count, trained + validated),
    )


def _left_out(
    run: Run, words: list[str], tags: np.ndarray, starts: np.ndarray, tag_count: int, giving: int
) -> np.ndarray:
    """What a classifier that learned from other sentences says of each word's tag.

    Kept in the cache on disk, since it takes a second for 1,700 sentences.
    """
    cache, key = run.store.cache, repr((VERSION, run.info.fingerprint, tag_count))
    kept = cache.get(LEFT_OUT, key)
    if kept is not None and kept.shape == (len(words), tag_count):
        return np.asarray(kept, np.float32)
    found = left_out_log_p(words, tags, starts, tag_count, giving).astype(np.float16)
    with suppress(StoreError):  # of a home that can't be written to
        cache.put(LEFT_OUT, key, found)
    return found.astype(np.float32)


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
        held_out=_held_out_words(run),
    )


def _held_out_words(run: Run) -> HeldOutWords | None:
    """What a finished run made of the words of validation and test sentences, at its best epoch.

    A run of an older version has recorded the tags, but neither loss nor probability.
    """
    final = run.final()
    if final is None or not all(split in final.tags for split in SPLITS[1:]):
        return None
    parts: dict[str, list[np.ndarray]] = {"word_loss": [], "word_probability": []}
    for split in SPLITS[1:]:
        unknown = np.full(len(final.tags[split]), np.nan, np.float16)
        for name, arrays in parts.items():
            arrays.append(final.held_out.get(split, {}).get(name, unknown))
    return HeldOutWords(
        loss=np.concatenate(parts["word_loss"]),
        prediction=np.concatenate([final.tags[split] for split in SPLITS[1:]]),
        probability=np.concatenate(parts["word_probability"]),
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
