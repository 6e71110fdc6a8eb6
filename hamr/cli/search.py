"""`hamr search`: the rows that are most similar to a phrase or to a row."""

from __future__ import annotations

import argparse
import json

from hamr.cli.terminal import message, print_table, shown
from hamr.errors import SettingError
from hamr.jobs.helper_process import Answers
from hamr.jobs.meaning import MOST, Ranked, by_meaning, note, row_of, similar
from hamr.store import Run, Store
from hamr.views.base.all_rows import AllRows

TEXT = 80  # characters of a row's text in a table


def search(arguments: argparse.Namespace) -> int:
    """Print the rows, the most similar first."""
    if not 1 <= arguments.top <= MOST:
        raise SettingError(f"--top is 1 to {MOST:,}, got {arguments.top}", field="top")
    run = Store.open(arguments.home).run(arguments.run)
    found = _found(run, arguments.like, arguments.top, arguments.home)
    table = AllRows.of(run).frame(found.rows)
    table.insert(1, "similarity", [round(float(one), 4) for one in found.similarities])
    if arguments.json:
        print(
            json.dumps(
                {
                    "run": run.id,
                    "like": arguments.like,
                    "note": note(run, found),
                    "rows": table.to_dict("records"),
                }
            )
        )
        return 0
    lines = (
        (one.similarity, one.row, one.split, one.id, one.label, shown(one.text, TEXT))
        for one in table.itertuples()
    )
    head = ("similarity", "row", "split", "id", "label", "text")
    print_table(head, lines, left=("split", "id", "label", "text"))
    if said := note(run, found):
        print(message(said))
    return 0


def _found(run: Run, like: str, top: int, home: str | None) -> Ranked:
    """In this process, which ends at once: a warm one of its own would serve nobody."""
    ask = Answers(home).ask
    row = row_of(like)
    return by_meaning(run, like, top, ask=ask) if row is None else similar(run, row, top, ask=ask)
