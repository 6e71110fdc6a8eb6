"""A Parquet file with further columns, batch by batch; all values keep their types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hamr.errors import DataError

BATCH = 4096  # rows


def join(source: Path, columns: Path, target: Path) -> None:
    """Write `source` with the columns of another Parquet file, which has as many rows.

    Raises DataError where it has not, or `source` can't be read.
    """
    with pq.ParquetFile(source) as old, pq.ParquetFile(columns) as new:
        if old.metadata.num_rows != new.metadata.num_rows:
            raise DataError(
                f"{source.name} has {old.metadata.num_rows:,} rows now, and had "
                f"{new.metadata.num_rows:,} when they were predicted: predict it again"
            )
        own, more = old.schema_arrow, new.schema_arrow
        schema = pa.schema([*own, *more], metadata=own.metadata)
        rest = _Rows(new.iter_batches(batch_size=BATCH))
        with pq.ParquetWriter(target, schema) as writer:
            for batch in old.iter_batches(batch_size=BATCH):
                table = pa.Table.from_batches([batch], own)
                for name, column in zip(more.names, rest.take(len(batch)).columns, strict=True):
                    table = table.append_column(more.field(name), column)
                writer.write_table(table.cast(schema))


class _Rows:
    """Batches, of which as many rows are taken as are asked for."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches, self._held = batches, None

    def take(self, count: int) -> pa.Table:
        """The next rows."""
        while self._held is None or len(self._held) < count:
            more = pa.Table.from_batches([next(self._batches)])
            self._held = more if self._held is None else pa.concat_tables([self._held, more])
        found, self._held = self._held.slice(0, count), self._held.slice(count)
        return found
