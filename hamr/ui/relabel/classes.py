"""The dialog of classes: how many rows each has, acts that change all of them, guidelines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from hamr.decisions import Recorded, new_id
from hamr.decisions.class_rules import in_words, said_by
from hamr.decisions.records import Kind
from hamr.errors import HamrError
from hamr.legible import legible
from hamr.store import PERSON_SECONDS, ClassInfo, Decisions, Team, patience
from hamr.tasks import TaskWords
from hamr.ui.relabel.guidelines import edit_guideline
from hamr.ui.relabel.keys import blocked
from hamr.ui.relabel.last_act import report
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.text import count, distinct, plain, plain_name
from hamr.ui.widgets.tables import show_table

RENAME, MERGE, RETIRE, REINSTATE, GUIDELINE = (
    "Rename", "Merge", "Retire", "Reinstate", "Guideline",
)  # fmt: skip
KINDS: dict[str, Kind] = {
    RENAME: "rename", MERGE: "merge", RETIRE: "retire", REINSTATE: "reinstate",
}  # fmt: skip
MOST_ACTS = 8  # that can be undone here
_ID = "relabel.class-act"  # in the session: the client id of the act that is being prepared


def classes_dialog(decisions: Decisions, annotator: str) -> None:
    """What each class is called and for, and what changes all its rows at once."""
    title = f"{decisions.rows.words.many.capitalize()} and guidelines"
    st.dialog(title, width="large")(classes_section)(decisions, annotator)


def classes_section(decisions: Decisions, annotator: str) -> None:
    """What the dialog holds."""
    team, words = Team(decisions), decisions.rows.words
    classes, counts = team.classes(), team.row_counts()
    _table(classes, counts, words)
    reason = blocked(annotator)
    if reason:
        st.warning(reason, icon=":material/info:")
    names = [one.name for one in classes]
    a, b = st.columns([2, 3])
    name = a.selectbox(words.one.capitalize(), names, key="act-class", format_func=distinct(names))
    if name is None:
        return
    one = next(own for own in classes if own.name == name)
    acts = [RENAME, MERGE, REINSTATE if one.retired else RETIRE, GUIDELINE]
    what = b.segmented_control("Act", acts, default=RENAME, key="act-kind", required=True)
    if what == GUIDELINE:
        edit_guideline(team, one.name, annotator, off=bool(reason))
    else:
        _act(team, one, what or RENAME, counts[name], annotator, off=bool(reason))
    _past(team, annotator, off=bool(reason))


def _table(classes: tuple[ClassInfo, ...], counts: dict[str, int], words: TaskWords) -> None:
    table = pd.DataFrame(
        {
            words.one: [one.name for one in classes],
            "rows": [counts.get(one.name, 0) for one in classes],
            "state": [f"retired by {one.retired.event.annotator}" if one.retired else "in use"
                      for one in classes],
            "also called": [", ".join(one.also) for one in classes],
            "guideline": ["yes" if one.guideline and one.guideline.text else "no"
                          for one in classes],
        }
    )  # fmt: skip
    height = min(35 * (len(table) + 1) + 3, 250)
    show_table(table, key="classes-table", height=height, alt=f"All {words.many} with their rows")


def _act(team: Team, one: ClassInfo, what: str, rows: int, annotator: str, *, off: bool) -> None:
    """The fields of an act, what it will do, and its button."""
    to = ""
    if what == RENAME:
        to = st.text_input("New name", key=f"act-to-{one.key}", max_chars=100).strip()
    elif what == MERGE:
        others = [other.name for other in team.classes() if other.key != one.key
                  and not other.retired]  # fmt: skip
        to = st.selectbox(
            "Into", others, index=None, key=f"act-into-{one.key}", format_func=distinct(others),
            placeholder="Choose the one that remains",
        ) or ""  # fmt: skip
    why = st.text_input("Reason", key="act-why", max_chars=500, placeholder="kept with the act")
    st.markdown(_preview(one.name, what, to, rows))
    st.caption("This is one act: one undo reverts all of it. Original labels stay in the file.")
    ready = not off and (bool(to) or what not in (RENAME, MERGE))
    if st.button(what, key="act-do", type="primary", disabled=not ready):
        act_id = st.session_state.setdefault(_ID, new_id())
        act = partial(team.act, KINDS[what], one.name, annotator, why=why, client_id=act_id)
        _send(partial(act, to=to or None), _done(one.name, what, to, rows))


def _preview(name: str, what: str, to: str, rows: int) -> str:
    """What an act will do, before it does it."""
    have, many = plain_name(name), count(rows, "row")
    target = f"**{plain_name(to)}**" if to else "as you choose"
    return {
        RENAME: f"{many} will read {target}.",
        MERGE: f"{many} of {have} will read {target}; **{have}** can't be given any more.",
        RETIRE: f"**{have}** can't be given any more. {many} keep it and are listed to be "
        "reviewed.",
    }.get(what, f"**{have}** can be given again.")


def _done(name: str, what: str, to: str, rows: int) -> str:
    past = {RENAME: "renamed to", MERGE: "merged into"}.get(what)
    if past:
        return f"Saved: {name!r} {past} {to!r}. {count(rows, 'row')} changed with it"
    return f"Saved: {name!r} {'retired' if what == RETIRE else 'reinstated'}"


def _past(team: Team, annotator: str, *, off: bool) -> None:
    """The latest acts, each with who did it and a way back."""
    acts = team.acts()[::-1][:MOST_ACTS]
    if not acts:
        return
    with st.expander(f"Acts so far ({len(team.acts())})", key="acts"):
        for act in acts:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(legible(f"{in_words(act)}, {said_by(act)}"))
                if st.button("Undo", key=f"undo-{act.event.act_id}", disabled=off):
                    _send(partial(team.undo, act, annotator), f"Undone: {in_words(act)}")


def _send(send: Callable[[], Recorded], words: str) -> None:
    """Do it and close the dialog, or say beside the button why it can't be done."""
    try:
        with patience(PERSON_SECONDS):
            answer = send()
    except HamrError as error:
        st.session_state[_ID] = new_id()
        show_error(error)
        return
    st.session_state.setdefault("relabel.mine", set()).add(answer.act_id)  # for *Undo*
    report("saved", words)
    st.rerun()


def retired_hint(decisions: Decisions, name: str) -> None:
    """Beside a row whose label has a retired class: who retired it, and what to do."""
    reason = decisions.refusal(name)
    if reason:
        st.warning(plain(f"{reason}."), icon=":material/inventory_2:")
