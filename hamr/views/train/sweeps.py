"""What the runs of a sweep come to: a line for each method and grid point, over the seeds.

Pure functions over values that are read from the store once (`outcomes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from hamr.methods import method_title
from hamr.store import RunInfo, Sweep
from hamr.sweeps import Planned
from hamr.views.base.labels import Scored

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
WAITING = "waiting"  # the status of a run that is still to be made


@dataclass(frozen=True)
class Outcome:
    """How one run of a sweep went; scores in [0, 1], None until it is finished."""

    planned: Planned
    run: str | None = None  # its id
    status: str = WAITING
    macro_f1: float | None = None  # on the test rows, at the best epoch on validation
    rare_f1: float | None = None  # the same, over the rarest classes alone
    validation_macro_f1: float | None = None
    best_epoch: int | None = None
    seconds: float | None = None  # of the whole run
    pace: float | None = None  # of its epochs alone, without embedding, in seconds
    reason: str | None = None  # a sentence, of a run that failed
    share: float = 0.0  # of its epochs that are done

    def as_json(self) -> dict[str, Any]:
        """The run as one object of the command's output."""
        names = ("run", "status", "macro_f1", "rare_f1", "validation_macro_f1", "best_epoch")
        return {
            "method": self.planned.method,
            "grid": self.planned.grid,
            "seed": self.planned.seed,
            **{name: getattr(self, name) for name in names},
            "seconds": self.seconds,
            **({"reason": self.reason} if self.reason else {}),
        }


@dataclass(frozen=True)
class Interval:
    """A mean over n seeds and the half-width of its interval; None where it is not known."""

    mean: float | None
    half: float | None

    def __str__(self) -> str:
        if self.mean is None:
            return "–"
        return f"{self.mean:.3f}" + ("" if self.half is None else f" ± {self.half:.3f}")


@dataclass(frozen=True)
class Line:
    """One method at one grid point."""

    method: str
    point: str  # in words, "" without a grid
    planned: int  # runs
    finished: int
    macro_f1: Interval
    rare_f1: Interval
    validation_macro_f1: Interval
    seconds: float | None  # of a run, mean
    reasons: tuple[str, ...]  # of runs that failed: each sentence once


def outcomes(sweep: Sweep, known: dict[str, Outcome] | None = None) -> list[Outcome]:
    """All runs of the sweep in the order of its plan, those still to come included.

    Who asks again and again gives the same `known` each time, by run id: outcomes of finished
    runs, which never change, are kept there and not read again.
    """
    kept = {} if known is None else known
    infos = sweep.runs()
    ended = [info for info in infos.values() if info.status == "finished"]
    rare = _rare(sweep, ended[0]) if ended else np.zeros(0, int)
    for place, info in infos.items():
        if info.status == "finished" and info.id not in kept:
            kept[info.id] = _outcome(sweep, sweep.plan[place], info, rare)
    return [_known_or_not(planned, infos.get(planned.place), kept) for planned in sweep.plan]


def lines(found: Iterable[Outcome]) -> list[Line]:
    """A line for each method and grid point, in the order of the plan."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in found:
        groups.setdefault((one.planned.method, one.planned.point), []).append(one)
    return [_line(*key, members) for key, members in groups.items()]


def mean_and_half(values: Sequence[float]) -> Interval:
    """The mean of n values and the half-width of its 95 % interval, t_(n-1) s / sqrt(n).

    s is the sample's standard deviation (n - 1 below the line), t the 97.5 % point of
    Student's distribution: the interval of the mean over all seeds, of which these are a
    sample. One value has no half-width.
    """
    if not values:
        return Interval(None, None)
    n, mean = len(values), float(np.mean(values))
    if n == 1:
        return Interval(mean, None)
    from scipy.special import stdtrit

    t = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    return Interval(mean, t * float(np.std(values, ddof=1)) / n**0.5)


def rarest_third(counts: Int[np.ndarray, " k"]) -> Int[np.ndarray, " r"]:
    """The third of the classes (rounded down, at least one) with the fewest training rows.

    Of classes with as many rows the first ones; `counts` are entities for entity types.
    """
    return np.argsort(counts, kind="stable")[: max(1, len(counts) // 3)]


def rare_f1(
    f1: Float[np.ndarray, " k"], support: Int[np.ndarray, " k"], rare: Int[np.ndarray, " r"]
) -> float | None:
    """The mean F1 of the rare classes that have test rows; None where none of them has any."""
    seen = rare[support[rare] > 0]
    return float(f1[seen].mean()) if len(seen) else None


def seconds_left(found: Sequence[Outcome], jobs: int) -> float | None:
    """About how long the runs to come take, `jobs` at a time; None before the first has ended.

    A run takes as long as those of its method took, or as all runs did where none has ended
    yet. Runs that failed are not to come.
    """
    took = [(one.planned.method, one.pace) for one in found if one.pace is not None]
    if not took:
        return None
    whole = float(np.mean([seconds for _, seconds in took]))
    by_method = {
        method: float(np.mean([seconds for name, seconds in took if name == method]))
        for method, _ in took
    }
    rest = sum(
        (1 - one.share) * by_method.get(one.planned.method, whole)
        for one in found
        if one.status not in ("finished", "failed")
    )
    return rest / max(1, jobs)


def embedding(sweep: Sweep, found: Sequence[Outcome]) -> str | None:
    """How far the embedding of the rows is, which the first run does for all: in words."""
    for one in found:
        if one.run is not None and one.status == "running" and not one.share:
            progress = sweep.store.run(one.run).progress()
            if progress and progress["phase"] == "embedding":
                return f"embedding the rows, {progress['done'] / max(1, progress['total']):.0%}"
    return None


def frame(found: Sequence[Line]) -> pd.DataFrame:
    """The lines as people read them."""
    import pandas as pd

    columns: dict[str, list[Any]] = {"Method": [method_title(line.method) for line in found]}
    if any(line.point for line in found):
        columns["Settings"] = [line.point or "–" for line in found]
    columns |= {
        "Runs": [f"{line.finished} of {line.planned}" for line in found],
        "Test macro-F1": [str(line.macro_f1) for line in found],
        "Rare F1": [str(line.rare_f1) for line in found],
        "Validation macro-F1": [str(line.validation_macro_f1) for line in found],
        "Seconds a run": ["–" if s is None else f"{s:.1f}" for s in (x.seconds for x in found)],
        "Gaps": [" ".join(line.reasons) for line in found],
    }
    if not any(line.reasons for line in found):
        del columns["Gaps"]
    return pd.DataFrame(columns)


def _rare(sweep: Sweep, info: RunInfo) -> np.ndarray:
    return rarest_third(Scored.of(sweep.store.run(info.id)).counts)


def _known_or_not(planned: Planned, info: RunInfo | None, known: dict[str, Outcome]) -> Outcome:
    if info is None:
        return Outcome(planned)
    share = info.epochs_done / info.epochs
    return known.get(info.id) or Outcome(
        planned, info.id, info.status, reason=info.error, share=share
    )


def _outcome(sweep: Sweep, planned: Planned, info: RunInfo, rare: np.ndarray) -> Outcome:
    """Of a finished run."""
    final = sweep.store.run(info.id).final()
    assert final is not None  # written before the run is called finished
    return Outcome(
        planned,
        info.id,
        info.status,
        macro_f1=final.test.macro_f1,
        rare_f1=rare_f1(final.test.f1, final.test.support, rare),
        validation_macro_f1=final.validation.macro_f1,
        best_epoch=final.best_epoch,
        seconds=final.seconds["total"],
        pace=final.seconds["train"],
        share=1.0,
    )


def _line(method: str, point: str, members: Sequence[Outcome]) -> Line:
    def over(name: str) -> list[float]:
        values = [getattr(one, name) for one in members]
        return [value for value in values if value is not None]

    return Line(
        method,
        point,
        planned=len(members),
        finished=sum(one.status == "finished" for one in members),
        macro_f1=mean_and_half(over("macro_f1")),
        rare_f1=mean_and_half(over("rare_f1")),
        validation_macro_f1=mean_and_half(over("validation_macro_f1")),
        seconds=float(np.mean(seconds)) if (seconds := over("seconds")) else None,
        reasons=tuple(dict.fromkeys(one.reason for one in members if one.reason)),
    )
