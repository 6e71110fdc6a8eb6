"""What `import hamr` offers: load rows, train on them, and open a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hamr.config import DataSettings, Device, RunSettings, TrainingSettings
from hamr.data import load as read_rows
from hamr.data import task_of
from hamr.data.heads import is_file
from hamr.errors import RunNotFound, SettingError, StoreError
from hamr.jobs import train_now
from hamr.jobs.model import Model
from hamr.jobs.row_sets import keep_sets
from hamr.records import SPLITS, Dataset, Record, Split
from hamr.regions import Regions
from hamr.store import Run as StoredRun
from hamr.store import Store
from hamr.store.store import home_folder
from hamr.views.base.regions import prepare, regions_of, regions_of_texts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LoadedDataset(Dataset):
    """A data set and the settings that it was loaded with, so that a run can repeat it."""

    settings: DataSettings = field(default_factory=DataSettings)


class Run(StoredRun):
    """A run with everything that was recorded: see `hamr.store.Run`, its hard regions, its likely
    label errors, and its model.
    """

    _loaded: tuple[object, Model] | None = None  # the model that it predicts with

    def regions(self, epoch: int | None = None) -> Regions:
        """The hard regions after an epoch, by default the last one; the most important first.

        A region is a group of similar training rows in which the model fails or labels are likely
        wrong: see `hamr.regions.Region`. Its `rows` are positions among the training rows; in a run
        on tagged sentences, among their entity mentions (`hamr.views.base.mentions`). Where none is
        found, `why_none` says why. Found once and kept in the home's cache.

        >>> run = hamr.open_run("first", home="runs")
        >>> found = run.regions()
        >>> found.why_none
        'Regions need at least 50 training rows; there are 28.'

        Raises StoreError before the first epoch, for an epoch that was not recorded, and where the
        embeddings of the rows are no longer in the cache.
        """
        epochs = self.epochs()
        if not epochs:
            raise _no_epoch(self)
        prepare(self)
        return regions_of(self, epochs[-1] if epoch is None else epoch)

    def predict(self, texts: str | Sequence[str] | Sequence[Sequence[str]]) -> pd.DataFrame:
        """What the model of the best epoch predicts of new texts: a line for each, as a table.

        As `load_model`, which also takes the model of another epoch, and keeps it in memory.

        >>> run = hamr.open_run("first", home="runs")
        >>> table = run.predict(["a fine and happy film", ""])
        >>> table["text"].to_list(), table["prediction"].isna().to_list()
        (['a fine and happy film', ''], [False, True])

        Raises StoreError for a run without a model, ModelError where its encoder is gone.
        """
        key = (self.info.best_epoch, self.info.started)
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = key, _model_of(self, None, "auto")
        return self._loaded[1].predict(texts)

    def issues(
        self, split: Split | None = None, *, by: str | None = None, epoch: int | None = None
    ) -> pd.DataFrame:
        """All rows by how likely their label is wrong, in the order of *Relabel*, as a table.

        The columns are id, text, label, issue, p_label_error, suggested_label,
        suggested_probability and evidence; of a sentence, labels are lists of tags. With `split`
        ("train", "validation" or "test") only its rows. `by` names a column of metadata: the table
        then has the likely errors by its values. By default after the last epoch. The estimated
        number of label errors, with the interval that holds it with a probability of 95 %, is in
        `attrs["label_errors"]`; None where labels can't be scored, as rows are then sorted by
        hardness.

        >>> table = hamr.open_run("first", home="runs").issues(split="train")
        >>> list(table.columns[:4])
        ['id', 'text', 'label', 'issue']
        >>> len(table), sorted(table.attrs["label_errors"])
        (28, ['estimate', 'high', 'low'])

        Raises SettingError for a column or split that there is not, StoreError before the first
        epoch.
        """
        from hamr.views.relabel.issue_list import IssueList

        if split is not None and split not in SPLITS:
            raise SettingError(
                f"split must be one of {', '.join(SPLITS)}, got {split!r}", field="split"
            )
        epochs = self.epochs()
        if not epochs:
            raise _no_epoch(self)
        found = IssueList.of(self, epochs[-1] if epoch is None else epoch)
        table = found.frame(split) if by is None else found.by_column(by)
        known = found.estimate(split)
        table.attrs["label_errors"] = known and {
            "estimate": known.errors,
            "low": known.low,
            "high": known.high,
        }
        return table


def _no_epoch(run: StoredRun) -> StoreError:
    return StoreError(
        f"{run.info.name!r} has no recorded epoch yet: wait for the first or resume it",
        field="run",
    )


def load(source: str | Path = "demo", **settings: Any) -> LoadedDataset:
    """Load labelled rows, split into training, validation and test.

    `source` is "demo" or "builtin" (sentences of MITRE ATT&CK), a file (.csv, .tsv, .json,
    .jsonl, .parquet or CoNLL), or "hub:NAME" for a data set of the Hugging Face hub. The other
    settings are the fields of `hamr.DataSettings`.

    >>> data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    >>> data.classes
    ('bad', 'good')
    >>> len(data.train), len(data.validation), len(data.test)
    (28, 7, 5)

    What is no such source, and names a run or a folder with an exported model, is opened by
    `load_model`, so that `hamr.load("first", home="runs").predict(texts)` predicts.

    Raises SettingError for a setting out of its range, and DataError or ColumnError for rows
    that cannot be used: a sentence with the value, the place and the remedy.
    """
    if (model := _named_model(source, settings)) is not None:
        # The type is that of what is nearly always loaded; `load_model` has the other one.
        return cast(LoadedDataset, model)
    wanted = DataSettings(source=str(source), **settings)
    rows = read_rows(wanted)
    return LoadedDataset(**{f.name: getattr(rows, f.name) for f in fields(rows)}, settings=wanted)


def _named_model(source: str | Path, settings: dict[str, Any]) -> Any:
    """The model that the source names, where it is no source of rows; else None."""
    path = Path(source)
    exported = path.is_dir() and (path / "hamr.json").is_file()
    if not is_file(str(source)) or not set(settings) <= {"home", "epoch", "device"}:
        return None
    if not exported and (path.exists() or not home_folder(settings.get("home")).is_dir()):
        return None
    try:
        return load_model(source, **settings)
    except RunNotFound:
        if settings:  # they are of no source of rows
            raise
        return None


def train(
    data: LoadedDataset | DataSettings | str | Path,
    *,
    method: str | None = None,
    preset: str = "quick",
    home: str | Path | None = None,
    name: str | None = None,
    on_record: Callable[[Record], None] = lambda record: None,
    **settings: Any,
) -> Run:
    """Train a model on the data, and return the run with everything that was recorded.

    `data` is what `hamr.load` returned, or a source as `hamr.load` takes it. `method` is
    "hamr-plus" unless you name another, such as "hamr", the method as published. `preset` is
    "quick" (a small head on a frozen encoder), "full" (the whole encoder) or "paper" (the same
    with the published optimiser settings, where "hamr" is the default method). `home` is
    the folder that keeps the run: $HAMR_HOME, else .hamr, if absent. The other settings are the
    fields of `hamr.TrainingSettings`, and of `hamr.DataSettings` where `data` is a source.
    `exclude_rows` and `draw_more` are ids of training rows, or a file of them; `on_record` is
    called with each `hamr.records.Record` as training goes on.

    >>> data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    >>> run = hamr.train(data, method="hamr-plus", epochs=1, seed=3, home="runs", name="first")
    >>> run.info.status
    'finished'
    >>> run.signal("hardness", epoch=1).shape
    (28,)

    Raises SettingError for a setting that is unknown or out of its range, or a name that is
    taken; DataError, ModelError, TrainingError or StoreError where it fails, with its record kept.
    """
    rows, store = _settings_of(data, settings), Store.open(home)
    own = keep_sets(store, settings | ({"method": method} if method else {}))
    training = TrainingSettings.of_preset(preset, task_of(rows), **own)
    wanted = RunSettings(data=rows, training=training)
    again = (lambda _: data) if isinstance(data, LoadedDataset) else None
    run = train_now(store, wanted, name=name, report=on_record, load=again)
    return Run(run.store, run.id)


def _settings_of(data: object, settings: dict[str, Any]) -> DataSettings:
    """Where the data comes from; of a source, its settings are taken out of `settings`."""
    if isinstance(data, LoadedDataset):
        return data.settings
    if isinstance(data, DataSettings):
        return data
    if isinstance(data, str | Path):
        own = {key: settings.pop(key) for key in DataSettings.model_fields if key in settings}
        return DataSettings(source=str(data), **own)
    raise SettingError(
        f"data must be what hamr.load returned, or a source, got {type(data).__name__}: "
        'hamr.load("rows.csv") loads a file',
        field="source",
    )


def open_run(name: str, home: str | Path | None = None) -> Run:
    """Open a run by its name, its id, or the first characters of its id.

    `home` is the folder that keeps the runs: $HAMR_HOME, else .hamr, if absent.

    >>> run = hamr.open_run("first", home="runs")
    >>> run.epochs()
    [1]
    >>> hardness = run.signal("hardness", epoch=1)
    >>> hardest = hardness.argmax()
    >>> run.rows("train").texts([hardest])[0].startswith("a ")
    True

    Raises RunNotFound if no run answers to the name, or more than one; StoreError if the folder
    cannot be used.
    """
    run = Store.open(home).run(name)
    return Run(run.store, run.id)


def load_model(
    name: str | Path,
    home: str | Path | None = None,
    *,
    epoch: int | None = None,
    device: Device = "auto",
) -> Model:
    """Load a trained model: of a run, or of a folder that `hamr export --what model` wrote.

    `name` is a run's name, its id or the first characters of its id, or the folder. `epoch` is
    another epoch than the best one, if its model is kept; `device` is "cpu", "cuda", "mps", or
    "auto": a GPU where there is one. A run's model also says how far a text lies from the training
    rows, and in which hard region.

    >>> model = hamr.load_model("first", home="runs")
    >>> table = model.predict(["a fine and happy film number 7", "a dull and sad film number 7"])
    >>> list(table.columns[:4])
    ['text', 'prediction', 'probability', 'second']

    Raises RunNotFound if neither a run nor a folder has that name; StoreError for a run without a
    model; ModelError where its encoder is gone, or the folder holds no model that can be read.
    """
    if Path(name).is_dir():
        return _exported(Path(name), device)
    run = open_run(str(name), home)
    return _model_of(run, epoch, device)


def _model_of(run: StoredRun, epoch: int | None, device: Device) -> Model:
    from hamr.jobs.run_model import model_of

    loaded = model_of(run, epoch, regions=regions_of_texts(run), device=device)
    return Model(loaded, run.info.name)


def _exported(folder: Path, device: Device) -> Model:
    """The model in a folder that an export wrote."""
    from hamr.inference.exported import load_exported
    from hamr.jobs.run_model import RunModel

    return Model(RunModel(load_exported(folder, device), 0), folder.name)
