"""The process that `tests.benchmarks.fuzz` puts at risk: it reads files as the app does.

One line on standard input is a format and a path; one line on standard output is what came of it:
"read", "refused" or "traceback" with the exception's last lines.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

from hamr.cli.merge import answers_in
from hamr.config import DataSettings, RunSettings
from hamr.data import guess_columns, inspect, load, read_columns, task_of
from hamr.errors import HamrError
from hamr.files.conll.reader import ENDINGS
from hamr.store import Decisions, Store
from tests.benchmarks.mutated import whole_files


def look(path: str) -> None:
    """What the Dataset page does with a source: columns, guesses, rows and report."""
    values: dict[str, str] = {}
    if Path(path).suffix.lower() not in ENDINGS:
        read_columns(path)
        if task_of(DataSettings(source=path)) == "sequence":
            guess = guess_columns(path, "sequence")
            values = {"text_column": guess.text or "text", "label_column": guess.label or "label"}
            if values["text_column"] == values["label_column"]:
                return
    inspect(load(DataSettings(source=path, **values)))


def known_rows(folder: Path) -> Decisions:
    """The decisions of a run on the rows that the answers are about."""
    source = folder / "rows.csv"
    source.write_bytes(whole_files()["csv"][0][1])
    store = Store.open(folder / "home")
    run = store.create_run(RunSettings(data=DataSettings(source=str(source))))
    run.attach_dataset(load(run.info.settings.data))
    return store.decisions(run.info.label_source or "")


def main() -> None:
    """Serves until standard input ends."""
    known = known_rows(Path(sys.argv[1]))
    for line in sys.stdin:
        kind, path = json.loads(line)
        found = ["read", ""]
        try:
            if kind == "answers":
                answers_in(Path(path), known, new_classes=False)
            else:
                look(path)
        except HamrError as error:
            found = ["refused", str(error)]
        except BaseException:  # what a page would show as a red box
            found = ["traceback", "".join(traceback.format_exc().splitlines(True)[-6:])]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
