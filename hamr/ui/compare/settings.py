"""The tab Settings: the settings that differ."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.ui.shell.text import as_csv
from hamr.ui.widgets.tables import show_table
from hamr.views.compare import settings as compare_settings
from hamr.views.compare.configurations import Configuration


def settings_section(found: Sequence[Configuration]) -> None:
    """Only settings that differ; all others are the same."""
    table = compare_settings.table(found)
    st.caption("Only settings that differ are listed; all others are the same.")
    show_table(
        table,
        key="settings",
        alt="The settings that differ",
        column_config={"setting": st.column_config.TextColumn(pinned=True)},
    )
    st.download_button(
        "CSV",
        lambda: as_csv(table),
        "compare-settings.csv",
        "text/csv",
        key="settings-csv",
        on_click="ignore",
        type="tertiary",
        help="This table",
    )
