"""What a list of runs shows of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal, NamedTuple, cast

from hamr.config import DataSettings, RunSettings
from hamr.records import Task
from hamr.store.tables import DatasetRow, RunRow

Status = Literal["queued", "running", "stopping", "stopped", "interrupted", "finished", "failed"]


class Origin(NamedTuple):
    """Where the rows of a run on corrected rows come from."""

    parent: str  # the run that it was started from
    fingerprint: str  # of the data set as it came, which the decisions are about
    version: int  # of the last decision that it follows


STATUSES: tuple[Status, ...] = (
    "queued", "running", "stopping", "stopped", "interrupted", "finished", "failed",
)  # fmt: skip
ACTIVE = ("running", "stopping")
ENDED = ("stopped", "interrupted", "finished", "failed")


@dataclass(frozen=True)
class RunInfo:
    """A run at one moment. Rows are 0 and classes are empty until its data is loaded."""

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
    # Its entry in the database is damaged: what is here comes from the copy in its folder, or is
    # made up where that is damaged too. `error` says so.
    damaged: bool = False

    @property
    def judged(self) -> str | None:
        """The fingerprint of the data set that decisions on its rows belong to.

        A run on corrected rows has a data set of its own, with the same rows by id and text. What
        people decide about a row there is about the row as it came all the same, so that a
        decision counts once, wherever it is made, and corrections are those of the file.
        """
        return self.origin or self.fingerprint

    @property
    def scored(self) -> tuple[str, ...]:
        """The classes that have an F1: of a token task the entity types, without NO_ENTITY."""
        return self.classes[:-1] if self.task == "token" else self.classes

    @property
    def active(self) -> bool:
        """Whether a worker trains it now."""
        return self.status in ACTIVE

    @property
    def can_resume(self) -> bool:
        """Whether it may be queued again to train on."""
        return self.status in ("stopped", "interrupted", "failed") and not self.damaged


def run_info(row: RunRow, dataset: DatasetRow | None) -> RunInfo:
    """The run as the database tells it; see `as_seen`."""
    settings = RunSettings.stored(row.settings)
    training = settings.training
    copied: dict[str, Any] = {name: getattr(row, name) for name in _COPIED}
    return RunInfo(
        **copied,
        status=row.status,  # type: ignore[arg-type]  # written by `Run.change_status` alone
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


def as_seen(info: RunInfo, held: bool) -> RunInfo:
    """The run as people see it; `held` tells whether a living worker holds its lock.

    A worker can't say that it was killed; that nobody holds its lock any more does.
    """
    return replace(info, status="interrupted") if info.active and not held else info


def status_changes(status: Status, error: str | None, field: str | None) -> dict[str, Any]:
    """The columns of a run that change with its status, which it takes on now."""
    changes: dict[str, Any] = {"status": status, "error": error, "error_field": field}
    now = datetime.now(UTC)
    if status == "queued":
        changes |= {"queued": now, "finished": None}
    if status == "running":
        changes |= {"started": now, "finished": None}
    if status in ENDED:
        changes["finished"] = now
    return changes


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
