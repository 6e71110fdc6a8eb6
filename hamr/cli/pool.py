"""`pool`: unlabelled rows of a run's data: attach, list, remove, rank and label them."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from hamr.acquisition import default_of, strategy_of
from hamr.cli.export import target_of
from hamr.cli.merge import answers_in, as_decisions
from hamr.cli.progress import ProgressBar
from hamr.cli.terminal import message, print_table, say
from hamr.decisions import Attachment
from hamr.errors import DataError, DecisionError, SettingError, StoreError
from hamr.files.cells import safe
from hamr.files.door import as_path
from hamr.files.reading import open_file
from hamr.jobs.pool import attach_file, log_of
from hamr.store import Decisions, Run, Store
from hamr.store.pools import Pool, labels_given, put_back, remove
from hamr.tasks import features

COLUMNS = ("id", "text", "label", "prediction")  # and a measure, and the strategy


def pool(arguments: argparse.Namespace) -> int:
    """Do what was asked; the exit code."""
    store = Store.open(arguments.home)
    return _DO[arguments.what](arguments, store, store.run(arguments.run))


def _add(arguments: argparse.Namespace, store: Store, run: Run) -> int:
    """Attach the rows of a file."""
    found = attach_file(store, run.info, arguments.data, arguments.annotator, arguments.text_column)
    said = {
        "run": run.id,
        "rows": found.rows,
        "left_out": dict(found.left_out),
        "column": found.column,
    }
    say(found.in_words())
    if found.rows:
        say(f"Next: hamr pool rank {run.id[:8]} --to FILE writes which to label first")
    if arguments.json:
        print(json.dumps(said))
    return 0


def _list(arguments: argparse.Namespace, store: Store, run: Run) -> int:
    """Show what was attached, by whom, and how many rows have a label."""
    decisions = log_of(store, run.info)
    own, waiting = Pool(decisions), Pool(decisions).waiting()
    parts = [
        {
            "key": part.key, "name": part.name, "rows": part.rows,
            "waiting": int(waiting[own.starts[at] : own.starts[at + 1]].sum()),
            "annotator": part.annotator, "time": part.time.isoformat(timespec="seconds"),
            "left_out": dict(part.left_out),
        }
        for at, part in enumerate(own.parts)
    ]  # fmt: skip
    labelled = len(decisions.corrections().added)
    if arguments.json:
        print(json.dumps({"run": run.id, "labelled": labelled, "attached": parts}))
        return 0
    if not parts:
        print(message(f"No unlabelled rows are attached. Attach a file: hamr pool add {run.id[:8]} "
                      "--data FILE --annotator NAME"))  # fmt: skip
        return 0
    head = ("key", "rows", "waiting", "name", "annotator", "time")
    print_table(
        head,
        ([one[name] for name in head] for one in parts),
        left=("key", "name", "annotator", "time"),
    )
    print(f"{labelled:,} of {len(own):,} rows have a label")
    return 0


def _remove(arguments: argparse.Namespace, store: Store, run: Run) -> int:
    """Remove an attachment, or put it back; labels that were given stay."""
    decisions = log_of(store, run.info)
    part = _attachment(decisions, arguments.attachment, removed=arguments.undo)
    turn = put_back if arguments.undo else remove
    labels = labels_given(decisions, part.key)
    turn(decisions, part.key, arguments.annotator)
    rows = "1 unlabelled row" if part.rows == 1 else f"{part.rows:,} unlabelled rows"
    given = (
        "1 label given to them stays" if labels == 1 else f"{labels:,} labels given to them stay"
    )
    if arguments.undo:
        say(f"{rows} of {part.name} put back")
    else:
        say(f"{rows} of {part.name} removed; {given} with the data. To put them "
            f"back: hamr pool remove {run.id[:8]} {part.key} --undo --annotator NAME")  # fmt: skip
    if arguments.json:
        print(json.dumps({"run": run.id, "key": part.key, "rows": part.rows, "labels": labels,
                          "removed": not arguments.undo}))  # fmt: skip
    return 0


def _attachment(decisions: Decisions, asked: str, *, removed: bool) -> Attachment:
    """The attachment of that key, or file name. Raises StoreError unless it is exactly one."""
    known = [one for one in decisions.attachments.values() if one.removed == removed]
    found = [one for one in known if one.key == asked] or [
        one for one in known if one.name == asked
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{one.key} ({one.name})" for one in found or known) or "none"
    state = "removed" if removed else "attached"
    many = f"{len(found)} attachments are called" if found else "no attachment is called"
    raise StoreError(f"{many} {asked!r}: give the key of one that is {state}, here {there}")


def _rank(arguments: argparse.Namespace, store: Store, run: Run) -> int:
    """Write the rows that a strategy labels first."""
    from hamr.jobs.pool_ranked import measure_of, ranked
    from hamr.jobs.pool_scores import score_pool
    from hamr.views.base.reviewed import called_now

    if arguments.top < 1:
        raise SettingError(f"--top must be 1 or more, got {arguments.top}", field="top")
    decisions, sentences = log_of(store, run.info), features(run.info.task).entities
    chosen = strategy_of(arguments.strategy or default_of(sentences=sentences), sentences=sentences)
    if not len(Pool(decisions)):
        raise StoreError(
            f"no unlabelled rows are attached to the data of {run.info.name!r}: attach a file with "
            "hamr pool add",
            field="run",
        )
    _check_target(arguments, decisions)
    with ProgressBar(every=10) as bar:
        score_pool(
            run, report=lambda done, count: bar.move("scoring the unlabelled rows", done, count)
        )
    called = called_now(decisions, run)
    found = ranked(run, chosen.name, arguments.top, seed=arguments.seed, called=called)
    lines = (
        (one.row_id, one.text, "", one.prediction, f"{one.measure:.4f}", chosen.name)
        for one in found
    )
    _write(arguments, (*COLUMNS, measure_of(run), "strategy"), lines)
    if arguments.to != "-":
        say(f"{len(found):,} rows written to {arguments.to}: fill in the column label, then "
            f"hamr pool label {run.id[:8]} --from {arguments.to} --annotator NAME")  # fmt: skip
    return 0


def _check_target(arguments: argparse.Namespace, decisions: Decisions) -> None:
    """Refuse a file that somebody has filled in, as long as its labels are not recorded."""
    if arguments.to == "-" or not target_of(arguments).is_file():
        return
    try:
        reader = open_file(arguments.to)
        if not {"id", "label", "strategy"} <= set(reader.columns()):
            return
        filled, faults = answers_in(
            as_path(arguments.to), decisions, new_classes=True, skip_blank=True
        )
    except DataError:  # none that `rank` wrote
        return
    states = decisions.states()
    given = {row: {one.label for one in state.judgements} for row, state in states.items()}
    lost = len(faults) + sum(one.label not in given.get(one.row_id, ()) for one in filled)
    if lost:
        labels = "1 label that is" if lost == 1 else f"{lost:,} labels that are"
        them = "it" if lost == 1 else "them"
        raise SettingError(
            f"--to: {arguments.to} has {labels} not recorded yet: record {them} with "
            f"hamr pool label {arguments.run} --from {arguments.to}, or write to another file",
            field="to",
        )


def _write(
    arguments: argparse.Namespace, columns: Sequence[str], lines: Iterator[Sequence[str]]
) -> None:
    jsonl = arguments.to.lower().endswith(".jsonl")
    with _opened(arguments) as file:
        if jsonl:
            file.writelines(
                json.dumps(dict(zip(columns, line, strict=True)), ensure_ascii=False) + "\n"
                for line in lines
            )
            return
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows([safe(cell) for cell in line] for line in lines)


@contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[IO[str]]:
    if arguments.to == "-":
        yield sys.stdout
        return
    with target_of(arguments).open("w", encoding="utf-8", newline="") as file:
        yield file


def _label(arguments: argparse.Namespace, store: Store, run: Run) -> int:
    """Record the labels in a file that `rank` wrote; importing it twice adds nothing."""
    known, path = log_of(store, run.info), as_path(arguments.source)
    answers, faults = answers_in(path, known, new_classes=arguments.new_classes, skip_blank=True)
    for fault in faults:
        say(fault)
    if faults:
        lines = "1 line does" if len(faults) == 1 else f"{len(faults):,} lines do"
        raise DecisionError(
            f"{lines} not fit, so nothing is recorded: correct {path.name}", field="from"
        )
    sent = as_decisions(path, answers, known, arguments.annotator, run.id, arguments.new_classes)
    strategies = _strategies(path)
    before = known.version
    recorded = known.record(
        [
            replace(one, evidence={**(one.evidence or {}), "strategy": strategies[one.row_id]})
            if one.row_id in strategies
            else one
            for one in sent
        ]
    )
    fresh = sum(answer.version > before for answer in recorded)
    labels = "1 label" if fresh == 1 else f"{fresh:,} labels"
    say(f"{labels} recorded, {len(recorded) - fresh:,} already known; the next run that is "
        "trained on current labels has them: hamr train --labels current, with --data "
        f"and columns as for {run.info.name!r}")  # fmt: skip
    if arguments.json:
        print(json.dumps({"run": run.id, "recorded": fresh, "known": len(recorded) - fresh}))
    return 0


def _strategies(path: Path) -> Mapping[str, Any]:
    """The strategy that each row of the file was chosen by, where it has the column."""
    reader = open_file(str(path))
    if not {"id", "strategy"} <= set(reader.columns()):
        return {}
    rows = reader.rows(["id", "strategy"])
    return {str(row_id): str(strategy) for _, (row_id, strategy) in rows if strategy}


_DO = {"add": _add, "list": _list, "remove": _remove, "rank": _rank, "label": _label}
