"""Rows that were not read from a file (built-in or hub rows), as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from hamr.columns import apart
from hamr.data import csv_text
from hamr.decisions import CurrentLabels, Label
from hamr.errors import SettingError
from hamr.records import Split
from hamr.store import Run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("id", "split", "text", "label")


def put(
    run: Run, splits: Sequence[Split], ending: str, current: CurrentLabels
) -> Callable[[Path], object]:
    """How the rows are written, with their current labels."""
    if ending == ".parquet":
        header, rows = _header(run), list(_rows(run, splits, current))
        return lambda path: _frame(header, rows).to_parquet(path, index=False)
    own = text(run, splits, ending, current)
    return lambda path: path.write_bytes(own.encode())


def text(run: Run, splits: Sequence[Split], ending: str, current: CurrentLabels) -> str:
    """The text of a .csv or .jsonl file of the rows. Raises SettingError for another ending."""
    header, rows = _header(run), _rows(run, splits, current)
    if ending == ".csv":
        return csv_text(header, rows)
    if ending == ".jsonl":
        objects = (dict(zip(header, row, strict=True)) for row in rows)
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects)
    raise SettingError(
        f"the data of {run.info.name!r} are texts that were not read from a file, so they are "
        f"written to a .csv, .jsonl or .parquet file, got {ending!r}",
        field="to",
    )


def _header(run: Run) -> list[str]:
    """The columns that all rows have, and those of metadata."""
    return [*COLUMNS, *apart(run.rows("train").metadata_names, COLUMNS).values()]


def _rows(
    run: Run, splits: Sequence[Split], current: CurrentLabels
) -> Iterator[tuple[str | Label | None, ...]]:
    """The rows by the columns of the header."""
    classes = run.classes
    for split in splits:
        rows = run.rows(split).rows()
        own = dict(zip(rows.ids, (classes[label] for label in rows.labels), strict=True))
        more = zip(*rows.metadata.values(), strict=True) if rows.metadata else repeat(())
        for row_id, text, about in zip(rows.ids, rows.texts, more, strict=False):
            yield row_id, split, text, current.label(row_id, own.__getitem__), *about


def _frame(header: list[str], rows: list[tuple[str | Label | None, ...]]) -> pd.DataFrame:
    import pandas as pd  # slow to load

    return pd.DataFrame(rows, columns=header)
