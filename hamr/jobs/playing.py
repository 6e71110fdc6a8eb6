"""The playground of the page Learn: points that the helper process trains on, step by step.

The app asks for a step by points, settings and number, so that everything is in the page's URL
and a reload, another visitor or a restarted helper sees the same. The helper keeps the
playgrounds last asked for, and takes only the steps that are new.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamr.config import TrainingSettings
from hamr.jobs.helper import helper_of
from hamr.playground import (
    MOST_STEPS,
    PointSet,
    StepView,
    painted,
    playground_settings,
    preset_points,
)
from hamr.playground.recorded import POINTS, SEED, STEPS, recorded_step
from hamr.playground.stages import decoded, encoded

if TYPE_CHECKING:
    from hamr.playground.playground import Playground

MOST = 6  # playgrounds in the helper's memory; one takes a megabyte or two

Ask = Callable[..., dict[str, Any]]  # as `Helper.ask`


@dataclass(frozen=True)
class Setup:
    """Which points are trained on, and how; the settings that differ from the playground's own."""

    preset: str = "imbalanced"
    seed: int = 0
    painted: tuple[tuple[float, float, int], ...] = ()  # in place of a preset
    settings: tuple[tuple[str, Any], ...] = ()

    def points(self) -> PointSet:
        """Raises DataError for an unknown preset and for points that can't be trained on."""
        if self.preset == "painted":
            return painted(self.painted)
        return preset_points(self.preset, seed=self.seed)

    def message(self) -> dict[str, Any]:
        """What is sent to the helper."""
        return {
            "preset": self.preset, "seed": self.seed, "painted": list(self.painted),
            "settings": dict(self.settings),
        }  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A step, and how many there are."""

    view: StepView
    classes: tuple[str, ...]
    last_step: int


def settings_of(setup: Setup) -> TrainingSettings:
    """The settings that the setup trains with: those of `playground_settings`.

    Raises SettingError for a value out of its range.
    """
    return playground_settings(**dict(setup.settings), seed=setup.seed)


def last_step(setup: Setup) -> int:
    """How many steps the setup can be taken through, without a model being built."""
    settings, drawn = settings_of(setup), len(setup.points().train)
    if settings.resamples:
        drawn = max(1, round(settings.draws_per_row * drawn))
    return min(MOST_STEPS, settings.epochs * -(-drawn // settings.batch_size))


def step_of(home: Path, setup: Setup, step: int, *, ask: Ask | None = None) -> Shown:
    """A step of that playground.

    The first steps of the page's own setup come with the program (`hamr.playground.recorded`), and
    the helper, which loads torch for some seconds, is started meanwhile. Others wait for it.

    Raises DataError and SettingError for points, settings and steps that there can't be,
    TrainingError where training diverges, HelperError where its process ends.
    """
    if ask is None and (found := _recorded(setup, step)) is not None:
        _start_helper(home, setup)
        return found
    return _asked(ask or helper_of(home).ask, setup, step)


def _asked(ask: Ask, setup: Setup, step: int) -> Shown:
    found = ask("playground", **setup.message(), step=step)
    return Shown(decoded(found["view"]), tuple(found["classes"]), found["last_step"])


def _recorded(setup: Setup, step: int) -> Shown | None:
    """The step, where it comes with the program."""
    (name, method), *changed = setup.settings or (("method", ""),)
    if name != "method" or changed or (setup.preset, setup.seed) != (POINTS, SEED):
        return None
    found = recorded_step(method, step)
    return found and Shown(*found)


def _start_helper(home: Path, setup: Setup) -> None:
    """Have the helper take the setup to the end of what is recorded, so that it goes on from there.

    Nobody waits for the answer; a failure is said when a step is asked for.
    """
    helper = helper_of(home)
    if helper.pid is None:
        helper.submit("playground", **setup.message(), step=STEPS)


class Playgrounds:
    """Those of the helper process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Playground] = OrderedDict()

    def step(self, step: int, **message: Any) -> dict[str, Any]:
        """Answers `step_of`."""
        key = json.dumps(message, sort_keys=True)
        playground = self._kept.get(key) or self._made(**message)
        view = playground.at(step)
        self._kept[key] = playground
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return {
            "view": encoded(view),
            "classes": playground.classes,
            "last_step": playground.last_step,
        }

    @staticmethod
    def _made(
        preset: str, seed: int, painted: list[list[float]], settings: dict[str, Any]
    ) -> Playground:
        from hamr.playground.playground import Playground

        drawn = tuple((x, y, int(label)) for x, y, label in painted)
        setup = Setup(preset, seed, drawn, tuple(settings.items()))
        return Playground(setup.points(), settings_of(setup))
