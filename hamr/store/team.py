"""How people work together on one data set: class acts, guidelines, comments, and rules.

Each act is one event among the decisions (see `hamr.decisions`): stored for good, copied to the
journal, checked and restored like them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hamr.decisions import ClassAct, Event, Guideline, Recorded, Thread, new_id
from hamr.decisions.class_rules import check_act
from hamr.decisions.log import Log, names_in
from hamr.decisions.records import Kind
from hamr.errors import DecisionError
from hamr.store.decision_rows import now
from hamr.store.decisions import Decisions

LONGEST_WHY = 500


@dataclass(frozen=True)
class ClassInfo:
    """A class (of sentences a type) as it is now."""

    key: str  # its first name
    name: str
    also: tuple[str, ...]  # other names that its rows came with, or were given
    acts: tuple[ClassAct, ...]  # the valid acts about it, oldest first
    retired: ClassAct | None
    guideline: Guideline | None  # the newest version


class Team:
    """Class acts, guidelines, comments and rules of one data set. Everything raises DecisionError
    with what to do instead where it can't be done, and StoreError as decisions do.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    # --- classes ---

    def act(
        self, kind: Kind, name: str, annotator: str, *, to: str | None = None, why: str = "",
        client_id: str = "",
    ) -> Recorded:  # fmt: skip
        """Rename, merge, retire or reinstate a class; see `hamr.decisions.class_acts`."""
        content = {"class": name, "why": why.strip()} | ({"to": to.strip()} if to else {})
        event = self._event(kind, annotator, content, client_id)
        rows = self._decisions.rows

        def check(log: Log) -> None:
            if len(why) > LONGEST_WHY:
                raise DecisionError(f"a reason has at most {LONGEST_WHY} characters", field="why")
            if kind in ("rename", "merge") and not content.get("to"):
                raise DecisionError("the other name is missing: give one", field="to")
            check_act(event, log.classes.now, log.class_keys(rows.names))
            if kind == "rename":
                rows.kind.check_new_name(content["to"])

        return self._decisions.add(event, check)

    def undo(self, act: ClassAct, annotator: str) -> Recorded:
        """Undo an act, whoever made it; of one state of the data it counts once."""
        once = f"undo {act.event.act_id} {self._decisions.version}"
        return self._decisions.undo(act.event.act_id, annotator, once)

    def classes(self) -> tuple[ClassInfo, ...]:
        """All classes as they are now, those that can't be given too."""
        names, keys = self._decisions.class_names(), self._decisions.class_keys()
        acts = self._decisions.ask(lambda log: log.classes.valid())
        found = []
        for key in keys:
            if key in names.merged:
                continue
            parts = [other for other in keys if names.current(other) == key]
            name = names.name(key)
            own = tuple(act for act in acts if act.key in parts or act.target in parts)
            former = (act.name for act in own if act.event.kind in ("rename", "merge"))
            also = tuple(dict.fromkeys(n for n in (*parts, *former) if n != name))
            guideline = (self.guideline_versions(name) or (None,))[-1]
            found.append(ClassInfo(key, name, also, own, names.retired.get(key), guideline))
        return tuple(found)

    def acts(self) -> tuple[ClassAct, ...]:
        """All class acts that are not undone, oldest first."""
        return tuple(self._decisions.ask(lambda log: log.classes.valid()))

    def row_counts(self) -> Counter[str]:
        """How many rows, of all splits, each class has now (of sentences: have the type)."""
        decisions = self._decisions
        current = decisions.current(decisions.states())
        rows = decisions.rows
        counts = Counter(rows.names_of_all())
        for row_id, label in current.decided.items():
            counts.subtract(names_in(rows.original(row_id)))
            counts.update(names_in(label))
        return counts

    def rows_with(self, names: Collection[str]) -> frozenset[str]:
        """The ids of the rows, of all splits, whose current label has one of these classes."""
        if not names:
            return frozenset()
        decisions = self._decisions
        rows, current = decisions.rows, decisions.current(decisions.states())
        came = rows.holding([n for n in rows.names if current.names.name(n) in names])
        maybe = (*came, *current.decided)
        return frozenset(
            row_id
            for row_id in maybe
            if not names_in(current.label(row_id, rows.original)).isdisjoint(names)
        )

    # --- guidelines ---

    def write_guideline(
        self, name: str, text: str, annotator: str, *, restores: int | None = None,
        client_id: str = "",
    ) -> Recorded:  # fmt: skip
        """A new version of a class's guideline, in Markdown; "" for none."""
        content: dict[str, Any] = {"class": name, "text": text.strip()}
        if restores is not None:
            content["restores"] = restores
        event, own = self._event("guideline", annotator, content, client_id), (
            self._decisions.rows.names
        )  # fmt: skip

        def check(log: Log) -> None:
            names = log.classes.now
            log.guidelines.check(event, names, names.among(log.class_keys(own)))

        return self._decisions.add(event, check)

    def guideline_versions(self, name: str) -> tuple[Guideline, ...]:
        """The versions of the guideline of the class that is called so, oldest first."""
        return self._decisions.ask(lambda log: log.guidelines.of(log.classes.now.key(name)))

    def guidelines(self) -> dict[str, Guideline]:
        """The newest guideline of each class that has one, by its name."""
        found = {name: self.guideline_versions(name) for name in self._decisions.names()}
        return {name: own[-1] for name, own in found.items() if own and own[-1].text}

    # --- comments ---

    def comment(
        self, row_id: str, text: str, annotator: str, *, span: Sequence[int] | None = None,
        thread: str | None = None, client_id: str = "",
    ) -> Recorded:  # fmt: skip
        """Comment on a row or some of its words, or, with `thread`, reply."""
        content: dict[str, Any] = {"text": text.strip()}
        if thread is not None:
            content["thread"] = thread
        elif span is not None:
            content["span"] = [int(span[0]), int(span[1])]
        return self._comment("comment", row_id, annotator, content, client_id)

    def edit_comment(
        self, row_id: str, comment: str, text: str, annotator: str, client_id: str = ""
    ) -> Recorded:
        """Give a comment of one's own another text."""
        content = {"comment": comment, "text": text.strip()}
        return self._comment("comment_edit", row_id, annotator, content, client_id)

    def delete_comment(
        self, row_id: str, comment: str, annotator: str, client_id: str = ""
    ) -> Recorded:
        """Delete a comment of one's own; the audit keeps it."""
        return self._comment("comment_delete", row_id, annotator, {"comment": comment}, client_id)

    def settle_thread(
        self, row_id: str, thread: str, annotator: str, *, reopen: bool = False, client_id: str = ""
    ) -> Recorded:
        """Settle a thread, or reopen it."""
        kind: Kind = "thread_reopen" if reopen else "thread_settle"
        return self._comment(kind, row_id, annotator, {"thread": thread}, client_id)

    def comments_on(self, row_id: str) -> tuple[Thread, ...]:
        """The threads on a row, oldest first."""
        return self._decisions.ask(lambda log: log.comments.on(row_id))

    def threads(self) -> tuple[Thread, ...]:
        """All threads, oldest first."""
        return self._decisions.ask(lambda log: log.comments.threads())

    # --- rules ---

    def set_blind(self, on: bool, annotator: str, client_id: str = "") -> Recorded:
        """Turn blind mode on or off for everybody."""
        return self._set("blind", on, annotator, client_id)

    def set_settlers(
        self, names: Iterable[str] | None, annotator: str, client_id: str = ""
    ) -> Recorded:
        """Name who may settle conflicts; None for everybody."""
        value = None if names is None else list(dict.fromkeys(name.strip() for name in names))
        return self._set("settlers", value, annotator, client_id)

    # --- inside ---

    def _set(self, name: str, value: object, annotator: str, client_id: str) -> Recorded:
        event = self._event("setting", annotator, {"name": name, "value": value}, client_id)
        return self._decisions.add(event, lambda log: log.rules.check(event))

    def _comment(
        self, kind: Kind, row_id: str, annotator: str, content: Mapping[str, Any], client_id: str
    ) -> Recorded:
        rows = self._decisions.rows
        split, words = rows.split(row_id), rows.words_in(row_id)
        event = self._event(kind, annotator, content, client_id, row_id=row_id, split=split)
        return self._decisions.add(event, lambda log: log.comments.check(event, words))

    def _event(
        self, kind: Kind, annotator: str, content: Mapping[str, Any], client_id: str, **more: Any
    ) -> Event:
        one = client_id or new_id()
        return Event(0, one, one, annotator, now(), kind, content=content, **more)
