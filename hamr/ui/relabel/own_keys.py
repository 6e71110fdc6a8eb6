"""The keys of a data set and of an annotator: stored, so that both find them on other machines."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from hamr.errors import HamrError
from hamr.store import PERSON_SECONDS, Decisions, Run, patience
from hamr.tasks import features
from hamr.ui.shell.server import store
from hamr.views.relabel.keymap import Keymap, Own, class_keys, keymap

_OF_CLASSES, _OF_ACTIONS = "keys.classes", "keys.actions"  # names of preferences


def keymap_of(run: Run, decisions: Decisions, annotator: str) -> Keymap:
    """The keys of an annotator for the rows of a run; the keys of new classes are stored."""
    if features(run.info.task).entities:
        return keymap({}, (), own_keys(decisions, annotator))
    names = decisions.names()
    stored = _read(_OF_CLASSES, fingerprint=decisions.fingerprint)
    if stored is None or not set(names) <= set(stored):
        stored = _with_new(run, decisions, names, stored, bool(annotator))
    return keymap(stored, names, own_keys(decisions, annotator))


def _with_new(
    run: Run,
    decisions: Decisions,
    names: tuple[str, ...],
    stored: dict[str, str] | None,
    keep: bool,
) -> dict[str, str]:
    rows = np.bincount(run.rows().labels, minlength=len(run.classes)).tolist()
    counts = dict(zip(run.classes, rows, strict=True))
    found = class_keys(names, [counts.get(name, 0) for name in names], stored)
    if found == stored or not keep:
        return found
    fingerprint = decisions.fingerprint
    with suppress(HamrError), patience(PERSON_SECONDS):  # else they are the same, computed again
        first: dict[str, str] = store().preferences.put(
            _OF_CLASSES, found, fingerprint=fingerprint, only_new=stored is None
        )
        return first
    return found


def own_keys(decisions: Decisions, annotator: str) -> Own:
    """What an annotator has changed."""
    if not annotator:
        return Own()
    fingerprint = decisions.fingerprint
    return Own.of(
        _read(_OF_ACTIONS, annotator=annotator),
        _read(_OF_CLASSES, annotator=annotator, fingerprint=fingerprint),
    )


def change_key(
    decisions: Decisions, annotator: str, what: str, key: str, *, of_class: bool
) -> None:
    """Give an action or class another key for this annotator. Raises StoreError."""
    own, preferences = own_keys(decisions, annotator), store().preferences
    if of_class:
        found = {**own.classes, what: key}
        preferences.put(_OF_CLASSES, found, annotator=annotator, fingerprint=decisions.fingerprint)
    else:
        preferences.put(_OF_ACTIONS, {**own.actions, what: key}, annotator=annotator)


def reset_keys(decisions: Decisions, annotator: str) -> None:
    """Forget what the annotator has changed, for this data set. Raises StoreError."""
    preferences = store().preferences
    preferences.put(_OF_ACTIONS, {}, annotator=annotator)
    preferences.put(_OF_CLASSES, {}, annotator=annotator, fingerprint=decisions.fingerprint)


def _read(
    name: str, *, annotator: str | None = None, fingerprint: str | None = None
) -> dict[str, str] | None:
    """What is stored; None where nothing is, or where it can't be read."""
    with suppress(HamrError):
        found = store().preferences.get(name, annotator=annotator, fingerprint=fingerprint)
        return dict(found) if isinstance(found, dict) else None
    return None
