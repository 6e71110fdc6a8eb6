"""The file that is written: the source's own columns as they were, then those of the predictions.

.csv, .tsv    lists as JSON, tags as words parted by blanks
.jsonl        one object a line, with every value as it was
.parquet      of a Parquet file all columns keep their types; of other files they are texts
CoNLL         each line as it was, and a further column with the predicted tag; only from CoNLL,
              of which a table has the words of each sentence in the column "tokens"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Protocol

from hamr.exports.predicted.source import Source
from hamr.files.cells import line_of, safe
from hamr.files.conll.reader import ENDINGS as CONLL
from hamr.files.conll.words import with_tags

Columns = dict[str, list[Any]]
TAGS, ENTITIES, ENTITY_REGIONS = "prediction", "entities", "entity_regions"
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


class Writer(Protocol):
    """Writes chunk after chunk."""

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """Append rows of the source, with their predictions."""

    def close(self) -> None:
        """End the file."""


def named_apart(new: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names of the new columns in a table that has columns of its own."""
    found: list[str] = []
    for name in new:
        own = name
        while own in taken or own in found:
            own += " (predicted)"
        found.append(own)
    return found


class DelimitedWriter:
    """CSV or TSV."""

    def __init__(self, file: BinaryIO, kept: Sequence[str], delimiter: str) -> None:
        self._file, self._kept, self._delimiter = file, kept, delimiter
        self._begun = False

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """See `Writer`."""
        if not self._begun:
            self._line([*self._kept, *named_apart(list(columns), self._kept)])
        new = zip(*columns.values(), strict=True)
        for own, more in zip(rows, new, strict=True):
            # Names of classes are made safe, as in every file that the program composes.
            added = (_cell(name, value) for name, value in zip(columns, more, strict=True))
            self._line([*map(_as_text, own), *map(safe, added)])

    def close(self) -> None:
        """See `Writer`."""

    def _line(self, cells: Sequence[str]) -> None:
        self._begun = True
        self._file.write(line_of(cells, self._delimiter).encode("utf-8"))


class JsonWriter:
    """JSON Lines."""

    def __init__(self, file: BinaryIO, kept: Sequence[str]) -> None:
        self._file, self._kept = file, kept

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """See `Writer`."""
        names = [*self._kept, *named_apart(list(columns), self._kept)]
        for own, more in zip(rows, zip(*columns.values(), strict=True), strict=True):
            row = dict(zip(names, [*own, *more], strict=True))
            text = json.dumps(row, ensure_ascii=False)
            self._file.write(text.encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """See `Writer`."""


class ConllWriter:
    """The lines of a CoNLL file with a further column."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """See `Writer`."""
        for sentence, tags in zip(rows, columns[TAGS], strict=True):
            self._file.write(with_tags(sentence, tags).encode("utf-8"))

    def close(self) -> None:
        """See `Writer`."""


class ParquetWriter:
    """Parquet; the columns that are kept are texts."""

    def __init__(self, file: BinaryIO, kept: Sequence[str], taken: Sequence[str] = ()) -> None:
        """`taken` are columns of the file that these will become a part of."""
        self._file, self._kept, self._taken = file, kept, taken or kept
        self._writer: Any = None

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """See `Writer`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {name: pa.string() for name in self._kept}
        names = named_apart(list(columns), self._taken)
        types |= {name: _type(old) for name, old in zip(names, columns, strict=True)}
        own = [[None if v is None else _as_text(v) for v in part] for part in zip(*rows)]  # noqa: B905
        values = [*(own or [[] for _ in self._kept]), *map(_arrow, columns, columns.values())]
        schema = pa.schema(list(types.items()))
        arrays = [pa.array(v, kind) for v, kind in zip(values, types.values(), strict=True)]
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, schema)
        self._writer.write_table(pa.table(arrays, schema=schema))

    def close(self) -> None:
        """See `Writer`."""
        if self._writer is not None:
            self._writer.close()


class WordsWriter:
    """The sentences of a CoNLL file as the rows of a table, whose one column has their words."""

    KEPT = ("tokens",)

    def __init__(self, table: Writer) -> None:
        """`table` is a writer of that column."""
        self._table = table

    def write(self, rows: Sequence[Any], columns: Columns) -> None:
        """See `Writer`."""
        self._table.write([[list(sentence.words)] for sentence in rows], columns)

    def close(self) -> None:
        """See `Writer`."""
        self._table.close()


def writer_of(ending: str, file: BinaryIO, source: Source) -> Writer:
    """The writer of a file with that ending."""
    if source.is_conll and ending not in TABLES:
        return ConllWriter(file)
    kept = WordsWriter.KEPT if source.is_conll else source.columns
    made: dict[str, Callable[[], Writer]] = {
        ".csv": lambda: DelimitedWriter(file, kept, ","),
        ".tsv": lambda: DelimitedWriter(file, kept, "\t"),
        ".jsonl": lambda: JsonWriter(file, kept),
        ".ndjson": lambda: JsonWriter(file, kept),
        ".parquet": lambda: ParquetWriter(file, kept),
    }
    return WordsWriter(made[ending]()) if source.is_conll else made[ending]()


def endings_of(source: Source) -> tuple[str, ...]:
    """The endings that a prediction of this source can be written to."""
    return (*CONLL, *TABLES) if source.is_conll else TABLES


def _cell(name: str, value: Any) -> str:
    if name == TAGS and isinstance(value, list):
        return " ".join(value)
    return _as_text(value)


def _as_text(value: Any) -> str:
    """A value as a cell: nothing for none, JSON for lists and objects."""
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _type(name: str) -> Any:
    """The type of a column of the predictions."""
    import pyarrow as pa

    number = ("probability", "second_probability", "third_probability", "unlike_training",
              "distance")  # fmt: skip
    if name in number:
        return pa.float64()
    if name == "unlike_anything_seen":
        return pa.bool_()
    if name == ENTITIES:
        entity = [("start", pa.int32()), ("end", pa.int32()), ("type", pa.string())]
        return pa.list_(pa.struct(entity))
    if name == ENTITY_REGIONS:
        return pa.list_(pa.string())
    return pa.string()


def _arrow(name: str, values: list[Any]) -> list[Any]:
    """The values of a column of the predictions as Parquet has them."""
    if name == ENTITIES:
        keys = ("start", "end", "type")
        return [[dict(zip(keys, one, strict=True)) for one in row] for row in values]
    if name == ENTITY_REGIONS:
        return values
    return [" ".join(v) if isinstance(v, list) else v for v in values]
