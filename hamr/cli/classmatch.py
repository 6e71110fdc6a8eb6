"""The class that an answer means: a known one in any spelling, or a deliberately new one."""

from __future__ import annotations

from collections.abc import Sequence

from hamr.data.lookalikes import forms_of, seen_apart, visible
from hamr.errors import DecisionError
from hamr.files.cells import unsafe
from hamr.files.mending import REPLACEMENT, mended
from hamr.files.table import in_words
from hamr.store import Decisions

_TRUTHS = {"true": True, "number 1": True, "false": False, "number 0": False}
_MARKS = "'‘’"  # before a name; spreadsheets take the apostrophe off, or put it on


class Names:
    """The class names that answers can mean.

    A known name means itself. A name that only looks like a known one (`True` and `true`, 1.0 and
    1; by case, blanks, Unicode form or an apostrophe before it) means that one, if there is
    exactly one. With `new_classes` it is refused instead: it could also be a new class, and two
    classes that look alike should not arise by accident.
    """

    def __init__(
        self, known: Sequence[str], kind: str, *, new_classes: bool, from_cells: bool
    ) -> None:
        self.kind = kind
        self._known = {*known}
        self._new_classes = new_classes
        self._from_cells = from_cells  # cells of spreadsheets, where a formula has an apostrophe
        self._truths = self._of_truths(known)
        self._alike: dict[str, list[str]] = {}
        for name in known:
            self._add(name)

    def meant(self, given: str) -> str:
        """The name that is meant; unknown names are returned for the data's own check.

        Raises DecisionError if several are possible, or if a new name looks like a known one.
        """
        given = mended(given)
        cell = unsafe(given) if self._from_cells else given
        spellings = dict.fromkeys((given, given.strip(), cell, cell.strip()))
        exact = {name.strip() for name in spellings if name in self._known}
        alike = sorted(exact) or self._like(spellings)
        if len(alike) > 1:
            raise DecisionError(
                f"{visible(given)} can mean more than one {self.kind}: did you mean "
                f"{in_words(seen_apart(alike), last='or')}? Write it as it is",
                field="label",
            )
        if exact:
            return alike[0]
        if alike and self._new_classes:
            shown = seen_apart([given, *alike])
            raise DecisionError(
                f"{shown[0]} looks like the {self.kind} {shown[1]}: write {shown[1]} if that is "
                f"meant, or give the new {self.kind} a name that differs more",
                field="label",
            )
        if alike:
            return alike[0]
        return self._unknown(cell.strip())

    def _unknown(self, name: str) -> str:
        if self._new_classes:
            if REPLACEMENT in name:
                raise DecisionError(
                    f"the new {self.kind} {visible(name)} has half a character: write it whole",
                    field="label",
                )
            self._known.add(name)  # what looks like it in a later line is no other class
            self._add(name)
        return name

    def _like(self, spellings: Sequence[str] | dict[str, None]) -> list[str]:
        found = {name for one in spellings for key in _keys(one) for name in self._of(key)}
        return sorted(found)

    def _of(self, key: str) -> list[str]:
        found = self._alike.get(key, [])
        if not found and self._truths and key in _TRUTHS:
            return [self._truths[_TRUTHS[key]]] if _TRUTHS[key] in self._truths else []
        return found

    def _add(self, name: str) -> None:
        for key in dict.fromkeys(_keys(name)):
            self._alike.setdefault(key, []).append(name)

    @staticmethod
    def _of_truths(known: Sequence[str]) -> dict[bool, str]:
        """The names of true and false, if the only classes are these (or 1 and 0)."""
        keys = {name: forms_of(name)[0] for name in known}
        if len(known) > 2 or not all(key in _TRUTHS for key in keys.values()):
            return {}
        return {_TRUTHS[key]: name for name, key in keys.items()}


def names_of(known: Decisions, *, new_classes: bool, from_cells: bool) -> Names:
    """The classes (entity types of sentences) of the data, and those that decisions added."""
    return Names(
        known.names(), known.rows.kind.name, new_classes=new_classes, from_cells=from_cells
    )


def _keys(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*forms_of(name), *forms_of(name.strip().lstrip(_MARKS)))))
