"""`decisions`: what people decided on a run's rows, shown, written out and taken in."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hamr.cli import audit
from hamr.cli.export import target_of, write_whole
from hamr.cli.merge import answers_in, as_decisions
from hamr.cli.replay import Replay, Replayed, is_export
from hamr.cli.terminal import print_table, say, shown
from hamr.decisions import in_words
from hamr.errors import DecisionError, SettingError, StoreError
from hamr.files.door import as_path
from hamr.files.reading import open_file
from hamr.store import Decisions, Run, Store

COUNTS = ("accepted", "changed", "unsure", "skipped", "resolved")


def decisions(arguments: argparse.Namespace) -> int:
    """One of the three; the exit code."""
    run = Store.open(arguments.home).run(arguments.run)
    if run.info.judged is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    known = run.store.decisions(run.info.judged)
    do = {"import": _import, "export": _export, "show": _show}[arguments.what]
    return do(arguments, run, known)


def _export(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Writes all events to a CSV file."""
    target = target_of(arguments)
    if target.suffix.lower() != ".csv":
        raise SettingError(f"--to must end in .csv, got {arguments.to!r}", field="to")
    text = audit.text(known)
    write_whole(target, lambda beside: beside.write_bytes(text.encode()))
    say(f"the decisions on the rows of {run.info.name!r} written to {target}")
    return 0


def _import(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Takes in decisions that were made elsewhere; each file counts once."""
    path = as_path(arguments.source)
    taken = _replayed(arguments, path, run, known) or _answered(arguments, path, run, known)
    faults = [sentence for _, sentence in taken.faults]
    for fault in faults if arguments.skip_bad else ():
        print(f"left out: {fault}", file=sys.stderr)
    if faults and not arguments.skip_bad:
        for fault in faults:
            print(fault, file=sys.stderr)
        count = "1 line does" if len(faults) == 1 else f"{len(faults):,} lines do"
        raise DecisionError(
            f"{count} not fit, so nothing is imported: correct {path.name}, or leave such lines "
            "out with --skip-bad",
            field="from",
        )
    if taken.conflicts:
        many = "1 row" if taken.conflicts == 1 else f"{taken.conflicts:,} rows"
        print(
            f"left out, because annotators differ on them: {many}. Leave out --annotator to "
            "import what each of them said",
            file=sys.stderr,
        )
    before = known.version
    recorded = known.record(taken.decisions)
    fresh = [answer for answer in recorded if answer.version > before]
    found = {
        "recorded": len(fresh),
        "known": taken.known + len(recorded) - len(fresh),
        "left_out": len(faults),
        "conflicts": sum(answer.state.conflict for answer in fresh),
        "version": known.version,
    }
    print(
        f"{found['recorded']:,} decisions recorded, {found['known']:,} known already, "
        f"{found['left_out']:,} left out, {found['conflicts']:,} in conflict with others",
        file=sys.stderr,
    )
    if arguments.json:
        print(json.dumps(found))
    return 0


def _replayed(
    arguments: argparse.Namespace, path: Path, run: Run, known: Decisions
) -> Replayed | None:
    """What a file of `decisions export` holds; None if it is none."""
    reader = open_file(str(path))
    if not is_export(reader.columns()):
        return None
    return Replay(
        reader, path, known, arguments.annotator, run.id, new_classes=arguments.new_classes
    ).decisions()


def _answered(arguments: argparse.Namespace, path: Path, run: Run, known: Decisions) -> Replayed:
    """What a file of ids and labels holds."""
    who, new_classes = arguments.annotator, arguments.new_classes
    if who is None:
        raise SettingError(
            f"--annotator is missing: say who gave the answers in {path.name}", field="annotator"
        )
    answers, faults = answers_in(path, known, new_classes=new_classes)
    sent = as_decisions(path, answers, known, who, run.id, new_classes)
    return Replayed(decisions=sent, faults=list(enumerate(faults)))


def _show(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Prints who decided how much, where they differ and how far they agree."""
    found = summary(known)
    if arguments.json:
        print(json.dumps({"run": run.id, **found}))
        return 0
    print(f"{shown(run.info.name)}: {found['events']:,} events, version {found['version']}")
    print(f"{found['corrected']:,} labels corrected, {len(found['conflicts']):,} in conflict")
    if found["annotators"]:
        print()
        columns = (*COUNTS, "annotator")
        rows = ([who[column] for column in columns] for who in found["annotators"])
        print_table(columns, rows, left=("annotator",))
    for pair in found["pairs"]:
        print(
            f"\nCohen's kappa of {shown(pair['first'])} and {shown(pair['second'])}: "
            f"{_kappa(pair['kappa'])} "
            f"({pair['same']} of {pair['rows']} rows the same)"
        )
    if found["pairs"]:
        print(f"Fleiss' kappa of all: {_kappa(found['fleiss'])} ({found['shared_rows']} rows)")
    for row in found["conflicts"]:
        labels = "; ".join(f"{shown(by)}: {shown(name)}" for by, name in row["labels"].items())
        print(f"\nconflict on {shown(row['row'])}: {labels}")
    return 0


def summary(known: Decisions) -> dict[str, Any]:
    """The decisions on a data set in figures, as JSON."""
    agreed, corrections = known.agreement(), known.corrections()
    return {
        "version": known.version,
        "events": known.count,
        "corrected": len(corrections.labels),
        "annotators": [_work(known, name) for name in known.annotators()],
        "conflicts": [
            {
                "row": state.row_id,
                "version": state.version,
                "labels": {
                    one.annotator: in_words(one.label)
                    for one in state.open
                    if one.label is not None
                },
            }
            for state in known.conflicts()
        ],
        "pairs": [vars(pair) for pair in agreed.pairs],
        "fleiss": agreed.kappa,
        "shared_rows": agreed.rows,
    }


def _work(known: Decisions, name: str) -> dict[str, Any]:
    work = known.progress(name)
    last = work.last.isoformat() if work.last else None
    counts = {key: getattr(work, key) for key in (*COUNTS, "judged", "per_hour")}
    return {"annotator": name, **counts, "last": last}


def _kappa(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"
