"""`export`: a run's rows with every signal, its epochs with every score, the steps that it keeps
whole, predictions, data, and the model.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from hamr.cli import classified, data, tagged
from hamr.cli.hardness import say_of_hardness
from hamr.cli.model import write_model
from hamr.cli.row_columns import row_columns
from hamr.cli.steps import step_table
from hamr.cli.terminal import say
from hamr.columns import apart
from hamr.entities import ERROR_KINDS
from hamr.errors import DamagedError, SettingError, StoreError
from hamr.files.cells import table_text
from hamr.records import LATER_SIGNALS, ROW_SIGNALS
from hamr.store import Run, Store
from hamr.tasks import features
from hamr.views.base.regions import prepare

if TYPE_CHECKING:
    import pandas as pd


def export(arguments: argparse.Namespace) -> int:
    """Write what was asked for and print where; returns the exit code."""
    target = target_of(arguments)
    _check_flags(arguments)
    run = Store.open(arguments.home).run(arguments.run)
    writers = {"predictions": _predictions, "data": _data, "model": write_model}
    write = writers.get(arguments.what, _table)
    for line in write(arguments, run, target):
        say(line)
    return 0


def target_of(arguments: argparse.Namespace) -> Path:
    """The path that --to names. Raises SettingError if its folder does not exist."""
    target = Path(arguments.to).expanduser()
    if not target.parent.is_dir():
        raise SettingError(f"--to: the folder {target.parent} does not exist", field="to")
    return target


def _check_flags(arguments: argparse.Namespace) -> None:
    if arguments.split is not None and arguments.what in ("rows", "epochs", "steps", "model"):
        raise SettingError(
            f"--split belongs to predictions and data, not to {arguments.what}: leave it out",
            field="split",
        )
    if arguments.format is not None and arguments.what != "model":
        raise SettingError(
            f"--format belongs to the model, not to {arguments.what}: leave it out", field="format"
        )


def _table(arguments: argparse.Namespace, run: Run, target: Path) -> Iterator[str]:
    """Write rows, epochs or steps."""
    if target.suffix.lower() not in (".parquet", ".csv"):
        raise SettingError(f"--to must end in .parquet or .csv, got {arguments.to!r}", field="to")
    if arguments.what == "steps":
        wanted = arguments.epoch
        table = step_table(run, None if wanted is None else epoch_of(run, wanted))
    elif arguments.what == "rows":
        with suppress(StoreError):  # without embeddings these cells are empty
            prepare(run)
        table = row_table(run, epoch := epoch_of(run, arguments.epoch))
        say_of_hardness(run, epoch)
    else:
        table = epoch_table(run)
    write(table, target)
    what = "draws of kept steps" if arguments.what == "steps" else arguments.what
    yield f"{len(table)} {what} of {run.info.name!r} written to {target}"


def _predictions(arguments: argparse.Namespace, run: Run, target: Path) -> Iterator[str]:
    """Write the predicted entities of a split, or the predicted classes of the test rows."""
    split, ending = arguments.split or "test", target.suffix.lower()
    if features(run.info.task).entities:
        tagged.check_target(target, split)
        text = tagged.predicted(run, split, ending)
    else:
        classified.check_target(run, target, split)
        text = classified.predicted(run, ending)
    write_text(target, text)
    yield f"the {split} predictions of {run.info.name!r} written to {target}"


def _data(arguments: argparse.Namespace, run: Run, target: Path) -> Iterator[str]:
    """Write the data set as it was read, with the labels that people decided on."""
    if arguments.to.endswith("/") and not target.exists():
        _make(target)
    # All of it is composed before the first file is written, so that no error leaves half of them.
    for place, put, said in list(data.puts(run, arguments.split, target)):
        write_whole(place, put)
        yield said


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise StoreError(
            f"the folder {folder} can't be made ({error.strerror}): choose another place",
            field="to",
        ) from error


def row_table(run: Run, epoch: int) -> pd.DataFrame:
    """One line per training row: id, text, label, metadata, every signal of that epoch, and what
    `row_columns` says of it.

    For a token run also the kinds of the row's mistakes, by name, separated by commas.
    """
    table = run.rows("train").frame(np.arange(run.info.train_rows)).drop(columns="row")
    for name in ROW_SIGNALS:
        try:
            table[name] = run.signal(name, epoch)
        except DamagedError:
            raise
        except StoreError:
            if name not in LATER_SIGNALS:
                raise
    classes = np.array(run.classes, dtype=object)
    table["prediction"] = classes[table["prediction"]]
    if features(run.info.task).mistake_kinds:
        table["errors"] = [_named(bits) for bits in run.signal("errors", epoch).tolist()]
    for name, values in row_columns(run, epoch).items():
        table[name] = values
    table.insert(0, "epoch", epoch)
    for name, own in apart(run.rows("train").metadata_names, table.columns).items():
        table[own] = list(run.rows("train").metadata(name))
    return table


def _named(bits: int) -> str:
    return ", ".join(name for bit, name in ERROR_KINDS.items() if bits & bit)


def epoch_table(run: Run) -> pd.DataFrame:
    """One line per epoch: the scalars, and F1 of every class on validation."""
    import pandas as pd

    table = pd.DataFrame(run.scalars())
    f1 = [run.array("f1", epoch) for epoch in run.epochs()]
    for place, name in enumerate(run.info.scored):
        table[f"f1 {name}"] = [scores[place] for scores in f1]
    return table


def write(table: pd.DataFrame, target: Path) -> None:
    """Write a .csv or .parquet file whole or not at all. Raises StoreError if that fails."""
    if target.suffix.lower() == ".csv":
        write_text(target, table_text(table))
    else:
        write_whole(target, lambda path: table.to_parquet(path, index=False))


def write_text(target: Path, text: str) -> None:
    write_whole(target, lambda path: path.write_bytes(text.encode()))


def write_whole(target: Path, put: Callable[[Path], object]) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        put(part)
        part.replace(target)
    except OSError as error:
        raise StoreError(
            f"{target} can't be written ({error.strerror}): choose another place or make room",
            field="to",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def epoch_of(run: Run, wanted: int | Literal["best"] | None) -> int:
    """The epoch that --epoch names, else the last. Raises SettingError for one not recorded."""
    epochs = run.epochs()
    if wanted == "best":
        wanted = run.info.best_epoch
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
