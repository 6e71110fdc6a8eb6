"""The data chosen on Dataset, carried to Train in the URL and in the session."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.config import DataSettings
from hamr.errors import SettingError
from hamr.ui.shell.session import query


def chosen_data() -> DataSettings:
    """The data of the URL, else those last chosen in this session, else the demo.

    Raises SettingError when the URL holds a value out of range.
    """
    if query("source"):
        # Texts all of them; the settings make numbers of those that should be.
        values: dict[str, Any] = {
            name: query(name) for name in DataSettings.model_fields if query(name)
        }
        return DataSettings(**values)
    return st.session_state.get("chosen_data") or DataSettings()


def choose(settings: DataSettings) -> None:
    """Remember the data for this session and put them into the URL."""
    st.session_state["chosen_data"] = settings
    for name in DataSettings.model_fields:
        st.query_params.pop(name, None)
    st.query_params.update(as_query(settings))


def as_query(settings: DataSettings) -> dict[str, str]:
    """The part of a URL that stands for these data: the source, and what differs."""
    defaults = DataSettings()
    values = settings.model_dump()
    return {
        name: str(value)
        for name, value in values.items()
        if value is not None and (name == "source" or value != getattr(defaults, name))
    }


def safe_chosen_data() -> tuple[DataSettings, SettingError | None]:
    """Like chosen_data; a bad value in the URL gives the demo and the error."""
    try:
        return chosen_data(), None
    except SettingError as error:
        return DataSettings(), error
