"""Read the answers in files of other programs: cleanlab's label issues, and Argilla's records.

*cleanlab*: the table of `CleanLearning.find_label_issues` or `Datalab.get_issues("label")`, with
the columns is_label_issue, label_quality or label_score, given_label and predicted_label. It has no
ids, so the file needs a column id beside them. Its predictions are no decisions of a person:
flagged rows get them only where somebody asks for the suggestions.

*Argilla 2*: the records of `records.to_json()` or `to_list()`, nested (fields, responses,
suggestions) or flat (QUESTION.responses, QUESTION.responses.users, ...). Submitted responses are
decisions of their users; records without one were reviewed by nobody. Nested records do not say
whether a response is submitted, so all of theirs count. Spans count the characters of the text, as
Argilla does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hamr.errors import ColumnError, DecisionError, SettingError
from hamr.files.table import Reader, as_text, quoted
from hamr.store import Decisions

FLAGGED, GIVEN, PREDICTED = "is_label_issue", "given_label", "predicted_label"
SCORES = ("label_score", "label_quality")
NESTED = ("fields", "responses", "suggestions")
RESPONSES, USERS, STATUS, SUGGESTION = ".responses", ".responses.users", ".responses.status", (
    ".suggestion"
)  # fmt: skip
SUBMITTED = "submitted"
_TRUE, _FALSE = ("true", "1", "1.0"), ("false", "0", "0.0", "")

# (id, label, text to compare or None), as `merge.answers_in` takes a line
Values = tuple[Any, Any, Any]


@dataclass
class Foreign:
    """The answers of a file, by annotator; and what was left out of it."""

    lines: dict[str, list[tuple[int, Values]]] = field(default_factory=lambda: defaultdict(list))
    faults: list[tuple[int, str]] = field(default_factory=list)
    records: int = 0  # of Argilla
    not_reviewed: int = 0  # of these, those without a submitted response
    unsubmitted: int = 0  # responses that are drafts or discarded
    without_status: int = 0  # responses of which the file does not say whether they are submitted

    def left_out(self) -> list[str]:
        """A sentence on records that nobody has reviewed, and on each kind of doubtful response."""
        said = []
        if self.not_reviewed:
            said.append(
                f"not reviewed: {self.not_reviewed:,} of {self.records:,} records, which have no "
                "submitted response"
            )
        if self.unsubmitted:
            many = "1 response that is" if self.unsubmitted == 1 else (
                f"{self.unsubmitted:,} responses that are"
            )  # fmt: skip
            said.append(f"left out: {many} not submitted")
        if self.without_status:
            many = "1 response has" if self.without_status == 1 else (
                f"{self.without_status:,} responses have"
            )  # fmt: skip
            said.append(
                f"{many} no status, and drafts among them would count as submitted: "
                "records.to_list(flatten=True) keeps it"
            )
        return said


@dataclass(frozen=True)
class Asked:
    """What is asked of a file."""

    annotator: str | None
    suggestions: bool  # what a program suggests, in place of what people answered
    question: str | None  # of Argilla


def is_cleanlab(columns: Sequence[str]) -> bool:
    """Whether these are the columns of cleanlab's label issues."""
    return FLAGGED in columns and PREDICTED in columns


def is_argilla(columns: Sequence[str]) -> bool:
    """Whether these are the columns of Argilla's records."""
    nested = NESTED[0] in columns and any(name in columns for name in NESTED[1:])
    return nested or any(name.endswith((RESPONSES, SUGGESTION)) for name in columns)


def foreign(reader: Reader, known: Decisions, asked: Asked) -> Foreign | None:
    """The answers in a file of cleanlab or Argilla; None for any other file.

    Raises ColumnError for a file that lacks a column, SettingError for what has to be asked for.
    """
    columns = reader.columns()
    if is_cleanlab(columns):
        return _of_cleanlab(reader, columns, known, asked)
    if is_argilla(columns):
        return _of_argilla(reader, columns, known, asked)
    return None


def _of_cleanlab(reader: Reader, columns: Sequence[str], known: Decisions, asked: Asked) -> Foreign:
    """The predicted labels of flagged rows."""
    if known.rows.features.entities:
        raise SettingError(
            f"{reader.name} has label issues of texts, but these rows are tagged sentences: "
            "choose the run that it belongs to",
            field="from",
        )
    need_id(reader, columns)
    who = _suggesting(reader, asked, "cleanlab's predictions are no decisions of a person")
    wanted = ["id", FLAGGED, PREDICTED, *([GIVEN] if GIVEN in columns else [])]
    found = Foreign()
    for place, values in reader.rows(wanted):
        row_id, flagged, predicted, *given = (as_text(one, "", reader, place) for one in values)
        try:
            if _truth(flagged or ""):
                _check_given(row_id or "", given, known)
                found.lines[who].append((place, (row_id, predicted, None)))
        except DecisionError as error:
            found.faults.append((place, f"{reader.name}, {reader.unit} {place:,}: {error}"))
    return found


def need_id(reader: Reader, columns: Sequence[str]) -> None:
    """Raise ColumnError for a file of cleanlab without ids."""
    if columns.count("id") != 1:
        raise ColumnError(
            f"{reader.name} has {quoted(columns)}, as cleanlab writes them, and needs a column "
            "'id': cleanlab keeps the order of the rows that it got, so add it with "
            'issues.insert(0, "id", ids)',
            field="from",
        )


def _suggesting(reader: Reader, asked: Asked, why: str) -> str:
    """Under whose name suggestions are recorded. Raises SettingError unless they are asked for."""
    if not asked.suggestions:
        raise SettingError(
            f"{reader.name}: {why}. Give --suggestions to import them all the same, under the name "
            "that --annotator gives",
            field="suggestions",
        )
    if asked.annotator is None:
        raise SettingError(
            f"--annotator is missing: name who answers for the suggestions in {reader.name}",
            field="annotator",
        )
    return asked.annotator


def _truth(text: str) -> bool:
    if text.strip().casefold() not in (*_TRUE, *_FALSE):
        raise DecisionError(f"{FLAGGED} is {text[:40]!r}: write True or False")
    return text.strip().casefold() in _TRUE


def _check_given(row_id: str, given: Sequence[str | None], known: Decisions) -> None:
    """Raises DecisionError where cleanlab saw another label: the file is of other rows."""
    if not given or row_id not in known.rows:
        return  # an unknown row is said later
    own = known.rows.original(row_id)
    if given[0] != own:
        raise DecisionError(
            f"{GIVEN} of row {row_id!r} is {str(given[0])[:60]!r}, but its label is {own!r}: were "
            "the labels given to cleanlab by name, in the order of these ids?"
        )


def _of_argilla(reader: Reader, columns: Sequence[str], known: Decisions, asked: Asked) -> Foreign:
    """The submitted responses to a question, or its suggestions."""
    if columns.count("id") != 1:
        raise ColumnError(
            f"{reader.name} has {quoted(columns)}, as Argilla writes them, and needs a column 'id'",
            field="from",
        )
    records = [_Record.of(place, dict(zip(columns, values, strict=True)))
               for place, values in reader.rows(list(columns))]  # fmt: skip
    question = _question(reader, records, asked)
    found = Foreign()
    if asked.suggestions:
        _suggesting(reader, asked, "")
    for record in records:
        record.count(question, found)
        for who, value in record.answers(question, asked):
            try:
                label = _label(value, record.row_id, known)
            except DecisionError as error:
                where = f"{reader.name}, {reader.unit} {record.place:,}"
                found.faults.append((record.place, f"{where}: {error}"))
                continue
            found.lines[who].append((record.place, (record.row_id, label, record.text)))
    if not found.lines and not found.faults:
        raise DecisionError(
            f"{reader.name} has no submitted response to {question!r}: nobody "
            "has reviewed its records. Suggestions are no decisions of a person: --suggestions "
            "imports those that differ from the label all the same",
            field="from",
        )
    return found


def agreeing(lines: Sequence[tuple[int, Values]]) -> list[tuple[int, Values]]:
    """One line for each row on which all its lines agree: one annotator gives one label."""
    found: dict[Any, list[tuple[int, Values]]] = defaultdict(list)
    for line in lines:
        found[line[1][0]].append(line)
    return [own[0] for own in found.values() if all(one[1][1] == own[0][1][1] for one in own)]


@dataclass(frozen=True)
class _Record:
    """A record of Argilla; what it says by the name of each question."""

    place: int
    row_id: str
    text: str | None  # where one field holds it
    responses: Mapping[str, Sequence[Mapping[str, Any]]]
    suggestions: Mapping[str, Any]

    @classmethod
    def of(cls, place: int, cells: Mapping[str, Any]) -> _Record:
        """From the cells of a line, nested or flat."""
        if "fields" in cells:
            fields = _mapping(cells.get("fields"))
            given = _mapping(cells.get("suggestions"))
            suggested = {name: _mapping(one).get("value") for name, one in given.items()}
            answered = {n: _listed(one) for n, one in _mapping(cells.get("responses")).items()}
        else:
            fields = {name: value for name, value in cells.items() if name == "text"}
            names = {name.removesuffix(RESPONSES) for name in cells if name.endswith(RESPONSES)}
            answered = {name: _flat(cells, name) for name in names}
            suggested = {
                name.removesuffix(SUGGESTION): value
                for name, value in cells.items()
                if name.endswith(SUGGESTION) and value not in (None, "")
            }
        texts = [value for value in fields.values() if isinstance(value, str)]
        text = fields.get("text", texts[0] if len(texts) == 1 else None)
        return cls(place, str(cells["id"]), text, answered, suggested)

    def count(self, question: str, found: Foreign) -> None:
        """Add the record to what is counted of the file."""
        states = [one.get("status") or "" for one in self.responses.get(question, ())]
        found.records += 1
        found.not_reviewed += not any(state in ("", SUBMITTED) for state in states)
        found.unsubmitted += sum(state not in ("", SUBMITTED) for state in states)
        found.without_status += states.count("")

    def answers(self, question: str, asked: Asked) -> Iterator[tuple[str, Any]]:
        """(who, the value) of each answer that counts."""
        if asked.suggestions:
            if question in self.suggestions:
                yield str(asked.annotator), self.suggestions[question]
            return
        for one in self.responses.get(question, ()):
            if one.get("status") in (None, "", SUBMITTED):
                yield asked.annotator or str(one.get("user_id") or "argilla"), one.get("value")


def _flat(cells: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The responses to a question, which flat records have in parallel lists."""
    values = _items(cells[f"{name}{RESPONSES}"])
    users, status = (_items(cells.get(f"{name}{one}")) for one in (USERS, STATUS))
    padded = [None] * len(values)
    return [
        {"value": value, "user_id": user, "status": state}
        for value, user, state in zip(values, users or padded, status or padded, strict=False)
    ]


def _items(cell: Any) -> list[Any]:
    """A list, or the text of one in JSON."""
    if isinstance(cell, str) and cell:
        try:
            cell = json.loads(cell)
        except ValueError:
            raise DecisionError(
                f"the cell {cell[:40]!r} is no list: a .csv file does not keep lists. Write the "
                "records to .json, .jsonl or .parquet",
                field="from",
            ) from None
    return list(cell) if isinstance(cell, list | tuple) else []


def _mapping(cell: Any) -> Mapping[str, Any]:
    return cell if isinstance(cell, dict) else {}


def _listed(cell: Any) -> list[Mapping[str, Any]]:
    return [one for one in cell if isinstance(one, dict)] if isinstance(cell, list) else []


def _question(reader: Reader, records: Iterable[_Record], asked: Asked) -> str:
    """The question whose answers are labels. Raises SettingError unless one can be meant."""
    names = sorted({n for one in records for n in (*one.responses, *one.suggestions)})
    if asked.question in names or (asked.question is None and len(names) == 1):
        return asked.question or names[0]
    there = f"the questions {', '.join(names)}" if names else "no responses and no suggestions"
    raise SettingError(
        f"{reader.name} has {there}: name the one whose answers are labels with --question",
        field="question",
    )


def _label(value: Any, row_id: str, known: Decisions) -> Any:
    """The label as other files of answers have it: a name, or spans of words."""
    if not known.rows.features.entities:
        if isinstance(value, str):
            return value
        raise DecisionError(f"the answer {str(value)[:60]!r} is not one label")
    if not isinstance(value, list) or row_id not in known.rows:
        return value  # what is wrong with it is said later
    return [_in_words(one, known.rows.words_of(row_id)) for one in value]


def _in_words(span: Any, words: Sequence[str]) -> list[Any]:
    """A span of characters, of words joined by blanks, as one of words."""
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    try:
        first, end, name = int(float(span["start"])), int(float(span["end"])), str(span["label"])
        begin = starts.index(first)
        last = next(n for n in range(begin, len(words)) if starts[n] + len(words[n]) == end)
    except (TypeError, KeyError, ValueError, StopIteration):
        raise DecisionError(
            f"the span {str(span)[:80]} does not begin and end with words of the sentence"
        ) from None
    return [begin, last + 1, name]
