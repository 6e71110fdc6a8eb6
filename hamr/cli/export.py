"""`export`: a run's rows with every signal, or its epochs with every score, as a table."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hamr.cli.tagged import check_target, predicted
from hamr.errors import SettingError, StoreError
from hamr.records import ROW_SIGNALS
from hamr.store import Run, Store

if TYPE_CHECKING:
    import pandas as pd


def export(arguments: argparse.Namespace) -> int:
    """Writes the table and says where; the exit code."""
    target = Path(arguments.to).expanduser()
    if arguments.what == "predictions":
        return _export_predictions(arguments, target)
    if target.suffix.lower() not in (".parquet", ".csv"):
        raise SettingError(f"--to must end in .parquet or .csv, got {arguments.to!r}", field="to")
    if not target.parent.is_dir():
        raise SettingError(f"--to names the folder {target.parent}, which is not there", field="to")
    run = Store.open(arguments.home).run(arguments.run)
    if arguments.what == "rows":
        table = row_table(run, _epoch(run, arguments.epoch))
    else:
        table = epoch_table(run)
    write(table, target)
    print(
        f"{len(table)} {arguments.what} of {run.info.name!r} written to {target}", file=sys.stderr
    )
    return 0


def _export_predictions(arguments: argparse.Namespace, target: Path) -> int:
    """Writes the predicted entities of a split; the exit code."""
    if not target.parent.is_dir():
        raise SettingError(f"--to names the folder {target.parent}, which is not there", field="to")
    run = Store.open(arguments.home).run(arguments.run)
    check_target(run, target, arguments.split)
    text = predicted(run, arguments.split, target.suffix.lower())
    _write_whole(target, lambda beside: beside.write_bytes(text.encode()))
    print(
        f"the {arguments.split} predictions of {run.info.name!r} written to {target}",
        file=sys.stderr,
    )
    return 0


def row_table(run: Run, epoch: int) -> pd.DataFrame:
    """One line per training row: id, text, label, and every signal after that epoch."""
    table = run.rows("train").frame(np.arange(run.info.train_rows)).drop(columns="row")
    for name in ROW_SIGNALS:
        table[name] = run.signal(name, epoch)
    classes = np.array(run.classes, dtype=object)
    table["prediction"] = classes[table["prediction"]]
    table.insert(0, "epoch", epoch)
    return table


def epoch_table(run: Run) -> pd.DataFrame:
    """One line per epoch: the scalars, and F1 of every class on validation."""
    import pandas as pd

    table = pd.DataFrame(run.scalars())
    f1 = [run.array("f1", epoch) for epoch in run.epochs()]
    for place, name in enumerate(run.classes):
        table[f"f1 {name}"] = [scores[place] for scores in f1]
    return table


def write(table: pd.DataFrame, target: Path) -> None:
    """Writes a .csv or .parquet file whole or not at all. Raises StoreError if it can't."""
    if target.suffix.lower() == ".csv":
        _write_whole(target, lambda beside: table.to_csv(beside, index=False))
    else:
        _write_whole(target, lambda beside: table.to_parquet(beside, index=False))


def _write_whole(target: Path, put: Callable[[Path], object]) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        put(beside)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(
            f"{target} can't be written ({error.strerror}): choose another place or make room",
            field="to",
        ) from error


def _epoch(run: Run, wanted: int | None) -> int:
    epochs = run.epochs()
    if not epochs:
        raise StoreError(
            f"{run.info.name!r} has no recorded epoch yet: wait for the first or resume it",
            field="run",
        )
    if wanted is not None and wanted not in epochs:
        raise SettingError(
            f"--epoch must be one of the recorded epochs {epochs[0]} to {epochs[-1]}, got {wanted}",
            field="epoch",
        )
    return epochs[-1] if wanted is None else wanted
