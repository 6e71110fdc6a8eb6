"""`decisions`: show, export or import the decisions on a run's rows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hamr.cli.enough import enough_of
from hamr.cli.export import target_of, write_whole
from hamr.cli.foreign import Asked, agreeing, foreign
from hamr.cli.merge import Answer, answers_in, as_decisions
from hamr.cli.replay import Replay, Replayed, is_export
from hamr.cli.terminal import print_table, say, shown
from hamr.decisions import in_words
from hamr.errors import DecisionError, SettingError, StoreError
from hamr.exports import audit
from hamr.files.door import as_path
from hamr.files.reading import open_file
from hamr.store import Decisions, Run, Store, Team

COUNTS = ("accepted", "changed", "unsure", "skipped", "resolved")


def decisions(arguments: argparse.Namespace) -> int:
    """Shows, exports or imports; the exit code."""
    run = Store.open(arguments.home).run(arguments.run)
    if run.info.label_source is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    known = run.store.decisions(run.info.label_source)
    do = {"import": _import, "export": _export, "show": _show}[arguments.what]
    return do(arguments, run, known)


def _export(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Writes all events to a CSV file."""
    target = target_of(arguments)
    if target.suffix.lower() != ".csv":
        raise SettingError(f"--to must end in .csv, got {arguments.to!r}", field="to")
    text = audit.text(known)
    write_whole(target, lambda path: path.write_bytes(text.encode()))
    say(f"the decisions on the rows of {run.info.name!r} written to {target}")
    return 0


def _import(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Records the decisions in a file; importing it twice adds nothing."""
    path = as_path(arguments.source)
    imported = (
        _replayed(arguments, path, run, known)
        or _of_others(arguments, path, run, known)
        or _answered(arguments, path, run, known)
    )
    _report_faults(imported, path, skip=arguments.skip_bad)
    if imported.conflicts:
        many = "1 row" if imported.conflicts == 1 else f"{imported.conflicts:,} rows"
        print(
            f"left out, because annotators differ on them: {many}. Leave out --annotator to "
            "import each annotator's own label",
            file=sys.stderr,
        )
    before = known.version
    recorded = known.record(imported.decisions)
    fresh = [answer for answer in recorded if answer.version > before]
    found = {
        "recorded": len(fresh),
        "known": imported.known + len(recorded) - len(fresh),
        "left_out": len(imported.faults),
        "not_reviewed": imported.not_reviewed,
        "conflicts": sum(answer.state.conflict for answer in fresh),
        "version": known.version,
    }
    print(
        f"{found['recorded']:,} decision{'' if found['recorded'] == 1 else 's'} recorded, "
        f"{found['known']:,} already known, "
        f"{found['left_out']:,} left out, {found['conflicts']:,} in conflict with others",
        file=sys.stderr,
    )
    if arguments.json:
        print(json.dumps(found))
    return 0


def _report_faults(imported: Replayed, path: Path, *, skip: bool) -> None:
    """Prints each line that does not fit. Raises DecisionError unless they are to be skipped."""
    faults = [sentence for _, sentence in imported.faults]
    for fault in faults:
        print(f"left out: {fault}" if skip else fault, file=sys.stderr)
    if faults and not skip:
        count = "1 line does" if len(faults) == 1 else f"{len(faults):,} lines do"
        raise DecisionError(
            f"{count} not fit, so nothing is imported: correct {path.name}, or leave such lines "
            "out with --skip-bad",
            field="from",
        )


def _replayed(
    arguments: argparse.Namespace, path: Path, run: Run, known: Decisions
) -> Replayed | None:
    """The decisions in a file of `decisions export`; None for any other file."""
    reader = open_file(str(path))
    if not is_export(reader.columns()):
        return None
    return Replay(
        reader, path, known, arguments.annotator, run.id, new_classes=arguments.new_classes
    ).decisions()


def _of_others(
    arguments: argparse.Namespace, path: Path, run: Run, known: Decisions
) -> Replayed | None:
    """The decisions in a file of Argilla or cleanlab; None for any other file."""
    asked = Asked(arguments.annotator, arguments.suggestions, arguments.question)
    found = foreign(open_file(str(path)), known, asked)
    if found is None:
        return None
    whole, new_classes = Replayed(faults=list(found.faults)), arguments.new_classes
    for who, lines in found.lines.items():
        own = lines
        if arguments.annotator is not None:
            own = agreeing(lines)
            whole.conflicts += len({line[1][0] for line in lines}) - len(own)
        answers, faults = answers_in(path, known, new_classes=new_classes, lines=own)
        if arguments.suggestions and found.records:  # of cleanlab only flagged rows are here
            answers = _that_change(answers, known)
        whole.decisions += as_decisions(path, answers, known, who, run.id, new_classes)
        whole.faults += enumerate(faults)
    for sentence in found.left_out():
        say(sentence)
    whole.not_reviewed = found.not_reviewed
    return whole


def _that_change(answers: Sequence[Answer], known: Decisions) -> list[Answer]:
    """Those suggestions that differ from the row's label: the others suggest nothing, and nobody
    has reviewed their rows.
    """
    now, came = known.current(known.states()), known.rows.original
    found = [one for one in answers if one.label != now.label(one.row_id, came)]
    if same := len(answers) - len(found):
        many = "1 suggestion that is" if same == 1 else f"{same:,} suggestions that are"
        say(f"left out: {many} the label of the row already")
    return found


def _answered(arguments: argparse.Namespace, path: Path, run: Run, known: Decisions) -> Replayed:
    """The decisions in a file of ids and labels."""
    who, new_classes = arguments.annotator, arguments.new_classes
    if who is None:
        raise SettingError(
            f"--annotator is missing: name who gave the labels in {path.name}", field="annotator"
        )
    answers, faults = answers_in(path, known, new_classes=new_classes)
    sent = as_decisions(path, answers, known, who, run.id, new_classes)
    return Replayed(decisions=sent, faults=list(enumerate(faults)))


def _show(arguments: argparse.Namespace, run: Run, known: Decisions) -> int:
    """Prints who decided how much, where they differ and how well they agree."""
    found, reached = summary(known), enough_of(run, known)
    if arguments.json:
        enough = None if reached is None else reached.as_json()
        print(json.dumps({"run": run.id, **found, "enough": enough}))
        return 0
    print(f"{shown(run.info.name)}: {found['events']:,} events, version {found['version']}")
    corrected = "1 label" if found["corrected"] == 1 else f"{found['corrected']:,} labels"
    added = found["unlabelled"]
    many = "1 unlabelled row" if added == 1 else f"{added:,} unlabelled rows"
    labelled = f", {many} labelled" if added else ""
    print(f"{corrected} corrected{labelled}, {len(found['conflicts']):,} in conflict")
    if reached is not None:
        print(reached.in_words())
    if found["annotators"]:
        print()
        columns = (*COUNTS, "annotator")
        rows = ([who[column] for column in columns] for who in found["annotators"])
        print_table(columns, rows, left=("annotator",))
    for pair in found["pairs"]:
        print(
            f"\nCohen's kappa of {shown(pair['first'])} and {shown(pair['second'])}: "
            f"{_kappa(pair['kappa'])} "
            f"({pair['same']} of {pair['rows']} rows have the same label)"
        )
    if found["pairs"]:
        print(f"Fleiss' kappa of all: {_kappa(found['fleiss'])} ({found['shared_rows']} rows)")
    for row in found["conflicts"]:
        labels = "; ".join(f"{shown(by)}: {shown(name)}" for by, name in row["labels"].items())
        print(f"\nconflict on {shown(row['row'])}: {labels}")
    return 0


def summary(known: Decisions) -> dict[str, Any]:
    """Counts, conflicts and agreement of the decisions on a data set, for JSON."""
    agreed, corrections = known.agreement(), known.corrections()
    return {
        "version": known.version,
        "events": known.count,
        "corrected": len(corrections.labels),
        "unlabelled": len(corrections.added),  # rows that came without a label and have one
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
        "blind": known.rules.blind,
        "may_settle": None if known.rules.settlers is None else list(known.rules.settlers),
        "open_comments": sum(thread.open for thread in Team(known).threads()),
    }


def _work(known: Decisions, name: str) -> dict[str, Any]:
    work = known.progress(name)
    last = work.last.isoformat() if work.last else None
    counts = {key: getattr(work, key) for key in (*COUNTS, "reviewed", "per_hour")}
    # "judged" is the name of "reviewed" in earlier versions, which scripts may read.
    return {"annotator": name, **counts, "judged": work.reviewed, "last": last}


def _kappa(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
