"""Runs whose entry in the database can't be read: they show as damaged, and all others work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hamr.config import RunSettings
from hamr.errors import HamrError
from hamr.store import copies
from hamr.store.info import RunInfo, run_info
from hamr.store.status import STATUSES
from hamr.store.tables import DatasetRow, RunRow

# What reading values of another version or of damaged rows raises.
FAULTS = (HamrError, ValueError, TypeError, LookupError, AttributeError)


def info_of(home: Path, row: RunRow, dataset: DatasetRow | None) -> RunInfo:
    """The run as in the database or, if that is damaged, as in the copy in its folder."""
    fault = _fault(row, dataset)
    if not fault:
        try:
            return run_info(row, dataset)
        except FAULTS as error:
            fault = f"its settings can't be read ({_first_line(error)})"
    copy = home / "runs" / str(row.id) / copies.RUN
    found = _from_copy(copy)
    if found is None:
        what = f"{fault}, and {copy} has no copy that can be read"
        return _damaged(row, what, "restore a backup")
    what = f"{fault}; what you see comes from {copy}"
    said = _sentence(what, "python -m hamr check --repair restores it")
    return replace(found, status="failed", error=said, error_field=None, damaged=True)


def _fault(row: RunRow, dataset: DatasetRow | None) -> str:
    if row.damaged:
        return "its entry does not match its checksum"
    if row.status not in STATUSES:
        return f"its status is {row.status!r}"
    if dataset is not None and dataset.damaged:
        return "the entry of its data set does not match its checksum"
    return ""


def _from_copy(path: Path) -> RunInfo | None:
    content = copies.read(path)
    if content is None or not content.get("runs"):
        return None
    rows = content.get("datasets")
    try:
        dataset = copies.instance(DatasetRow, rows[0]) if rows else None
        return run_info(copies.instance(RunRow, content["runs"][0]), dataset)
    except FAULTS:
        return None


def _damaged(row: RunRow, what: str, remedy: str) -> RunInfo:
    """A run of which nothing is known for certain except that it exists."""
    settings = RunSettings()
    run_id = _text(row.id)
    facts: dict[str, Any] = dict.fromkeys(
        ("best_epoch", "macro_f1", "test_macro_f1", "started", "finished", "fingerprint")
    )
    return RunInfo(
        **facts,
        id=run_id,
        name=_text(row.name) if isinstance(row.name, str) else f"damaged {run_id[:8]}",
        status="failed",
        method=settings.training.method,
        preset=settings.training.preset,
        model=settings.training.model,
        data_name="unknown",
        seed=settings.training.seed,
        epochs=settings.training.epochs,
        epochs_done=0,
        created=row.created
        if isinstance(row.created, datetime)
        else datetime.fromtimestamp(0, UTC),
        error=_sentence(what, remedy),
        error_field=None,
        train_rows=0,
        validation_rows=0,
        test_rows=0,
        task="sequence",
        classes=(),
        settings=settings,
        damaged=True,
    )


def _sentence(what: str, remedy: str) -> str:
    return f"This run is damaged in the database: {what}. Other runs are not affected; {remedy}"


def _text(value: object) -> str:
    """A text that can be shown, of a value that may be anything."""
    return str(value).encode("utf-8", "replace").decode() if value is not None else "unknown"


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
