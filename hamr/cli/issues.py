"""`issues`: the likely label errors of a run, in the order of Relabel."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from hamr.cli.data import spare_sources
from hamr.cli.export import epoch_of, target_of, write_whole
from hamr.cli.hardness import say_of_hardness
from hamr.cli.issue_formats import CLEANLAB, argilla_records, cleanlab_rows
from hamr.cli.terminal import print_table, say, shown
from hamr.data import csv_text
from hamr.errors import SettingError
from hamr.records import SPLITS, Split
from hamr.store import Store
from hamr.views.relabel.issue_list import CHUNK, COLUMNS, Estimate, IssueList, check_column

STREAM = "-"  # --to: standard output
TABLES = ("csv", "jsonl")
FORMATS = (*TABLES, "cleanlab", "argilla")
SHOWN, TEXT = 20, 60  # rows in the table, and characters of their texts

Rows = Iterable[Sequence[Any]]


def issues(arguments: argparse.Namespace) -> int:
    """Write the list or print its top; returns the exit code."""
    target, split = _target(arguments), _split(arguments.split)
    run = Store.open(arguments.home).run(arguments.run)
    epoch = epoch_of(run, arguments.epoch)
    if isinstance(target, Path):
        spare_sources(run, [target])
    if arguments.by is not None:
        check_column(run, arguments.by)
    say_of_hardness(run, epoch)
    found = IssueList.of(run, epoch, current=arguments.current_labels)
    if found.why_none:
        say(f"Sorted by {found.queue.score_is}, labels are not scored: {found.why_none}")
    estimate = found.estimate(split)
    if estimate is not None:
        say(estimate.in_words())
    if arguments.by is not None:
        return _by_column(arguments, found, target)
    order = found.order(split)
    if target is None and not arguments.json:
        _print(found, order)
    elif target is not None:
        _pour_into(target, _pieces(found, order, _format(arguments)))
    if isinstance(target, Path):
        say(f"{len(order):,} rows of {run.info.name!r} at epoch {epoch} written to {target}")
    if arguments.json:
        about = {"run": run.id, "epoch": epoch, "split": split, "rows": len(order)}
        _say_json({**about, **_as_json(found, estimate)}, target)
    return 0


def _target(arguments: argparse.Namespace) -> Path | str | None:
    """Where the list goes: a file, STREAM or, without --to, nowhere."""
    if arguments.to is None or arguments.to == STREAM:
        return str(arguments.to) if arguments.to else None
    target = target_of(arguments)
    if target.is_dir():
        raise SettingError(f"--to is the folder {target}: name a file in it", field="to")
    _format(arguments)
    return target


def _format(arguments: argparse.Namespace) -> str:
    """One of FORMATS, by --format or by the file's ending. Raises SettingError for another one."""
    ending = "" if arguments.to == STREAM else Path(arguments.to).suffix.lower().removeprefix(".")
    if arguments.format is not None:
        return str(arguments.format)
    if arguments.to == STREAM:
        return TABLES[0]
    if ending not in TABLES:
        raise SettingError(f"--to must end in .csv or .jsonl, got {arguments.to!r}", field="to")
    return ending


def _split(name: str | None) -> Split | None:
    found = next((known for known in SPLITS if known == name), None)
    if found is None and name is not None:
        raise SettingError(
            f"--split must be train, validation or test, got {name!r}: leave it out for all rows",
            field="split",
        )
    return found


def _pieces(found: IssueList, order: Any, form: str) -> Iterator[str]:
    """The text of the list in a format, by pieces."""
    if form == "argilla":
        return argilla_records(found, order)
    if form == "cleanlab":
        return _csv(CLEANLAB, cleanlab_rows(found, order))
    return _table(form, COLUMNS, (line.cells() for line in found.lines(order)))


def _table(form: str, columns: Sequence[str], rows: Rows) -> Iterator[str]:
    return (_csv if form == "csv" else _jsonl)(columns, rows)


def _pour_into(target: Path | str, pieces: Iterator[str]) -> None:
    """Write to a file, whole or not at all, or to standard output as it is made."""
    if isinstance(target, Path):
        write_whole(target, partial(_put, pieces))
        return
    sys.stdout.flush()
    _pour(pieces, sys.stdout.buffer.write)
    sys.stdout.buffer.flush()


def _put(pieces: Iterator[str], path: Path) -> None:
    with path.open("wb") as file:
        _pour(pieces, file.write)


def _pour(pieces: Iterator[str], write: Callable[[bytes], object]) -> None:
    for piece in pieces:
        write(piece.encode())


def _csv(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """A CSV file by pieces; lists are written as JSON, which `decisions import` reads."""
    cells = chain([columns], ([_cell(value) for value in row] for row in rows))
    while piece := [*islice(cells, CHUNK)]:
        yield csv_text(piece[0], piece[1:])


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _jsonl(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    for row in rows:
        yield json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n"


def _print(found: IssueList, order: Any) -> None:
    """The top of the list."""
    head = ("p(error)", "id", "label", "suggested", "issue", "text")
    lines = (
        (
            "" if line.p_label_error is None else f"{line.p_label_error:.2f}",
            line.id,
            shown(_words(line.label), TEXT),
            shown(_words(line.suggested_label), TEXT),
            line.issue,
            shown(line.text, TEXT),
        )
        for line in found.lines(order[:SHOWN])
    )
    print_table(head, lines, left=head[1:])
    if len(order) > SHOWN:
        print(f"\n{len(order) - SHOWN:,} more rows: write all of them with --to FILE")


def _words(label: str | list[str] | None) -> str:
    return " ".join(label) if isinstance(label, list) else label or ""


def _by_column(arguments: argparse.Namespace, found: IssueList, target: Path | str | None) -> int:
    """Label errors by the values of a column, as *Errors by column* shows them."""
    frame = found.by_column(arguments.by)
    rows = [[_plain(value) for value in row] for row in frame.itertuples(index=False)]
    columns = [*frame.columns]
    if target is not None:
        if _format(arguments) not in TABLES:
            raise SettingError("--format must be csv or jsonl with --by", field="format")
        _pour_into(target, _table(_format(arguments), columns, rows))
    if isinstance(target, Path):
        say(f"{len(rows):,} values of {arguments.by!r} written to {target}")
    elif target is None and not arguments.json:
        print_table(columns, ([_shown(value) for value in row] for row in rows), left=columns[:1])
    if arguments.json:
        whole = {"run": found.run.id, "epoch": found.epoch, "column": arguments.by}
        named = [dict(zip(["value", *columns[1:]], row, strict=True)) for row in rows]
        _say_json({**whole, "values": named}, target)
    return 0


def _plain(value: Any) -> Any:
    """A number of numpy as Python's, shares with four digits."""
    value = value.item() if hasattr(value, "item") else value
    return round(value, 4) if isinstance(value, float) else value


def _shown(value: Any) -> str:
    return f"{100 * value:.1f} %" if isinstance(value, float) else f"{value:,}" if isinstance(
        value, int) else str(value)  # fmt: skip


def _as_json(found: IssueList, estimate: Estimate | None) -> dict[str, Any]:
    known = None
    if estimate is not None:
        known = {"estimate": estimate.errors, "low": estimate.low, "high": estimate.high}
    return {
        "label_errors": known,
        "reviewed": None if estimate is None else estimate.reviewed,
        "errors_found": None if estimate is None else estimate.found,
        "sorted_by": found.queue.score_is,
        "not_scored": found.why_none or None,
    }


def _say_json(whole: dict[str, Any], target: Path | str | None) -> None:
    """As the last line of standard output; of standard error where that has the list itself."""
    print(json.dumps(whole), file=sys.stderr if target == STREAM else sys.stdout, flush=True)
