"""The way back to the region of the map that the queue comes from."""

from __future__ import annotations

from hamr.store import Run
from hamr.ui.shell import navigation
from hamr.ui.shell.state import MENTION_LASSO, lassos_in_url
from hamr.ui.widgets.mapchoice import MENTIONS


def back_to_map(run: Run, epoch: int) -> None:
    """A link to the map with the lasso of the URL, coloured by decisions; none without a lasso."""
    lassos = lassos_in_url()
    if not lassos:
        return
    here = {"run": run.id, "epoch": str(epoch), **lassos}
    view = {"map": MENTIONS} if MENTION_LASSO in lassos else {"colour": "decisions"}
    navigation.link("Neighbourhoods", "Back to the map", query=here | view)
