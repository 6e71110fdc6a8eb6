"""What the URL chooses on the map: a row or a mention, a lasso, a search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.store import Run
from hamr.ui.neighbourhoods.layout import lasso_name
from hamr.ui.neighbourhoods.meaning import Likeness, likeness, text_in_link
from hamr.ui.neighbourhoods.side import SELECTION, choose_region, show_side
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import LIKE, REGION, query, set_query
from hamr.ui.widgets.mapchoice import choose, lasso_in_link, row_in_link
from hamr.ui.widgets.pointmap import PointMapEvent
from hamr.views.base import mentions
from hamr.views.base.geometry import lasso_text
from hamr.views.neighbourhoods.shown_rows import TRAINING, ShownRows
from hamr.views.neighbourhoods.subjects import Subject, search_of


@dataclass(frozen=True)
class Choice:
    """What is in the URL: a row, a lasso in packed corners, a search by text or by meaning."""

    row: int | None
    lasso: list[tuple[int, int]] | None
    search: str
    matches: np.ndarray  # rows, or mentions, that the search found
    like: Likeness | None = None
    mention: int | None = None  # the row's first one, where the URL names none of the row's

    def index(self, subject: Subject) -> int | None:
        """The row or the mention that is chosen."""
        return self.row if subject.are_rows else self.mention


def choice(subject: Subject, run: Run) -> Choice:
    """The row, lasso and search of the URL; what names nothing is taken out of it."""
    like = likeness(subject, run)
    search = "" if like else text_in_link()
    only_training = split_in_link() == TRAINING
    matches = np.empty(0, np.int64)
    if search:
        matches = view(search_of, run, subject.name, search, held_out=not only_training)
    if like and like.found:
        matches = like.found.rows
    row = row_in_link(run, split="train" if only_training else None)
    mention = None if subject.are_rows or row is None else _mention(run, row)
    return Choice(row, lasso_in_link(lasso_name(subject)), search, matches, like, mention)


def _mention(run: Run, row: int) -> int | None:
    own = mentions.of_row(view(mentions.all_mentions, run), row).tolist()
    named = {str(mention): mention for mention in own}
    return named.get(query("mention") or "", own[0] if own else None)


def chosen_on_map(
    event: PointMapEvent, subject: Subject, run: Run, points: ShownRows, before: Choice
) -> None:
    """Put what was clicked or drawn on the map into the URL."""
    if event.region is not None:  # its name was clicked
        choose_region(event.region)
        return
    lasso = lasso_text(event.packed) if event.packed else None
    # A lasso drawn while a row is chosen is what was chosen last.
    drawn = lasso is not None and lasso != query(lasso_name(subject))
    show_side(SELECTION if drawn else None)
    if drawn:
        set_query(LIKE, None)
    if event.clicked is not None:
        clicked = points.rows[[event.clicked]]
        row = int(subject.rows(run, clicked)[0])
        choose(row=row, mention=None if subject.are_rows else int(clicked[0]))
    elif event.packed and points.point(before.index(subject)) is None:
        choose(row=before.row, mention=before.mention)  # not on the map, so a lasso keeps it
    else:
        choose(row=None)
    set_query(lasso_name(subject), lasso)
    if lasso is None and event.clicked is None:  # everything is dropped
        set_query(REGION, None)
