"""A sentence with its entities: words shaded by loss, gold below and predicted above them.

The HTML is made here, loads nothing, and holds words of files only escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from hamr.entities import Span
from hamr.store import Run
from hamr.ui.cached import view
from hamr.ui.text import count
from hamr.views import sentence as sentences
from hamr.views.sentence import Sentence

WINDOW = 120  # words shown at first; a longer sentence is opened by its toggle
MOST_SHADE = 3.0  # nats; a word with this loss or more is shaded in full
DARKEST = 0.6  # opacity there: text in the page's own colour stays readable on both themes
SHADE = "213,94,0"  # Okabe and Ito's vermillion, lighter or darker with the page beneath it
MOST_CHARACTERS = 60  # of a word; the whole of it is in its tooltip
MOST_MISTAKES = 20

STYLE = (
    ".hs{display:flex;flex-wrap:wrap;row-gap:.45rem;line-height:1.25}"
    ".hs>span{display:inline-flex;flex-direction:column;max-width:100%}"
    ".hs i{font-style:normal;font-size:.7rem;height:1.1rem;padding:0 .2rem;white-space:nowrap;"
    "overflow:hidden;text-overflow:ellipsis;max-width:11rem}"
    ".hs b{font-weight:400;padding:.1rem .25rem;overflow-wrap:anywhere}"
    ".hs b.top{font-weight:700;outline:2px solid currentColor;outline-offset:-2px}"
    ".hs .p{border-bottom:2px dashed transparent}.hs .g{border-top:3px solid transparent}"
    ".hs .p.in{border-bottom-color:#CC79A7}.hs .g.in{border-top-color:#1B7FBF}"
    ".hs .from{margin-inline-start:3px}"
    ".hk{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.8rem;margin-top:.6rem}"
    ".hk .bar{display:inline-block;width:5rem;height:.7rem;margin:0 .3rem;"
    f"background:linear-gradient(90deg,rgba({SHADE},0),rgba({SHADE},{DARKEST}))}}"
    ".hk .p{border-bottom:2px dashed #CC79A7}.hk .g{border-bottom:3px solid #1B7FBF}"
    ".hk .top{font-weight:700;outline:2px solid currentColor;padding:0 .2rem}"
)


def row_text(run: Run, epoch: int, row: int, limit: int = 2000) -> None:
    """The text of a training row: of a token run with its entities, else as it is."""
    if run.info.task == "token":
        show_sentence(run, epoch, row)
        return
    text = run.rows().texts([row])[0]
    st.text(text if len(text) <= limit else text[: limit - 1] + "…")


def show_sentence(run: Run, epoch: int, row: int) -> None:
    """The sentence as the epoch left it, a legend, how to read it, and its words as a table."""
    found = view(sentences.sentence, run, epoch, row)
    first, end = 0, len(found.words)
    if end > WINDOW and not st.toggle(f"All {end:,} words", key=f"whole-{row}"):
        first, end = found.around(WINDOW)
        st.caption(
            f"Words {first + 1:,} to {end:,} of {len(found.words):,}, around the word that sets "
            "the sentence's loss."
        )
    st.html(markup(found, first, end))
    st.caption(
        "Read a solid line below as an entity of the file, a dashed one above as the model's; "
        "where the two differ, the model is wrong. The framed word is the hardest: its loss is "
        "the sentence's."
    )
    # Opened by hand: a table for each of eight sentences would keep the page waiting.
    box = st.expander("Word by word", key=f"words-{row}", on_change="rerun")
    if box.open:
        with box:
            _words(found, epoch)


def _words(found: Sentence, epoch: int) -> None:
    frame = found.frame()
    number = st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        height=min(36 * (len(frame) + 1) + 2, 300),
        key=f"word-table-{found.row}",
        alt=f"The words of row {found.row} with tags, loss and probability",
        column_config={
            "loss": number(format="%.3f", help="Cross-entropy at the epoch's end, in nats"),
            "P(predicted)": number(format="%.3f", help="Softmax probability of that tag"),
        },
    )
    st.download_button(
        "CSV of these words",
        lambda: frame.to_csv(index=False),
        f"row_{found.row}_epoch_{epoch}.csv",
        "text/csv",
        key=f"word-csv-{found.row}",
        on_click="ignore",
    )


def markup(found: Sentence, first: int, end: int) -> str:
    """The words from `first` to before `end` as HTML, with a legend and the mistakes."""
    # The style stands inside: as the very first element a sanitiser would take it out.
    words = "".join(_cells(found, first, end))
    return (
        f'<div><div class="hs" dir="auto">{words}</div>'
        f"{_legend()}{_mistakes(found)}<style>{STYLE}</style></div>"
    )


def _cells(found: Sentence, first: int, end: int) -> Iterator[str]:
    """Each word with the line and the name above it (predicted) and below it (gold)."""
    above, below = _covered(found.predicted), _covered(found.gold)
    tags = found.frame()
    gold, predicted = tags["gold tag"], tags["predicted tag"]
    for place in range(first, end):
        loss = float(found.loss[place])
        title = (
            f"{found.words[place]}: loss {loss:.3f}, gold {gold[place]}, "
            f"predicted {predicted[place]} ({found.probability[place]:.2f})"
        )
        hardest = ' class="top"' if place == found.hardest else ""
        yield (
            f'<span title="{escape(title)}">'
            f"{_line('p', above.get(place), place, first, found.types)}"
            f'<b{hardest} style="background:rgba({SHADE},{_opacity(loss):.3f})">'
            f"{escape(_short(found.words[place]))}</b>"
            f"{_line('g', below.get(place), place, first, found.types)}</span>"
        )


def _covered(spans: list[Span]) -> dict[int, Span]:
    return {place: span for span in spans for place in range(span.start, span.end)}


def _line(side: str, span: Span | None, place: int, first: int, types: tuple[str, ...]) -> str:
    """The line of an entity over or under one word; its type is named at its first word."""
    if span is None:
        return f'<i class="{side}">&nbsp;</i>'
    begins = place == span.start
    name = escape(types[span.type]) if begins or place == first else "&nbsp;"
    return f'<i class="{side} in{" from" if begins else ""}">{name}</i>'


def _opacity(loss: float) -> float:
    return DARKEST * min(max(loss, 0.0) / MOST_SHADE, 1.0)


def _short(word: str) -> str:
    return word if len(word) <= MOST_CHARACTERS else word[: MOST_CHARACTERS - 1] + "…"


def _legend() -> str:
    return (
        '<div class="hk"><span class="p">predicted, above</span><span class="g">gold, below</span>'
        f'<span>loss 0<span class="bar"></span>{MOST_SHADE:g} nats and more</span>'
        '<span class="top">sets the loss</span></div>'
    )


def _mistakes(found: Sentence) -> str:
    """The wrong entities in words, since colours and lines alone are not seen by everybody."""
    if not found.mistakes:
        return '<div class="hk"><span>All entities are right.</span></div>'
    shown = [
        f"<span>{escape(kind)}: <b>{escape(_short(found.text_of(span)))}</b> "
        f"({escape(found.types[span.type])})</span>"
        for span, kind in found.mistakes[:MOST_MISTAKES]
    ]
    more = len(found.mistakes) - len(shown)
    if more:
        shown.append(f"<span>and {count(more, 'more mistake')}</span>")
    return f'<div class="hk">{"".join(shown)}</div>'
