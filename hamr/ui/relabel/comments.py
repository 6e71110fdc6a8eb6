"""Comments on the row under review, in threads, and the field to add one."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from hamr.decisions import Comment, Thread
from hamr.decisions.comments import LONGEST
from hamr.errors import DecisionError, HamrError
from hamr.legible import legible
from hamr.store import PERSON_SECONDS, Decisions, Seen, Team, patience
from hamr.tasks import features
from hamr.ui.relabel.last_act import report
from hamr.ui.relabel.row import Shown
from hamr.ui.shell.text import count, plain
from hamr.views.base.all_rows import AllRows

_WORDS = re.compile(r"\s*(\d{1,6})(?:\s*(?:-|–|to)\s*(\d{1,6}))?\s*")
_EDITED = "relabel.comment"  # in the session: the comment that is being edited


def comments(shown: Shown, known: AllRows) -> None:
    """The threads on the row, and a field for another one."""
    entities = features(shown.run.info.task).entities
    words = known.words(shown.row) if entities else shown.text.split()
    threads, hidden = _seen(shown)
    waiting = sum(thread.open for thread in threads)
    title = "Comments" + (f" ({waiting} open)" if waiting else "")
    box = st.expander(title, key=shown.key("comments"), expanded=bool(waiting))
    with box:
        for thread in threads:
            _thread(shown, thread, words)
        if hidden:
            st.caption(f"{count(hidden, 'comment')} of others can be read after your own decision.")
        _new(shown, words)


def readable_threads(decisions: Decisions) -> tuple[Thread, ...]:
    """All threads, with the comments that may be read before one's own decision in blind mode."""
    threads = Team(decisions).threads()
    if not isinstance(decisions, Seen):
        return threads
    who = decisions.annotator
    own = (one.by(who) if decisions.hides(one.row_id) else one for one in threads)
    return tuple(thread for thread in own if thread.shown)


def _seen(shown: Shown) -> tuple[tuple[Thread, ...], int]:
    """The threads that may be shown, and how many comments may not yet."""
    threads = Team(shown.decisions).comments_on(shown.row_id)
    if not (isinstance(shown.decisions, Seen) and shown.decisions.hides(shown.row_id)):
        return threads, 0
    own = tuple(thread.by(shown.annotator) for thread in threads)
    kept = tuple(thread for thread in own if thread.shown)
    return kept, sum(len(t.shown) for t in threads) - sum(len(t.shown) for t in kept)


def _thread(shown: Shown, thread: Thread, words: list[str]) -> None:
    with st.container(border=True, key=f"thread-{thread.id}"):
        if thread.span:
            start, end = thread.span
            st.caption(plain(f"Words {start + 1} to {end}: {' '.join(words[start:end])}"))
        for one in thread.shown:
            _comment(shown, thread, one)
        if thread.settled:
            who, when = thread.settled
            st.caption(plain(f"Resolved by {who}, {when:%d %b %Y %H:%M} UTC"))
        _answer(shown, thread)


def _comment(shown: Shown, thread: Thread, one: Comment) -> None:
    edited = ", edited" if one.edited else ""
    st.caption(plain(f"{one.author}, {one.time:%d %b %Y %H:%M} UTC{edited}"))
    if st.session_state.get(_EDITED) == one.id:
        key = f"edit-{one.id}"
        st.text_area("Comment", one.text, key=key, max_chars=LONGEST)
        st.button("Save comment", key=f"save-{one.id}", on_click=_edit, args=(shown, one, key))
        return
    st.text("\n".join(map(legible, one.text.splitlines())))
    if one.author == shown.annotator:
        with st.container(horizontal=True):
            st.button("Edit", key=f"open-{one.id}", type="tertiary", on_click=_open, args=(one.id,))
            st.button("Delete", key=f"delete-{one.id}", type="tertiary", on_click=_delete,
                      args=(shown, one), help="The audit keeps it")  # fmt: skip


def _answer(shown: Shown, thread: Thread) -> None:
    """Reply, resolve, reopen."""
    key = f"reply-{thread.id}"
    off = not shown.annotator
    if not thread.settled:
        with st.form(f"form-{thread.id}", clear_on_submit=True, border=False):
            st.text_input("Reply", key=key, max_chars=LONGEST, placeholder="Reply",
                          label_visibility="collapsed")  # fmt: skip
            st.form_submit_button(
                "Reply", key=f"send-{thread.id}", disabled=off, on_click=_reply,
                args=(shown, thread, key),
            )  # fmt: skip
    name = "Reopen" if thread.settled else "Resolve"
    st.button(name, key=f"settle-{thread.id}", disabled=off, on_click=_settle,
              args=(shown, thread))  # fmt: skip


def _new(shown: Shown, words: list[str]) -> None:
    text, where = shown.key("comment"), shown.key("comment-words")
    with st.form(shown.key("new-comment"), clear_on_submit=False, border=False):
        st.text_area("Add a comment", key=text, height=68, max_chars=LONGEST,
                     placeholder="What should others know about this row?")  # fmt: skip
        st.text_input(
            "Words it is about (optional)",
            key=where,
            placeholder=f"such as 2 or 2-4, counted from 1, of {count(len(words), 'word')}",
        )
        st.form_submit_button(
            "Add comment", key=shown.key("add-comment"), disabled=not shown.annotator,
            on_click=_add, args=(shown, text, where),
        )  # fmt: skip


def span_of(text: str) -> tuple[int, int] | None:
    """The words that a text such as "2-4" names, from 0; None where it names none.

    Raises DecisionError.
    """
    if not text.strip():
        return None
    found = _WORDS.fullmatch(text)
    if found is None:
        raise DecisionError(
            f"{text.strip()[:40]!r} names no words: give a number, such as 2, or two, such as 2-4",
            field="span",
        )
    first, last = int(found[1]), int(found[2] or found[1])
    return first - 1, last


def _add(shown: Shown, text: str, where: str) -> None:
    state = st.session_state

    def send() -> None:
        span = span_of(str(state.get(where, "")))
        _team(shown).comment(shown.row_id, str(state.get(text, "")), shown.annotator, span=span)

    if _done(send, "Saved: your comment"):
        state[text] = state[where] = ""


def _reply(shown: Shown, thread: Thread, key: str) -> None:
    said = str(st.session_state.get(key, ""))
    _done(
        lambda: _team(shown).comment(shown.row_id, said, shown.annotator, thread=thread.id),
        "Saved: your reply",
    )


def _settle(shown: Shown, thread: Thread) -> None:
    reopen = thread.settled is not None
    _done(
        lambda: _team(shown).settle_thread(shown.row_id, thread.id, shown.annotator, reopen=reopen),
        "Saved: the comment is open again" if reopen else "Saved: the comment is resolved",
    )


def _open(comment: str) -> None:
    st.session_state[_EDITED] = comment


def _edit(shown: Shown, one: Comment, key: str) -> None:
    said = str(st.session_state.get(key, ""))
    if _done(
        lambda: _team(shown).edit_comment(shown.row_id, one.id, said, shown.annotator),
        "Saved: your comment",
    ):
        st.session_state.pop(_EDITED, None)


def _delete(shown: Shown, one: Comment) -> None:
    _done(
        lambda: _team(shown).delete_comment(shown.row_id, one.id, shown.annotator),
        "Deleted: your comment. The audit keeps it",
    )


def _team(shown: Shown) -> Team:
    return Team(shown.decisions)


def _done(send: Callable[[], object], words: str) -> bool:
    """Whether it could be saved; the line of the last act says so, or why not."""
    try:
        with patience(PERSON_SECONDS):
            send()
    except HamrError as error:
        report("error", f"Not saved: {error}")
        return False
    report("saved", words)
    return True
