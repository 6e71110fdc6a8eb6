"""Import a file of `decisions export`: the labels that are current in that file.

The states of rows are computed from the file's events like those in the store (see
`hamr.decisions.fold`): undone, skipped and settled decisions do not count, and an annotator's
later label replaces the earlier one. What remains is one label of each annotator for a row. These
are recorded as decisions of the annotators who gave them, so a conflict stays a conflict. With
--annotator they are recorded as that annotator's, and rows in conflict are left out.

Class acts, comments, guidelines and settings of the file are not imported. Where it has classes
renamed, a label is that of the same class here, whatever that is called here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from hamr.cli.classmatch import names_of
from hamr.decisions import Decision, Event, Judgement, Kind, Label, State, fold, text_hash
from hamr.decisions import in_words as label_in_words
from hamr.decisions.class_acts import ClassActs
from hamr.decisions.records import CLASS_ACTS, DECIDING, GIVING, TURNING
from hamr.errors import DecisionError
from hamr.files.cells import unsafe
from hamr.files.table import Reader
from hamr.store import Decisions
from hamr.tasks import LabelKind

NAMESPACE = uuid.UUID("9d8ad3a5-6d65-4d4c-9d5e-6a5b1d6f7c10")  # of the ids of imported decisions
NEEDED = ("version", "annotator", "act", "row", "old label", "new label", "kind")
# Files of older versions lack some of these.
EXTRA = ("time", "base", "text hash", "content")


@dataclass
class Replayed:
    """The decisions to record from a file, and the lines that do not fit."""

    decisions: list[Decision] = field(default_factory=list)
    known: int = 0  # labels that are already current
    conflicts: int = 0  # rows left out: one annotator can't give two labels
    not_reviewed: int = 0  # records without a submitted response
    faults: list[tuple[int, str]] = field(default_factory=list)  # line, sentence


def is_export(columns: list[str]) -> bool:
    """Whether a file with these columns comes from `decisions export`."""
    return all(columns.count(name) == 1 for name in NEEDED) and "id" not in columns


class Replay:
    """The import of one file."""

    def __init__(
        self, reader: Reader, path: Path, known: Decisions, annotator: str | None, run: str,
        *, new_classes: bool,
    ) -> None:  # fmt: skip
        self._reader, self._path, self._known = reader, path, known
        self._annotator, self._run = annotator, run
        self._digest = sha256(path.read_bytes()).hexdigest()
        self._places: dict[int, int] = {}  # version -> line
        self._hashes: dict[str, str] = {}  # row id -> hash of the text that was shown
        self._acts = ClassActs()  # of the file
        self._found = Replayed()
        # The file's new classes were added on purpose; but a name that only looks like a known
        # one may be the work of a spreadsheet.
        self._names = None if new_classes else names_of(known, new_classes=True, from_cells=False)

    def decisions(self) -> Replayed:
        """The decisions that make the file's labels current here."""
        events = sorted(self._events(), key=lambda event: event.version)
        for event in events:
            if event.kind in CLASS_ACTS:
                self._acts.add(event)
            elif event.kind in TURNING and event.act_id in self._acts.acts:
                self._acts.turn(event)
        strange, here = self._strange_rows(events), self._known.class_names()
        states = fold(events, lambda label, given: here.read(label, self._acts.at(given)))
        for state in states.values():
            if state.row_id in strange:
                continue
            for judgement in self._counting(state):
                with self._blamed_on(judgement.version):
                    self._take(judgement, state)
        self._found.faults.sort()
        return self._found

    def _events(self) -> Iterator[Event]:
        for place, values in _lines(self._reader):
            try:
                event = _event(values, self._known.rows.kind)
                if event.version in self._places:
                    raise DecisionError(
                        f"version {event.version} is there twice: keep one of the lines"
                    )
            except DecisionError as error:
                self._fault(place, error)
                continue
            self._places[event.version] = place
            if event.row_id and event.text_hash:
                self._hashes[event.row_id] = event.text_hash
            yield event

    def _strange_rows(self, events: list[Event]) -> set[str]:
        """The rows that this data lacks, or that had another label when first decided."""
        first: dict[str, Event] = {}
        for event in events:
            if event.row_id is not None and event.kind in DECIDING:
                first.setdefault(event.row_id, event)
        strange = set()
        for row_id, event in first.items():
            with self._blamed_on(event.version):
                strange.add(row_id)
                original = self._known.rows.original(row_id)
                came = self._acts.at(event.version).keyed(event.old)
                if came not in (None, original):
                    raise DecisionError(
                        f"row {row_id!r} had the label {label_in_words(event.old)} when it was "
                        f"first decided, but has {label_in_words(original)} here: import the "
                        "decisions into a run on the same data"
                    )
                strange.remove(row_id)
        return strange

    def _counting(self, state: State) -> list[Judgement]:
        """The decisions on a row that count: its open labels; with --annotator only one."""
        labels = [one for one in state.open if one.label is not None]
        if self._annotator is None:
            return labels
        if state.conflict:
            self._found.conflicts += 1
            return []
        return labels[-1:]

    def _take(self, judgement: Judgement, state: State) -> None:
        row_id, known = state.row_id, self._known
        who = self._annotator or judgement.annotator
        label = self._checked(judgement.label)
        act = str(uuid.uuid5(NAMESPACE, f"{self._digest} {who}"))
        seen = self._hashes.get(row_id) or text_hash(known.rows.text(row_id))
        decision = known.rows.checked(
            Decision(
                row_id=row_id,
                split=known.rows.split(row_id),
                text_hash=seen,
                kind="label",
                annotator=who,
                new=label,
                client_id=str(uuid.uuid5(NAMESPACE, f"{act} {row_id}")),
                act_id=act,
                run=self._run,
                evidence={"imported": self._path.name, "place": self._places[judgement.version]},
                time=judgement.time,
                new_class=True,
            )
        )
        known.rows.check_names(decision, known.names(), known.refusal)
        now = known.state(row_id)
        if now and any(one.annotator == who and one.label == decision.new for one in now.open):
            self._found.known += 1
        else:
            self._found.decisions.append(decision)

    def _checked(self, label: Label | None) -> Label | None:
        if self._names is None or label is None:
            return label
        if isinstance(label, str):
            return self._names.meant(label)
        return tuple((start, end, self._names.meant(kind)) for start, end, kind in label)

    @contextmanager
    def _blamed_on(self, version: int) -> Iterator[None]:
        """Turns an error inside the block into a fault of that version's line."""
        try:
            yield
        except DecisionError as error:
            self._fault(self._places[version], error)

    def _fault(self, place: int, error: DecisionError) -> None:
        sentence = f"{self._reader.name}, {self._reader.unit} {place:,}: {error}"
        self._found.faults.append((place, sentence))


def _lines(reader: Reader) -> Iterator[tuple[int, dict[str, str]]]:
    there = reader.columns()
    wanted = [name for name in (*NEEDED, *EXTRA) if there.count(name) == 1]
    for place, values in reader.rows(wanted):
        cells = ("" if value is None else str(value) for value in values)
        yield place, dict(zip(wanted, cells, strict=True))


def _event(values: Mapping[str, str], labels: LabelKind) -> Event:
    """An event from its line."""
    kind: Any = values["kind"]
    if kind not in get_args(Kind):
        raise DecisionError(f"{kind[:40]!r} is not a kind of event: was the file edited?")
    version = _number(values["version"], "version")
    return Event(
        version=version,
        client_id=str(version),
        act_id=unsafe(values["act"]),
        annotator=unsafe(values["annotator"]),
        time=_time(values["time"]) if "time" in values else datetime.now(UTC),
        kind=kind,
        row_id=unsafe(values["row"]) if kind in DECIDING else None,
        text_hash=values.get("text hash") or None,
        old=_label(values["old label"], labels),
        new=_label(values["new label"], labels) if kind in GIVING else None,
        content=_content(values.get("content", ""), kind),
        # Files of older versions lack it: assume that all earlier decisions had been seen.
        base=_number(values["base"], "base") if values.get("base") else version - 1,
    )


def _content(cell: str, kind: str) -> dict[str, Any] | None:
    """What a class act says; of other events nothing is needed."""
    if kind not in CLASS_ACTS:
        return None
    try:
        found = json.loads(unsafe(cell))
        return {"class": str(found["class"]), "to": str(found.get("to", ""))}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DecisionError(
            f"the content {cell[:60]!r} is not that of a class act: was the file edited?"
        ) from None


def _number(cell: str, name: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 18):
        raise DecisionError(f"the {name} {cell[:40]!r} is not a whole number: was the file edited?")
    return int(cell)


def _time(cell: str) -> datetime:
    try:
        time = datetime.fromisoformat(cell)
    except ValueError:
        raise DecisionError(f"{cell[:40]!r} is not a time: was the file edited?") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _label(cell: str, labels: LabelKind) -> Label | None:
    if not cell:
        return None
    try:
        return labels.from_text(unsafe(cell))
    except ValueError:
        raise DecisionError(
            f"the label {cell[:60]!r} is not {labels.shape}: was the file edited?"
        ) from None
