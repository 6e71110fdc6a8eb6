"""The command line's verbs: their flags, what they do in a line, and the function of each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hamr
from hamr.cli.parser import Parser, add_settings, add_verb, list_methods
from hamr.cli.pool_flags import add_pool

if TYPE_CHECKING:
    from hamr.cli.parser import Verbs


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog=_program(),
        description="Find what a text model finds hard, and why: train HAMR and its baselines, "
        "look at runs, and correct labels.",
    )
    parser.add_argument("--version", action="version", version=f"hamr {hamr.__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_app(verbs)
    _add_train(verbs)
    _add_sweep(verbs)
    _add_runs(verbs)
    _add_regions(verbs)
    _add_search(verbs)
    _add_issues(verbs)
    _add_predict(verbs)
    _add_export(verbs)
    _add_decisions(verbs)
    add_pool(verbs)
    _add_classes(verbs)
    _add_backup(verbs)
    _add_check(verbs)
    _add_workers(verbs)
    return parser


def _program() -> str:
    """What a user types to get here: the script that pip installs, or the module."""
    return "hamr" if Path(sys.argv[0]).stem == hamr.__name__ else "python -m hamr"


def _add_app(verbs: Verbs) -> None:
    verb = add_verb(verbs, "app", "app:app", "open the app in a browser")
    verb.add_argument(
        "--port", type=int, metavar="N", help="the port to listen on; 8501 or the next free one"
    )
    verb.add_argument(
        "--host", metavar="ADDRESS",
        help="the address to listen on; 127.0.0.1 if absent, which only this machine reaches",
    )  # fmt: skip
    verb.add_argument(
        "streamlit", nargs="*", metavar="-- STREAMLIT_OPTION",
        help="options that Streamlit itself has, as in: -- --server.allowedHosts hamr.example.org",
    )  # fmt: skip


def _add_train(verbs: Verbs) -> None:
    verb = add_verb(verbs, "train", "train:train", "train a model and record what it finds hard")
    verb.usage = "%(prog)s [--home DIR] [--data DATA] [--method METHOD] [SETTING ...]"
    verb.add_argument("--name", help="a name for the run")
    verb.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    verb.add_argument(
        "--labels", metavar="given|current", default="given",
        help="the labels that the data came with, or those of now: the decisions that people have "
        "made since about the rows of the newest run on these data, and the rows that they have "
        "added; default given",
    )  # fmt: skip
    add_settings(verb)


def _add_sweep(verbs: Verbs) -> None:
    text = "compare methods, settings and seeds: train every combination and print one table"
    verb = add_verb(verbs, "sweep", "sweep:sweep", text)
    verb.usage = "%(prog)s [--home DIR] [--data DATA] [--methods A,B] [--seeds N] [SETTING ...]"
    flag = verb.add_argument("--methods", metavar="A,B,...", help="the methods to compare")

    def fill() -> None:
        flag.help = f"the methods to compare, in the table's order: {', '.join(list_methods())}"

    verb.late.append(fill)
    verb.add_argument(
        "--seeds", default="5", metavar="N|A,B,...",
        help="how many seeds, counted from 0, or which ones; default 5",
    )  # fmt: skip
    verb.add_argument(
        "--grid", nargs="+", action="extend", metavar="SETTING=A,B",
        help="values of settings to compare; a method that does not read a setting is trained "
        "once for all its values",
    )  # fmt: skip
    verb.add_argument(
        "--jobs", type=int, metavar="N",
        help="runs at a time; default: one for each core, 8 at most, and 1 with the full preset",
    )  # fmt: skip
    verb.add_argument("--name", help="a name for the sweep")
    verb.add_argument("--resume", metavar="NAME", help="train the missing runs of that sweep")
    verb.add_argument("--show", metavar="NAME", help="print the table of that sweep")
    verb.add_argument("--to", metavar="FILE", help="also write the table to a .csv or .md file")
    verb.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    add_settings(verb, without=("method", "seed"))


def _add_runs(verbs: Verbs) -> None:
    runs = add_verb(verbs, "runs", "show:runs", "list the runs")
    runs.add_argument("--json", action="store_true", help="print one JSON array, not a table")
    text = "show a run's scores by epoch and by class"
    show = add_verb(verbs, "show", "show:show", text, run=True)
    show.add_argument("--json", action="store_true", help="print one JSON object, not tables")
    text = "resume a stopped or interrupted run"
    resume = add_verb(verbs, "resume", "train:resume", text, run=True)
    resume.add_argument("--json", action="store_true", help="print the result as one line of JSON")


def _add_regions(verbs: Verbs) -> None:
    text = "list a run's hard regions: groups of similar rows in which the model fails"
    verb = add_verb(verbs, "regions", "regions:regions", text, run=True)
    verb.add_argument("--epoch", type=int, help="the epoch; default the last")
    verb.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    verb.add_argument("--to", metavar="FILE", help="write the JSON object to a file")


def _add_search(verbs: Verbs) -> None:
    text = "list the rows whose meaning is most similar to a phrase, or to a row"
    verb = add_verb(verbs, "search", "search:search", text, run=True)
    verb.add_argument(
        "like", metavar="PHRASE", help="the phrase; or row:N for rows similar to row N"
    )
    verb.add_argument(
        "--top", type=int, default=20, metavar="N", help="the number of rows, 1 to 1000; default 20"
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object, not a table")


def _add_issues(verbs: Verbs) -> None:
    text = "list a run's rows by how likely their label is wrong, with the evidence"
    verb = add_verb(verbs, "issues", "issues:issues", text, run=True)
    verb.add_argument(
        "--split", metavar="train|validation|test", help="only rows of that split; default all"
    )
    verb.add_argument(
        "--to",
        metavar="FILE|-",
        help="write all rows to a .csv or .jsonl file, or to standard output (-), with the columns "
        "id, text, label, issue, p_label_error, suggested_label, suggested_probability and "
        "evidence. Without it the first 20 are printed",
    )
    verb.add_argument(
        "--format",
        choices=("csv", "jsonl", "cleanlab", "argilla"),
        help="default: by the file's ending. cleanlab: a .csv file with the columns of its label "
        "issues; argilla: records that its records.from_json() reads",
    )
    verb.add_argument(
        "--by",
        metavar="COLUMN",
        help="likely errors by the values of a column of metadata, such as an annotator or source, "
        "in place of rows",
    )
    verb.add_argument("--epoch", type=int, help="the epoch; default the last")
    verb.add_argument(
        "--current-labels",
        action="store_true",
        help="rank by the labels as people have corrected them, not as the run was trained",
    )
    verb.add_argument(
        "--json",
        action="store_true",
        help="print the estimated number of label errors with its interval as one line of JSON: "
        "the last of standard output, or with --to - of standard error",
    )


def _add_predict(verbs: Verbs) -> None:
    text = "predict the texts of a file with a run's model"
    verb = add_verb(verbs, "predict", "predict:predict", text, run=True)
    verb.add_argument(
        "--data", required=True, metavar="FILE",
        help="the texts: .csv, .tsv, .json, .jsonl, .parquet, .txt with a text on each line, or "
        "CoNLL for a run on tagged sentences; - is standard input",
    )  # fmt: skip
    verb.add_argument(
        "--text-column", metavar="COLUMN",
        help="the column with the texts; by default the one that the run was trained on",
    )  # fmt: skip
    verb.add_argument(
        "--to", required=True, metavar="FILE",
        help="the file to write: .csv, .tsv, .jsonl or .parquet with the columns of the data and "
        "those of the predictions, or CoNLL with a further column of tags; - is standard output. A "
        "prediction that was stopped or killed continues when the same command is given again",
    )  # fmt: skip
    verb.add_argument(
        "--format", choices=("csv", "tsv", "json", "jsonl", "parquet", "conll"),
        help="the format of a pipe; by default that of the data, as it begins",
    )  # fmt: skip
    verb.add_argument("--epoch", type=int, help="the epoch whose model predicts; default the best")
    verb.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), default="auto",
        help="where it is computed; default auto, a GPU where there is one",
    )  # fmt: skip
    verb.add_argument(
        "--encoding", choices=("utf-8", "cp1252"), default="utf-8",
        help="the encoding of the data; default utf-8",
    )  # fmt: skip
    verb.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    verb.add_argument(
        "--json", action="store_true",
        help="print the counts as one line of JSON, on standard error where --to is -",
    )  # fmt: skip


def _add_export(verbs: Verbs) -> None:
    text = (
        "write a run's rows, epochs, steps, predictions or data to a file, or its model to a folder"
    )
    verb = add_verb(verbs, "export", "export:export", text, run=True)
    verb.add_argument(
        "--what", choices=("rows", "epochs", "steps", "predictions", "data", "model"),
        default="rows",
        help="what to write; default rows",
    )  # fmt: skip
    verb.add_argument(
        "--split",
        metavar="train|validation|test",
        help="of predictions: validation or test, default test; of data: one split, default all",
    )
    verb.add_argument(
        "--to",
        required=True,
        metavar="FILE",
        help="the file to write. Rows, epochs and steps: .parquet or .csv. Predicted classes: "
        ".jsonl or .csv. Entities: .conll or .jsonl. Data: the ending of the file it was read "
        "from, or a folder (made if the name ends in /), as it must be for several files; it is "
        "written as it was read, except "
        "for labels that were decided on. In other .csv files an apostrophe before a text keeps "
        "spreadsheets from computing it. A model: a new folder, or a .zip file",
    )
    verb.add_argument(
        "--epoch", type=_epoch, metavar="best|N",
        help="of rows: the epoch, default the last; of steps: default all; of the model: default "
        "best, the epoch with the highest macro-F1 on validation, which is always kept, or one of "
        "the last two",
    )  # fmt: skip
    verb.add_argument(
        "--format",
        metavar="onnx|sentence-transformers|transformers",
        help="of the model: onnx for every run (default), sentence-transformers for runs that "
        "classify texts, transformers for fine-tuned runs that find entities",
    )


def _epoch(text: str) -> int | str:
    """A number, or "best"."""
    return text if text == "best" else int(text)


def _add_decisions(verbs: Verbs) -> None:
    text = "show, export or import the labels that people decided on"
    verb = verbs.add_parser("decisions", help=text, description=f"{text.capitalize()}.")
    whats = verb.add_subparsers(dest="what", required=True, metavar="WHAT")
    function = "decisions:decisions"
    text = "show each annotator's decisions, conflicts and agreement"
    show = add_verb(whats, "show", function, text, run=True)
    show.add_argument("--json", action="store_true", help="print one JSON object, not tables")
    text = "write all decisions to a file, the oldest first"
    out = add_verb(whats, "export", function, text, run=True)
    out.add_argument("--to", required=True, metavar="FILE", help="a .csv file")
    text = "import decisions from a file; importing it twice changes nothing"
    _add_import_flags(add_verb(whats, "import", function, text, run=True))


def _add_import_flags(verb: Parser) -> None:
    verb.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="FILE",
        help="a file with the columns id and label, and text if texts are to be compared; the "
        'label of a sentence is [[start, end, "type"], ...] or a list with a tag for each word. '
        "Or a file that `decisions export` wrote: its current labels are imported, without what "
        "was skipped, undone or settled. Or records of Argilla, whose submitted responses are "
        "imported, or label issues of cleanlab with a column id",
    )
    verb.add_argument(
        "--annotator",
        metavar="NAME",
        help="who decided; not needed for a file of `decisions export`, which names them",
    )
    verb.add_argument(
        "--question",
        metavar="NAME",
        help="of a file of Argilla: the question whose answers are labels, where it has several",
    )
    verb.add_argument(
        "--suggestions",
        action="store_true",
        help="of a file of Argilla or cleanlab: import what the program suggests (of Argilla where "
        "it differs from the row's label, of cleanlab for flagged rows) as labels by --annotator",
    )
    verb.add_argument(
        "--skip-bad", action="store_true", help="skip lines that do not fit, and list them"
    )
    verb.add_argument(
        "--new-classes",
        action="store_true",
        help="make labels that the data lacks new classes, unless they look like one it has",
    )
    verb.add_argument("--json", action="store_true", help="print the counts as one line of JSON")


def _add_classes(verbs: Verbs) -> None:
    text = "show, rename, merge or retire the classes of a run's data"
    verb = verbs.add_parser("classes", help=text, description=f"{text.capitalize()}.")
    whats = verb.add_subparsers(dest="what", required=True, metavar="WHAT")
    function = "classes:classes"
    show = add_verb(whats, "show", function, "show the classes with their rows and acts", run=True)
    show.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    for what, text in (
        ("rename", "give a class another name, in every label"),
        ("merge", "make a class part of another one, in every label"),
        ("retire", "let a class be given no more; its rows are listed to be reviewed"),
        ("reinstate", "let a retired class be given again"),
        ("undo", "undo the last of these acts"),
    ):
        own = add_verb(whats, what, function, text, run=True)
        if what != "undo":
            own.add_argument("name", metavar="CLASS", help="the class, as it is called now")
        if what in ("rename", "merge"):
            own.add_argument("to", metavar="TO", help="its new name, or the class that remains")
        own.add_argument("--annotator", required=True, metavar="NAME", help="who does it")
        if what != "undo":
            own.add_argument("--why", metavar="TEXT", help="the reason, kept with the act")


def _add_backup(verbs: Verbs) -> None:
    text = "copy a home to a folder or a .tar file, even while it is in use"
    backup = add_verb(verbs, "backup", "backup:backup", text)
    backup.add_argument(
        "--to", metavar="FILE.tar|FOLDER", help="where to; default hamr-backup-DATE-TIME.tar"
    )
    backup.add_argument(
        "--without-cache", action="store_true",
        help="leave out what can be computed again, such as embeddings",
    )  # fmt: skip
    backup.add_argument("--json", action="store_true", help="print the counts as one line of JSON")
    text = "restore a home from a backup, or rebuild its database from its folders"
    restore = add_verb(verbs, "restore", "backup:restore", text)
    restore.add_argument(
        "backup", metavar="BACKUP", nargs="?",
        help="the backup; --home names the folder to restore it to, which must be new or empty",
    )  # fmt: skip
    restore.add_argument(
        "--from-folders", action="store_true",
        help="rebuild the home's database from the folders of its runs and data sets; an existing "
        "database is kept under another name",
    )  # fmt: skip
    restore.add_argument("--json", action="store_true", help="print the counts as one line of JSON")


def _add_check(verbs: Verbs) -> None:
    text = "check the database and all files of a home; exit code 1 if any is damaged"
    check = add_verb(verbs, "check", "check:check", text)
    check.add_argument(
        "--repair", action="store_true",
        help="bring the database's copies in the folders up to date, and rebuild a damaged "
        "database from them",
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help="print one JSON object, not sentences")


def _add_workers(verbs: Verbs) -> None:
    """The verbs of the program's own processes, which --help does not list, and `map`."""
    text = "draw a run's map again from its cached embeddings"
    add_verb(verbs, "map", "background:draw", text, run=True)
    text = "train a queued run for the app, which calls this"
    add_verb(verbs, "work", "background:work", text, run=True, listed=False)
    text = "score unlabelled rows for the app, which calls this"
    add_verb(verbs, "pool-scores", "background:score_pool", text, run=True, listed=False)
    text = "embed texts for the app, which calls this"
    add_verb(verbs, "helper", "background:helper", text, listed=False)
    text = "run a queued sweep for the app, which calls this"
    swept = add_verb(verbs, "work-sweep", "background:work_sweep", text, listed=False)
    swept.add_argument("sweep", metavar="SWEEP", help="the sweep's id")
    text = "train the runs that standard input names, for a sweep, which calls this"
    for name in ("sweep-workers", "crew"):  # a sweep of an older version may call it "crew"
        pool = add_verb(verbs, name, "background:pool", text, listed=False)
        pool.add_argument("sweep", metavar="SWEEP", help="the sweep's id")
