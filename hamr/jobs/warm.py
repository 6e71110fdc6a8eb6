"""The weights that a run starts from, where its settings name another run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamr.errors import RunNotFound, SettingError, StoreError
from hamr.store import Run, RunInfo
from hamr.tasks import label_kind

if TYPE_CHECKING:
    from hamr.training import WarmStart


def warm_start(run: Run) -> WarmStart | None:
    """The weights of the run that the settings name; None where they name none.

    Raises SettingError if that run was deleted or has no weights, DamagedError if its file is not
    as it was written.
    """
    name = run.info.settings.start_from
    if name is None:
        return None
    from safetensors.numpy import load_file

    from hamr.training import WarmStart

    try:
        parent = Run(run.store, name).info
    except RunNotFound as error:
        raise SettingError(
            f'"{run.info.name}" starts from the weights of a run that was deleted: start a run '
            "from new weights",
            field="start_from",
        ) from error
    weights = load_file(Run(run.store, name).model_path)
    return WarmStart(weights, label_kind(parent.task).outputs(_classes(run, parent)))


def _classes(run: Run, parent: RunInfo) -> tuple[str, ...]:
    """The classes of the parent, as they are called in the rows of the run."""
    info, kind = run.info, label_kind(parent.task)
    if info.label_source is None:
        return parent.classes
    decisions = run.store.decisions(info.label_source)
    then, now = (decisions.class_names(at=one.origin_version or 0) for one in (parent, info))
    return kind.classes([now.name(then.key(name)) for name in kind.names(parent.classes)])


def check_can_start(info: RunInfo) -> None:
    """Raises StoreError for a run whose weights no other can start from, as it has not ended."""
    if info.status != "finished":
        raise StoreError(
            f'"{info.name}" has no weights to continue from, because it is {info.status}: wait '
            "for its end, or train from new weights",
            field="start_from",
        )
