"""How the rows of each task are read, and what their files hold.

Texts with a class come from tables (`hamr.data.texts`), tagged sentences from CoNLL files and
tables of lists (`hamr.data.tagged`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from hamr.config import DataSettings
from hamr.data.assemble import make_ids_unique
from hamr.data.heads import is_file
from hamr.data.tagged import load_tagged, make_sentence_ids_unique
from hamr.data.tagged_rows import as_it_came, read_sources
from hamr.data.task import tagged_columns
from hamr.data.texts import load_texts, selections
from hamr.files.conll.reader import ENDINGS, MAYBE_TAGGED
from hamr.files.reading import open_file
from hamr.records import Dataset, Split, Task

AsItCame = str | tuple[str, ...]  # the label in the file: a class, or of a sentence its tags


class Found(NamedTuple):
    """A row as its file has it."""

    place: int  # the line it begins on, or its number
    text: str
    label: AsItCame


def is_conll(name: str) -> bool:
    """Whether a source of tagged sentences is a file of CoNLL columns."""
    return is_file(name) and Path(name).suffix.lower() in (*ENDINGS, *MAYBE_TAGGED)


class RowReader(Protocol):
    """Reads the rows of one task."""

    def load(self, settings: DataSettings) -> Dataset:
        """The rows, checked, split and ready to train on. Raises DataError or ColumnError."""

    def as_they_came(self, settings: DataSettings) -> dict[Split, dict[str, Found]]:
        """Each row by split and id as its file has it. Raises DataError."""

    def labels_as_they_came(self, dataset: Dataset, split: Split) -> list[AsItCame]:
        """The labels of a split, as the file they came from has them."""

    def label_column(self, name: str, settings: DataSettings) -> str:
        """The column of a file that holds the labels."""


class TextReader:
    """Texts with a class."""

    def load(self, settings: DataSettings) -> Dataset:
        """See `RowReader`."""
        return load_texts(settings)

    def as_they_came(self, settings: DataSettings) -> dict[Split, dict[str, Found]]:
        """See `RowReader`."""
        _, given, _ = selections(settings, unseen=True)  # what earlier versions trained on as well
        make_ids_unique(given)
        return {
            split: {
                row_id: Found(own.table.places[row], text, label)
                for row_id, row, text, label in zip(
                    own.ids, own.kept, own.texts, own.labels, strict=True
                )
            }
            for split, own in given.items()
        }

    def labels_as_they_came(self, dataset: Dataset, split: Split) -> list[AsItCame]:
        """See `RowReader`."""
        return [dataset.classes[label] for label in dataset.split(split).labels.tolist()]

    def label_column(self, name: str, settings: DataSettings) -> str:
        """See `RowReader`."""
        return settings.label_column


class SentenceReader:
    """Tagged sentences."""

    def load(self, settings: DataSettings) -> Dataset:
        """See `RowReader`."""
        return load_tagged(settings)

    def as_they_came(self, settings: DataSettings) -> dict[Split, dict[str, Found]]:
        """See `RowReader`."""
        given = read_sources(settings)
        make_sentence_ids_unique(given)
        return {
            split: {
                s.id: Found(s.line, " ".join(s.words), tuple(own.tags_as_they_came(s)))
                for s in own.sentences
            }
            for split, own in given.items()
        }

    def labels_as_they_came(self, dataset: Dataset, split: Split) -> list[AsItCame]:
        """See `RowReader`."""
        sources = dataset.split(split).sources or ()
        return [tuple(as_it_came(source)[1]) for source in sources]

    def label_column(self, name: str, settings: DataSettings) -> str:
        """See `RowReader`; a CoNLL file has columns without names."""
        if is_conll(name):
            return settings.label_column
        return tagged_columns(settings, open_file(name).columns())[1]


_READERS: dict[Task, RowReader] = {"sequence": TextReader(), "token": SentenceReader()}


def reader_of(task: Task) -> RowReader:
    """The reader of a task's rows."""
    return _READERS[task]
