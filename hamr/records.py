"""The plain values that go from training through the store to the views. No torch.

Axes, named once: N training rows, B rows of a batch, C classes, S hard seeds, K
neighbours of a seed, G points of the weight curve's grid, P probes of the meta-gradient, T
most probable classes of a row. Steps that are kept whole have axes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hamr.columns import Column
from hamr.entities import spans_of, tag_names

Task = Literal["sequence", "token"]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

WEIGHT_PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Rows:
    """The rows of one split. A row never changes its id; its position is only an index."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: np.ndarray  # [n] int32, an index into Dataset.classes
    groups: tuple[str, ...] | None = None
    # Only for a token task. A row is a sentence, its text the words joined by spaces, its label
    # the rarest entity type in it (`entities.row_label`).
    words: tuple[tuple[str, ...], ...] | None = None
    tags: tuple[np.ndarray, ...] | None = None  # [w] int16 each, an index into Dataset.tags
    # The part of the file for each row, from the end of the row before it to its own end: joined
    # in the file's order, these are the file.
    sources: tuple[str, ...] | None = None
    metadata: Mapping[str, Column] = field(default_factory=dict)  # by the name of the column

    def __len__(self) -> int:
        return len(self.texts)

    def class_counts(self, class_count: int) -> np.ndarray:
        """How many rows each class has, [C] int64."""
        return np.bincount(self.labels, minlength=class_count)

    def members(self, class_count: int) -> np.ndarray:
        """Which classes each row has, [n, C] bool: its label, or all entity types in it."""
        result = np.zeros((len(self), class_count), bool)
        if self.tags is None:
            result[np.arange(len(self)), self.labels] = True
            return result
        for row, tags in enumerate(self.tags):
            types = {span.type for span in spans_of(tags)}
            result[row, list(types) or [class_count - 1]] = True
        return result


@dataclass(frozen=True)
class Dataset:
    """Rows with labels, split three ways, ready to train on."""

    name: str  # what people see: "MITRE ATT&CK procedures", "reviews.csv"
    task: Task
    # For a token task the entity types, and NO_ENTITY last.
    classes: tuple[str, ...]
    train: Rows
    validation: Rows
    test: Rows
    fingerprint: str  # SHA-256 of every id, text, label, split, class name and metadata value
    notices: tuple[str, ...] = ()  # licences and caveats to show with the data
    left_out: tuple[tuple[str, str], ...] = ()  # id of a row that was not used, and why

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of a token task's tag numbers: O, B-first, I-first, ..."""
        return tag_names(self.classes[:-1])

    def split(self, name: Split) -> Rows:
        """The rows of the split of that name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


@dataclass(frozen=True)
class Signal:
    """What is recorded for every training row at every epoch, under one name."""

    dtype: str
    title: str  # as on screen
    meaning: str  # one sentence
    unit: str = ""


# Every array is [N], in the order of the training rows. "End of the epoch" values come
# from one pass over all rows in evaluation mode; "visit" values from the steps that drew
# the row, NaN where it was not drawn.
ROW_SIGNALS: dict[str, Signal] = {
    # Of a tagged sentence that of its hardest word, whatever `word_share` the run was trained with.
    "loss": Signal("float32", "Loss", "cross-entropy at the end of the epoch", "nats"),
    "prediction": Signal("int16", "Prediction", "the class the model names at the epoch's end"),
    "label_probability": Signal(
        "float32", "Probability of the label", "softmax probability of the row's own label"
    ),
    # Its mean over the epochs is the area under the margin (AUM) of Pleiss et al. 2020.
    "margin": Signal(
        "float32", "Margin", "logit of the label minus the largest other one at the epoch's end"
    ),
    "visit_loss": Signal("float32", "Loss when drawn", "mean over the epoch's visits", "nats"),
    "visit_loss_last": Signal("float32", "Loss at the last visit", "at the last visit", "nats"),
    "z": Signal("float32", "z-score", "batch z-score of the loss, mean over the visits", "sd"),
    "z_last": Signal("float32", "z-score, last", "batch z-score at the last visit", "sd"),
    "pre": Signal("float32", "Pre-meta weight", "weight before the meta step, mean over visits"),
    "pre_last": Signal("float32", "Pre-meta weight, last", "at the last visit"),
    "post": Signal("float32", "Post-meta weight", "weight after the meta step, mean over visits"),
    "post_last": Signal("float32", "Post-meta weight, last", "at the last visit"),
    "hardness": Signal("float32", "Hardness", "EMA of the post-meta weight, starts at 1"),
    "alignment": Signal(
        "float32",
        "Alignment",
        "EMA of how much more weight on the row would help the balanced meta set",
        "sd",
    ),
    "boost": Signal(
        "float32",
        "Boost",
        "how often the row is a neighbour of a hard seed, over the largest such count",
    ),
    "visits": Signal("int32", "Visits", "draws since the run began", "draws"),
    "draws": Signal("int32", "Draws", "draws in this epoch", "draws"),
    "expected_draws": Signal(
        "float32", "Expected draws", "probability of a draw times the epoch's draws", "draws"
    ),
    "last_step": Signal("int32", "Last seen", "the step that last drew the row, -1 if none did"),
}

# Signals that runs of older versions do not have.
LATER_SIGNALS = frozenset({"margin"})

# Only for token runs; also one value per training row.
TOKEN_ROW_SIGNALS: dict[str, Signal] = {
    "errors": Signal("uint8", "Mistakes", "the kinds of mistakes, as bits of ERROR_KINDS"),
}

# Only for token runs: one value per word of the training rows, all rows' words in one array
# [W]; row i has those from starts[i] to starts[i + 1] (`RowTable.word_starts`).
WORD_SIGNALS: dict[str, Signal] = {
    "word_loss": Signal("float16", "Loss", "cross-entropy at the end of the epoch", "nats"),
    "word_prediction": Signal("int16", "Prediction", "the tag the model names, as a number"),
    "word_probability": Signal(
        "float16", "Probability of the prediction", "softmax probability of that tag"
    ),
}

# Arrays of one epoch that are not one value per training row.
EPOCH_ARRAYS: dict[str, str] = {
    "curve_z": "[G] float32, the grid of z-scores the weight curve is read at",
    "curve_s": "[G] float32, sigmoid(V(z)) on that grid",
    "curve_weight": "[G] float32, the curve as a weight: clip(s / the epoch's mean of s)",
    # Of methods whose weights are not one function of z (`Method.weight_of`); empty for others.
    "curves_x": "[G] float32, the losses or probabilities their curves are read at",
    "curves_weight": "[K, G] float32, the weight there, on each of K curves",
    "curve_of_class": "[C] int16, the curve that each class follows; empty: all follow the first",
    "weight_scalars": "[P] float32, the numbers that the weights follow from, where few",
    "seeds": "[S] int32, the training rows that are hard seeds at the epoch's end",
    "neighbours": "[S, K] int32, the training rows nearest to each seed; -1 where fewer exist",
    "similarities": "[S, K] float32, cosine similarity of each neighbour to its seed",
    # For token runs it counts entities instead of rows: type by type where the words are the same;
    # a missed one counts under prediction NO_ENTITY, a spurious one under label NO_ENTITY.
    "confusion": "[C, C] int32, validation rows: label by prediction",
    "precision": "[C] float32, on validation",
    "recall": "[C] float32, on validation",
    "f1": "[C] float32, on validation",
    "support": "[C] int32, validation rows of each class",
    # T is 3, or C where there are fewer classes, and 0 in token runs.
    "top_classes": "[N, T] int16, the classes the model names first at the epoch's end, best first",
    "top_probabilities": "[N, T] float16, their softmax probabilities",
    "probe_step": "[P] int32, the steps of the epoch whose meta-gradient was checked",
    "probe_cosine": "[P] float32, cosine there of the form in use to the exact one, in theta",
}

# The steps of an epoch that are kept whole: K of them, with V draws in all. Rows from N on are
# those that SMOTE made up, whose hardness and boost are NaN. Without learned weights, meta_loss and
# curves are NaN, and gradients 0; curves are NaN also where the weight is no function of z.
STEP_ARRAYS: dict[str, str] = {
    "step": "[K] int32, the step of the epoch, from 1",
    "starts": "[K + 1] int32, where each step's draws begin",
    "rows": "[V] int32, the training row of each draw",
    "loss": "[V] float32, nats",
    "z": "[V] float32, the loss' z-score within its batch",
    "pre": "[V] float32, weight before the meta step",
    "post": "[V] float32, weight after it",
    "observed": "[V] float32, what hardness averages: post, or the weight of a fixed curve",
    "gradient": "[V] float32, dL_meta/dw = -(alpha / B) <g_i, v>",
    "alignment": "[V] float32, -gradient over its standard deviation in the batch",
    "probability": "[V] float64, of the row at each draw of the epoch",
    "factor": "[V] float, what people multiplied that probability by; mostly 1",
    "epoch_hardness": "[V] float32, of the row as the epoch began, which the probability follows",
    "epoch_boost": "[V] float32, likewise",
    "hardness_before": "[V] float32, of the row before the step",
    "hardness_after": "[V] float32, and after it",
    "meta_rows": "[K, M] int32, of the meta batch: training rows first, then validation rows",
    "meta_loss": "[K] float32, mean over the meta batch at the virtual weights, nats",
    "s_before": "[V] float32, sigmoid(V(z)) before the meta step",
    "s_after": "[V] float32, and after it",
    "curve_z": "[G] float32, the grid of z-scores that the curves are read at",
    "curve_before": "[K, G] float32, sigmoid(V(z)) there before the meta step",
    "curve_after": "[K, G] float32, and after it",
}


@dataclass(frozen=True)
class Progress:
    """How far one phase of the work is; `done` of `total` units."""

    phase: Literal["loading", "embedding", "training", "testing", "mapping"]
    done: int
    total: int
    message: str = ""


@dataclass(frozen=True)
class StepRecord:
    """A summary of the steps since the last one of these, for the live curves."""

    step: int  # steps since the run began
    epoch: int  # 1-based, the epoch under way
    loss: float  # mean loss of the drawn rows, unweighted, nats
    meta_loss: float | None  # mean cross-entropy on the meta batches; None for ERM
    weight_percentiles: tuple[float, ...]  # of the post-meta weights, WEIGHT_PERCENTILES
    clipped_low: float  # share of post-meta weights at the lower clip, in [0, 1]
    clipped_high: float
    rows_per_second: float


MOST_EMBEDDED = 20_000  # training rows; with more of them no epoch keeps its embeddings


@dataclass(frozen=True)
class EpochRecord:
    """Everything that is kept of one epoch. Signals hold their values *after* the epoch:
    hardness, boost and hard seeds are those at its end, which steer the draws of the next
    epoch; draws and expected draws are those of this epoch.
    """

    epoch: int  # 1-based
    step: int  # steps since the run began
    signals: dict[str, np.ndarray]  # ROW_SIGNALS by name, and WORD_SIGNALS in a token run
    arrays: dict[str, np.ndarray]  # EPOCH_ARRAYS by name
    scalars: dict[str, Any]  # EPOCH_SCALARS by name
    checkpoint: dict[str, np.ndarray] = field(default_factory=dict)  # what resume needs
    # STEP_ARRAYS by name: the few steps that are kept whole; empty where none are.
    steps: dict[str, np.ndarray] = field(default_factory=dict)
    # [N, D] float16, of length 1: what the encoder makes of the training rows at the epoch's end,
    # where it is fine-tuned and they are at most MOST_EMBEDDED; None where they are not kept.
    embeddings: np.ndarray | None = None
    # The weights of the model in float16, by name, where it is a head on a frozen encoder and rows
    # have a class: by them unlabelled rows are predicted as each epoch would. Empty where not kept.
    head: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckpointRecord:
    """What a run killed within an epoch needs to resume from this step."""

    epoch: int  # 1-based, the epoch under way
    step: int  # steps since the run began
    checkpoint: dict[str, np.ndarray] = field(default_factory=dict)


# JSON values of one epoch.
EPOCH_SCALARS: dict[str, str] = {
    "macro_f1": "macro-F1 on validation, in [0, 1]",
    "accuracy": "share of validation rows predicted right",
    "validation_loss": "mean cross-entropy on validation, nats",
    "train_loss": "mean loss of the rows drawn in the epoch, nats",
    "meta_loss": "mean cross-entropy of the meta batches, nats; null for ERM",
    "clipped_low": "share of post-meta weights at the lower clip",
    "clipped_high": "share of post-meta weights at the upper clip",
    "draw_count": "rows drawn in the epoch",
    "boost_refreshed": "whether hard seeds and boost were recomputed at the epoch's end",
    "seconds": "wall seconds of the epoch",
    "rows_per_second": "drawn rows per second of training, evaluation left out",
}


@dataclass(frozen=True)
class Metrics:
    """Scores of one split. Arrays are per class, [C]; `confusion` is [C, C].

    For a token task they count entities, which are exactly right or wrong. NO_ENTITY has the
    scores 0; macro-F1 leaves it out, and accuracy is the share of words with the right tag.
    """

    macro_f1: float
    accuracy: float
    loss: float
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    confusion: np.ndarray


# What the model of the best epoch makes of the n validation or test rows, W words in them.
HELD_OUT_ARRAYS: dict[str, str] = {
    "loss": "[n] float32, cross-entropy, nats",
    "top_classes": "[n, T] int16, the classes it names first, best first; not in token runs",
    "top_probabilities": "[n, T] float16, their softmax probabilities; not in token runs",
    "word_loss": "[W] float16, cross-entropy of each word's tag, nats; only in token runs",
    "word_probability": "[W] float16, of the predicted tag; only in token runs",
}


@dataclass(frozen=True)
class FinalRecord:
    """The end of a run: the best validation epoch and the test set scored once, there."""

    best_epoch: int
    validation: Metrics
    test: Metrics
    test_prediction: np.ndarray  # [n_test] int16
    test_label_probability: np.ndarray  # [n_test] float32
    model: dict[str, np.ndarray]  # weights at the best epoch
    seconds: dict[str, float]  # "embed", "train", "total"
    # For a token task: predicted tags of all words, [W] int16, by split (validation and test).
    tags: dict[str, np.ndarray] = field(default_factory=dict)
    # HELD_OUT_ARRAYS by split and name, "test.loss": what that model makes of rows that it was not
    # trained on.
    held_out: dict[str, np.ndarray] = field(default_factory=dict)


Record = Progress | StepRecord | CheckpointRecord | EpochRecord | FinalRecord
