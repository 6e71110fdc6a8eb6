"""The Guide page: the files of assets/guide, one topic at a time."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from hamr import resources
from hamr.ui.shell.page import head
from hamr.ui.shell.state import query, set_query

GUIDE = resources.ASSETS / "guide"
FIRST = "how-it-works"
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)([^)\s]+)\)")
PICTURES = "pictures"  # of the app itself, which needs none


def guide_page() -> None:
    """Show the page: a list of topics, and the one that the URL names."""
    head("Guide", "How HAMR works, and how to use it with data of your own.")
    titles = topics()
    asked = query("topic")
    chosen = asked if asked in titles else FIRST
    if asked and asked not in titles:
        st.warning("There is no such topic. Choose one from the list.", icon=":material/search:")
    st.session_state["topic"] = chosen
    left, right = st.columns([1, 4], gap="large")
    with left:
        st.radio(
            "Topic",
            list(titles),
            format_func=lambda name: titles[name],
            key="topic",
            on_change=lambda: set_query("topic", st.session_state["topic"]),
        )
    with right:
        st.markdown(as_markdown(GUIDE / f"{chosen}.md"))


def topics() -> dict[str, str]:
    """The title of each topic by the name of its file, how it works first."""
    found = {path.stem: _title(path) for path in _files()}
    return {FIRST: found[FIRST], **found}


def as_markdown(path: Path) -> str:
    """A file of the guide as the app shows it: links open topics; pictures of it are left out."""
    text, _, _ = path.read_text("utf-8").partition("\n## Pictures\n")
    return _LINK.sub(lambda m: _link(m[1], m[2]), text)


def _files() -> list[Path]:
    return [path for path in sorted(GUIDE.glob("*.md")) if path.stem != PICTURES]


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return next(lines).lstrip("#").strip()


def _link(label: str, target: str) -> str:
    """A link to another topic; of a file that the app does not show only the label is left."""
    name = target.partition("#")[0].removesuffix(".md")
    shown = GUIDE / f"{name}.md" in _files()
    return f"[{label}](?topic={name})" if shown else label
