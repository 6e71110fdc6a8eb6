"""Which key does what on the page Relabel: one fixed key for each class, and one for each action.

A class keeps its key for the whole data set, in every row and every session: digits first, then
the letters that no action uses. Where there are more classes than keys, the most frequent ones
have keys, and all are found by search. Annotators can change keys for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase, digits
from typing import Any

MOST_KEYED = 20  # classes with a key; more would not be remembered, and push the text off screen


@dataclass(frozen=True)
class Action:
    """Something that a key does, apart from giving a class."""

    name: str
    words: str  # what it does
    key: str  # a letter, unless the annotator chooses another one
    more: tuple[str, ...] = ()  # keys that it always has as well


ACTIONS = (
    Action("accept", "Accept the label", "a"),
    Action("unsure", "Mark the row unsure", "u"),
    Action("skip", "Skip the row", "s"),
    Action("other", "Search all labels", "o"),
    Action("back", "Back to the previous row", "b", ("ArrowLeft",)),
    Action("undo", "Undo your last action", "z", ("Mod+z",)),
    Action("redo", "Redo it", "y", ("Mod+Shift+z", "Mod+y")),
    Action("guidelines", "Guidelines of the classes", "g"),
    Action("keys", "Show all keys", "?"),
)
BY_NAME = {action.name: action for action in ACTIONS}
ENTER = "Enter"  # the suggestion where the label is probably wrong, else Accept
_OTHERWISE = "choose another key, or change that one first."
_SHOWN = {"ArrowLeft": "←", "Mod+z": "Ctrl+Z", "Mod+y": "Ctrl+Y", "Mod+Shift+z": "Ctrl+Shift+Z"}
POOL = digits[1:] + "".join(c for c in ascii_lowercase if c not in {a.key for a in ACTIONS})


@dataclass(frozen=True)
class Keymap:
    """The keys of one annotator for one data set."""

    actions: Mapping[str, str]  # action -> key
    classes: Mapping[str, str]  # class -> key, in the order of keys

    def of(self, action: str) -> tuple[str, ...]:
        """All keys of an action."""
        return (self.actions[action], *BY_NAME[action].more)


@dataclass(frozen=True)
class Own:
    """What an annotator has changed."""

    actions: Mapping[str, str] = field(default_factory=dict)  # for all data sets
    classes: Mapping[str, str] = field(default_factory=dict)  # for one data set

    @classmethod
    def of(cls, actions: Any, classes: Any) -> Own:
        """From what is stored; what is no longer a key or an action is left out."""
        known = {n: k for n, k in _pairs(actions) if n in BY_NAME and is_key(k)}
        return cls(known, {name: key for name, key in _pairs(classes) if is_key(key)})


def _pairs(stored: Any) -> Iterable[tuple[str, str]]:
    return stored.items() if isinstance(stored, Mapping) else ()


def is_key(key: object) -> bool:
    """Whether an annotator may choose it: one letter or digit of any keyboard."""
    return isinstance(key, str) and len(key) == 1 and key.isalnum() and key == key.lower()


def class_keys(names: Sequence[str], counts: Sequence[int], stored: Any) -> dict[str, str]:
    """The key of each class of a data set; `stored` ones stay, new classes get free keys.

    `names` in the data's order, `counts` their rows. Classes beyond MOST_KEYED, by frequency, have
    no key.
    """
    kept = {n: k for n, k in _pairs(stored) if is_key(k)}
    free = [key for key in POOL if key not in kept.values()]
    order = list(range(len(names)))
    if len(names) > MOST_KEYED:
        order.sort(key=lambda i: (-counts[i], i))
    new = [names[i] for i in order if names[i] not in kept][: max(0, MOST_KEYED - len(kept))]
    return kept | dict(zip(new, free, strict=False))


def keymap(of_data: Mapping[str, str], names: Iterable[str], own: Own) -> Keymap:
    """The keys of an annotator: those of the data set with the annotator's own in their place."""
    actions = {action.name: own.actions.get(action.name, action.key) for action in ACTIONS}
    taken = set(actions.values())
    wanted = {n: own.classes.get(n, of_data.get(n, "")) for n in names}
    # The annotator's own choices come first; a class whose key they use otherwise gets a free one.
    chosen: dict[str, str] = {}
    for mine in (True, False):
        for name, key in wanted.items():
            if (name in own.classes) is mine and key and key not in taken:
                chosen[name] = key
                taken.add(key)
    free = (key for key in POOL if key not in taken)
    for name in of_data:
        if name in wanted and name not in chosen and (key := next(free, "")):
            chosen[name] = key
    by_key = sorted(chosen.items(), key=lambda one: (POOL + one[1]).index(one[1]))
    return Keymap(actions, dict(by_key))


def shown_as(key: str) -> str:
    """A key as a button shows it."""
    return _SHOWN.get(key, key if len(key) > 1 else key.upper())


def clash(keys: Keymap, what: str, key: str, *, of_class: bool) -> str:
    """Why a key can't be given to an action or class; "" if it can."""
    if not is_key(key):
        return (
            f"{key!r} can't be a key: choose one letter or digit. Enter, ? and the left arrow keep "
            "their meaning."
            if key
            else "Type one letter or digit as the new key."
        )
    for name, used in keys.actions.items():
        if used == key and (of_class or name != what):
            words = BY_NAME[name].words
            return f"{shown_as(key)} has another use already ({words}): {_OTHERWISE}"
    for name, used in keys.classes.items():
        if used == key and (not of_class or name != what):
            return f"{shown_as(key)} gives the label {name!r} already: {_OTHERWISE}"
    return ""
