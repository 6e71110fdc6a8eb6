"""The files that rows came from, read again: are they still what a run was trained on?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hamr.config import DataSettings
from hamr.data.heads import is_file
from hamr.data.lookalikes import has_ink, visible
from hamr.data.readers import Found, reader_of
from hamr.data.sametext import text_key
from hamr.errors import DataError, HamrError
from hamr.files.encoding import UTF8, reading_as
from hamr.records import SPLITS, Dataset, Split, Task


@dataclass(frozen=True)
class Origin:
    """A file, and the rows that it holds by their ids."""

    path: Path
    column: str  # of the label
    splits: tuple[Split, ...]  # whose rows it holds
    rows: dict[str, Found]
    encoding: str = UTF8  # of its text
    leaks_left_out: bool = False  # whether it may hold rows that were left out as leaks


def files(settings: DataSettings) -> dict[str, tuple[Split, ...]]:
    """Each name in the settings that rows come from, with their splits; the source first."""
    own: dict[Split, str | None] = {"validation": settings.validation, "test": settings.test}
    shared = tuple(split for split in SPLITS if not own.get(split))
    return {settings.source: shared} | {name: (split,) for split, name in own.items() if name}


def origins(settings: DataSettings, task: Task) -> list[Origin]:
    """The files among the sources, read again as for training.

    Raises DataError, with the remedy, if one can no longer be read.
    """
    with reading_as(settings.encoding):
        return _origins(settings, task)


def _origins(settings: DataSettings, task: Task) -> list[Origin]:
    try:
        rows = reader_of(task).as_they_came(settings)
    except HamrError as error:
        raise DataError(
            f"the data can't be exported, because its file can't be read again: {error}. "
            "Put the file back where it was when the run was started",
            field="source",
        ) from None
    return [
        Origin(
            Path(name).expanduser(),
            reader_of(task).label_column(name, settings),
            splits,
            rows[splits[0]],
            settings.encoding,
            settings.remove_leaks,
        )
        for name, splits in files(settings).items()
        if is_file(name)
    ]


def check(origin: Origin, dataset: Dataset) -> None:
    """Raises DataError unless the file still holds the rows of the data set, as they were."""
    left = dict(origin.rows)
    for split in origin.splits:
        for row_id, text, label in _rows(dataset, split):
            now = left.pop(row_id, None)
            if now is None:
                raise _changed(origin, f"row {visible(row_id)} is no longer in it")
            where = f"row {visible(row_id)} (place {now.place:,})"
            if now.text != text:
                raise _changed(origin, f"{where} has another text now")
            if now.label != label:
                words = [
                    visible(name if isinstance(name, str) else " ".join(name), 200)
                    for name in (now.label, label)
                ]
                raise _changed(origin, f"{where} has the label {words[0]} now, not {words[1]}")
    leaked = _evaluated(dataset) if origin.leaks_left_out else frozenset()
    for row_id, now in left.items():
        if text_key(now.text) in leaked:
            continue
        if not isinstance(now.label, str) or (has_ink(now.text) and has_ink(now.label)):
            raise _changed(origin, f"row {visible(row_id)} is new in it")


def _evaluated(dataset: Dataset) -> frozenset[str]:
    """What the texts of the validation and test rows are compared by."""
    return frozenset(text_key(text) for split in SPLITS[1:] for text in dataset.split(split).texts)


def _changed(origin: Origin, what: str) -> DataError:
    return DataError(
        f"{origin.path} is not the file that the run was trained on: {what}. Put the file "
        "back as it was, or start a run on the new one and make the decisions there",
        field="source",
    )


def _rows(dataset: Dataset, split: Split) -> list[tuple[str, str, str | tuple[str, ...]]]:
    rows = dataset.split(split)
    labels = reader_of(dataset.task).labels_as_they_came(dataset, split)
    return list(zip(rows.ids, rows.texts, labels, strict=True))
