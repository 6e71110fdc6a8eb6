"""What class acts and labels may name. Raises DecisionError with what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hamr.decisions.class_acts import ClassAct, ClassActs, Names
from hamr.decisions.records import Event
from hamr.errors import DecisionError

MOST_LISTED = 12
DONE = {"rename": "renamed", "merge": "merged", "retire": "retired", "reinstate": "reinstated"}


def said_by(act: ClassAct) -> str:
    """ "by Ada on 28 Nov 2026 at 16:20 UTC (no rows left)"."""
    event, why = act.event, f" ({act.why})" if act.why else ""
    return f"by {event.annotator} on {event.time:%d %b %Y at %H:%M} UTC{why}"


def refusal(name: str, names: Names, keys: Sequence[str]) -> str:
    """Why a name can't be given though a class is or was called so; "" if that is not why."""
    choices = _listed(names.given(keys))
    retired = names.retired.get(names.key(name))
    in_use = name in names.among(keys)
    if in_use and retired is not None:
        return f"{name!r} was retired {said_by(retired)}: choose one of {choices}"
    if in_use or (taken := names.former.get(name)) is None:
        return ""
    now = names.name(taken.key)
    how = f"is now called {now!r}, renamed" if taken.event.kind == "rename" else (
        f"was merged into {now!r}"
    )  # fmt: skip
    return f"{name!r} {how} {said_by(taken)}: choose {now!r}"


def check_act(event: Event, names: Names, keys: Sequence[str]) -> None:
    """Raises DecisionError unless the act fits the classes; `keys` has those that exist."""
    content = event.content or {}
    name, to = str(content["class"]), str(content.get("to") or "")
    there = names.among(keys)
    if name not in there:
        raise DecisionError(
            refusal(name, names, keys)
            or f"there is no class {name!r}: name one of {_listed(there)}",
            field="class",
        )
    retired = names.retired.get(names.key(name))
    if event.kind == "rename":
        _check_rename(name, to, names, keys)
    elif event.kind == "merge":
        _check_merge(name, to, names, keys)
    elif event.kind == "retire" and retired is not None:
        raise DecisionError(f"{name!r} was retired already, {said_by(retired)}", field="class")
    elif event.kind == "reinstate" and retired is None:
        raise DecisionError(f"{name!r} is not retired: it can be given", field="class")
    if event.kind in ("retire", "merge") and set(names.given(keys)) <= {name}:
        raise DecisionError(
            f"{name!r} is the last class that can be given: add or reinstate another one first",
            field="class",
        )


def _check_rename(name: str, to: str, names: Names, keys: Sequence[str]) -> None:
    if to == name:
        raise DecisionError(f"the class is called {name!r} already: give a new name", field="to")
    if to in names.among(keys):
        raise DecisionError(
            f"there is a class {to!r} already: to make one class of the two, merge {name!r} into "
            f"{to!r}",
            field="to",
        )
    if to in keys and names.current(to) != names.key(name):
        raise DecisionError(
            f"{refusal(to, names, keys)}. Rows came with that name, so no other class can have it",
            field="to",
        )


def _check_merge(name: str, to: str, names: Names, keys: Sequence[str]) -> None:
    if to == name:
        raise DecisionError(f"{name!r} can't be merged into itself: name another class", field="to")
    if to not in names.given(keys):
        raise DecisionError(
            refusal(to, names, keys)
            or f"there is no class {to!r}: merge into one of {_listed(names.given(keys))}",
            field="to",
        )


def check_turn(event: Event, acts: ClassActs, keys: Sequence[str]) -> None:
    """Raises DecisionError unless the act can be undone or redone with what happened since."""
    act = acts.acts[event.act_id]
    later = acts.later(event.act_id)
    if later:
        other = later[-1]
        raise DecisionError(
            f"{in_words(other)}, {said_by(other)}, is about the same classes and came later: undo "
            "that first"
        )
    if event.kind == "redo":
        names = acts.now
        again = {"class": names.name(act.key), "to": act.to}
        if act.target is not None:
            again["to"] = names.name(act.target)
        check_act(Event(**{**vars(act.event), "content": again}), names, keys)
        return
    after = acts.without(event.act_id)
    called = [after.name(key) for key in keys if key not in after.merged]
    twice = sorted({name for name in called if called.count(name) > 1})
    if twice:
        raise DecisionError(
            f"another class is called {twice[0]!r} since: rename that one before this is undone"
        )


def in_words(act: ClassAct) -> str:
    """An act: "rename 'a' to 'b'"."""
    kind = act.event.kind
    link = {"rename": " to ", "merge": " into "}.get(kind)
    return f"{kind} {act.name!r}" + (f"{link}{act.to!r}" if link else "")


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = len(known) - MOST_LISTED
    shown = ", ".join(map(repr, known[:MOST_LISTED]))
    return f"{shown} and {more:,} more" if more > 0 else shown or "none"
