"""What all visitors of this server share: the store of its home, and the thread that trains."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import HamrError
from hamr.ui.shell import recording

if TYPE_CHECKING:
    from hamr.jobs import Driver
    from hamr.store import Store


def store() -> Store:
    """The store that this page reads: of this server's home, or the recording's where it is open.

    Raises StoreError when the home can't be read or written.
    """
    if recording.is_open():
        with suppress(HamrError):  # then there is no such run here, which the page says
            return recording.recorded_store()
    return own_store()


def own_store() -> Store:
    """The store of this server's home, opened once. Raises StoreError as `store` does."""
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
    return _driver(str(own_store().home), own_store())


def _close(driver: Driver) -> None:
    driver.close()


# Without on_release a cleared cache would leave the thread, and its worker, orphaned.
@st.cache_resource(show_spinner=False, on_release=_close)
def _driver(home: str, _store: Store) -> Driver:
    from hamr.jobs import Driver

    driver = Driver(_store)
    driver.start()
    return driver
