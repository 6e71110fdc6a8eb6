"""Class acts: classes renamed, merged, retired and reinstated, each as one event.

A class has a key for ever: the name under which it first appeared, in the data or in a decision.
Acts change what a key is called, and nothing else. A label that was given at version v names
classes as they were called at v; its keys are what those names meant then, and it reads as those
keys are called now:

    rename  A to B     the class of A is called B
    merge   A into B   what was the class of A is the class of B
    retire  A          the class can't be given any more; rows keep it until they are reviewed
    reinstate A        it can be given again

So thousands of labels change without a single decision, and the undo of an act restores them all.
For entity types of sentences the same holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hamr.decisions.fold import Relabel, as_given
from hamr.decisions.records import Event, Label


@dataclass(frozen=True)
class ClassAct:
    """An act, with the keys of the classes that it is about."""

    event: Event
    key: str
    target: str | None  # of a merge: the class that it leads to

    @property
    def name(self) -> str:
        """What the class was called before."""
        return str((self.event.content or {})["class"])

    @property
    def to(self) -> str:
        """The new name of a rename, the class that a merge leads to; "" of other acts."""
        return str((self.event.content or {}).get("to") or "")

    @property
    def why(self) -> str:
        """The reason given; "" for none."""
        return str((self.event.content or {}).get("why") or "")


@dataclass(frozen=True)
class Names:
    """What classes are called at one moment."""

    called: Mapping[str, str] = field(default_factory=dict)  # key -> name, where it was renamed
    merged: Mapping[str, str] = field(default_factory=dict)  # key -> key of the class it became
    retired: Mapping[str, ClassAct] = field(default_factory=dict)  # key -> the act that retired it
    former: Mapping[str, ClassAct] = field(default_factory=dict)  # name -> what took it away

    @classmethod
    def after(cls, acts: Iterable[ClassAct]) -> Names:
        """The names after these acts."""
        called: dict[str, str] = {}
        merged: dict[str, str] = {}
        retired: dict[str, ClassAct] = {}
        former: dict[str, ClassAct] = {}
        for act in acts:
            if act.event.kind in ("rename", "merge"):
                former[called.get(act.key, act.key)] = act
            if act.event.kind == "rename":
                called[act.key] = act.to
            elif act.target is not None:
                merged[act.key] = act.target
            elif act.event.kind == "retire":
                retired[act.key] = act
            else:
                retired.pop(act.key, None)
        return cls(called, merged, retired, former)

    def key(self, name: str) -> str:
        """The key of the class that is called so."""
        return self._keys.get(name, name)

    def current(self, key: str) -> str:
        """The key of the class that this one is part of: another one if it was merged."""
        while key in self.merged:
            key = self.merged[key]
        return key

    def name(self, key: str) -> str:
        """What the class of that key is called."""
        key = self.current(key)
        return self.called.get(key, key)

    def among(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The names of the classes of these keys, each once, retired ones too."""
        return tuple(dict.fromkeys(map(self.name, keys)))

    def given(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The same without those that are retired."""
        return self.among(key for key in keys if self.current(key) not in self.retired)

    def retired_names(self) -> frozenset[str]:
        """What the retired classes are called, without those that were merged into another."""
        return frozenset(self.name(key) for key in self.retired if key not in self.merged)

    def read(self, label: Label | None, then: Names) -> Label | None:
        """A label that was given when classes were called as `then` says, as it reads now."""
        if label is None or (not self.touches and not then.touches):
            return label
        if isinstance(label, str):
            return self.name(then.key(label))
        return tuple((start, end, self.name(then.key(kind))) for start, end, kind in label)

    def keyed(self, label: Label | None) -> Label | None:
        """A label that is given now, with the keys of its classes."""
        return AS_THEY_CAME.read(label, self)

    @property
    def touches(self) -> bool:
        """Whether any name differs from its key."""
        return bool(self.called or self.merged)

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {name: key for key, name in self.called.items() if key not in self.merged}


AS_THEY_CAME = Names()


class ClassActs:
    """All class acts of a data set, and the names after each. Not thread-safe."""

    def __init__(self) -> None:
        self.acts: dict[str, ClassAct] = {}  # by act id, oldest first
        self.undone: set[str] = set()
        self._versions: list[int] = []  # after which names changed
        self._names: list[Names] = []

    def add(self, event: Event) -> None:
        """Add an act."""
        content = event.content or {}
        target = self.now.key(str(content["to"])) if event.kind == "merge" else None
        self.acts[event.act_id] = ClassAct(event, self.now.key(str(content["class"])), target)
        self._changed(event.version)

    def turn(self, event: Event) -> None:
        """Undo or redo an act."""
        (self.undone.add if event.kind == "undo" else self.undone.discard)(event.act_id)
        self._changed(event.version)

    @property
    def now(self) -> Names:
        """The names now."""
        return self._names[-1] if self._names else AS_THEY_CAME

    @property
    def changes(self) -> int:
        """How often names have changed."""
        return len(self._versions)

    def at(self, version: int) -> Names:
        """The names right after that version."""
        place = bisect_right(self._versions, version)
        return self._names[place - 1] if place else AS_THEY_CAME

    def relabel(self, version: int | None = None) -> Relabel:
        """How labels given at any version read; with `version`, how they read right after it."""
        if not self._names:
            return as_given
        names = self.now if version is None else self.at(version)
        return lambda label, given: names.read(label, self.at(given))

    def valid(self) -> list[ClassAct]:
        """The acts that are not undone, in their order."""
        return [act for act_id, act in self.acts.items() if act_id not in self.undone]

    def without(self, act_id: str) -> Names:
        """The names if that act were undone."""
        return Names.after(act for act in self.valid() if act.event.act_id != act_id)

    def later(self, act_id: str) -> Sequence[ClassAct]:
        """The valid acts after that one that are about the same classes."""
        act = self.acts[act_id]
        own = {act.key, act.target} - {None}
        return [
            other
            for other in self.valid()
            if other.event.version > act.event.version and {other.key, other.target} & own
        ]

    def _changed(self, version: int) -> None:
        self._versions.append(version)
        self._names.append(Names.after(self.valid()))
