"""A short run on rows with corrected labels."""

from __future__ import annotations

from hamr.errors import DecisionError, SettingError
from hamr.jobs.queue import resume
from hamr.store import Run, RunInfo, Store
from hamr.store.info import Origin

EPOCHS = 4  # enough to see which classes gain: embeddings are cached, the head is trained again
# A run is named after the first one, of whose name so many characters are kept.
_STEM, _CORRECTED = 60, ", corrected at "


def name_of(info: RunInfo, version: int) -> str:
    """The name of a run on the corrected rows of that run."""
    return f"{info.name.partition(_CORRECTED)[0][:_STEM]}{_CORRECTED}{version}"


def retrain(store: Store, run_id: str, *, epochs: int = EPOCHS) -> Run:
    """Queue a run with the same settings on the same rows with their current labels.

    Only training rows get new labels: validation and test rows keep theirs, so that both runs are
    scored on the same rows. All corrections apply to the data set as it was loaded, also if that
    run was itself on corrected rows, and both runs share their decisions
    (`RunInfo.label_source`). Raises DecisionError if no decision changes a label, and SettingError
    if a run on these very decisions exists, or if this version can't train it.
    """
    from hamr.data import corrected

    run = store.run(run_id)
    info = run.info
    if info.settings.untrainable:
        raise SettingError(info.settings.untrainable, field="run")
    source = info.label_source or ""
    corrections = store.decisions(source).corrections("train")
    if not corrections.labels:
        raise DecisionError("no decision changes a label yet: give a training row another one")
    dataset = corrected(store.dataset(source), corrections)
    training = info.settings.training.model_copy(
        update={"epochs": min(epochs, info.settings.training.epochs)}
    )
    settings = info.settings.model_copy(update={"training": training})
    # It must not be queued before it has its rows: it would read uncorrected ones from the file.
    new = store.create_run(settings, name=name_of(info, corrections.version), status="stopped")
    new.attach_dataset(dataset, origin=Origin(run.id, source, corrections.version))
    for notice in dataset.notices:
        new.log(notice)
    return resume(store, new.id)


def retrained(store: Store, info: RunInfo) -> RunInfo | None:
    """The newest run on that run's corrected rows; None if there is none."""
    return next((other for other in store.runs() if other.parent == info.id), None)
