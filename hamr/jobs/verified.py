"""The verified rows of a run: those whose label in its data is what people have decided on.

A run on corrected labels has the rows that were reviewed by the last decision that it holds. A run
on labels as given has those reviewed when it began, kept as a set of rows in its settings, so that
a resumed run has the same ones. A row whose decided label is another one than the run has for it is
not verified: its label in the data is wrong.
"""

from __future__ import annotations

from hamr.config import RunSettings, TrainingSettings
from hamr.errors import SettingError
from hamr.records import SPLITS, Dataset
from hamr.store import Run
from hamr.store.base import StoreBase
from hamr.tasks import label_kind

REVIEWED = "reviewed rows"  # the name of a set that a run keeps by itself


def reviewed_ids(run: Run, dataset: Dataset) -> tuple[list[str], int]:
    """(ids of the verified rows, how many reviewed rows have another label than decided)."""
    info = run.info
    if info.label_source is None:
        return [], 0
    decisions, kind = run.store.decisions(info.label_source), label_kind(info.task)
    version = decisions.version if info.origin_version is None else info.origin_version
    states, names = decisions.states(at=version), kind.names(info.classes)
    current, then = decisions.current(states, version), decisions.class_names(version)
    first = decisions.class_names(info.origin_version or 0)
    found, other = [], 0
    for split in SPLITS[:2]:
        table = run.rows(split)
        for row, row_id in enumerate(dataset.split(split).ids):
            state = states.get(row_id)
            if state is None or state.label is None:
                continue
            own = then.read(kind.original(table, row, names), first)
            if own == current.label(row_id, decisions.rows.original):
                found.append(row_id)
            else:
                other += 1
    return found, other


def keep_verified(run: Run, dataset: Dataset, training: TrainingSettings) -> TrainingSettings:
    """The settings with the verified rows of a run on labels as given kept by their key."""
    info = run.info
    if training.meta_set == "validation" or not training.learns_weights:
        return training
    found, other = reviewed_ids(run, dataset)
    if other and not training.verified_rows:
        rows = "1 reviewed row is" if other == 1 else f"{other:,} reviewed rows are"
        run.log(
            f"{rows} not in the meta set: another label was decided on than these data have. Train "
            "on current labels to use all reviewed rows"
        )
    if training.verified_rows or info.origin_version is not None:
        return training
    key = run.store.row_sets.keep(REVIEWED, found)
    training = training.model_copy(update={"verified_rows": key})
    run.set_training(training)
    return training


def verified_ids(run: Run, dataset: Dataset, training: TrainingSettings) -> list[str]:
    """The verified rows of a run whose settings name no set of them."""
    used = training.meta_set != "validation" and not training.verified_rows
    return reviewed_ids(run, dataset)[0] if used else []


def without_kept(store: StoreBase, settings: RunSettings) -> RunSettings:
    """The settings for another run, which has its own verified rows: those reviewed by then.

    A set that somebody chose stays.
    """
    training = settings.training
    if not training.verified_rows:
        return settings
    try:
        chosen = store.row_sets.get(training.verified_rows).name != REVIEWED
    except SettingError:  # it is said when the run begins
        chosen = True
    if chosen:
        return settings
    training = training.model_copy(update={"verified_rows": ""})
    return settings.model_copy(update={"training": training})
