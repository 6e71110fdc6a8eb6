"""What lives longer than one run of a page: the store, the driver, the URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from hamr.jobs import Driver
    from hamr.store import Store

# These parts of the URL go with the user from page to page.
CARRIED = ("run", "epoch", "row")
LONGEST_NAME = 200


def store() -> Store:
    """The store of this server's home, opened once.

    Raises StoreError when the home can't be read or written.
    """
    found = _store(os.environ.get("HAMR_HOME"), os.environ.get("HAMR_DATABASE_URL"))
    if found.notice and found.is_outdated():  # what it could only be looked at for may be mended
        forget()
        found = _store(os.environ.get("HAMR_HOME"), os.environ.get("HAMR_DATABASE_URL"))
    return found


def home() -> Path:
    """The folder of this server's home, whether its store can be opened or not."""
    from hamr.store.store import home_folder

    return home_folder(os.environ.get("HAMR_HOME"))


def forget() -> None:
    """Open the store again when it is next asked for: its database is another one."""
    _driver.clear()
    _store.clear()


@st.cache_resource(show_spinner=False)
def _store(home: str | None, database: str | None) -> Store:
    # Half a second, which the first words of the first page do not wait for.
    from hamr.store import Store

    # `database` is read by the store itself; as an argument it is part of the cache's key.
    return Store.open(home)


def driver() -> Driver:
    """The thread that works through the queue of this home, started once."""
    return _driver(str(store().home), store())


def _close(driver: Driver) -> None:
    driver.close()


# Without on_release a cleared cache would leave the thread, and its worker, orphaned.
@st.cache_resource(show_spinner=False, on_release=_close)
def _driver(home: str, _store: Store) -> Driver:
    from hamr.jobs import Driver

    driver = Driver(_store)
    driver.start()
    return driver


def query(name: str, default: str | None = None) -> str | None:
    """A part of the URL, by name; `default` where the URL does not have it."""
    return st.query_params.get(name, default)


def named_in_link(name: str) -> str:
    """A run or sweep that the URL names; longer words than any id or name has are cut."""
    return (query(name) or "")[:LONGEST_NAME]


def set_query(name: str, value: object | None) -> None:
    """Put a part of the selection into the URL; None takes it out."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)
    if name in CARRIED:
        st.session_state[f"carried.{name}"] = None if value is None else str(value)


def carry() -> None:
    """Bring the selection along from the page the user comes from.

    Streamlit empties the URL when a page is chosen in the sidebar. A link that names a
    run of its own starts afresh: the epoch and the row chosen elsewhere belong to the
    other run.
    """
    state = st.session_state
    if "run" in st.query_params:
        if st.query_params["run"] != state.get("carried.run"):
            for name in CARRIED:
                state.pop(f"carried.{name}", None)
    elif state.get("carried.run"):
        for name in CARRIED:
            if state.get(f"carried.{name}") and name not in st.query_params:
                st.query_params[name] = state[f"carried.{name}"]
    for name in CARRIED:
        if name in st.query_params:
            state[f"carried.{name}"] = st.query_params[name]
