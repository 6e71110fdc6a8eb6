"""Predicted entities above the words of a sentence, as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from hamr.legible import legible_name
from hamr.views.try_texts.bars import percentage
from hamr.views.try_texts.sentences import Tagged

STYLE = (
    ".tw .te,.tw .te>span{padding:0;border:0}"
    ".te{display:inline-flex;flex-direction:column;vertical-align:bottom;line-height:1.5;"
    "max-width:100%;margin:.15rem .1rem}"
    ".te>i{font-style:normal;font-size:.78rem;border-bottom:3px double currentColor;"
    "padding:0 .25rem;overflow-wrap:anywhere}"
    ".te>i.on{font-weight:700}"
)


@dataclass(frozen=True)
class Above:
    """An entity over the words from `start` to before `end`."""

    start: int
    end: int
    name: str
    is_chosen: bool = False

    def around(self, words: str) -> str:
        """The words, as HTML, with the entity above them."""
        look = ' class="on"' if self.is_chosen else ""
        return f'<span class="te"><i{look}>{escape(self.name)}</i><span>{words}</span></span>'


def entities_above(sentence: Tagged, chosen: tuple[int, int] | None = None) -> list[Above]:
    """The predicted entities, each with its type and probability."""
    return [
        Above(
            span.start,
            span.end,
            f"{legible_name(sentence.types[span.type])} {percentage(sentence.probability(span))}",
            chosen == (span.start, span.end),
        )
        for span in sentence.spans
    ]
