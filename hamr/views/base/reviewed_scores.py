"""The scores of a finished run on validation and test, with labels as given and as reviewed.

Both are of the same predictions, those at the best epoch; only the labels that they are compared
with differ. The run's best epoch was chosen by the labels that it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hamr.entities import all_spans
from hamr.records import Rows, Split
from hamr.store import Decisions, Run
from hamr.tasks import TaskWords
from hamr.views.base.reviewed import LABELS, HeldOut, Labels, held_out
from hamr.views.base.significance import Tally, f1_of

MACRO = "macro-F1"
BOTH: tuple[Labels, ...] = ("given", "reviewed")


@dataclass(frozen=True)
class ReviewedScores:
    """F1 of one run on one split, with either kind of labels."""

    held: HeldOut
    tallies: dict[Labels, Tally]  # empty where predictions were not kept
    rows: int  # of the split
    reviewed: int  # rows that somebody has decided on

    @property
    def names(self) -> tuple[str, ...]:
        """The classes or entity types as they are called now, [C]."""
        return self.held.names

    def f1(self, labels: Labels) -> np.ndarray:
        """Macro-F1 and F1 of each class, [1 + C]; NaN where nothing is labelled or predicted so."""
        tally = self.tallies[labels]
        hits, sizes = tally.hits.sum(0), tally.sizes.sum(0)
        f1, macro = f1_of(hits, sizes)
        return np.append(macro, np.where(sizes > 0, f1, np.nan))

    def as_json(self) -> dict[str, Any]:
        """The scores as reviewed, and how many labels were reviewed and changed.

        The scores are null where predictions were not kept.
        """
        counts = {"reviewed": self.reviewed, "changed": self.held.changed}
        if not self.tallies:
            return {"macro_f1": None, "per_class_f1": None, **counts}
        macro, *f1 = self.f1("reviewed").tolist()
        known = {n: value for n, value in zip(self.names, f1, strict=True) if np.isfinite(value)}
        return {"macro_f1": macro, "per_class_f1": known, **counts}


def reviewed_scores(run: Run, split: Split) -> ReviewedScores | None:
    """The scores of a run on a split; None before its end."""
    source = run.info.label_source
    if source is None or run.final() is None:
        return None
    decisions = run.store.decisions(source)
    held = held_out(run.store.dataset(source), decisions, split, [run])
    tallies = {labels: held.tally(run, split, labels) for labels in BOTH}
    return ReviewedScores(
        held,
        {labels: tally for labels, tally in tallies.items() if tally is not None},
        len(held.rows["given"]),
        count_reviewed(decisions, split),
    )


def count_reviewed(decisions: Decisions, split: Split) -> int:
    """How many rows of a split somebody has decided on; a skip decides nothing."""
    states = decisions.states(split).values()
    return sum(state.kind not in (None, "skip") for state in states)


def side_by_side(run: Run, found: ReviewedScores) -> pd.DataFrame:
    """F1 and how much is labelled so, as given and as reviewed: macro-F1, then the rarest first."""
    words = TaskWords.of(run.info.task)
    counts = {labels: _counts(found.held.rows[labels], len(found.names)) for labels in BOTH}
    order = np.argsort(counts["given"], kind="stable")
    order = order[(counts["given"] + counts["reviewed"])[order] > 0]
    frame = pd.DataFrame({words.scored: [MACRO, *(found.names[c] for c in order.tolist())]})
    for labels in BOTH:
        scores = found.f1(labels)
        frame[f"F1 {LABELS[labels]}"] = [scores[0], *scores[1:][order]]
    frame["change"] = frame[f"F1 {LABELS['reviewed']}"] - frame[f"F1 {LABELS['given']}"]
    for labels in BOTH:
        own = counts[labels]
        frame[f"{words.scored_unit} {LABELS[labels]}"] = [int(own.sum()), *own[order]]
    return frame


def _counts(rows: Rows, classes: int) -> np.ndarray:
    """How many rows, or entities, are labelled so, [C]."""
    if rows.tags is None:
        return np.bincount(rows.labels, minlength=classes)
    starts = np.concatenate([[0], np.cumsum([len(tags) for tags in rows.tags])])
    kinds = all_spans(np.concatenate(rows.tags), starts).type
    return np.bincount(kinds, minlength=classes)[:classes]
