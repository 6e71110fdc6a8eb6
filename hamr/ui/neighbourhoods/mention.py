"""The entity mention that was clicked, above its sentence at the map's side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.ui.neighbourhoods.facts import values_table
from hamr.ui.neighbourhoods.meaning import similar_mentions_button
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import plain
from hamr.views.neighbourhoods import mention_map
from hamr.views.neighbourhoods.row_values import LABEL_ERROR


def mention_section(run: Run, epoch: int, mention: int) -> None:
    """Its words and type, what the model makes of it, and a way to similar ones."""
    found = view(_table, run, epoch, mention)
    with st.container(border=True, key="mention", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(found['mention'], 80)}** · {plain(found['type'], 60)}")
            similar_mentions_button(mention)
        values_table(_figures(found))


def _table(run: Run, epoch: int, mention: int) -> dict[str, object]:
    line: dict[str, object] = mention_map.table(run, epoch, np.array([mention])).iloc[0].to_dict()
    return line


def _figures(found: dict[str, object]) -> list[tuple[str, str]]:
    said = str(found["predicted as"]) or "not recorded"
    kind = str(found["mistake"])
    figures = [("predicted as", said if kind in ("", "missed") else f"{said} ({kind})")]
    for name, unit, places in (("loss", " nats", 3), (LABEL_ERROR, "", 2), ("hardness", "", 3)):
        value = float(str(found[name]))
        if np.isfinite(value):
            figures.append((_TITLES.get(name, name), f"{value:.{places}f}{unit}"))
    return figures


_TITLES = {"loss": "loss of its hardest word", "hardness": "hardness of its sentence"}
