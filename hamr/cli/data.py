"""`export --what data`: the data set as it was read, with the labels that people decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hamr.cli import audit, composed, sentences
from hamr.data.heads import HUB, is_file
from hamr.data.origin import Origin, check, files, origins
from hamr.data.readers import is_conll
from hamr.decisions import Corrections, CurrentLabels
from hamr.errors import SettingError, StoreError
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
        classes = self.store.dataset(found.origin).classes
        return replace(found, fingerprint=found.origin, classes=classes)


def puts(run: Run, split: str | None, target: Path) -> Iterator[tuple[Path, Put, str]]:
    """What to write, where, and a message for each file: the data, and all decisions, if any.

    Raises SettingError if that is impossible, DataError if a file is missing or has changed.
    """
    wanted, run = _split(run, split), AsItCame(run)
    decisions = run.store.decisions(run.info.label_source or "")
    corrections = decisions.corrections()
    parts = _in_folder(run, wanted, target) if target.is_dir() else {target: _part(run, wanted)}
    sentences.spare_sources(run, parts)
    for place, part in parts.items():
        lacking = _lacking(run, part, place)
        put = _put(run, part, place, corrections.current)
        yield place, put, f"the data of {run.info.name!r} written to {place}{lacking}"
    if decisions.version:
        place = target / "decisions.audit.csv" if target.is_dir() else _audit_of(target)
        sentences.spare_sources(run, [place])
        text = audit.text(decisions)
        yield place, lambda path: path.write_bytes(text.encode()), _said(corrections, place)


def _split(run: Run, split: str | None) -> Split | None:
    if run.info.fingerprint is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    found = next((known for known in SPLITS if known == split), None)
    if found is None and split is not None:
        raise SettingError(
            f"--split must be train, validation or test for data, got {split!r}", field="split"
        )
    return found


def _parts(run: Run) -> list[tuple[str, Part]]:
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


def _part(run: Run, split: Split | None) -> Part:
    """What goes into one file."""
    parts = [part for _, part in _parts(run)]
    if split is not None:
        own = next(part for part in parts if split in part.splits)
        return Part(own.source, (split,), whole=own.splits == (split,))
    if len(parts) > 1:
        raise SettingError(
            f"{run.info.name!r} has rows from {len(parts)} files: choose train, validation or test "
            "with --split, or name a folder to write all of them",
            field="split",
        )
    return parts[0]


def _in_folder(run: Run, split: Split | None, folder: Path) -> dict[Path, Part]:
    if split is not None:
        raise SettingError(
            f"--to names the folder {folder}, which gets all splits: leave --split out, or name a "
            "file",
            field="to",
        )
    parts = _parts(run)
    found = {folder / name: part for name, part in parts}
    if len(found) < len(parts):
        raise SettingError(
            "two of the run's files have the same name: write one split after the other, with "
            "--split and a file",
            field="to",
        )
    return found


def _put(run: Run, part: Part, place: Path, current: CurrentLabels) -> Put:
    """How the rows are written."""
    name, ending = part.source, place.suffix.lower()
    if features(run.info.task).entities and (is_conll(name) or not _same(name, ending)):
        text = sentences.text(run, part.splits, ending, current)
        return lambda path: path.write_bytes(text.encode())
    if not is_file(name):
        return composed.put(run, part.splits, ending, current)
    if not _same(name, ending):
        raise SettingError(
            f"--to must end in {Path(name).suffix} as {Path(name).name} does, got {place.name!r}: "
            "data is written in its original format",
            field="to",
        )
    if not part.whole:
        raise SettingError(
            f"the {part.splits[0]} rows share the file {Path(name).name} with others, and data is "
            "written back file by file: leave --split out",
            field="split",
        )
    origin = _checked(run, name)
    changes = _changes(run, origin, current)
    return lambda path: write_rewritten(origin.path, origin.column, changes, path)


def _lacking(run: Run, part: Part, place: Path) -> str:
    """A notice if sentences of a table are written in another format than their own."""
    name = part.source
    if not features(run.info.task).entities or is_conll(name) or not is_file(name):
        return ""
    if _same(name, place.suffix.lower()):
        return ""
    return f", with ids, words and tags only: name a {Path(name).suffix} file to keep all columns"


def _same(name: str, ending: str) -> bool:
    return is_file(name) and Path(name).suffix.lower() == ending


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


def _audit_of(target: Path) -> Path:
    return target.with_name(f"{target.stem}.audit.csv")


def _said(corrections: Corrections, place: Path) -> str:
    count = len(corrections.labels)
    conflicts = ""
    if corrections.conflicts:
        keep = (
            "rows in conflict keep their labels"
            if corrections.conflicts > 1
            else ("row in conflict keeps its label")
        )
        conflicts = f", {corrections.conflicts:,} {keep}"
    return (
        f"{count:,} label{'' if count == 1 else 's'} corrected by the decisions up to version "
        f"{corrections.version}{conflicts}; all decisions are in {place}"
    )
