"""What each class is for: shown beside the label buttons, written in the dialog of classes."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from hamr.decisions import safe_markdown
from hamr.errors import HamrError
from hamr.legible import legible
from hamr.store import PERSON_SECONDS, Decisions, Team, patience
from hamr.ui.relabel.bound import bind_action
from hamr.ui.relabel.last_act import report
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.text import plain, plain_name

_OPEN = "relabel.guidelines"  # in the session: whether they are shown


def guidelines_button(each: str) -> None:
    """A button that shows the guidelines of all classes, or hides them."""
    hint = bind_action("guidelines", "guidelines", "show the guidelines", of_row=False)
    st.button(
        f"Guidelines{hint}",
        key="guidelines",
        on_click=_toggle,
        help=f"What each {each} is for. They stay open until you press it again.",
    )


def guidelines(decisions: Decisions, first: Iterable[str]) -> None:
    """The guidelines of all classes, if they are to be shown, those of `first` opened."""
    if not st.session_state.get(_OPEN):
        return
    known = Team(decisions).guidelines()
    with st.container(border=True, key="guideline-box"):
        if not known:
            words = decisions.rows.words
            st.caption(
                f"No {words.one} has a guideline yet. Write one under "
                f"*{words.many.capitalize()}*, in the sidebar."
            )
        opened = dict.fromkeys(name for name in first if name in known)
        for name in dict.fromkeys((*opened, *known)):
            with st.expander(plain_name(name), expanded=name in opened):
                st.markdown(safe_markdown(known[name].text))


def _toggle() -> None:
    st.session_state[_OPEN] = not st.session_state.get(_OPEN)


def edit_guideline(team: Team, name: str, annotator: str, *, off: bool) -> None:
    """The guideline of a class as a text to edit, how it will look, and its earlier versions."""
    versions = team.guideline_versions(name)
    now = versions[-1].text if versions else ""
    key = f"guideline-{name}-{len(versions)}"
    text = st.text_area(
        "Guideline",
        now,
        key=key,
        height=150,
        max_chars=20_000,
        placeholder="When is a row of this class? Examples, and what is easily mistaken for it.",
        help="Markdown: headings, lists, bold, italics, code. HTML, images and links are shown as "
        "text.",
    ).strip()
    if text:
        with st.container(border=True):
            st.markdown(safe_markdown(text))
    if st.button("Save guideline", key="guideline-save", type="primary",
                 disabled=off or text == now):  # fmt: skip
        _save(team, name, text, annotator, None)
    if len(versions) > 1 or (versions and not now):
        with st.expander(f"Earlier versions ({len(versions) - 1})", key="guideline-past"):
            for one in versions[-2::-1]:
                st.caption(plain(f"{one.author}, {one.time:%d %b %Y %H:%M} UTC"))
                st.text("\n".join(map(legible, one.text.splitlines())) or "(empty)")
                if st.button("Restore this version", key=f"restore-{one.version}", disabled=off):
                    _save(team, name, one.text, annotator, one.version)


def _save(team: Team, name: str, text: str, annotator: str, restores: int | None) -> None:
    try:
        with patience(PERSON_SECONDS):
            team.write_guideline(name, text, annotator, restores=restores)
    except HamrError as error:
        show_error(error)
        return
    report("saved", f"Saved: the guideline of {name!r}")
    st.rerun()
