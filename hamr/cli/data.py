"""`export --what data`: the data set as it came, with the labels that people decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hamr.cli import audit, composed, sentences
from hamr.data.origin import Origin, check, files, is_conll, is_file, origins
from hamr.data.rewrite import rewrite
from hamr.decisions import Corrections, Label
from hamr.errors import SettingError, StoreError
from hamr.records import SPLITS, Split
from hamr.store import Run

Put = Callable[[Path], object]  # writes a file of that name


def puts(run: Run, split: str | None, target: Path) -> Iterator[tuple[Path, Put, str]]:
    """What to write where, and what to say of it: the data, and what people decided, if anything.

    Raises SettingError where that can't be, DataError where a file is gone or has changed.
    """
    wanted = _split(run, split)
    decisions = run.store.decisions(run.info.fingerprint or "")
    corrections = decisions.corrections()
    parts = _places(run, wanted, target)
    sentences.spare_sources(run, parts)
    for place, names in parts.items():
        put = _put(run, names, wanted, place, corrections.labels)
        lacking = _lacking(run, names, place)
        yield place, put, f"the data of {run.info.name!r} written to {place}{lacking}"
    if decisions.version:
        place = target / "decisions.audit.csv" if target.is_dir() else _beside(target)
        sentences.spare_sources(run, [place])
        text = audit.text(decisions)
        yield place, lambda beside: beside.write_bytes(text.encode()), _said(corrections, place)


def _split(run: Run, split: str | None) -> Split | None:
    if run.info.fingerprint is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    if split is None:
        return None
    found = next((known for known in SPLITS if known == split), None)
    if found is None:
        raise SettingError(
            f"--split must be train, validation or test for data, got {split!r}", field="split"
        )
    return found


def _places(run: Run, split: Split | None, target: Path) -> dict[Path, list[str]]:
    """Which of the run's sources goes to which place."""
    names = list(files(run.info.settings.data))
    if not target.is_dir():
        if split is None and len(names) > 1:
            raise SettingError(
                f"{run.info.name!r} has rows of {len(names)} files: choose train, validation or "
                "test with --split, or name a folder, which gets them all",
                field="split",
            )
        return {target: names}
    if split is not None:
        raise SettingError(
            f"--to names the folder {target}, which gets all splits: leave --split out, or name a "
            "file",
            field="to",
        )
    found = {target / written_as(run, name): [name] for name in names}
    if len(found) < len(names):
        raise SettingError(
            "two of the run's files have the same name: write one split after the other, with "
            "--split and a file",
            field="to",
        )
    return found


def written_as(run: Run, name: str) -> str:
    """The name of a file in a folder: its own, or one for what did not come from a file."""
    ending = ".jsonl" if run.info.task == "token" else ".csv"
    return Path(name).name if is_file(name) else f"{Path(name).name.replace(':', ' ')}{ending}"


def _put(
    run: Run, names: list[str], split: Split | None, place: Path, labels: Mapping[str, Label]
) -> Put:
    """How the rows of a source, or of one split, are written."""
    name, splits = _source(run, names, split)
    ending = place.suffix.lower()
    if run.info.task == "token" and (is_conll(name) or not _same(name, ending)):
        text = sentences.text(run, [split] if split else splits, ending, labels)
        return lambda beside: beside.write_bytes(text.encode())
    if not is_file(name):
        return composed.put(run, [split] if split else splits, ending, labels)
    if not _same(name, ending):
        raise SettingError(
            f"--to must end in {Path(name).suffix} as {Path(name).name} does, got {place.name!r}: "
            "data is written back as it came",
            field="to",
        )
    if split is not None and len(splits) > 1:
        raise SettingError(
            f"the {split} rows stand in {Path(name).name} among others, and data is written back "
            "file by file: leave --split out",
            field="split",
        )
    origin = _checked(run, name)
    changes = _changes(run, origin, labels)
    return lambda beside: rewrite(origin.path, origin.column, changes, beside)


def _lacking(run: Run, names: list[str], place: Path) -> str:
    """What is said where sentences of a table are written in another format than theirs."""
    kept = all(is_conll(n) or not is_file(n) or _same(n, place.suffix.lower()) for n in names)
    if run.info.task != "token" or kept:
        return ""
    return f", ids, words and tags alone: name a {Path(names[0]).suffix} file to keep all columns"


def _source(run: Run, names: list[str], split: Split | None) -> tuple[str, tuple[Split, ...]]:
    """The source of a split, or the only one of `names`, with the splits whose rows it holds."""
    own = files(run.info.settings.data)
    name = next(n for n in own if split in own[n]) if split else names[0]
    return name, own[name]


def _same(name: str, ending: str) -> bool:
    return is_file(name) and Path(name).suffix.lower() == ending


def _checked(run: Run, name: str) -> Origin:
    data = run.info.settings.data
    path = Path(name).expanduser()
    origin = next(own for own in origins(data, run.info.task) if own.path == path)
    check(origin, run.store.dataset(run.info.fingerprint or ""))
    return origin


def _changes(run: Run, origin: Origin, labels: Mapping[str, Label]) -> dict[int, Any]:
    """The new labels by place; of sentences the tags, in the scheme of the file."""
    if run.info.task == "token":
        tags = sentences.tags(run, origin.splits, labels)
        return {origin.rows[row_id].place: own for row_id, own in tags.items()}
    own = {row for row in labels if row in origin.rows}
    return {origin.rows[row].place: labels[row] for row in own}


def _beside(target: Path) -> Path:
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
