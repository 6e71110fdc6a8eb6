"""The words of a text as HTML: shaded by what they add to a logit, changed ones framed.

The HTML loads nothing, and holds what people typed only escaped. A word that speaks for the class
is on blue with a solid line below it, one that speaks against it on orange with a dashed line, so
that colours are not all that tells them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

import numpy as np
import pandas as pd

from hamr.ui.try_texts.tags import STYLE as TAG_STYLE
from hamr.ui.try_texts.tags import Above

FOR, AGAINST = "27,127,191", "213,94,0"  # Okabe and Ito's blue, lighter, and vermillion
DARKEST = 0.55  # opacity of the strongest word: text stays readable on both themes
FAINT = 0.08  # of the strongest word; below that a word has no line
MOST_CHARACTERS = 80  # of a word
MOST_UNREAD = 40  # words that are shown after the last one that the model reads
MOST_AT_FIRST = 400  # words that are shown as long as it is not known which ones are read
STYLE = (
    ".tw{line-height:2.1;overflow-wrap:anywhere}"
    ".tw span{padding:.12rem .2rem;border-radius:.2rem;border-bottom:3px solid transparent}"
    f".tw .f{{border-bottom:3px solid rgb({FOR})}}"
    f".tw .a{{border-bottom:3px dashed rgb({AGAINST})}}"
    ".tw .n{font-weight:700;outline:2px solid currentColor;outline-offset:1px;margin:0 .2rem}"
    ".tw .o{opacity:.6;font-style:italic}"
    ".tk{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.85rem;margin-top:.5rem}"
    ".tk .f,.tk .a,.tk .n{padding:0 .25rem}"
    f".tk .f{{background:rgba({FOR},.35);border-bottom:3px solid rgb({FOR})}}"
    f".tk .a{{background:rgba({AGAINST},.35);border-bottom:3px dashed rgb({AGAINST})}}"
    ".tk .n{font-weight:700;outline:2px solid currentColor}"
)


def markup(
    words: Sequence[str],
    scores: np.ndarray | None,
    changed: Collection[int] = (),
    *,
    above: Sequence[Above] = (),
) -> str:
    """The words, with what each adds to the logit [w] where that is known, and a legend.

    `above` are the entities that are named above the words.
    """
    known = None if scores is None else np.nan_to_num(scores)
    most = 0.0 if known is None or not len(known) else float(np.abs(known).max())
    parts, named = [], {one.start: one for one in above}
    at, last = 0, _shown(words, scores, changed, above)
    while at < last:
        entity = named.get(at)
        end = entity.end if entity else at + 1
        inner = " ".join(
            _word(words[i], None if scores is None else float(scores[i]), most, i in changed)
            for i in range(at, end)
        )
        parts.append(entity.around(inner) if entity else inner)
        at = end
    if rest := len(words) - last:
        parts.append(f'<span class="o">and {rest:,} more word{"s" if rest > 1 else ""}</span>')
    legend = _legend(scores, bool(changed))
    return (
        f'<div><div class="tw" dir="auto">{" ".join(parts)}</div>{legend}'
        f"<style>{STYLE}{TAG_STYLE if above else ''}</style></div>"
    )


def _shown(
    words: Sequence[str],
    scores: np.ndarray | None,
    changed: Collection[int],
    above: Sequence[Above],
) -> int:
    """How many words are shown: a long text that is not read would hide what is below it."""
    if scores is None:
        wanted = MOST_AT_FIRST
    else:
        read = np.flatnonzero(~np.isnan(scores))
        wanted = (int(read[-1]) + 1 if len(read) else 0) + MOST_UNREAD
    marked = [*(place + 1 for place in changed), *(one.end for one in above)]
    return min(len(words), max(wanted, *marked, 0))


def word_table(words: Sequence[str], scores: np.ndarray, changed: Collection[int]) -> pd.DataFrame:
    """The same as a table."""
    frame = pd.DataFrame({"word": list(words), "adds to the logit": scores.astype(float)})
    if changed:
        frame["changed"] = [place in changed for place in range(len(words))]
    return frame


def _word(word: str, score: float | None, most: float, is_new: bool) -> str:
    kinds, style, said = ["n"] if is_new else [], "", []
    if score is not None and np.isnan(score):
        kinds.append("o")
        said.append("not read")
    elif score is not None:
        share = abs(score) / most if most else 0.0
        said.append(f"{score:+.2f}")
        if share >= FAINT:
            kinds.append("f" if score > 0 else "a")
            colour = FOR if score > 0 else AGAINST
            style = f' style="background:rgba({colour},{DARKEST * share:.3f})"'
    said += ["changed"] if is_new else []
    title = f' title="{escape(", ".join(said))}"' if said else ""
    look = f' class="{" ".join(kinds)}"' if kinds else ""
    shown = word if len(word) <= MOST_CHARACTERS else word[: MOST_CHARACTERS - 1] + "…"
    return f"<span{look}{style}{title}>{escape(shown)}</span>"


def _legend(scores: np.ndarray | None, has_changed: bool) -> str:
    parts = []
    if scores is not None:
        parts += ['<span class="f">speaks for it</span>', '<span class="a">speaks against</span>']
        if np.isnan(scores).any():
            parts.append("<span><i>in italics: not read</i></span>")
    if has_changed:
        parts.append('<span class="n">changed</span>')
    return f'<div class="tk">{"".join(parts)}</div>' if parts else ""
