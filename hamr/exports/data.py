"""The data set of a run as it was read, with the labels that people decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hamr.data.heads import HUB, is_file
from hamr.data.origin import Origin, check, files, origins
from hamr.data.readers import is_conll
from hamr.decisions import CurrentLabels
from hamr.errors import DataError, SettingError, StoreError
from hamr.exports import composed, sentences
from hamr.files.encoding import UTF8, encoded
from hamr.files.reading import write_rewritten
from hamr.records import SPLITS, Split
from hamr.store import Run, RunInfo
from hamr.tasks import features

Put = Callable[[Path], object]  # writes a file at that path


class Part(NamedTuple):
    """Rows that are written to one file."""

    source: str  # as the settings name it
    splits: tuple[Split, ...]
    whole: bool = True  # all rows of that source


class AsItCame(Run):
    """A run on the original rows: the files do not have the labels of a run on corrected rows."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.store, run.id)

    @property
    def info(self) -> RunInfo:
        """The same run with the original data set, to which decisions belong."""
        found = super().info
        if found.origin is None:
            return found
        classes = self.store.rows(found.origin, "train").classes
        return replace(found, fingerprint=found.origin, classes=classes)


def check_rows(run: Run) -> None:
    """Raises StoreError for a run whose data was never loaded."""
    if run.info.fingerprint is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")


def parts(run: Run) -> list[tuple[str, Part]]:
    """The files to write and their names; data of the hub has a file for each split."""
    ending = ".jsonl" if features(run.info.task).entities else ".csv"
    found: list[tuple[str, Part]] = []
    for name, splits in files(run.info.settings.data).items():
        if is_file(name):
            found.append((Path(name).name, Part(name, splits)))
        elif name.startswith(HUB):
            found += [(f"{split}{ending}", Part(name, (split,))) for split in splits]
        else:
            found.append((f"{name}{ending}", Part(name, splits)))
    return found


def put(run: Run, part: Part, name: str, current: CurrentLabels) -> Put:
    """How the rows are written to a file of that name.

    Raises SettingError for a name that they can't be written to, DataError if the file that they
    came from is missing or has changed.
    """
    source, ending = part.source, Path(name).suffix.lower()
    if features(run.info.task).entities and (is_conll(source) or not same_format(source, ending)):
        text = sentences.text(run, part.splits, ending, current)
        as_it_was = is_conll(source) and same_format(source, ending)
        encoding = run.info.settings.data.encoding if as_it_was else UTF8
        data = encoded(text, Path(source).name, encoding)
        return lambda path: path.write_bytes(data)
    if not is_file(source):
        return composed.put(run, part.splits, ending, current)
    if not same_format(source, ending):
        raise SettingError(
            f"the file must end in {Path(source).suffix} as {Path(source).name} does, got "
            f"{name!r}: data is written in its original format, or into a folder whose name ends "
            "in /",
            field="to",
        )
    if not part.whole:
        raise SettingError(
            f"the {part.splits[0]} rows share the file {Path(source).name} with others, and data "
            "is written back file by file: leave --split out",
            field="split",
        )
    origin = _checked(run, source)
    changes = _changes(run, origin, current)
    return lambda path: write_rewritten(origin.path, origin.column, changes, path, origin.encoding)


def stored(run: Run, current: CurrentLabels, ending: str) -> str:
    """All rows as the store has them, with their current labels, as the text of a .csv or .jsonl
    file; sentences as .jsonl alone. Needs no file that they came from.

    Raises SettingError for another ending.
    """
    if features(run.info.task).entities:
        return sentences.text(run, SPLITS, ending, current)
    return composed.text(run, SPLITS, ending, current)


def same_format(source: str, ending: str) -> bool:
    """Whether a file of that ending is of the format that the rows came in."""
    return is_file(source) and Path(source).suffix.lower() == ending


def changed_since(run: Run, *, to_write_back: bool = False) -> str:
    """Why the files that a run's rows came from are not those it was started on: one is gone or
    has other rows now; "" if all are as they were.

    A file that has not been written since the run was made is not read again. `to_write_back`
    ignores CoNLL files: the store has the whole text of their sentences.
    """
    run = AsItCame(run)
    entities = features(run.info.task).entities
    names = [name for name in files(run.info.settings.data) if is_file(name)]
    if to_write_back:
        names = [name for name in names if not (entities and is_conll(name))]
    if all(_untouched(Path(name).expanduser(), run.info) for name in names):
        return ""
    try:
        dataset = run.dataset()
        for origin in origins(run.info.settings.data, run.info.task):
            check(origin, dataset)
    except DataError as error:
        return str(error)
    return ""


def _untouched(path: Path, info: RunInfo) -> bool:
    try:
        return path.stat().st_mtime < info.created.timestamp()
    except OSError:
        return False


def _checked(run: Run, name: str) -> Origin:
    data = run.info.settings.data
    path = Path(name).expanduser()
    origin = next(own for own in origins(data, run.info.task) if own.path == path)
    check(origin, run.store.dataset(run.info.fingerprint or ""))
    return origin


def _changes(run: Run, origin: Origin, current: CurrentLabels) -> dict[int, Any]:
    """The new labels by place; of sentences the tags, in the scheme of the file."""
    if features(run.info.task).entities:
        tags = sentences.tags(run, origin.splits, current)
        return {origin.rows[row_id].place: own for row_id, own in tags.items()}
    decided = current.decided.items()
    return {origin.rows[row].place: label for row, label in decided if row in origin.rows}
