"""Rows that were not read from a file (built-in or hub rows), as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
        rows = list(_rows(run, splits, current))
        return lambda path: _frame(rows).to_parquet(path, index=False)
    own = text(run, splits, ending, current)
    return lambda path: path.write_bytes(own.encode())


def text(run: Run, splits: Sequence[Split], ending: str, current: CurrentLabels) -> str:
    """The text of a .csv or .jsonl file of the rows. Raises SettingError for another ending."""
    rows = _rows(run, splits, current)
    if ending == ".csv":
        return csv_text(COLUMNS, rows)
    if ending == ".jsonl":
        objects = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects)
    raise SettingError(
        f"the data of {run.info.name!r} are texts that were not read from a file, so they are "
        f"written to a .csv, .jsonl or .parquet file, got {ending!r}",
        field="to",
    )


def _rows(
    run: Run, splits: Sequence[Split], current: CurrentLabels
) -> Iterator[tuple[str, str, str, Label]]:
    classes = run.classes
    for split in splits:
        rows = run.rows(split).rows()
        own = dict(zip(rows.ids, (classes[label] for label in rows.labels), strict=True))
        for row_id, text in zip(rows.ids, rows.texts, strict=True):
            yield row_id, split, text, current.label(row_id, own.__getitem__)


def _frame(rows: Sequence[tuple[str, str, str, Label]]) -> pd.DataFrame:
    import pandas as pd  # slow to load

    return pd.DataFrame(rows, columns=list(COLUMNS))
