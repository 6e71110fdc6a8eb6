"""A sentence whose entities are edited on its words: assets/spaneditor in the page.

The browser keeps what is not saved yet (assets/spaneditor/drafts.js), so it outlives this server.
Python hears of three things: the draft after each gesture, the wish to save it, and the wish to
make the same change in other rows. Each comes with what it is about (`About`), since the page may
already show another row when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from hamr import resources
from hamr.decisions import Label, as_json
from hamr.decisions.labels import as_label
from hamr.ui.widgets.modules import bundle

_ASSETS = resources.ASSETS / "spaneditor"
_LONGEST_ID = 64

_editor = st.components.v2.component(
    "hamr_spaneditor",
    html='<div class="spaneditor"></div>',
    css=(_ASSETS / "spaneditor.css").read_text("utf-8"),
    js=bundle(_ASSETS / "editor.js"),
)


@dataclass(frozen=True)
class About:
    """What a draft is about: a row of a data set as one annotator sees it at one version."""

    fingerprint: str
    row: str  # its id
    annotator: str
    base: int  # the version of the row that is shown


@dataclass(frozen=True)
class Draft:
    """What an annotator has made of a sentence and not saved, as the browser sends it."""

    about: About
    label: Label  # the entities, from left to right; whether they fit the row is not checked
    client_id: str  # of the save, the same however often it is sent


@dataclass(frozen=True)
class EditorView:
    """What the editor shows. Entities are (first word, word after the last, type), from 0."""

    about: About
    words: Sequence[str]
    types: Sequence[str]
    current: Label  # what is edited
    file: Label
    model: Label
    loss: Sequence[float]  # how dark each word is shaded, 0 to 1
    hardest: int | None  # the word that is framed
    readonly: str = ""  # why nothing can be changed, "" if it can
    session: str = ""  # another one after the server was lost
    clients: Sequence[str] = ()  # ids of saves that the row already has
    saved: Sequence[str] = ()  # ids of saves that were kept lately, of any row
    refused: str = ""  # the id of a save that can never be kept
    alone: bool = False  # a sentence that is no row: without file, losses, and other rows


def span_editor(
    shown: EditorView,
    *,
    key: str,
    on_save: Callable[[Draft], None],
    on_everywhere: Callable[[Draft], None],
) -> None:
    """Show the sentence; the callbacks run before the page does, with the draft as it was sent."""
    data = asdict(shown) | {name: as_json(getattr(shown, name)) for name in _LABELS}
    _editor(
        key=key,
        data=data,
        on_draft_change=_nothing,
        on_save_change=lambda: _call(key, "save", on_save),
        on_everywhere_change=lambda: _call(key, "everywhere", on_everywhere),
    )


_LABELS = ("current", "file", "model")


def draft_of(key: str, about: About) -> Draft | None:
    """What is not saved of that row, as of the last gesture; None if there is nothing."""
    draft = read_draft((st.session_state.get(key) or {}).get("draft"))
    return draft if draft is not None and draft.about == about else None


def read_draft(sent: Any) -> Draft | None:
    """A draft as the browser sent it; None for anything that is none."""
    try:
        about, label = About(**sent["about"]), as_label(sent["label"])
        client_id = sent["client"]
    except (TypeError, KeyError, ValueError):
        return None
    texts = (about.fingerprint, about.row, about.annotator, client_id)
    if not all(isinstance(text, str) for text in texts) or not isinstance(about.base, int):
        return None
    if label is None or isinstance(label, str) or not 0 < len(client_id) <= _LONGEST_ID:
        return None
    return Draft(about, label, client_id)


def _call(key: str, event: str, act: Callable[[Draft], None]) -> None:
    draft = read_draft((st.session_state.get(key) or {}).get(event))
    if draft is not None:
        act(draft)


def _nothing() -> None:
    """The draft is read when it is needed."""
