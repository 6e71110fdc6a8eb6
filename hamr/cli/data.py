"""`export --what data`: the data set as it was read, with the labels that people decided on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hamr.data.heads import is_file
from hamr.data.readers import is_conll
from hamr.decisions import Corrections
from hamr.errors import SettingError
from hamr.exports import added, audit
from hamr.exports.data import AsItCame, Part, Put, check_rows, parts, put, same_format
from hamr.records import SPLITS, Split
from hamr.store import Run
from hamr.tasks import features


def puts(run: Run, split: str | None, target: Path) -> Iterator[tuple[Path, Put, str]]:
    """What to write, where, and a message for each file: the data, and all decisions, if any.

    Raises SettingError if that is impossible, DataError if a file is missing or has changed.
    """
    wanted, run = _split(run, split), AsItCame(run)
    decisions = run.store.decisions(run.info.label_source or "")
    corrections = decisions.corrections()
    chosen = _in_folder(run, wanted, target) if target.is_dir() else {target: _part(run, wanted)}
    spare_sources(run, chosen)
    for place, part in chosen.items():
        lacking = _lacking(run, part, place)
        how = put(run, part, place.name, corrections.current)
        yield place, how, f"the data of {run.info.name!r} written to {place}{lacking}"
    if rows := added.text(decisions, corrections):
        own = target / "data.added.csv" if target.is_dir() else _beside(target, "added")
        spare_sources(run, [own])
        count = len(corrections.added)
        said = f"{count:,} row{'' if count == 1 else 's'} added from unlabelled rows, in {own}"
        yield own, lambda path: path.write_bytes(rows.encode()), said
    if decisions.version:
        place = target / "decisions.audit.csv" if target.is_dir() else _beside(target, "audit")
        spare_sources(run, [place])
        text = audit.text(decisions)
        yield place, lambda path: path.write_bytes(text.encode()), _said(corrections, place)


def _split(run: Run, split: str | None) -> Split | None:
    check_rows(run)
    found = next((known for known in SPLITS if known == split), None)
    if found is None and split is not None:
        raise SettingError(
            f"--split must be train, validation or test for data, got {split!r}", field="split"
        )
    return found


def _part(run: Run, split: Split | None) -> Part:
    """What goes into one file."""
    own = [part for _, part in parts(run)]
    if split is not None:
        of_split = next(part for part in own if split in part.splits)
        return Part(of_split.source, (split,), whole=of_split.splits == (split,))
    if len(own) > 1:
        raise SettingError(
            f"{run.info.name!r} has rows from {len(own)} files: choose train, validation or test "
            "with --split, or name a folder to write all of them",
            field="split",
        )
    return own[0]


def _in_folder(run: Run, split: Split | None, folder: Path) -> dict[Path, Part]:
    if split is not None:
        raise SettingError(
            f"--to names the folder {folder}, which gets all splits: leave --split out, or name a "
            "file",
            field="to",
        )
    own = parts(run)
    found = {folder / name: part for name, part in own}
    if len(found) < len(own):
        raise SettingError(
            "two of the run's files have the same name: write one split after the other, with "
            "--split and a file",
            field="to",
        )
    return found


def spare_sources(run: Run, places: Iterable[Path]) -> None:
    """Raise SettingError if a file that the run was trained on would be overwritten."""
    data = run.info.settings.data
    given = (data.source, data.validation, data.test)
    own = {Path(name).expanduser().resolve() for name in given if name}
    for place in places:
        if place.resolve() in own:
            raise SettingError(
                f"--to would overwrite {place}, which the run was trained on: choose another place",
                field="to",
            )


def _lacking(run: Run, part: Part, place: Path) -> str:
    """A notice if sentences of a table are written in another format than their own."""
    name = part.source
    if not features(run.info.task).entities or is_conll(name) or not is_file(name):
        return ""
    if same_format(name, place.suffix.lower()):
        return ""
    return f", with ids, words and tags only: name a {Path(name).suffix} file to keep all columns"


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f"{target.stem}.{what}.csv")


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
