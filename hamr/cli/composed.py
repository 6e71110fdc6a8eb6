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
    rows = list(_rows(run, splits, current))
    if ending == ".csv":
        text = csv_text(COLUMNS, rows)
    elif ending == ".jsonl":
        objects = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects)
    elif ending == ".parquet":
        return lambda path: _frame(rows).to_parquet(path, index=False)
    else:
        raise SettingError(
            f"--to must end in .csv, .jsonl or .parquet for the data of {run.info.name!r}, which "
            f"are texts that were not read from a file, got {ending!r}",
            field="to",
        )
    return lambda path: path.write_bytes(text.encode())


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
