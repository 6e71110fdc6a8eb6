"""A page with nothing but the span editor, for its browser tests. `?words=5000` makes it long."""

import json

import streamlit as st

from hamr.ui.widgets.span_editor import About, Draft, EditorView, draft_of, span_editor

WORDS = [
    "Ada",
    "Byron",
    "met",
    "<b>Bob</b>",
    "in",
    "New",
    "York",
    "City",
    "near",
    "Paris",
    "on",
    "Monday",
    "👋",
    "東京",
]
FILE = ((0, 2, "person"), (5, 7, "place"))
MODEL = ((0, 2, "person"), (5, 8, "place"), (9, 10, "place"))
TYPES = ("person", "place", "firm")
RTL = ["سافرت", "ليلى", "إلى", "مدينة", "القاهرة", "يوم", "الأحد"]


def words() -> list[str]:
    """Those of the sentence."""
    if "rtl" in st.query_params:
        return RTL
    count = int(st.query_params.get("words", len(WORDS)))
    return [WORDS[i % len(WORDS)] for i in range(count)]


def long_label(count: int) -> tuple[tuple[int, int, str], ...]:
    """The file's entities over and over."""
    size = len(WORDS)
    return tuple((s + at, e + at, t) for at in range(0, count - size + 1, size) for s, e, t in FILE)


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    state, shown = st.session_state, words()
    label = () if "rtl" in st.query_params else long_label(len(shown))
    about = About("data", "train:1", st.query_params.get("annotator", "ada"), 0)

    def note(name: str, draft: Draft) -> None:
        """What came, for the test."""
        state[name] = [list(span) for span in draft.label]

    @st.fragment
    def editor() -> None:
        """As on Relabel: a gesture draws this part of the page only."""
        span_editor(
            EditorView(
                about=about,
                words=shown,
                types=TYPES,
                current=label,
                file=label,
                model=MODEL if label else (),
                loss=[(i % 7) / 10 for i in range(len(shown))],
                hardest=3,
                readonly="Enter your name first." if "readonly" in st.query_params else "",
                session="one",
            ),
            key="spans",
            on_save=lambda draft: note("saved", draft),
            on_everywhere=lambda draft: note("everywhere", draft),
        )
        draft = draft_of("spans", about)
        now = draft and [list(span) for span in draft.label]
        st.text(json.dumps({"draft": now, "saved": state.get("saved"),
                            "everywhere": state.get("everywhere")}))  # fmt: skip

    editor()
    st.text_input("Another field")
