"""The list of pages, and links between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.ui.shell.state import group_in_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGES = {  # title: file in pages/, icon of the bundled Material Symbols
    "Dataset": ("1_Dataset.py", ":material/dataset:"),
    "Train": ("2_Train.py", ":material/model_training:"),
    "Hardness": ("3_Hardness.py", ":material/leaderboard:"),
    "Weights": ("4_Weights.py", ":material/balance:"),
    "Neighbourhoods": ("5_Neighbourhoods.py", ":material/bubble_chart:"),
    "Per-class F1": ("6_Per_class_F1.py", ":material/target:"),
    "Relabel": ("7_Relabel.py", ":material/new_label:"),
    "Compare": ("8_Compare.py", ":material/compare_arrows:"),
    "Try": ("9_Try.py", ":material/science:"),
    "Learn": ("10_Learn.py", ":material/school:"),
    "Guide": ("11_Guide.py", ":material/menu_book:"),
}
OF_RUNS = tuple(title for title in PAGES if title not in ("Learn", "Guide"))  # that show a run
HOME_ICON = ":material/home:"
TAB_ICON = resources.ASSETS / "icon.png"
LONGEST_TEXT = 2_000  # characters of a text in a link; page Try reads as many
AS_GROUP = "As a group"  # how Relabel shows the rows of a link to many


def icon(title: str) -> str:
    """The icon of a page, by its title."""
    return PAGES[title][1] if title in PAGES else HOME_ICON


def link(title: str, label: str, *, query: Mapping[str, str] | None = None) -> None:
    """A link to the page of that title, carrying the given part of the URL."""
    st.page_link(_path(title), label=label, icon=icon(title), query_params=dict(query or {}))


def relabel_row(run_id: str, epoch: int, row: int) -> None:
    """A link to a row on Relabel, among those of the lasso or region that the URL holds, if any."""
    here = {"run": run_id, "epoch": str(epoch), "row": str(row)}
    link("Relabel", "Relabel this row", query=here | group_in_url())


def relabel_rows(label: str, run_id: str, epoch: int, region: Mapping[str, str]) -> None:
    """A link to many rows on Relabel, as a group; `region` says which, as the URL does."""
    here = {"run": run_id, "epoch": str(epoch), "judge": AS_GROUP}
    link("Relabel", label, query={**here, **region})


def try_text(run_id: str, text: str) -> None:
    """A link to the page Try with a text; a very long one is cut to what a link holds."""
    one_line = " ".join(text.split())[:LONGEST_TEXT]
    link("Try", "Try this text", query={"run": run_id, "texts": one_line})


def about(title: str, run_id: str) -> dict[str, str]:
    """The part of a URL by which the page of that title shows a run; Compare adds all others."""
    return {"beside" if title == "Compare" else "run": run_id}


def go(title: str, *, query: Mapping[str, str] | None = None) -> None:
    """Leave this page for the one of that title."""
    st.switch_page(_path(title), query_params=dict(query or {}))


def _path(title: str) -> Path:
    return resources.PAGES / PAGES[title][0]
