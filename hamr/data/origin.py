"""The files that rows came from, read again: are they still what a run was trained on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hamr.config import DataSettings
from hamr.data.assemble import tell_ids_apart
from hamr.data.heads import is_file
from hamr.data.load import selections
from hamr.data.lookalikes import has_ink, visible
from hamr.data.tagged import tell_sentences_apart
from hamr.data.tagged_rows import as_it_came, read_sources
from hamr.data.task import tagged_columns
from hamr.errors import DataError, HamrError
from hamr.files.conll.reader import ENDINGS, MAYBE_TAGGED
from hamr.files.reading import open_file
from hamr.records import SPLITS, Dataset, Split, Task


class Found(NamedTuple):
    """A row as its file has it."""

    place: int  # the line it begins on, or its number
    text: str
    label: str | tuple[str, ...]  # of a sentence its tags


@dataclass(frozen=True)
class Origin:
    """A file, and the rows that it holds by their ids."""

    path: Path
    column: str  # of the label
    splits: tuple[Split, ...]  # whose rows it holds
    rows: dict[str, Found]


def is_conll(name: str) -> bool:
    """Whether a source of tagged sentences is a file of CoNLL columns."""
    return is_file(name) and Path(name).suffix.lower() in (*ENDINGS, *MAYBE_TAGGED)


def files(settings: DataSettings) -> dict[str, tuple[Split, ...]]:
    """Each name in the settings that rows come from, with their splits; the source first."""
    own: dict[Split, str | None] = {"validation": settings.validation, "test": settings.test}
    shared = tuple(split for split in SPLITS if not own.get(split))
    return {settings.source: shared} | {name: (split,) for split, name in own.items() if name}


def origins(settings: DataSettings, task: Task) -> list[Origin]:
    """The files among them, read again as they were for training.

    Raises DataError, with the remedy, where one can't be read any more.
    """
    try:
        rows = _sentences(settings) if task == "token" else _texts(settings)
    except HamrError as error:
        raise DataError(
            f"the data can't be written as it came, because its file can't be read again: {error}. "
            "Put the file back where it was when the run was started",
            field="source",
        ) from None
    return [
        Origin(
            Path(name).expanduser(), _label_column(name, settings, task), splits, rows[splits[0]]
        )
        for name, splits in files(settings).items()
        if is_file(name)
    ]


def _label_column(name: str, settings: DataSettings, task: Task) -> str:
    if task == "sequence" or is_conll(name):
        return settings.label_column
    return tagged_columns(settings, open_file(name).columns())[1]


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
    for row_id, now in left.items():
        if not isinstance(now.label, str) or (has_ink(now.text) and has_ink(now.label)):
            raise _changed(origin, f"row {visible(row_id)} is new in it")


def _changed(origin: Origin, what: str) -> DataError:
    return DataError(
        f"{origin.path} is not the file that the run was trained on: {what}. Put the file back as "
        "it was, or start a run on the new one and decide there",
        field="source",
    )


def _rows(dataset: Dataset, split: Split) -> list[tuple[str, str, str | tuple[str, ...]]]:
    rows = dataset.split(split)
    if dataset.task == "token":
        tags: Sequence[str | tuple[str, ...]] = [
            tuple(as_it_came(source)[1]) for source in rows.sources or ()
        ]
    else:
        tags = [dataset.classes[label] for label in rows.labels.tolist()]
    return list(zip(rows.ids, rows.texts, tags, strict=True))


def _texts(settings: DataSettings) -> dict[Split, dict[str, Found]]:
    _, given, _ = selections(settings, unseen=True)  # what earlier versions trained on as well
    tell_ids_apart(given)
    return {
        split: {
            row_id: Found(own.table.places[row], text, label)
            for row_id, row, text, label in zip(
                own.ids, own.kept, own.texts, own.labels, strict=True
            )
        }
        for split, own in given.items()
    }


def _sentences(settings: DataSettings) -> dict[Split, dict[str, Found]]:
    given = read_sources(settings)
    tell_sentences_apart(given)
    return {
        split: {
            s.id: Found(s.line, " ".join(s.words), tuple(own.tags_as_they_came(s)))
            for s in own.sentences
        }
        for split, own in given.items()
    }
