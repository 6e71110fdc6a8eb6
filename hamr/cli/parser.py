"""The verbs and their flags; the flags of `train` are made from the settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn, get_args

from hamr.cli import terminal
from hamr.config import (
    METHOD_TITLES,
    ONLY_IN,
    PRESETS,
    DataSettings,
    Settings,
    TrainingSettings,
    describe,
)
from hamr.errors import SettingError

GROUP_TITLES = {
    "data": "data",
    "run": "run",
    "optimiser": "optimiser",
    "meta step": "meta step",
    "hamr": "HAMR beyond the paper",
    "baselines": "other methods",
    "hardness": "hardness and draws",
}
FLAG_NAMES = {"source": "--data"}  # where the flag is not the setting's own name


class Parser(argparse.ArgumentParser):
    """A parser whose complaints quote what was typed without obeying it."""

    def error(self, message: str) -> NoReturn:
        """Print how the verb is used and what is wrong, and leave with code 2."""
        super().error(terminal.message(message))


def check_utf8(arguments: argparse.Namespace) -> None:
    """Raises SettingError for a name with bytes that are not UTF-8: nothing could keep it."""
    given = {_flag(name, arguments.verb): value for name, value in vars(arguments).items()}
    given["HAMR_HOME"] = os.environ.get("HAMR_HOME")
    for flag, value in given.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not _is_utf8(text):
                raise SettingError(
                    f"{flag} is '{terminal.shown(text)}', which holds bytes that are not UTF-8: "
                    "rename it, or type its name in UTF-8",
                    field=flag.removeprefix("--"),
                )


def _flag(name: str, verb: str) -> str:
    """A value's flag; of a value without one what the help calls it."""
    if name in ("run", "sweep"):
        return name.upper()
    if name == "source" and verb == "decisions":
        return "--from"
    return FLAG_NAMES.get(name, "--" + name.replace("_", "-"))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser(
        prog="python -m hamr",
        description="Find what a text model finds hard, and why: train HAMR and its baselines.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_train(verbs)
    _add_sweep(verbs)
    runs = _add(verbs, "runs", "list the runs of a home")
    runs.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    show = _add(verbs, "show", "scores of one run, epoch by epoch and class by class", run=True)
    show.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    resume = _add(verbs, "resume", "train a stopped or interrupted run on", run=True)
    resume.add_argument("--json", action="store_true", help="end with one line of JSON")
    export = _add(
        verbs, "export", "write a run's rows, epochs, predictions or data to a file", run=True
    )
    export.add_argument("--what", choices=("rows", "epochs", "predictions", "data"), default="rows")
    export.add_argument(
        "--split",
        metavar="train|validation|test",
        help="of predictions: validation or test, test by default; of data: all by default",
    )
    export.add_argument(
        "--to",
        required=True,
        metavar="FILE",
        help=".parquet or .csv for rows and epochs; for data the ending of the file it came from "
        "(or a folder, for data of several files), .conll or .jsonl for entities; .jsonl or .csv "
        "for predicted classes. Data is written back as it came, but for labels that were "
        "decided on; in other .csv files an apostrophe keeps spreadsheets from computing texts",
    )
    export.add_argument("--epoch", type=int, help="the epoch of the rows; the last by default")
    _add_decisions(verbs)
    _add_copies(verbs)
    _add(verbs, "work", "train a queued run for the app (used by the app)", run=True)
    swept = _add(verbs, "work-sweep", "run a queued sweep for the app (used by the app)")
    swept.add_argument("sweep", help="the sweep's id")
    crew = _add(verbs, "crew", "train the runs named on standard input (used by sweeps)")
    crew.add_argument("sweep", help="the sweep's id")
    _add(verbs, "map", "draw the maps of a run from the vectors in its cache", run=True)
    return parser


def _add(
    verbs: argparse._SubParsersAction, name: str, text: str, *, run: bool = False
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text)
    if run:
        verb.add_argument("run", help="the run's id, the beginning of it, or its name")
    verb.add_argument("--home", metavar="DIR", help="the store's folder (or HAMR_HOME); .hamr")
    return verb


def _add_copies(verbs: argparse._SubParsersAction) -> None:
    backup = _add(verbs, "backup", "copy a home, in use or not, to a folder or a .tar file")
    backup.add_argument(
        "--to", metavar="FILE.tar|FOLDER", help="where to; hamr-backup-DATE-TIME.tar by default"
    )
    backup.add_argument(
        "--without-cache", action="store_true",
        help="leave out what can be computed again, such as embeddings",
    )  # fmt: skip
    backup.add_argument("--json", action="store_true", help="end with one line of JSON")
    restore = _add(verbs, "restore", "make a home from a backup, or a lost database from folders")
    restore.add_argument("backup", nargs="?", help="the backup; --home names a new, empty folder")
    restore.add_argument(
        "--from-folders", action="store_true",
        help="make the database of the home again from the folders of its runs and data sets; "
        "one that is there is kept under another name",
    )  # fmt: skip
    restore.add_argument("--json", action="store_true", help="end with one line of JSON")
    check = _add(verbs, "check", "check the database and every file of a home; 1 if any is damaged")
    check.add_argument(
        "--repair", action="store_true",
        help="bring the copies in the folders up to date, and make a damaged database from them",
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help="one JSON object instead of sentences")


def _add_decisions(verbs: argparse._SubParsersAction) -> None:
    text = "show, write out or take in what people decided on a run's rows"
    verb = verbs.add_parser("decisions", help=text, description=text)
    whats = verb.add_subparsers(dest="what", required=True, metavar="WHAT")
    show = _add(whats, "show", "who decided how much, conflicts and agreement", run=True)
    show.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    out = _add(whats, "export", "all decisions, the oldest first", run=True)
    out.add_argument("--to", required=True, metavar="FILE", help="a .csv file")
    take = _add(whats, "import", "decisions made elsewhere, as one act; twice is once", run=True)
    take.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="FILE",
        help="a file with the columns id and label, and text if it is to be compared; the label "
        'of a sentence is [[start, end, "type"], ...] or a list with a tag for each word; or a '
        "file that `decisions export` wrote: its current labels are taken in, not what was "
        "skipped, undone or settled",
    )
    take.add_argument(
        "--annotator",
        metavar="NAME",
        help="who decided; may be left out for a file of `decisions export`, which says it",
    )
    take.add_argument(
        "--skip-bad", action="store_true", help="leave lines out that do not fit, and list them"
    )
    take.add_argument(
        "--new-classes",
        action="store_true",
        help="labels that the data lacks become classes, unless they look like one it has",
    )
    take.add_argument("--json", action="store_true", help="end with one line of JSON")


def _add_train(verbs: argparse._SubParsersAction) -> None:
    verb = _add(verbs, "train", "train a model and record everything it finds hard")
    verb.add_argument("--name", help="a name for the run")
    verb.add_argument("--json", action="store_true", help="end with one line of JSON")
    _add_settings(verb)


def _add_sweep(verbs: argparse._SubParsersAction) -> None:
    text = "compare methods, settings and seeds: train all of them, print one table"
    verb = _add(verbs, "sweep", text)
    verb.add_argument(
        "--methods", metavar="A,B,...", help=f"the methods, in the table's order: "
        f"{', '.join(METHOD_TITLES)}",
    )  # fmt: skip
    verb.add_argument(
        "--seeds", default="5", metavar="N|A,B,...",
        help="how many seeds, from 0 on, or which ones; default 5",
    )  # fmt: skip
    verb.add_argument(
        "--grid", nargs="+", action="extend", metavar="SETTING=A,B",
        help="values of settings; a method that never reads one is not multiplied by it",
    )  # fmt: skip
    verb.add_argument(
        "--jobs", type=int, metavar="N",
        help="runs at a time; by default as many as cores (up to 8), one of the full preset",
    )  # fmt: skip
    verb.add_argument("--name", help="a name for the sweep")
    verb.add_argument("--resume", metavar="NAME", help="train what is missing of that sweep")
    verb.add_argument("--show", metavar="NAME", help="print the table of that sweep")
    verb.add_argument("--to", metavar="FILE", help="write the table to a .csv or .md file as well")
    verb.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    _add_settings(verb, without=("method", "seed"))


def _add_settings(verb: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
    """The flags of all settings, in their groups."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for settings in (DataSettings, TrainingSettings):
        for name, about in describe(settings).items():
            if name in without:
                continue
            title = GROUP_TITLES[about["group"]]
            group = groups.get(title) or groups.setdefault(title, verb.add_argument_group(title))
            flag = FLAG_NAMES.get(name, "--" + name.replace("_", "-"))
            # Values stay text here: the settings themselves check them, with better words.
            group.add_argument(
                flag,
                dest=name,
                metavar=_metavar(name, settings),
                default=None,
                help=_help(name, about),
            )


def _metavar(name: str, settings: type[Settings]) -> str:
    """What stands for the value: the choices, where there are few, or the setting's name."""
    if name == "source":
        return "demo|builtin|PATH|hub:NAME"
    choices = get_args(settings.model_fields[name].annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return "|".join(choices)
    return name.upper()


def _help(name: str, about: dict) -> str:
    symbol = f"{about['symbol']}: " if about["symbol"] else ""
    limits = f", in {about['range']}" if about["range"] else ""
    full, only = PRESETS["full"].get(name, about["default"]), ONLY_IN.get(name)
    default = full if only == "full" else about["default"]
    where = f"; {only} preset only" if only else ""
    if not only and full != default:
        where = f" (full preset: {full})"
    text = f"{symbol}{about['help']}{limits}; default {default}{where}"
    return text.replace("%", "%%")
