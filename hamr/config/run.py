"""All that a run needs to be repeated, and how settings that were stored are read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hamr import methods
from hamr.config import renamed
from hamr.config.base import Settings
from hamr.config.data import DataSettings
from hamr.config.presets import ONLY_IN, kind_of
from hamr.config.training import TrainingSettings

ValidationLabels = Literal["given", "reviewed"]


class RunSettings(Settings):
    """All that a run needs to be repeated."""

    data: DataSettings = DataSettings()
    training: TrainingSettings = TrainingSettings()
    # The id of a finished run whose weights training starts from; None for new ones.
    start_from: str | None = None
    # Of a run on corrected rows: whether the labels of its validation rows, by which the best
    # epoch is chosen and weights are learned, are those given or those reviewed.
    validation_labels: ValidationLabels = "given"
    # Of a stored run: settings that this version no longer has, which changed its training.
    removed: tuple[tuple[str, Any], ...] = Field(default=(), exclude=True)

    @classmethod
    def stored(cls, values: dict[str, Any]) -> RunSettings:
        """The settings of a run as an earlier version may have stored them."""
        known = {name: value for name, value in values.items() if name != "version"}
        with renamed.stored_names():
            found = renamed.translated(values.get("training", {}))
            training = {**renamed.BEFORE, **found.values}
            if "version" not in values:
                own = {name: (value,) for name, value in training.items()}
                training["method"] = renamed.earlier_method(training.get("method", "hamr"), own)
            return cls.model_validate({**known, "training": training, "removed": found.removed})

    def to_store(self) -> dict[str, Any]:
        """The settings as `stored` reads them, with the mark of this version's names."""
        return {**self.model_dump(mode="json"), "version": renamed.VERSION}

    @property
    def untrainable(self) -> str:
        """Why a stored run can be looked at but not trained, in a sentence; "" for one that can."""
        return renamed.lost(self.removed) or unregistered(self.training.method)


def unregistered(method: str) -> str:
    """That the method is not registered, and what to do; "" for one that is."""
    if methods.find(method):
        return ""
    return (
        f"The method {method} is not registered here, so this can be looked at but not trained: "
        "name the module that registers it in HAMR_METHODS and start again"
    )


def reads(method: str, setting: str, preset: str) -> bool:
    """Whether the scores of a run of that method and preset depend on the setting."""
    if setting in renamed.REMOVED:  # of a stored sweep; draws used it where a meta step ran
        traits = methods.shown(method)
        return traits.resamples and traits.learns_weights
    kind = kind_of(preset)
    return ONLY_IN.get(setting, kind) == kind and methods.reads(method, setting)
