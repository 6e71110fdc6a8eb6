"""A step of a run, stage by stage: the stages of the playground, with the rows of its batch.

The stages are those of `hamr.views.learn.stages`, told of the rows that the batch has. So a step of
a run becomes a `StepView` of those rows alone, without pictures of a plane.

Axes: B draws of the step, U rows of its batch, each once, N training rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hamr.config import TrainingSettings
from hamr.playground import Meta, NextDraw, StepView
from hamr.sampler import probabilities
from hamr.store import Run
from hamr.store.kept_steps import KeptStep
from hamr.tasks import TaskWords, features
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.learn.numbers import counted, number, setting, times
from hamr.views.learn.stages import Stage, Teller, nearest

MADE_UP = "(made up by SMOTE)"
_NO_PLANE = np.zeros((0, 0, 0), np.float32)


@dataclass(frozen=True)
class RunStep:
    """A kept step, and what pages show of it. Arrays are [U], the hardest row first."""

    step: KeptStep
    steps: int  # of the epoch
    rows: np.ndarray  # training rows; from N on those that SMOTE made up
    at: np.ndarray  # the row's last draw in the batch
    draws: np.ndarray  # how often the batch has the row
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]
    next_chance: np.ndarray  # probability of each draw of the next epoch; NaN where not known
    total: int  # rows that can be drawn

    def numbers(self, stage: int, place: int) -> str:
        """The equation of a stage with the numbers of the row at that place."""
        return self.stages[stage].numbers.get(place, "")

    def values(self, name: str) -> np.ndarray:
        """One of the step's arrays, for each row, [U]."""
        found: np.ndarray = getattr(self.step, name)[self.at]
        return found

    def table(self, words: TaskWords) -> pd.DataFrame:
        """The rows with their numbers, one line each."""
        found = {
            "row": self.rows,
            "text": self.texts,
            words.own: self.labels,
            "loss": self.values("loss"),
            "z": self.values("z"),
            "before": self.values("pre"),
            "after": self.values("post"),
            "product": self.values("gradient_products"),
            "hardness": self.values("hardness_after"),
        }
        if self.draws.max(initial=1) > 1:
            found["draws"] = self.draws
        if not self.step.has_meta_step:
            del found["product"]
        return pd.DataFrame(found)


def run_step(run: Run, epoch: int, index: int) -> RunStep:
    """A kept step of the run. Raises StoreError or DamagedError where it can't be read."""
    step, settings = run.step(epoch, index), run.info.settings.training
    own, at, draws = _each_once(step)
    order = np.argsort(-step.loss[at], kind="stable")
    rows, at, draws = own[order], at[order], draws[order]
    count = run.info.train_rows
    known = rows[rows < count]
    ids, texts = run.rows().ids_and_texts(known)
    classes = run.classes
    labels = [classes[label] for label in run.rows().labels[known]]
    steps = next(s["step"] for s in run.scalars() if s["epoch"] == epoch) // epoch
    chance, total = _chances(run, epoch)
    # Made-up rows have an index beyond all others, and no place among the chances.
    next_chance = np.array([chance[row] if row < len(chance) else np.nan for row in rows.tolist()])
    view = _view(step, steps, rows, at, next_chance)
    teller = RunTeller(view, settings, run=run, step=step, rows=rows, at=at, total=total)
    stages = tuple(teller.stages())
    for stage in stages:  # reads what they need of the run now: sentences are made when shown
        stage.numbers.get(0)
    return RunStep(
        step, steps, rows, at, draws,
        tuple(_by_row(rows, count, ids, "")),
        tuple(_by_row(rows, count, texts, MADE_UP)),
        tuple(_by_row(rows, count, labels, "")),
        stages, next_chance, total,
    )  # fmt: skip


def meta_table(run: Run, found: RunStep) -> pd.DataFrame:
    """The rows of the meta batch, each once: index, split, text and label."""
    every, words = AllRows.of(run), TaskWords.of(run.info.task)
    rows = np.unique(found.step.meta_rows).tolist()
    places = [every.place(row) for row in rows]
    labels = [run.classes[run.rows(split).labels[at]] for split, at in places]
    splits = [SPLIT_NAMES[split] for split, _ in places]
    return pd.DataFrame(
        {"row": rows, "split": splits, "text": every.texts(rows), words.own: labels}
    )


def _by_row(rows: np.ndarray, count: int, known: list[str], otherwise: str) -> list[str]:
    values = iter(known)
    return [next(values) if row < count else otherwise for row in rows.tolist()]


def _each_once(step: KeptStep) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of the batch, the last draw of each, and how often it was drawn, [U] each."""
    rows, last, draws = np.unique(step.rows[::-1], return_index=True, return_counts=True)
    return rows, len(step.rows) - 1 - last, draws


def _chances(run: Run, epoch: int) -> tuple[np.ndarray, int]:
    """The probability of each draw of the next epoch, [N], NaN where it can't be known; and how
    many rows can be drawn.
    """
    settings, drawable = run.info.settings.training, run.signal("expected_draws", epoch) > 0
    total = int(drawable.sum())
    if epoch + 1 in run.epochs():
        expected = run.signal("expected_draws", epoch + 1).astype(float)
        return expected / expected.sum(), total
    if settings.draw_more:  # the factors of all rows are not recorded
        return np.full(len(drawable), np.nan), total
    if not settings.resamples:
        return drawable / max(1, total), total
    found = probabilities(
        run.signal("hardness", epoch),
        run.signal("boost", epoch),
        tau=settings.tau,
        boost_strength=settings.effective_boost,
        drawable=drawable,
    )
    return found, total


def _view(
    step: KeptStep, steps: int, rows: np.ndarray, at: np.ndarray, next_chance: np.ndarray
) -> StepView:
    """The step as the playground has it, of U rows instead of N points, in their order here."""
    place = {row: i for i, row in enumerate(rows.tolist())}
    meta = None
    if step.has_meta_step:
        meta = Meta(step.meta_rows, step.meta_loss, step.gradient, step.alignment, _NO_PLANE)
    none = np.zeros((0, 0), np.int32)
    return StepView(
        step=(step.epoch - 1) * steps + step.number,
        epoch=step.epoch,
        within=step.number,
        steps=steps,
        rows=np.array([place[row] for row in step.rows.tolist()]),
        probability=step.probability[at],
        epoch_hardness=step.epoch_hardness[at],
        epoch_boost=step.epoch_boost[at],
        before=_NO_PLANE,
        loss=step.loss,
        z=step.z,
        pre=step.pre,
        s_before=step.s_before,
        curve_before=step.curve_before,
        meta=meta,
        post=step.post,
        s_after=step.s_after,
        curve_after=step.curve_after,
        after=_NO_PLANE,
        hardness_before=step.hardness_before[at],
        hardness=step.hardness_after[at],
        next=NextDraw(none.reshape(0), none, step.epoch_boost[at], next_chance),
        f1=np.zeros(0),
    )


class RunTeller(Teller):
    """Says of a step of a run what is not as in the playground."""

    meta_mark = ""

    def __init__(
        self,
        view: StepView,
        settings: TrainingSettings,
        *,
        run: Run,
        step: KeptStep,
        rows: np.ndarray,
        at: np.ndarray,
        total: int,
    ) -> None:
        super().__init__(view, settings, count=len(rows))
        words = TaskWords.of(run.info.task)
        self.one, self.many = words.each, words.unit
        self._run, self._step, self._rows, self._last, self._drawable = run, step, rows, at, total
        self._tagged = features(run.info.task).entities
        self._train_rows = run.info.train_rows

    @property
    def _total(self) -> int:
        return self._drawable

    @property
    def _averaged(self) -> np.ndarray:
        return self._step.observed

    @property
    def _is_plain_loss(self) -> bool:
        return super()._is_plain_loss and not self._tagged

    def _loss_formula(self) -> str:
        if not self._tagged:
            return super()._loss_formula()
        share = self._settings.word_share
        of_word = "−log p<sub>φ</sub>(tag of word)"
        if not share:
            return f"max<sub>words</sub> {of_word}"
        which = "all words" if share >= 1 else f"the {share:.0%} of the words that are hardest"
        return f"mean of {of_word} over {which}"

    def _scores(self) -> str:
        score = self._scalars["macro_f1"]
        return f"Macro-F1 on validation at the end of this epoch: {score:.3f}."

    def _drawn(self, row: int) -> str:
        chance, drawn = float(self._view.probability[row]), f"In this batch {self._often(row)}."
        if not np.isfinite(chance):
            return f"A {self.one} that SMOTE made up between two others of its class. {drawn}"
        if not self._settings.resamples:
            return f"p = 1 / {self._total:,} = {number(chance)}. {drawn}"
        hardness, boost = float(self._view.epoch_hardness[row]), float(self._view.epoch_boost[row])
        factor = float(self._step.factor[self._last[row]])
        return f"{self._chance(hardness, boost, chance, factor)} {drawn}"

    def _often(self, row: int) -> str:
        return times(int(self._draws[row]))

    def _judged(self, i: int) -> str:
        step, size = self._step, len(self._step.rows)
        product = number(float(step.gradient_products[i]))
        alpha = setting(step.alpha)
        result = super()._judged(i).removeprefix("dL_meta/dw = ")
        return f"dL_meta/dw = −({alpha} / {size}) × {product} = {result}"

    def _moved(self, i: int) -> str:
        if self._rows[self._view.rows[i]] >= self._train_rows:
            return f"A {self.one} that was made up has no hardness."
        return super()._moved(i)

    def _seeds(self) -> str:
        seeds, near = self._ends
        when = f"At the end of epoch {self._step.epoch}"
        if not self._scalars["boost_refreshed"]:
            return f"{when} the seeds stay those of an epoch before."
        each = counted(nearest(near), "neighbour")
        return f"{when}: {counted(len(seeds), 'seed')} with {each} each."

    @cached_property
    def _scalars(self) -> dict[str, Any]:
        return next(s for s in self._run.scalars() if s["epoch"] == self._step.epoch)

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Seeds and neighbours as the epoch ended."""
        found = self._run.arrays(self._step.epoch, ["seeds", "neighbours"])
        return found["seeds"], found["neighbours"]

    @cached_property
    def _seeds_of_epoch(self) -> frozenset[int]:
        return frozenset(self._ends[0].tolist())

    @cached_property
    def _named(self) -> np.ndarray:
        """Of how many seeds each training row is a neighbour, [N]; counted once for all rows."""
        near = self._ends[1]
        found: np.ndarray = np.bincount(near[near >= 0], minlength=self._train_rows)
        return found

    @cached_property
    def _hardness_and_boost(self) -> tuple[np.ndarray, np.ndarray]:
        """Of all training rows as the epoch ended."""
        epoch = self._step.epoch
        return self._run.signal("hardness", epoch), self._run.signal("boost", epoch)

    def _future(self, row: int) -> str:
        own = int(self._rows[row])
        if own >= self._train_rows:
            return f"A {self.one} that was made up is no seed."
        seed = "A seed. " if own in self._seeds_of_epoch else ""
        hardness, boost = (float(values[own]) for values in self._hardness_and_boost)
        named = int(self._named[own])
        said = f"{seed}Among the neighbours of {counted(named, 'seed')}: b = {number(boost)}. "
        if not self._settings.resamples:
            return f"{said}This method draws all {self.many} alike."
        chance = float(self._view.next.probability[row])
        if not np.isfinite(chance):
            return f"{said}h = {number(hardness)} at the epoch's end."
        factor = float(self._step.factor[self._last[row]])
        return said + self._chance(hardness, boost, chance, factor)
