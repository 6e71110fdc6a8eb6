"""New runs and sweeps on rows with their current labels, so that corrections travel with them."""

from __future__ import annotations

from dataclasses import dataclass

from hamr.config import DataSettings, RunSettings
from hamr.decisions import Corrections
from hamr.errors import HamrError
from hamr.jobs.again import fit_corrections
from hamr.jobs.paths import absolute, absolute_data, absolute_sweep
from hamr.jobs.pool import current_rows
from hamr.jobs.queue import bells, resume
from hamr.records import Dataset
from hamr.store import Run, RunInfo, Store, Sweep
from hamr.store.info import Origin
from hamr.sweeps import SweepSettings


@dataclass(frozen=True)
class CurrentData:
    """The rows of a run, with the labels that people have decided on since."""

    parent: RunInfo  # a run on these rows
    corrections: Corrections  # what training uses of them

    @property
    def origin(self) -> Origin:
        """Where the rows of a run on these labels come from."""
        return Origin(self.parent.id, self.parent.label_source or "", self.corrections.version)

    def rows(self, store: Store) -> Dataset:
        """The rows with their current labels, and attached rows that have one. Raises StoreError
        if the store has lost them.
        """
        return current_rows(store, self.origin.fingerprint, self.corrections)


def current_data(store: Store, data: DataSettings, like: str | None = None) -> CurrentData | None:
    """The rows of these settings with their current labels; None where no label was corrected.

    Those of the run `like`, else of the newest run with these settings: decisions are about the
    rows that a run has read, whatever has become of their file since.
    """
    try:
        wanted = absolute_data(data)
    except HamrError:  # no file can have that name; the form says so
        return None
    runs = [info for info in store.runs() if info.settings.data == wanted and info.fingerprint]
    runs.sort(key=lambda info: info.id != like)
    for source in dict.fromkeys(info.label_source or "" for info in runs):
        parent = next(info for info in runs if info.label_source == source)
        decisions = store.decisions(source)
        if not decisions.version:
            continue
        reviewed = parent.settings.validation_labels == "reviewed"
        found = fit_corrections(decisions, reviewed_validation=reviewed)
        if found.labels or found.added:
            return CurrentData(parent, found)
    return None


def submit_current(
    store: Store, settings: RunSettings, current: CurrentData, name: str | None = None
) -> Run:
    """Queue a new run on current labels. Raises SettingError if the name is taken, StoreError."""
    return resume(store, prepare_current(store, settings, current, name).id)


def prepare_current(
    store: Store, settings: RunSettings, current: CurrentData, name: str | None = None
) -> Run:
    """A new run that has its rows, with current labels, and waits to be resumed. Raises as
    `submit_current`.
    """
    dataset = current.rows(store)
    validation = current.parent.settings.validation_labels
    own = absolute(settings).model_copy(update={"validation_labels": validation})
    # It must not be queued before it has its rows: it would read uncorrected ones from the file.
    run = store.create_run(own, name=name, status="stopped")
    run.attach_dataset(dataset, origin=current.origin)
    for notice in dataset.notices:
        run.log(notice)
    return run


def submit_current_sweep(
    store: Store, settings: SweepSettings, current: CurrentData, name: str | None = None
) -> Sweep:
    """Queue a new sweep on current labels. Raises SettingError if the name is taken, StoreError."""
    dataset = current.rows(store)
    store.add_dataset(dataset)
    validation = current.parent.settings.validation_labels
    changes = {"origin": tuple(current.origin), "validation_labels": validation}
    own = absolute_sweep(settings).model_copy(update=changes)
    sweep = store.sweeps.create(own, name=name, fingerprint=dataset.fingerprint)
    bells[store.home].set()
    return sweep
