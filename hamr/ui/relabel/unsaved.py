"""Acts that are not saved yet, in this server's memory, until they are saved or discarded.

They belong to the annotator, not to a session or a tab: whoever comes back to the page, or reloads
it, finds them again. They are kept here and in no Streamlit cache, since *Clear cache* in the
app's menu and `st.cache_resource.clear()` empty those at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, RLock

from hamr.ui.relabel.act import Act
from hamr.ui.shell.server import store

_Key = tuple[str, str, str]  # home, database, annotator


@dataclass
class _Queue:
    acts: list[Act] = field(default_factory=list)  # oldest first
    sending: RLock = field(default_factory=RLock)


_queues: dict[_Key, _Queue] = {}
_lock = Lock()  # held while a queue is looked up or made: each visitor has a thread of their own


def unsaved(annotator: str) -> tuple[Act, ...]:
    """The acts of an annotator that are not saved yet, oldest first."""
    return tuple(_queue(annotator).acts)


def keep(act: Act) -> None:
    """Keep an act until it is saved or discarded."""
    _queue(act.annotator).acts.append(act)


def drop(act: Act) -> None:
    """Forget an act: it is saved, or can never be saved."""
    acts = _queue(act.annotator).acts
    acts[:] = [one for one in acts if one is not act]


def discard(annotator: str) -> None:
    """Forget all acts of an annotator, because they say so."""
    _queue(annotator).acts.clear()


@contextmanager
def one_sender(annotator: str) -> Iterator[None]:
    """Let one tab at a time send the annotator's acts, so that each is sent in its order."""
    with _queue(annotator).sending:
        yield


def _queue(annotator: str) -> _Queue:
    opened = store()
    key = (str(opened.home), str(opened.database.engine.url), annotator)
    with _lock:
        return _queues.setdefault(key, _Queue())
