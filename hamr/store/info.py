"""What lists show of each run and sweep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, NamedTuple, cast

from hamr.config import DataSettings, RunSettings
from hamr.records import Task
from hamr.store.status import HasStatus, Status
from hamr.store.tables import DatasetRow, RunRow
from hamr.sweeps import SweepSettings
from hamr.tasks import label_kind


class Origin(NamedTuple):
    """Where the rows of a run on corrected rows come from."""

    parent: str  # the run that it was started from
    fingerprint: str  # of the data set as it was loaded, which the decisions are about
    version: int  # of the last decision that its labels include


@dataclass(frozen=True)
class RunInfo(HasStatus):
    """A run at one moment. Row counts are 0 and classes are empty until its data is loaded."""

    id: str
    name: str
    status: Status
    method: str
    preset: str
    model: str
    data_name: str
    seed: int
    epochs: int  # planned
    epochs_done: int
    best_epoch: int | None
    macro_f1: float | None  # the best on validation, in [0, 1]
    test_macro_f1: float | None  # at the best validation epoch
    created: datetime
    started: datetime | None  # the latest start
    finished: datetime | None
    error: str | None
    error_field: str | None
    train_rows: int
    validation_rows: int
    test_rows: int
    task: Task
    classes: tuple[str, ...]
    fingerprint: str | None
    settings: RunSettings
    # Of a run on corrected rows: see the table of runs.
    parent: str | None = None
    origin: str | None = None
    origin_version: int | None = None
    # Whether its entry in the database is damaged. Then these values come from the copy in its
    # folder or, if that is damaged too, are placeholders. `error` says so.
    damaged: bool = False
    as_of: int | None = None  # the epoch as of which it is shown, where it is; see `Run.as_of`

    @property
    def label_source(self) -> str | None:
        """The fingerprint of the data set that decisions on its rows belong to.

        A run on corrected rows has a data set of its own, with the same rows by id and text.
        Decisions about these rows belong to the data set as it was loaded: so a decision counts
        once, whichever run it is made in, and corrections are relative to the file.
        """
        return self.origin or self.fingerprint

    @property
    def scored(self) -> tuple[str, ...]:
        """The classes that have an F1: of a token task the entity types, without NO_ENTITY."""
        return label_kind(self.task).names(self.classes)

    @property
    def can_resume(self) -> bool:
        """Whether it may be queued again to train on."""
        whole = not self.damaged and self.as_of is None
        return super().can_resume and whole and not self.settings.untrainable


@dataclass(frozen=True)
class SweepInfo(HasStatus):
    """A sweep at one moment. Its statuses are those of a run, with the same meaning."""

    id: str
    name: str
    created: datetime
    status: Status
    settings: SweepSettings
    fingerprint: str | None  # of the rows, once they are loaded
    error: str | None
    error_field: str | None

    @property
    def can_resume(self) -> bool:
        """Whether it may be queued again to train what is missing."""
        return super().can_resume and not self.settings.untrainable


def run_info(row: RunRow, dataset: DatasetRow | None) -> RunInfo:
    """The run as written in the database; `hamr.store.lifecycle.as_seen` says what is shown."""
    settings = RunSettings.stored(row.settings)
    training = settings.training
    copied: dict[str, Any] = {name: getattr(row, name) for name in _COPIED}
    return RunInfo(
        **copied,
        status=row.status,  # type: ignore[arg-type]  # only `Lifecycle.change_status` writes it
        method=training.method,
        preset=training.preset,
        model=training.model,
        data_name=dataset.name if dataset else data_name(settings.data),
        seed=training.seed,
        epochs=training.epochs,
        task=cast(Task, dataset.task if dataset else "sequence"),
        classes=tuple(dataset.classes) if dataset else (),
        settings=settings,
        **_row_counts(dataset),
    )


_COPIED = (
    "id", "name", "epochs_done", "best_epoch", "macro_f1", "test_macro_f1", "created",
    "started", "finished", "error", "error_field", "fingerprint", "parent", "origin",
    "origin_version",
)  # fmt: skip


def _row_counts(dataset: DatasetRow | None) -> dict[str, Any]:
    splits = dataset.splits if dataset else {}
    return {
        f"{split}_rows": splits[split]["rows"] if split in splits else 0
        for split in ("train", "validation", "test")
    }


def data_name(data: DataSettings) -> str:
    """A short name of the data from its source alone: "demo", "reviews.csv"."""
    return PurePath(data.source).name or data.source
