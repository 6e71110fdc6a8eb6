"""Runs on rows with corrected labels, trained like the run before: same settings, epochs, seeds.

Both sides of a comparison need the same seeds. So for further seeds the runs on the labels as they
were are queued too, unless they exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from hamr.config import RunSettings, TrainingSettings
from hamr.decisions import Corrections
from hamr.errors import DecisionError, SettingError
from hamr.jobs.pool import current_rows
from hamr.jobs.queue import resume
from hamr.jobs.verified import without_kept
from hamr.jobs.warm import check_can_start
from hamr.records import Dataset, Split
from hamr.store import Decisions, Run, RunInfo, Store
from hamr.store.info import Origin
from hamr.store.names import LONGEST_NAME
from hamr.store.status import RESUMABLE

QUICK_EPOCHS = 4  # of a quick check, which continues from weights that have learned already
# A run is named after the first one: so many characters of its name are kept, and so many are left
# for a number where the name is taken.
_STEM, _NUMBER = 60, 5


@dataclass(frozen=True)
class Retraining:
    """How a run is trained again on current labels."""

    seeds: int = 1  # the run's own, and others
    # Continue from the run's weights for a few epochs: quicker, but it has had more training.
    warm: bool = False
    # Validation rows have their reviewed labels too, by which the best epoch is then chosen.
    reviewed_validation: bool = False

    def settings(self, info: RunInfo, seed: int) -> RunSettings:
        """The settings of the run on current labels with that seed."""
        training = _seeded(info.settings.training, seed)
        changes: dict[str, object] = {
            "validation_labels": "reviewed" if self.reviewed_validation else "given"
        }
        if self.warm:
            epochs = min(QUICK_EPOCHS, training.epochs)
            training = training.model_copy(update={"epochs": epochs})
            changes["start_from"] = info.id
        return info.settings.model_copy(update={"training": training, **changes})


@dataclass(frozen=True)
class Pair:
    """A run on current labels, and the run of the same seed before; None if that was deleted."""

    before: RunInfo | None
    after: RunInfo


@dataclass(frozen=True)
class Retrained:
    """The runs that one retraining has queued: the same labels and settings, several seeds."""

    pairs: tuple[Pair, ...]  # by seed, that of the run before first

    @property
    def info(self) -> RunInfo:
        """The first run on current labels; the others differ only by their seed."""
        return self.pairs[0].after

    @property
    def key(self) -> str:
        """Names it in a link: the decisions, and the first run's id."""
        return f"{self.info.origin_version}-{self.info.id[:8]}"


def retrain(store: Store, run_id: str, how: Retraining | None = None) -> list[Run]:
    """Queue runs with the same settings on the same rows with their current labels.

    Test rows keep the labels that they came with, and so do validation rows unless `how` says
    otherwise. All corrections apply to the data set as it was loaded, also if that run was itself
    on corrected rows, and all runs share their decisions (`RunInfo.label_source`). The runs on
    current labels are returned, by seed. Raises DecisionError if no decision changes a label that
    would be trained on, SettingError if all of these runs exist, or this version can't train them,
    StoreError for a quick check of a run that has not ended.
    """
    how, run = how or Retraining(), store.run(run_id)
    info = run.info
    if info.settings.untrainable:
        raise SettingError(info.settings.untrainable, field="run")
    if how.warm:
        check_can_start(info)
    dataset, origin = _current(store, info, how)
    seeds = list(islice(_seeds(info.seed), how.seeds))
    wanted = [(seed, without_kept(store, how.settings(info, seed))) for seed in seeds]
    found = {seed: _alike(store, dataset.fingerprint, own, origin) for seed, own in wanted}
    if all(other and other.status not in RESUMABLE for other in found.values()):
        first = next(other for other in found.values() if other)
        raise SettingError(
            f'a run on these very labels exists: "{first.name}"; decide on more rows, or choose '
            "more seeds",
            field="run",
        )
    queued = [
        _again(store, found[seed], own, dataset, origin, _name(info, origin, how, seed))
        for seed, own in wanted
    ]
    for seed in seeds:
        if seed != info.seed and _before(store.runs(), info, seed) is None:
            own = info.settings.model_copy(
                update={"training": _seeded(info.settings.training, seed)}
            )
            _again(store, None, own, run.dataset(), _origin(info), _named(info, [f"seed {seed}"]))
    return queued


def retrained(store: Store, info: RunInfo) -> list[Retrained]:
    """What that run was retrained to, the newest first; runs of other settings are left out."""
    runs = store.runs()
    groups: dict[object, list[RunInfo]] = {}
    for other in runs:
        if other.parent == info.id and _alike_but_epochs(other, info):
            groups.setdefault((other.fingerprint, _but_seed(other.settings)), []).append(other)
    return [
        Retrained(tuple(Pair(_before(runs, info, own.seed), own) for own in _by_seed(found, info)))
        for found in groups.values()
    ]


def fit_corrections(decisions: Decisions, *, reviewed_validation: bool = False) -> Corrections:
    """The corrections that training uses: those of training rows, and of validation rows if asked.

    Test rows are never corrected in training: a model is judged by them, with either labels.
    """
    found = decisions.corrections()
    splits: tuple[Split, ...] = ("train", "validation") if reviewed_validation else ("train",)
    parts = [decisions.corrections(split, at=found.version) for split in splits]
    labels = {row: label for part in parts for row, label in part.labels.items()}
    conflicts = sum(part.conflicts for part in parts)
    return Corrections(found.version, labels, conflicts, found.names, found.added)


def _current(store: Store, info: RunInfo, how: Retraining) -> tuple[Dataset, Origin]:
    """The rows with current labels, and where they come from."""
    source = info.label_source or ""
    decisions = store.decisions(source)
    corrections = fit_corrections(decisions, reviewed_validation=how.reviewed_validation)
    if not corrections.labels and not corrections.added:
        raise DecisionError(
            "no decision changes a label yet: give a training row another one, or label an "
            "unlabelled row"
        )
    return current_rows(store, source, corrections), Origin(info.id, source, corrections.version)


def _again(
    store: Store,
    known: RunInfo | None,
    settings: RunSettings,
    dataset: Dataset,
    origin: Origin | None,
    name: str,
) -> Run:
    """Queue a run on these rows; a known one if it has ended early."""
    if known is not None:
        return resume(store, known.id) if known.status in RESUMABLE else store.run(known.id)
    # It must not be queued before it has its rows: it would read uncorrected ones from the file.
    new = store.create_run(settings, name=_free(store, name), status="stopped")
    new.attach_dataset(dataset, origin=origin)
    for notice in dataset.notices:
        new.log(notice)
    return resume(store, new.id)


def _alike(store: Store, fingerprint: str, settings: RunSettings, origin: Origin) -> RunInfo | None:
    """A run of these settings on these very rows that was made from the same run."""
    fit = (
        other
        for other in store.runs()
        if other.fingerprint == fingerprint
        and other.parent == origin.parent
        and other.settings == settings
    )
    return next(fit, None)


def _before(runs: list[RunInfo], info: RunInfo, seed: int) -> RunInfo | None:
    """The run like that one with that seed; itself for its own. A finished one comes first."""
    if seed == info.seed:
        return next((other for other in runs if other.id == info.id), None)
    same = [
        other
        for other in runs
        if other.seed == seed
        and other.fingerprint == info.fingerprint
        and _but_seed(other.settings) == _but_seed(info.settings)
    ]
    return min(same, key=lambda other: other.status != "finished", default=None)


def _but_seed(settings: RunSettings) -> str:
    """Equal for settings that differ only by the seed, and in what results do not depend on."""
    aside = {"seed": 0, "checkpoint_minutes": 0.0, "batch_growth": "none"}
    training = settings.training.model_copy(update=aside)
    return settings.model_copy(update={"training": training}).model_dump_json(exclude={"data"})


def _alike_but_epochs(other: RunInfo, info: RunInfo) -> bool:
    """Whether other epochs (a quick check) and labels are all that makes it another training."""
    training = other.settings.training.model_copy(update={"epochs": info.epochs})
    changes = {
        "training": training,
        "start_from": info.settings.start_from,
        "validation_labels": info.settings.validation_labels,
    }
    return _but_seed(other.settings.model_copy(update=changes)) == _but_seed(info.settings)


def _by_seed(found: list[RunInfo], info: RunInfo) -> list[RunInfo]:
    return sorted(found, key=lambda own: (own.seed != info.seed, own.seed))


def _seeds(own: int) -> Iterator[int]:
    yield own
    yield from (seed for seed in count() if seed != own)


def _seeded(training: TrainingSettings, seed: int) -> TrainingSettings:
    return training.model_copy(update={"seed": seed})


def _origin(info: RunInfo) -> Origin | None:
    if info.parent is None or info.origin is None:
        return None
    return Origin(info.parent, info.origin, info.origin_version or 0)


def _name(info: RunInfo, origin: Origin, how: Retraining, seed: int) -> str:
    """The name of a run on the corrected rows of that run."""
    parts = [
        f"corrected at {origin.version}",
        "quick check" if how.warm else "",
        "chosen by reviewed labels" if how.reviewed_validation else "",
        "" if seed == info.seed else f"seed {seed}",
    ]
    return _named(info, list(filter(None, parts)))


def _named(info: RunInfo, parts: list[str]) -> str:
    """The name of the first run, without what it says of corrections, and these parts after it."""
    stem = info.name.partition(", corrected at ")[0]
    words = "".join(f", {part}" for part in parts)
    return f"{stem[: min(_STEM, LONGEST_NAME - len(words) - _NUMBER)]}{words}"


def _free(store: Store, name: str) -> str:
    """The name, with a number if it is taken."""
    taken = {info.name for info in store.runs()}
    names = (name if number == 1 else f"{name} ({number})" for number in count(1))
    return next(one for one in names if one not in taken)
