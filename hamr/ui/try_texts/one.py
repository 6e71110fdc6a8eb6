"""One text: its probabilities, the words that matter, and what changes when it is edited."""

from __future__ import annotations

import streamlit as st

from hamr.jobs.trying import Tried
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.shell.charts import show
from hamr.ui.shell.state import keep_text, kept_text
from hamr.ui.shell.text import distinct, plain
from hamr.ui.try_texts.add import add_section
from hamr.ui.try_texts.asking import explained, tried
from hamr.ui.try_texts.field import EDITED
from hamr.ui.try_texts.nearest import nearest_section
from hamr.ui.try_texts.results import downloads
from hamr.ui.try_texts.said import Said, Target, said_of
from hamr.ui.try_texts.words import markup, word_table
from hamr.ui.widgets.tables import show_table
from hamr.views.base.figures import numbers
from hamr.views.try_texts.bars import probability_bars
from hamr.views.try_texts.changes import changed_words
from hamr.views.try_texts.given import LINKED, LONGEST

_EDIT, _TARGET = "try-edit", "try-target"
PREDICTED = -1  # the target that is shown unless another one is chosen


def one_text(run: Run, answer: Tried, number: int) -> None:
    """Everything about the text of that number, and the field that changes it."""
    text = answer.texts[number]
    st.subheader(f"Text {number + 1}" if len(answer.texts) > 1 else "Prediction", anchor=False)
    left, right = st.columns((3, 2), gap="medium")
    with left:
        edited = _edit_field(text)
    now, at = answer, number
    if edited:
        with left:
            changed = tried(run, [edited], key="edited")
        if changed is None:
            return
        now, at = changed, 0
    before = said_of(run, answer, number) if edited else None
    said = said_of(run, now, at)
    with left:
        _verdict(run, said, before, now.cut[at])
        target = _target(said)
    with right:
        _bars(run, said, before, target)
        if len(answer.texts) == 1:
            with st.container(horizontal=True, horizontal_alignment="right"):
                downloads(run, now, "Prediction as ")
    with left:
        _words(run, said, before, target)
    nearest_section(run, now, at)
    add_section(run, now, at, said)


def _edit_field(text: str) -> str:
    """The field that changes the text; "" while it is as it was."""
    edited = _one_line(kept_text(EDITED, LINKED))
    st.session_state[_EDIT] = edited or text
    st.text_area(
        "Edit the text to see what changes",
        key=_EDIT,
        on_change=lambda: keep_text(EDITED, _other(st.session_state[_EDIT], text)),
        height=110,
        help="Press Ctrl+Enter. Changed words are framed below.",
    )
    return _other(edited, text)


def _other(edited: str, text: str) -> str:
    """What was typed, where it is another text and not blank."""
    line = _one_line(edited)
    return "" if line == _one_line(text) else line


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _verdict(run: Run, said: Said, before: Said | None, cut: bool) -> None:
    """The prediction in a sentence, and before the change."""
    with st.container(horizontal=True, vertical_alignment="center", key="try-verdict"):
        st.markdown(f"**{plain(said.verdict)}**", width="stretch")
        if before is not None:
            st.button(
                "Undo the edit",
                key="try-undo",
                icon=":material/undo:",
                on_click=lambda: keep_text(EDITED, ""),
                type="tertiary",
            )
    if before is not None:
        st.caption(f"Before the change: {plain(before.verdict)}")
    if cut:
        length = run.info.settings.training.max_length
        st.caption(f"The text is long: only its first {length} tokens are read.")


def _target(said: Said) -> Target:
    """The class or the entity whose words are shown."""
    by_id = {target.id: target for target in said.targets}
    names = distinct([target.name for target in said.targets])
    options = [PREDICTED, *by_id]
    if st.session_state.get(_TARGET) not in options:
        st.session_state[_TARGET] = PREDICTED
    chosen = st.selectbox(
        "Words that matter for" if said.sentence is None else "Entity or word",
        options,
        format_func=lambda one: (
            f"the prediction: {names(said.targets[0].name)}"
            if one == PREDICTED
            else names(by_id[one].name)
        ),
        key=_TARGET,
    )
    return said.targets[0] if chosen == PREDICTED else by_id[chosen]


def _bars(run: Run, said: Said, before: Said | None, target: Target) -> None:
    old = None if before is None else before.same(target, said)
    was = None if before is None or old is None else before.probabilities(old)
    words = TaskWords.of(run.info.task)
    entities = features(run.info.task).entities
    fig = probability_bars(
        said.names, said.probabilities(target), was, axis="entity type" if entities else words.one
    )
    of = f" of {target.name}" if entities else ""
    how = "The length of a bar is the softmax probability. All of them add up to 100 %."
    if entities:
        how = (
            f"Probabilities{plain(of, 80)}: that of a type is the sum over its two tags, "
            "the mean over the words."
        )
    show(fig, key="try-bars", how_to_read=how, alt=f"Probabilities{of}", table=lambda: numbers(fig))


def _words(run: Run, said: Said, before: Said | None, target: Target) -> None:
    """The words with what each adds to the logit; of an edited text also those before."""
    changed = set() if before is None else changed_words(before.words, said.words)
    place = st.container(border=True, key="try-words")
    first = None if target.words is None else target.words[0]
    found = explained(run, said.text, target.outputs, first, key="words")
    scores = None if found is None else found.words
    with place:
        st.html(markup(said.words, scores, changed, above=said.above(target)))
    if before is not None:
        _words_before(run, said, before, target)
    if found is None:
        return
    logit = found.logit - found.baseline
    st.caption(
        f"Integrated gradients of the logit of {plain(target.name, 80)}: the words add up to "
        f"{logit:+.2f}, the difference to the same text with every word blanked out."
    )
    with st.expander("Word by word", key="try-word-box"):
        show_table(
            word_table(said.words, found.words, changed),
            key="try-word-table",
            csv="words",
            height=280,
            alt="The words with what each adds to the logit",
        )


def _words_before(run: Run, said: Said, before: Said, target: Target) -> None:
    """The words before the change; those that are gone are framed."""
    old = before.same(target, said)
    scores = None
    if old is not None:
        first = None if old.words is None else old.words[0]
        found = explained(run, before.text, old.outputs, first, key="words-before")
        scores = None if found is None else found.words
    gone = changed_words(said.words, before.words)
    with st.container(border=True, key="try-words-before"):
        st.caption("Before the change")
        st.html(markup(before.words, scores, gone, above=before.above(old)))
