"""Which module reads which ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hamr.files.conll.reader import ENDINGS as CONLL
from hamr.files.delimited.reader import DelimitedFile
from hamr.files.json.reader import JsonFile
from hamr.files.table import Reader


def _parquet(path: Path) -> Reader:
    from hamr.files.parquet.reader import ParquetFile  # pyarrow takes a while to come up

    return ParquetFile(path)


FORMATS: dict[str, Callable[[Path], Reader]] = {
    ".csv": DelimitedFile,
    ".tsv": DelimitedFile,
    ".json": JsonFile,
    ".jsonl": JsonFile,
    ".ndjson": JsonFile,
    ".parquet": _parquet,
}
TABLES = tuple(FORMATS)
ENDINGS = (*TABLES, *CONLL)


def reader_of(path: Path) -> Reader:
    """The reader of a table, by the ending of its name. It decodes: call it in a decoder only."""
    return FORMATS[path.suffix.lower()](path)
