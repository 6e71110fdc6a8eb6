"""The way in: from a source's name to a data set ready to train on."""

from __future__ import annotations

from dataclasses import replace

from hamr.config import DataSettings
from hamr.data.readers import reader_of
from hamr.data.task import task_of
from hamr.files.encoding import NAMES, UTF8, reading_as
from hamr.records import Dataset


def load(settings: DataSettings) -> Dataset:
    """The rows of a source, checked, split and ready to train on.

    `settings.source` is "demo" or "builtin" (MITRE ATT&CK; the column names then only
    concern validation and test files), "hub:NAME", or the path of a .csv, .tsv, .json,
    .jsonl, .ndjson or .parquet file; for the task "token" also of a CoNLL file. Validation and
    test rows come from their own files where the settings (or the hub) name some, and otherwise
    from the training rows: stratified by label and, where a group column is named, without
    parting a group.

    Raises DataError or ColumnError: a sentence with the value, the place and the remedy,
    and in `field` the control it belongs to.
    """
    with reading_as(settings.encoding):
        dataset = reader_of(task_of(settings)).load(settings)
    if settings.encoding == UTF8:
        return dataset
    said = f"text files are read as {NAMES[settings.encoding]}, and written back in it"
    return replace(dataset, notices=(*dataset.notices, said))
