"""The list of pages, and links between them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.ui.shell import failure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Here, since a visit that goes straight to a file of pages/ does not run app.py.
failure.install()

PAGES = {
    "Dataset": ("1_Dataset.py", "🗂️"),
    "Train": ("2_Train.py", "🚀"),
    "Hardness": ("3_Hardness.py", "🧗"),
    "Weights": ("4_Weights.py", "⚖️"),
    "Neighbourhoods": ("5_Neighbourhoods.py", "🗺️"),
    "Per-class F1": ("6_Per_class_F1.py", "🎯"),
    "Relabel": ("7_Relabel.py", "🏷️"),
    "Compare": ("8_Compare.py", "🆚"),
}
LASSO, MENTION_LASSO = LASSOS = ("lasso", "mlasso")  # in the URL: of rows, of entity mentions
AS_GROUP = "As a group"  # how Relabel shows the rows of a link to many
HOME = "0_Home.py"
HOME_ICON = "🧭"

# Whether the page that runs in this thread was started by our own navigation.
_routed: ContextVar[bool] = ContextVar("routed", default=False)


def route() -> None:
    """Show the navigation and run the page that the URL asks for."""
    _run(_navigation())


def take_over(title: str) -> None:
    """Show the navigation from within the page of that title, if app.py did not.

    On a fresh server the first visit may go straight to a file of `pages/`. Streamlit then
    makes up a navigation of its own from the file names, and drops it for ours at the next
    run. The page is run once more, from our navigation, and this run of it ends here:
    otherwise its widgets would change their identities and the visitor's first click be lost.
    """
    if _routed.get():
        return
    page = _navigation()
    if page.title == title:  # another one, where a test runs a script that is no page
        _run(page)
        st.stop()


def _run(page: st.Page) -> None:
    token = _routed.set(True)
    try:
        page.run()
    finally:
        _routed.reset(token)


def _navigation() -> st.Page:
    pages = [st.Page(resources.PAGES / HOME, title="Home", icon=HOME_ICON, default=True)]
    pages += [
        st.Page(resources.PAGES / name, title=title, icon=icon)
        for title, (name, icon) in PAGES.items()
    ]
    return st.navigation(pages)


def icon(title: str) -> str:
    """The emoji of a page, by its title."""
    return PAGES[title][1] if title in PAGES else HOME_ICON


def link(title: str, label: str, *, query: Mapping[str, str] | None = None) -> None:
    """A link to the page of that title, carrying the given part of the URL."""
    st.page_link(_path(title), label=label, icon=icon(title), query_params=dict(query or {}))


def relabel_row(run_id: str, epoch: int, row: int) -> None:
    """A link to a row on Relabel, among those of the lasso that the URL holds, if any."""
    here = {"run": run_id, "epoch": str(epoch), "row": str(row)}
    lassos = {name: st.query_params[name] for name in LASSOS if st.query_params.get(name)}
    link("Relabel", "Relabel this row", query=here | lassos)


def relabel_rows(label: str, run_id: str, epoch: int, region: Mapping[str, str]) -> None:
    """A link to many rows on Relabel, as a group; `region` says which, as the URL does."""
    here = {"run": run_id, "epoch": str(epoch), "judge": AS_GROUP}
    link("Relabel", label, query={**here, **region})


def about(title: str, run_id: str) -> dict[str, str]:
    """The part of a URL by which the page of that title shows a run: Compare, all beside it."""
    return {"beside" if title == "Compare" else "run": run_id}


def go(title: str, *, query: Mapping[str, str] | None = None) -> None:
    """Leave this page for the one of that title."""
    st.switch_page(_path(title), query_params=dict(query or {}))


def _path(title: str) -> Path:
    return resources.PAGES / PAGES[title][0]
