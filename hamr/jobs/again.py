"""A short run on the rows as decisions have corrected them."""

from __future__ import annotations

from hamr.errors import DecisionError, SettingError
from hamr.jobs.queue import resume
from hamr.store import Run, RunInfo, Store
from hamr.store.info import Origin

EPOCHS = 4  # enough to see which classes gain; the embeddings are there, the head learns anew
_STEM, _CORRECTED = 60, ", corrected at "  # of the first run's name; what comes after it


def name_of(info: RunInfo, version: int) -> str:
    """What a run on the corrected rows of that run is called."""
    return f"{info.name.partition(_CORRECTED)[0][:_STEM]}{_CORRECTED}{version}"


def retrain(store: Store, run_id: str, *, epochs: int = EPOCHS) -> Run:
    """Queue a run with the settings of that one on its rows as decisions have corrected them.

    Only training rows carry new labels: validation and test stay as they are, so that both runs
    are scored on the same rows. The labels are the data set's as it came with all corrections,
    also where that run was itself on corrected rows, and decisions on either run's rows are the
    same ones (`RunInfo.judged`). Raises DecisionError where no decision changes a label, and
    SettingError where these very decisions were trained on before, or this version can't train it.
    """
    from hamr.data import corrected

    run = store.run(run_id)
    info = run.info
    if info.settings.untrainable:
        raise SettingError(info.settings.untrainable, field="run")
    judged = info.judged or ""
    corrections = store.decisions(judged).corrections("train")
    if not corrections.labels:
        raise DecisionError("no decision changes a label yet: give a training row another one")
    dataset = corrected(store.dataset(judged), corrections)
    training = info.settings.training.model_copy(
        update={"epochs": min(epochs, info.settings.training.epochs)}
    )
    settings = info.settings.model_copy(update={"training": training})
    # Not queued before it has its rows: it would read them from the file, uncorrected.
    new = store.create_run(settings, name=name_of(info, corrections.version), status="stopped")
    new.attach_dataset(dataset, origin=Origin(run.id, judged, corrections.version))
    for notice in dataset.notices:
        new.log(notice)
    return resume(store, new.id)


def retrained(store: Store, info: RunInfo) -> RunInfo | None:
    """The newest run on that run's corrected rows; None if there is none."""
    return next((other for other in store.runs() if other.parent == info.id), None)
