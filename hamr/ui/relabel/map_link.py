"""The way back to the part of the map that the queue comes from."""

from __future__ import annotations

from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell import navigation
from hamr.ui.shell.state import MENTION_LASSO, REGION, group_in_url
from hamr.ui.widgets.mapchoice import MENTIONS


def back_to_map(run: Run, epoch: int) -> None:
    """A link to the map with the lasso or region of the URL, coloured by decisions; none without
    either.
    """
    group = group_in_url()
    if not group:
        return
    here = {"run": run.id, "epoch": str(epoch), **group}
    of_mentions = MENTION_LASSO in group or (REGION in group and features(run.info.task).entities)
    view = {"map": MENTIONS} if of_mentions else {"colour": "decisions"}
    navigation.link("Neighbourhoods", "Back to the map", query=here | view)
