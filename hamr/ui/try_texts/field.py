"""The field that texts are typed or pasted into, and what the page says before there are any."""

from __future__ import annotations

import shlex

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.state import keep_text, kept_text, set_query
from hamr.ui.shell.text import plain
from hamr.ui.try_texts.asking import model_epoch
from hamr.views.try_texts.given import LINKED, Given

TEXTS, EDITED = "texts", "edited"  # in the URL, and kept in the session
_FIELD, _TAKEN = "try-field", "try.taken"


def text_field(run: Run, found: Given) -> None:
    """The field, how to use it, and what of its content was left out."""
    each = TaskWords.of(run.info.task).each
    what = "sentence" if each == "sentence" else "text"
    typed = kept_text(TEXTS, LINKED)
    st.session_state[_FIELD] = typed
    st.text_area(
        f"{what.capitalize()}s, one a line",
        key=_FIELD,
        on_change=_typed,
        height=100,
        placeholder=f"Type or paste {what}s here, one a line, and press Ctrl+Enter",
    )
    said = [f"The model of {run.info.name} after epoch {model_epoch(run)}, its best."]
    if len(typed) > LINKED:
        said.append(
            f"The link to this page is without these texts, which have more than {LINKED:,} "
            "characters."
        )
    with st.container(horizontal=True, vertical_alignment="center", key="try-about"):
        st.button("Predict", key="try-predict", type="primary", icon=":material/play_arrow:")
        st.button(
            "Add a test row",
            key="try-take",
            icon=":material/casino:",
            on_click=_take,
            args=(run,),
            help="Add a row of the test split to the field, another one at each press",
        )
        st.caption(plain(" ".join(said)), width="stretch")
    for note in found.notes:
        st.info(plain(note), icon=":material/content_cut:")
    if found.lines > len(found.texts):
        st.code(_command(run), language="bash")


def without_texts(run: Run) -> None:
    """What to do where nothing, or only blanks, was typed."""
    if kept_text(TEXTS, LINKED):
        st.info("There are only blanks: type a text.", icon=":material/edit:")
    else:
        each = TaskWords.of(run.info.task).each
        st.info(
            f"Type a text above, or add a test {each} and change its words: the page shows the "
            "probabilities, the words that matter and the nearest training rows.",
            icon=":material/edit:",
        )


def open_texts(text: str) -> None:
    """Put texts into the field; an edited text and the choice of one are dropped."""
    keep_text(TEXTS, text)
    keep_text(EDITED, "")
    set_query("at", None)


def _typed() -> None:
    open_texts(str(st.session_state[_FIELD]))


def _take(run: Run) -> None:
    """Add another test row, or a training row where the run has no test rows."""
    number = st.session_state.get(_TAKEN, 0)
    st.session_state[_TAKEN] = number + 1
    rows = next(own for own in (run.rows("test"), run.rows()) if len(own))
    # Steps of the golden ratio: rows far apart in the file, and none twice for a while.
    place = int(len(rows) * ((0.5 + number * 0.6180339887) % 1))
    text = " ".join(rows.texts([place])[0].split())
    typed = kept_text(TEXTS, LINKED).rstrip()
    open_texts(f"{typed}\n{text}" if typed else text)


def _command(run: Run) -> str:
    """The command that predicts a whole file."""
    name = run.info.name if run.info.name.isprintable() else run.id
    return f"hamr predict {shlex.quote(name)} --data texts.csv --to predictions.csv"
