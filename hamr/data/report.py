"""What is worth knowing about rows before they are trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hamr.data.lookalikes import has_ink, lookalike_notices, lookalikes, visible
from hamr.data.sametext import text_key
from hamr.entities import NO_ENTITY, mention_counts, named
from hamr.files.table import quoted
from hamr.records import SPLITS, Dataset, Rows, Split, Task
from hamr.tasks import TaskWords, features, label_kind

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
FEW_TRAINING_ROWS = 10  # with fewer, a class is hardly learned
FEW_SCORED_ROWS = 5  # with fewer, one row changes a class's recall by over 20 points
STRONG_IMBALANCE = 10.0
MANY_WORDS = 100  # about 128 word pieces, where the quick preset cuts

Kind = Literal[
    "left out", "empty", "alike", "conflict", "leak", "duplicate", "rare", "imbalance", "long"
]


@dataclass(frozen=True)
class Lengths:
    """How long the texts of all splits are."""

    unit: Literal["characters", "words"]
    quantiles: dict[float, float]  # by QUANTILES
    edges: np.ndarray  # [bins + 1]; the last one is the 99.5th percentile
    counts: np.ndarray  # [bins]
    beyond: int  # rows longer than the last edge

    @property
    def median(self) -> float:
        """Half of the texts are shorter."""
        return self.quantiles[0.5]


@dataclass(frozen=True)
class SameText:
    """Rows with the same text, ignoring case and blanks. Each tuple has one entry per row."""

    text: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[Split, ...]
    indices: tuple[int, ...]  # of the row in its split


@dataclass(frozen=True)
class Finding:
    """One issue found: a sentence, and the rows that it is about."""

    kind: Kind
    sentence: str
    ids: tuple[str, ...] = ()
    indices: dict[Split, tuple[int, ...]] | None = None  # None: the rows are not in the data set


@dataclass(frozen=True)
class DataReport:
    """The numbers and findings of `inspect`."""

    classes: tuple[str, ...]  # of tagged sentences the entity types, without NO_ENTITY
    counts: dict[Split, np.ndarray]  # rows of each class, or entities of each type, [C]
    imbalance_ratio: float  # of the largest class to the smallest in training
    characters: Lengths
    words: Lengths
    duplicates: tuple[SameText, ...]  # same text, same label
    conflicts: tuple[SameText, ...]  # same text, different labels
    leaks: tuple[SameText, ...]  # same text in training and in validation or test
    empty: tuple[str, ...]  # ids of rows without a text, left out or not
    findings: tuple[Finding, ...]  # the most serious first
    task: Task = "sequence"
    unit: str = "rows"  # what `counts` counts


def inspect(dataset: Dataset) -> DataReport:
    """The rows per class, the lengths of the texts, and what may be wrong with the rows."""
    words_of, classes = TaskWords.of(dataset.task), label_kind(dataset.task).names(dataset.classes)
    counts = {s: _counts(dataset.split(s), len(classes)) for s in SPLITS}
    words, same = _by_text(dataset)
    duplicates = tuple(g for g in same if len(set(g.labels)) < len(g.labels))
    conflicts = tuple(g for g in same if len(set(g.labels)) > 1)
    leaks = tuple(g for g in same if "train" in g.splits and len(set(g.splits)) > 1)
    characters = [len(text) for split in SPLITS for text in dataset.split(split).texts]
    ratio = float(counts["train"].max() / max(counts["train"].min(), 1))
    findings = [
        *_left_out(dataset),
        *_empty(dataset),
        *_alike(dataset, classes),
        *_same("conflict", "have", f"conflicting {words_of.labels}", conflicts),
        *_same("leak", "appear", "in both training and evaluation data", leaks),
        *_same("duplicate", "appear", f"more than once with the same {words_of.label}", duplicates),
        *_rare(dataset, counts),
        *_imbalance(dataset, counts["train"], ratio),
        *_long(dataset, words),
    ]
    return DataReport(
        classes=classes,
        counts=counts,
        imbalance_ratio=ratio,
        characters=_lengths("characters", np.array(characters)),
        words=_lengths("words", np.concatenate([words[s] for s in SPLITS])),
        duplicates=duplicates,
        conflicts=conflicts,
        leaks=leaks,
        empty=tuple(i for f in findings if f.kind in ("left out", "empty") for i in f.ids),
        findings=tuple(findings),
        task=dataset.task,
        unit=words_of.scored_unit,
    )


def _counts(rows: Rows, class_count: int) -> np.ndarray:
    """Rows of each class, or of tagged sentences their entities of each type, [C]."""
    if rows.tags is None:
        return rows.class_counts(class_count)
    return mention_counts(rows.tags, class_count)


def _label(dataset: Dataset, rows: Rows, row: int) -> str:
    """A row's class, or the entities of a tagged sentence."""
    if rows.tags is None or rows.words is None:
        return dataset.classes[int(rows.labels[row])]
    return named(rows.words[row], rows.tags[row], dataset.classes) or NO_ENTITY


def _by_text(dataset: Dataset) -> tuple[dict[Split, np.ndarray], list[SameText]]:
    """Words of each row by split, [n], and the groups of rows that share a text."""
    words: dict[Split, np.ndarray] = {}
    places: dict[str, list[tuple[Split, int]]] = defaultdict(list)
    for split in SPLITS:
        texts = dataset.split(split).texts
        words[split] = np.zeros(len(texts), dtype=np.int64)
        for i, text in enumerate(texts):
            words[split][i] = len(text.split())
            places[text_key(text)].append((split, i))
    shared = [same for key, same in places.items() if key and len(same) > 1]
    return words, [_same_text(dataset, same) for same in shared]


def _same_text(dataset: Dataset, places: list[tuple[Split, int]]) -> SameText:
    rows = [(dataset.split(split), i) for split, i in places]
    return SameText(
        text=rows[0][0].texts[rows[0][1]],
        ids=tuple(part.ids[i] for part, i in rows),
        labels=tuple(_label(dataset, part, i) for part, i in rows),
        splits=tuple(split for split, _ in places),
        indices=tuple(i for _, i in places),
    )


def _lengths(unit: Literal["characters", "words"], lengths: np.ndarray) -> Lengths:
    # One text of 100,000 characters must not squeeze all others into the first bar.
    end = max(int(np.ceil(np.quantile(lengths, 0.995))), 1)
    step = max(int(np.ceil(end / 40)), 1)
    edges = np.arange(0, end + step, step)
    counts, _ = np.histogram(lengths, edges)
    values = np.quantile(lengths, QUANTILES)
    return Lengths(
        unit=unit,
        quantiles={q: float(v) for q, v in zip(QUANTILES, values, strict=True)},
        edges=edges,
        counts=counts,
        beyond=len(lengths) - int(counts.sum()),
    )


def _left_out(dataset: Dataset) -> list[Finding]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for row_id, reason in dataset.left_out:
        reasons[reason].append(row_id)
    return [
        Finding("left out", f"{_rows_have(len(ids))} {reason}: not used.", tuple(ids))
        for reason, ids in reasons.items()
    ]


def _empty(dataset: Dataset) -> list[Finding]:
    places = [
        (s, i) for s in SPLITS for i, text in enumerate(dataset.split(s).texts) if not has_ink(text)
    ]
    if not places:
        return []
    return [_finding("empty", f"{_rows_have(len(places))} no text.", dataset, places)]


def _alike(dataset: Dataset, classes: Sequence[str]) -> list[Finding]:
    """Classes whose names look alike, with the rows of all but the largest of them."""
    notices = lookalike_notices(classes, TaskWords.of(dataset.task).scored_many)
    if not notices:
        return []
    members = {s: dataset.split(s).members(len(dataset.classes)) for s in SPLITS}
    counts = members["train"].sum(axis=0)
    rarer = [
        at
        for group in lookalikes(classes)
        for at in sorted((classes.index(name) for name in group), key=lambda at: -counts[at])[1:]
    ]
    places = [(s, int(i)) for s in SPLITS for i in np.flatnonzero(members[s][:, rarer].any(axis=1))]
    return [_finding("alike", f"{notices[0]}.", dataset, places)]


def _same(kind: Kind, verb: str, what: str, groups: Sequence[SameText]) -> list[Finding]:
    """The finding on texts that several rows share; `verb` in the plural."""
    if not groups:
        return []
    ids = tuple(i for group in groups for i in group.ids)
    indices: dict[Split, list[int]] = defaultdict(list)
    for group in groups:
        for split, i in zip(group.splits, group.indices, strict=True):
            indices[split].append(i)
    one = {"have": "has", "appear": "appears"}[verb]
    texts = f"1 text {one}" if len(groups) == 1 else f"{len(groups):,} texts {verb}"
    sentence = f"{texts} {what}: {_rows(len(ids))}."
    return [Finding(kind, sentence, ids, {s: tuple(found) for s, found in indices.items()})]


def _rare(dataset: Dataset, counts: dict[Split, np.ndarray]) -> list[Finding]:
    findings, words = [], TaskWords.of(dataset.task)
    scored = f"one {words.scored_each} changes F1 a lot"
    limits: dict[Split, tuple[int, str, str]] = {
        "train": (FEW_TRAINING_ROWS, "training", "little to learn from"),
        "validation": (FEW_SCORED_ROWS, "validation", scored),
        "test": (FEW_SCORED_ROWS, "test", scored),
    }
    for split, (limit, name, consequence) in limits.items():
        few = np.flatnonzero(counts[split] < limit)
        if len(few):
            rows = dataset.split(split)
            names = quoted((dataset.classes[c] for c in few), 5)
            what = words.scored_unit
            sentence = f"Fewer than {limit} {name} {what} of {names}: {consequence}."
            members = rows.members(len(dataset.classes))[:, few].any(axis=1)
            places = [(split, int(i)) for i in np.flatnonzero(members)]
            findings.append(_finding("rare", sentence, dataset, places))
    return findings


def _imbalance(dataset: Dataset, counts: np.ndarray, ratio: float) -> list[Finding]:
    if ratio < STRONG_IMBALANCE:
        return []
    large, small = dataset.classes[counts.argmax()], dataset.classes[counts.argmin()]
    what = TaskWords.of(dataset.task).scored_unit
    return [
        Finding(
            "imbalance", f"{visible(large)} has {ratio:,.0f} times the {what} of {visible(small)}."
        )
    ]


def _long(dataset: Dataset, words: dict[Split, np.ndarray]) -> list[Finding]:
    places = [(s, int(i)) for s in SPLITS for i in np.flatnonzero(words[s] > MANY_WORDS)]
    if not places:
        return []
    consequence = "the rest is cut off unless max_length is raised"
    if features(dataset.task).windows:
        consequence = "longer sentences are read in overlapping windows, and every word is scored"
    sentence = (
        f"{_rows_have(len(places))} more than {MANY_WORDS} words, about 128 word pieces: "
        f"{consequence}."
    )
    return [_finding("long", sentence, dataset, places)]


def _finding(
    kind: Kind, sentence: str, dataset: Dataset, places: Iterable[tuple[Split, int]]
) -> Finding:
    indices: dict[Split, list[int]] = defaultdict(list)
    for split, i in places:
        indices[split].append(i)
    ids = tuple(dataset.split(split).ids[i] for split, found in indices.items() for i in found)
    return Finding(kind, sentence, ids, {s: tuple(found) for s, found in indices.items()})


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _rows_have(count: int) -> str:
    return f"{_rows(count)} {'has' if count == 1 else 'have'}"
