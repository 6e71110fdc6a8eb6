"""The flags of `pool`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamr import acquisition
from hamr.cli.parser import Parser, add_verb

if TYPE_CHECKING:
    from hamr.cli.parser import Verbs


def add_pool(verbs: Verbs) -> None:
    """The verb and its flags."""
    text = "attach unlabelled rows to a run's data, rank them, and record their labels"
    verb = verbs.add_parser("pool", help=text, description=f"{text.capitalize()}.")
    whats = verb.add_subparsers(dest="what", required=True, metavar="WHAT")
    function = "pool:pool"
    add = add_verb(whats, "add", function, "attach the rows of a file, without labels", run=True)
    _add_attach_flags(add)
    listed = add_verb(whats, "list", function, "show what was attached, and by whom", run=True)
    remove = add_verb(
        whats, "remove", function, "remove an attachment; labels given to its rows stay", run=True
    )
    remove.add_argument(
        "attachment",
        metavar="KEY|NAME",
        help="its key, or the name of its file, as `list` shows them",
    )
    remove.add_argument("--annotator", required=True, metavar="NAME", help="who removes it")
    remove.add_argument("--undo", action="store_true", help="put it back instead")
    _add_rank_flags(add_verb(whats, "rank", function, "write which rows to label first", run=True))
    label = add_verb(whats, "label", function, "record the labels that a file gives", run=True)
    label.add_argument(
        "--from", dest="source", required=True, metavar="FILE",
        help="a file that `pool rank` wrote, with labels; lines without one are passed over",
    )  # fmt: skip
    label.add_argument("--annotator", required=True, metavar="NAME", help="who gave the labels")
    label.add_argument(
        "--new-classes", action="store_true",
        help="make labels that the data lacks new classes, unless they look like one it has",
    )  # fmt: skip
    for own in (add, listed, remove, label):
        own.add_argument("--json", action="store_true", help="print one line of JSON")


def _add_attach_flags(add: Parser) -> None:
    add.add_argument(
        "--data", required=True, metavar="FILE",
        help="a .csv, .tsv, .json, .jsonl or .parquet file; of sentences also a CoNLL file, whose "
        "tags are not read, or a .txt file with a sentence on each line. Rows whose text the data "
        "has, that were attached before or have no text are left out and counted",
    )  # fmt: skip
    add.add_argument(
        "--text-column", metavar="NAME",
        help="the column of the texts; default that of the run, else text, of sentences "
        "also tokens",
    )  # fmt: skip
    add.add_argument("--annotator", required=True, metavar="NAME", help="who attaches them")


def _add_rank_flags(verb: Parser) -> None:
    verb.add_argument(
        "--strategy", default="", choices=acquisition.NAMES,
        help=f"how they are chosen; default {acquisition.DEFAULT}, of tagged sentences "
        f"{acquisition.DEFAULT_OF_SENTENCES}. {_strategies()}",
    )  # fmt: skip
    verb.add_argument("--top", type=int, default=100, metavar="N", help="how many; default 100")
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="of random choices")
    verb.add_argument(
        "--to", required=True, metavar="FILE|-",
        help="a .csv or .jsonl file with an empty column label, or - for standard output",
    )  # fmt: skip


def _strategies() -> str:
    """What each strategy does, for texts and for tagged sentences."""
    texts = "; ".join(f"{one.name}: {one.sentence}" for one in acquisition.STRATEGIES)
    own = (one for one in acquisition.STRATEGIES if one.of_sentences)
    tagged = "; ".join(f"{one.name}: {one.of_sentences}" for one in own)
    return f"{texts}. Of tagged sentences: {tagged}".replace("%", "%%")
