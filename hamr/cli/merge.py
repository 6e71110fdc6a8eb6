"""Import decisions from a file of ids and labels, so that a second import adds nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from hamr.cli.answered import SHAPE, entities
from hamr.cli.classmatch import Names, names_of
from hamr.cli.replay import NAMESPACE
from hamr.decisions import Decision, Label, text_hash
from hamr.decisions import in_words as label_in_words
from hamr.errors import ColumnError, DataError, DecisionError
from hamr.files.cells import unsafe
from hamr.files.mending import mended
from hamr.files.reading import open_file
from hamr.files.table import Reader, as_text, in_words, quoted
from hamr.store import Decisions
from hamr.store.labelled_rows import ON_PURPOSE

NEEDED = ("id", "label")
TEXT = "text"
DELIMITED = (".csv", ".tsv")  # where a text like a formula has an apostrophe before it
CELLS = (".csv", ".tsv")  # what spreadsheets write, where formulas get an apostrophe


@dataclass(frozen=True)
class Answer:
    """One line of the file."""

    place: int
    row_id: str
    label: Label
    text_hash: str


def answers_in(
    path: Path,
    known: Decisions,
    *,
    new_classes: bool,
    lines: Iterable[tuple[int, Sequence[Any]]] | None = None,
    skip_blank: bool = False,
) -> tuple[list[Answer], list[str]]:
    """The lines that fit the rows, and a sentence for each line that does not.

    `lines` are the id, label and text (or None) of each line, where the file has them in another
    shape than columns of these names. With `skip_blank` lines without a label are passed over. Two
    different answers for a row are both faults. Raises DataError or ColumnError for a file that
    can't be read or lacks a column.
    """
    reader = open_file(str(path))
    from_cells = path.suffix.lower() in CELLS
    names = names_of(known, new_classes=new_classes, from_cells=from_cells)
    found: dict[str, list[Answer]] = {}
    faults: list[tuple[int, str]] = []
    for place, values in _wanted(_lines(reader) if lines is None else lines, skip_blank):
        try:
            answer = _answer(place, values, known, names, reader)
            _check(answer, known, new_classes)
            found.setdefault(answer.row_id, []).append(answer)
        except DecisionError as error:
            faults.append((place, f"{reader.name}, {reader.unit} {place:,}: {error}{flag(error)}"))
        except DataError as error:  # a cell that is not a text; the error names its line
            faults.append((place, str(error)))
    answers = _agreeing(found, faults, reader)
    return answers, [fault for _, fault in sorted(faults)]


def flag(error: DecisionError) -> str:
    """How a new class is made here, after an error that says that one can be made."""
    return " with --new-classes" if str(error).endswith(ON_PURPOSE) else ""


def _wanted(
    lines: Iterable[tuple[int, Sequence[Any]]], skip_blank: bool
) -> Iterator[tuple[int, Sequence[Any]]]:
    """The lines that are read: all, or those with a label, which may be an empty list."""
    return (
        (at, own)
        for at, own in lines
        if not skip_blank or (own[1] is not None and str(own[1]).strip())
    )


def _agreeing(
    found: dict[str, list[Answer]], faults: list[tuple[int, str]], reader: Reader
) -> list[Answer]:
    """An answer for each row; rows with different ones are added to the faults."""
    answers = []
    for row_id, own in found.items():
        if len({answer.label for answer in own}) > 1:
            places = in_words([f"{answer.place:,}" for answer in own])
            faults.append(
                (
                    own[0].place,
                    f"{reader.name}, {reader.unit}s {places}: row {row_id!r} has two answers, "
                    f"{in_words([label_in_words(a.label) for a in own])}: keep one of the lines",
                )
            )
        else:
            answers.append(own[0])
    return answers


def as_decisions(
    path: Path,
    answers: Sequence[Answer],
    known: Decisions,
    annotator: str,
    run: str,
    new_classes: bool,
) -> list[Decision]:
    """All answers as one act. The ids depend on the file, so a second import adds nothing."""
    digest = sha256(path.read_bytes()).hexdigest()
    act = str(uuid.uuid5(NAMESPACE, f"{digest} {annotator}"))
    return [
        Decision(
            row_id=answer.row_id,
            split=known.rows.split(answer.row_id),
            text_hash=answer.text_hash,
            kind="label",
            annotator=annotator,
            new=answer.label,
            client_id=str(uuid.uuid5(NAMESPACE, f"{act} {answer.row_id}")),
            act_id=act,
            run=run,
            evidence={"imported": path.name, "place": answer.place},
            new_class=new_classes,
        )
        for answer in answers
    ]


def _lines(reader: Reader) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each line's number with its id, label and text (None if there is no such column)."""
    there = reader.columns()
    for column in NEEDED:
        if there.count(column) != 1:
            raise ColumnError(
                f"{reader.name} needs a column {column!r} and has {quoted(there)}: name the "
                "columns id and label (and text, to compare texts), or choose a file that "
                "`decisions export`, Argilla or cleanlab wrote",
                field="from",
            )
    wanted = [*NEEDED, *([TEXT] if there.count(TEXT) == 1 else [])]
    for place, values in reader.rows(wanted):
        yield place, [*values, None][:3]


def _answer(
    place: int, values: Sequence[Any], known: Decisions, names: Names, reader: Reader
) -> Answer:
    """The answer in a line; its values are read like those of the data."""
    row_id = _row_id(_text(values[0], NEEDED[0], place, reader), known, reader)
    own = known.rows.text(row_id)
    seen = _text(values[2], TEXT, place, reader) or own  # an empty cell is not compared
    if known.rows.features.entities:
        label = _spans(values[1], known.rows.word_count(row_id), names)
    else:
        text = _text(values[1], NEEDED[1], place, reader)
        label = names.meant(text) if text.strip() else ""
    return Answer(place, row_id, label, text_hash(seen if seen == own else unsafe(seen)))


def _row_id(cell: str, known: Decisions, reader: Reader) -> str:
    """The id in a cell, without an apostrophe that spreadsheets need."""
    bare = unsafe(cell)
    if cell not in known.rows or bare == cell or bare not in known.rows:
        return cell if cell in known.rows else bare
    if reader.name.lower().endswith(DELIMITED):
        raise DecisionError(
            f"the id {cell[:60]!r} may mean this row, or row {bare[:60]!r} with an apostrophe for "
            "spreadsheets: give the answers as .jsonl, which needs no apostrophe"
        )
    return cell


def _text(value: Any, column: str, place: int, reader: Reader) -> str:
    return mended(as_text(value, column, reader, place) or "")


def _spans(cell: Any, words: int, names: Names) -> Label:
    if cell is None or cell == "":
        raise DecisionError(f"the label is empty: {SHAPE}", field="label")
    return entities(cell, words, names)


def _check(answer: Answer, known: Decisions, new_classes: bool) -> None:
    rows = known.rows
    decision = Decision(
        answer.row_id,
        rows.split(answer.row_id),
        answer.text_hash,
        "label",
        "import",
        answer.label,
        new_class=new_classes,
    )
    rows.check_names(rows.checked(decision), known.names(), known.refusal)
