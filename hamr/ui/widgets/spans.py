"""A sentence with its entities as HTML: words shaded by loss, gold below, predicted above.

The HTML loads nothing, and holds words of files only escaped. Words of one entity, and of
entities that overlap, share one grid: predicted lines above, words, gold lines below. So a
name has the room of all words of its entity, and where those are shorter they make room.
"""

from __future__ import annotations

from html import escape

import numpy as np

from hamr.entities import Span
from hamr.ui.shell.text import count
from hamr.views.base.sentence import Sentence

MOST_SHADE = 3.0  # nats; a word with this loss or more is shaded in full
DARKEST = 0.6  # opacity there: text in the page's own colour stays readable on both themes
SHADE = "213,94,0"  # Okabe and Ito's vermillion, lighter or darker with the page beneath it
MOST_CHARACTERS = 60  # of a word; the whole of it is in its tooltip
GRID_CHARACTERS = 26  # of the words of one grid, which a line cannot break: a phone has 40
MOST_MISTAKES = 20
RIGHT, WRONG = "#1B7FBF", "#DB4480"  # of lines; both are seen on white and on near-black
WRONG_TEXT = "light-dark(#B8235F,#FF86B4)"  # read with a contrast of 4.5 to 1 on either

STYLE = (
    ".hs{display:flex;flex-wrap:wrap;row-gap:.5rem;line-height:1.3}"
    ".hs>span{display:inline-grid;grid-template-rows:1.35rem auto 1.35rem;"
    "grid-auto-columns:minmax(0,auto);max-width:100%}"
    ".hs>span>span{grid-row:2;display:flex}"
    ".hs b{flex:1;font-weight:400;padding:.1rem .25rem;overflow-wrap:anywhere;text-align:center}"
    ".hs b.top{font-weight:700;outline:2px solid currentColor;outline-offset:-2px}"
    ".hs i{font-style:normal;font-size:.78rem;line-height:1.25rem;padding:0 .25rem;"
    "white-space:nowrap;overflow:hidden;text-overflow:ellipsis;margin-inline:1px;"
    "text-align:center}"
    f".hs .p{{grid-row:1;border-bottom:3px dashed {RIGHT}}}"
    f".hs .g{{grid-row:3;border-top:3px solid {RIGHT}}}"
    f".hs .no{{font-weight:700;border-color:{WRONG};color:{WRONG_TEXT}}}"
    ".hk{display:flex;flex-wrap:wrap;gap:.25rem 1.2rem;font-size:.85rem;margin-top:.6rem}"
    ".hk .bar{display:inline-block;width:5rem;height:.7rem;margin:0 .3rem;"
    f"background:linear-gradient(90deg,rgba({SHADE},0),rgba({SHADE},{DARKEST}))}}"
    f".hk .p{{border-bottom:3px dashed {RIGHT}}}.hk .g{{border-bottom:3px solid {RIGHT}}}"
    f".hk .no{{font-weight:700;color:{WRONG_TEXT}}}"
    ".hk .top{font-weight:700;outline:2px solid currentColor;padding:0 .2rem}"
    ".hl{margin:.6rem 0 0;padding-inline-start:1.1rem;font-size:.9rem}"
    ".hl li{margin:.15rem 0;overflow-wrap:anywhere}"
)


def markup(found: Sentence, first: int, end: int, *, legend: bool = True) -> str:
    """The words from `first` to before `end` as HTML, with a legend and the mistakes."""
    ink = _Ink(found)
    words = "".join(ink.grid(start, stop) for start, stop in grids(found, first, end))
    # The style comes last: a sanitiser would remove it as the very first element.
    return (
        f'<div><div class="hs" dir="auto">{words}</div>'
        f"{_mistakes(found)}{_legend() if legend else ''}<style>{STYLE}</style></div>"
    )


def grids(found: Sentence, first: int, end: int) -> list[tuple[int, int]]:
    """The words that share a grid, as [start, end): those of entities, others one by one.

    A long entity goes on in another grid, so that a narrow window can break its line.
    """
    spans = (*found.gold, *found.predicted)
    joined = {place for span in spans for place in range(span.start + 1, span.end)}
    starts, size = [], 0
    for place in range(first, end):
        length = min(len(found.words[place]), MOST_CHARACTERS) + 1
        if place == first or place not in joined or size + length > GRID_CHARACTERS:
            starts.append(place)
            size = 0
        size += length
    return list(zip(starts, [*starts[1:], end], strict=True))


class _Ink:
    """Writes the words of one sentence; what it looks up for each word is made once."""

    def __init__(self, found: Sentence) -> None:
        self.found = found
        self.kinds = dict(found.mistakes)
        self.right = set(found.gold) & set(found.predicted)
        self.sides = {"p": _covered(found.predicted), "g": _covered(found.gold)}
        self.tags = list(
            zip(
                found.tag_names(found.gold_tags),
                found.tag_names(found.predicted_tags),
                strict=True,
            )
        )

    def grid(self, start: int, end: int) -> str:
        """The words from `start` to before `end`, with the lines above and below them."""
        lines = [
            self._line(side, span, start, end)
            for side, covered in self.sides.items()
            for span in dict.fromkeys(covered[i] for i in range(start, end) if i in covered)
        ]
        words = "".join(self._word(place, place - start + 1) for place in range(start, end))
        return f"<span>{''.join(lines)}{words}</span>"

    def _line(self, side: str, span: Span, start: int, end: int) -> str:
        """The part of an entity's line above or below these words, with its name."""
        begin, stop = max(span.start, start), min(span.end, end)
        goes_on = span.start < begin
        name = ("…" if goes_on else "") + escape(self.found.types[span.type])
        kind = self.kinds.get(span)
        wrong = span not in self.right and (side == "p" or kind == "missed")
        if wrong and side == "p":
            name = f"✗ {name}"
        if (
            wrong and not goes_on and kind in ("missed", "spurious")
        ):  # has no counterpart to be compared with
            name += f" · {kind}"
        place = f"grid-column:{begin - start + 1}/{stop - start + 1}"
        look = f"{side} no" if wrong else side
        return f'<i class="{look}" style="{place}" title="{name}">{name}</i>'

    def _word(self, place: int, column: int) -> str:
        """A word with its shade; its numbers are in its tooltip."""
        found, (gold, predicted) = self.found, self.tags[place]
        loss, word = float(found.loss[place]), found.words[place]
        title = f"{word}: gold {gold}"
        if found.is_predicted:
            title += f", predicted {predicted}"
        if np.isfinite(loss):
            title += f" ({found.probability[place]:.2f}), loss {loss:.3f}"
        hardest = ' class="top"' if place == found.hardest else ""
        return (
            f'<span title="{escape(title)}" style="grid-column:{column}">'
            f'<b{hardest} style="background:rgba({SHADE},{opacity(loss):.3f})">'
            f"{escape(_short(word))}</b></span>"
        )


def _covered(spans: list[Span]) -> dict[int, Span]:
    """The entity that each word belongs to."""
    return {place: span for span in spans for place in range(span.start, span.end)}


def opacity(loss: float) -> float:
    """How dark the shade of a word with that loss is, 0 to 1."""
    return DARKEST * min(max(loss, 0.0) / MOST_SHADE, 1.0) if np.isfinite(loss) else 0.0


def _short(word: str) -> str:
    return word if len(word) <= MOST_CHARACTERS else word[: MOST_CHARACTERS - 1] + "…"


def _legend() -> str:
    return (
        '<div class="hk"><span class="p">predicted, above</span><span class="g">gold, below</span>'
        '<span class="no">✗ wrong</span>'
        f'<span>loss 0<span class="bar"></span>{MOST_SHADE:g} nats and more</span>'
        '<span class="top">sets the loss</span></div>'
    )


def _mistakes(found: Sentence) -> str:
    """The wrong entities in words, since colours and lines alone are not seen by everybody."""
    if not found.is_predicted:
        return '<div class="hk"><span>The run has no prediction of this sentence.</span></div>'
    if not found.mistakes:
        words = (
            "All entities are right."
            if found.gold
            else "This sentence has no entity, and none is predicted."
        )
        return f'<div class="hk"><span>{words}</span></div>'
    shown = [f"<li>{_described(found, *wrong)}</li>" for wrong in found.mistakes[:MOST_MISTAKES]]
    more = len(found.mistakes) - len(shown)
    if more:
        shown.append(f"<li>and {count(more, 'more mistake')}</li>")
    return f'<ul class="hl">{"".join(shown)}</ul>'


def _described(found: Sentence, span: Span, kind: str) -> str:
    """One mistake: "wrong boundary: Ada (person), predicted Ada Byron (person)"."""
    text = f"{escape(kind)}: {_named(found, span)}"
    others = [] if kind == "spurious" else found.instead_of(span)
    if others:
        text += f", predicted {' and '.join(_named(found, other) for other in others)}"
    return text


def _named(found: Sentence, span: Span) -> str:
    return f"<b>{escape(_short(found.text_of(span)))}</b> ({escape(found.types[span.type])})"
