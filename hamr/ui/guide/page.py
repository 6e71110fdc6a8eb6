"""The Guide page: the files of assets/guide, one topic at a time."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

import hamr
from hamr import resources
from hamr.ui.shell import tour
from hamr.ui.shell.page import head
from hamr.ui.shell.state import carry, query, set_query
from hamr.ui.shell.text import plain
from hamr.views.guide.search import Section, search, sections_of

GUIDE = resources.ASSETS / "guide"
FIRST = "how-it-works"
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)([^)\s]+)\)")
PICTURES = "pictures"  # of the app itself, which needs none


def guide_page() -> None:
    """Show the page: a list of topics, and the one that the URL names."""
    head("Guide", "How HAMR works, and how to use it with data of your own.")
    carry()
    titles = topics()
    asked = query("topic")
    chosen = asked if asked in titles else FIRST
    if asked and asked not in titles:
        st.warning("There is no such topic. Choose one from the list.", icon=":material/search:")
    st.session_state["topic"] = chosen
    left, right = st.columns([3, 8], gap="medium")
    with left.container(key="guide-topics"):
        words = st.text_input(
            "Search the guide", key="words", bind="query-params", icon=":material/search:"
        )
        st.radio(
            "Topic",
            list(titles),
            format_func=lambda name: titles[name],
            key="topic",
            on_change=lambda: set_query("topic", st.session_state["topic"]),
        )
    with right.container(key="guide-text"):
        if words.strip():
            _results(words)
        else:
            if chosen == tour.TOPIC:
                tour.offer(key="guide")
                st.caption("To print it: Ctrl+P or ⌘P, here and on every topic.")
            st.markdown(as_markdown(GUIDE / f"{chosen}.md"))
            _cite()


def _results(words: str) -> None:
    """The sections that hold the words, each a link to its topic."""
    found = search(_sections(), words)
    if not found:
        st.info(
            "No section has all these words. Try fewer, or the beginning of one.",
            icon=":material/search_off:",
        )
    for one in found:
        section = one.section
        heading = "" if section.heading == section.title else f" · {section.heading}"
        st.markdown(f"[{plain(section.title + heading)}](?topic={section.topic})")
        st.caption(plain(one.excerpt))


@st.cache_data(show_spinner=False)
def _sections() -> list[Section]:
    return sections_of({path.stem: path.read_text("utf-8") for path in _files()})


def _cite() -> None:
    """How to name the method and this program in a paper."""
    with st.expander("Cite this", icon=":material/format_quote:"):
        st.write("The method, and this program with its version:")
        st.code(citation(), language="bibtex")


def citation() -> str:
    """BibTeX entries of the paper and of the program."""
    return (
        "% Title and authors: https://arxiv.org/abs/2604.18759\n"
        "@misc{hamr2026,\n"
        "  title = {Hardness-Aware Meta-Resample},\n"
        "  note = {arXiv:2604.18759, ACL 2026},\n"
        "  year = {2026}\n"
        "}\n\n"
        "@software{hamr_program,\n"
        "  title = {HAMR: find what a text model finds hard, and why, and fix it},\n"
        "  author = {{the HAMR maintainers}},\n"
        f"  version = {{{hamr.__version__}}},\n"
        "  year = {2026}\n"
        "}\n"
    )


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
