"""How people work together on a data set: blind or not, and who may settle a conflict.

    setting   content {"name": "blind", "value": true or false}
    setting   content {"name": "settlers", "value": [names] or null}      null: everybody

Nobody signs in to the program: a name is what somebody typed. The rules keep honest people from
mistakes, and the events show what was done under which name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from hamr.decisions.records import Event
from hamr.errors import DecisionError

MOST_SETTLERS, LONGEST_NAME = 100, 100


@dataclass(frozen=True)
class Rules:
    """The rules now."""

    # Who turned blind mode on, and when; None: it is off.
    blind_by: str | None = None
    blind_since: datetime | None = None
    settlers: tuple[str, ...] | None = None  # None: everybody
    settlers_by: str | None = None  # who named them

    @property
    def blind(self) -> bool:
        """Whether a row's labels of others are hidden until one has decided on it oneself."""
        return self.blind_by is not None

    def may_settle(self, annotator: str) -> bool:
        """Whether they may choose the final label where annotators disagree."""
        return self.settlers is None or annotator in self.settlers

    def refuses_to_settle(self, annotator: str) -> str:
        """Why they may not; "" if they may."""
        if self.may_settle(annotator):
            return ""
        return (
            f"Only {_listed(self.settlers or ())} may choose the final label where annotators "
            f"disagree, as {self.settlers_by} has set. Your own label is saved beside the others"
        )

    def after(self, event: Event) -> Rules:
        """The rules after a setting."""
        content = event.content or {}
        if content["name"] == "blind":
            if content["value"]:
                return replace(self, blind_by=event.annotator, blind_since=event.time)
            return replace(self, blind_by=None, blind_since=None)
        value = content["value"]
        named = None if value is None else tuple(value)
        return replace(self, settlers=named, settlers_by=None if named is None else event.annotator)

    def check(self, event: Event) -> None:
        """Raises DecisionError unless the setting may be made."""
        content = event.content or {}
        if content["name"] == "blind":
            self._check_blind(event.annotator, on=bool(content["value"]))
        elif not self.may_settle(event.annotator):
            raise DecisionError(
                f"only {_listed(self.settlers or ())} may change who settles conflicts",
                field="settlers",
            )
        else:
            _check_names(content["value"])

    def _check_blind(self, annotator: str, *, on: bool) -> None:
        if on and self.blind:
            raise DecisionError(f"blind mode is on already: {self.blind_by} turned it on")
        if not on and not self.blind:
            raise DecisionError("blind mode is off already")
        if not on and annotator != self.blind_by:
            raise DecisionError(
                f"{self.blind_by} turned blind mode on, and only they can turn it off: ask them"
            )


def _check_names(value: object) -> None:
    if value is None:
        return
    names = list(value) if isinstance(value, list | tuple) else []
    good = all(isinstance(n, str) and n.strip() == n and n.isprintable() for n in names)
    if not names or not good or any(not 0 < len(name) <= LONGEST_NAME for name in names):
        raise DecisionError(
            "name at least one person who may settle conflicts, each as they type their name",
            field="settlers",
        )
    if len(names) > MOST_SETTLERS:
        raise DecisionError(f"name at most {MOST_SETTLERS} people, not {len(names)}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
