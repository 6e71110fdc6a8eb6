"""`classes`: show what the classes of a run's data are called, rename, merge, retire them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hamr.cli.terminal import print_table, say, shown
from hamr.decisions.class_rules import in_words, said_by
from hamr.errors import DecisionError, StoreError
from hamr.store import ClassInfo, Store, Team


def classes(arguments: argparse.Namespace) -> int:
    """Shows the classes, or does what is asked for; the exit code."""
    run = Store.open(arguments.home).run(arguments.run)
    if run.info.label_source is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    team = Team(run.store.decisions(run.info.label_source))
    if arguments.what == "show":
        return _show(team, run.info.name, json_wanted=arguments.json)
    if arguments.what == "undo":
        return _undo(team, arguments.annotator)
    to = getattr(arguments, "to", None)
    rows = team.row_counts()[arguments.name]
    team.act(arguments.what, arguments.name, arguments.annotator, to=to, why=arguments.why or "")
    act = team.acts()[-1]
    many = "1 row has" if rows == 1 else f"{rows:,} rows have"
    say(f"done: {in_words(act)}; {many} the class, and no decision was changed")
    return 0


def _undo(team: Team, annotator: str) -> int:
    """Undoes the last act that is not undone, whoever made it."""
    acts = team.acts()
    if not acts:
        raise DecisionError("there is no class act to undo")
    team.undo(acts[-1], annotator)
    say(f"undone: {in_words(acts[-1])}, {said_by(acts[-1])}")
    return 0


def _show(team: Team, name: str, *, json_wanted: bool) -> int:
    counts = team.row_counts()
    found = [_about(one, counts[one.name]) for one in team.classes()]
    acts = [
        {"act": in_words(act), "by": act.event.annotator, "time": act.event.time.isoformat(),
         "why": act.why}
        for act in team.acts()
    ]  # fmt: skip
    if json_wanted:
        print(json.dumps({"run": name, "classes": found, "acts": acts}))
        return 0
    columns = ("rows", "state", "class", "also called")
    rows = [
        [one["rows"], one["state"], one["class"], ", ".join(one["also_called"])] for one in found
    ]
    print_table(columns, rows, left=("state", "class", "also called"))
    for act in team.acts():
        print(f"\n{shown(in_words(act))}, {shown(said_by(act))}")
    return 0


def _about(one: ClassInfo, rows: int) -> dict[str, Any]:
    return {
        "class": one.name,
        "rows": rows,
        "state": "retired" if one.retired else "in use",
        "also_called": list(one.also),
        "guideline": one.guideline.text if one.guideline else "",
    }
