"""The state of a page: what is in the URL, in the visitor's session, and carried between pages.

The URL holds what a link should reproduce: the run, the epoch, the row, the chosen rows, a lasso,
the data of a new run. The session holds what Streamlit would lose when a page is chosen in the
sidebar, because that empties the URL. Widgets keep their own values under their keys; nothing
else of a page's state is stored anywhere but through this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from hamr.errors import SettingError

if TYPE_CHECKING:  # pydantic, which the first words of the first page do not wait for
    from hamr.config import DataSettings

# These parts of the URL go with the user from page to page.
REPLAY = "replay"  # in the URL: the epoch as of which a run is shown
CARRIED = ("run", "epoch", "row", REPLAY)
LASSO, MENTION_LASSO = LASSOS = ("lasso", "mlasso")  # in the URL: of rows, of entity mentions
REGION = "region"  # in the URL: the id of a hard region
LIKE = "like"  # in the URL: a phrase, or row:12, whose most similar rows are chosen
POOL_ROW = "pool"  # in the URL: an unlabelled row, by its index among them
FILTERS = ("find", "classes", "kinds", "signal", "range")  # in the URL: what narrows the map
LONGEST_NAME = 200
MOST_LISTED = 1_000  # rows that a link lists one by one

_PAGE, _PINNED, _DATA = "page", "pinned_epoch", "chosen_data"  # keys of the session


# The URL


def query(name: str, default: str | None = None) -> str | None:
    """A part of the URL, by name; `default` where the URL does not have it."""
    value: str | None = st.query_params.get(name, default)
    return value


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
        st.session_state[_carried(name)] = None if value is None else str(value)


def query_all(name: str) -> tuple[str, ...]:
    """The values of a part of the URL that may have several: ?value=a&value=b."""
    return tuple(st.query_params.get_all(name))


def set_query_all(name: str, values: Sequence[str]) -> None:
    """Put a part of several values into the URL; none takes it out."""
    st.query_params.pop(name, None)
    if values:
        st.query_params[name] = list(values)


def group_in_url() -> dict[str, str]:
    """The lassos, the region and the search by meaning that the URL holds, by name."""
    names = (*LASSOS, REGION, LIKE, *FILTERS)
    return {name: st.query_params[name] for name in names if st.query_params.get(name)}


# The run and the epoch


def carry() -> None:
    """Bring the selection along from the page the user comes from.

    Streamlit empties the URL when a page is chosen in the sidebar. A link that names a run of
    its own starts fresh: the epoch and the row chosen before belong to the other run.
    """
    state = st.session_state
    if "run" in st.query_params:
        if st.query_params["run"] != state.get(_carried("run")):
            for name in CARRIED:
                state.pop(_carried(name), None)
        elif REPLAY not in st.query_params:  # a link to the run as it is now
            state.pop(_carried(REPLAY), None)
    elif state.get(_carried("run")):
        for name in CARRIED:
            if state.get(_carried(name)) and name not in st.query_params:
                st.query_params[name] = state[_carried(name)]
    for name in CARRIED:
        if name in st.query_params:
            state[_carried(name)] = st.query_params[name]


def enter(title: str) -> None:
    """Note which page is open. Another one than before starts at the newest epoch."""
    if st.session_state.get(_PAGE) != title:
        st.session_state[_PAGE] = title
        st.session_state.pop(_PINNED, None)


def shown_page() -> str | None:
    """The title of the page that is open."""
    title: str | None = st.session_state.get(_PAGE)
    return title


def chosen_run() -> str | None:
    """The run of the URL, else the one that is carried from page to page."""
    return query("run") or st.session_state.get(_carried("run"))


def switch_run(run_id: str) -> None:
    """Look at another run: the epoch and the rows chosen for the last one mean nothing to it."""
    for name in list(st.query_params):
        # What is bound to a widget (a filter, a tab) means something to any run, and stays.
        with suppress(StreamlitAPIException):
            set_query(name, None)
    set_query("epoch", None)
    set_query("row", None)
    set_query(REPLAY, None)
    set_query("run", run_id)
    st.session_state.pop(_PINNED, None)


def leave_run(run_id: str) -> None:
    """Drop the selection where it is of this run, which is deleted."""
    if st.session_state.get(_carried("run")) == run_id:
        for name in CARRIED:
            set_query(name, None)


def epoch_of(run_id: str, epochs: Sequence[int]) -> int:
    """The epoch of the URL, else the one this page showed last, else the newest, now pinned.

    Pinned: a page does not move on by itself while its run trains.
    """
    asked = query("epoch")
    if asked and asked.isdecimal() and int(asked) in epochs:
        return int(asked)
    if asked:
        set_query("epoch", None)
    pinned: tuple[str, int] | None = st.session_state.get(_PINNED)
    if not pinned or pinned[0] != run_id or pinned[1] not in epochs:
        pinned = pin_epoch(run_id, epochs[-1])
    return pinned[1]


def pin_epoch(run_id: str, epoch: int) -> tuple[str, int]:
    """Keep this page at the epoch of the run."""
    pinned = st.session_state[_PINNED] = (run_id, epoch)
    return pinned


def _carried(name: str) -> str:
    return f"carried.{name}"


# What is typed on a page


def kept_text(name: str, most: int) -> str:
    """What was typed under that name, or what a link that was just opened says; "" for nothing.

    It stays in the session while the visitor is on other pages, and is in the URL while it has at
    most so many characters.
    """
    state, linked = st.session_state, query(name)
    if linked is not None and linked != state.get(_linked(name)):
        state[_typed(name)] = linked
    text = str(state.get(_typed(name), ""))
    shown = text if 0 < len(text) <= most else None
    if linked != shown:
        set_query(name, shown)
    state[_linked(name)] = shown
    return text


def keep_text(name: str, text: str) -> None:
    """Keep what was typed, for `kept_text`."""
    st.session_state[_typed(name)] = text
    st.session_state[_linked(name)] = query(name)  # the URL follows, and does not lead


def _typed(name: str) -> str:
    return f"typed.{name}"


def _linked(name: str) -> str:
    return f"linked.{name}"


# The chosen rows


def parse_rows(text: str | None, row_count: int, limit: int) -> list[int]:
    """Row indices of "3,17": each once, in order; what names no row is left out."""
    found: dict[int, None] = {}
    for part in (text or "").split(","):
        # isdecimal alone would let a number through that is too long to be an index
        if part.strip().isdecimal() and len(part.strip()) < 12 and int(part) < row_count:
            found[int(part)] = None
    return list(found)[:limit]


def chosen_rows(row_count: int, limit: int) -> list[int]:
    """The rows that the URL names: ?rows=3,17."""
    return parse_rows(query("rows"), row_count, limit)


def choose_rows(rows: Iterable[int]) -> None:
    """Put the rows into the URL."""
    set_query("rows", ",".join(map(str, rows)) or None)


def merge(chosen: Sequence[int], on_page: Sequence[int], ticked: Iterable[int]) -> list[int]:
    """The chosen rows after ticks on one page of a table.

    Rows of other pages stay; those of this page are exactly the ticked positions.
    """
    others = [row for row in chosen if row not in set(on_page)]
    return others + [on_page[i] for i in ticked if i < len(on_page)]


# The data of a new run


def chosen_data() -> DataSettings:
    """The data of the URL, else those last chosen in this session, else the demo.

    Raises SettingError when the URL holds a value out of range.
    """
    from hamr.config import DataSettings

    if query("source"):
        # All of them text; the settings make numbers of those that should be.
        values: dict[str, Any] = {
            name: query(name) for name in DataSettings.model_fields if query(name)
        }
        return DataSettings(**values)
    return st.session_state.get(_DATA) or DataSettings()


def safe_chosen_data() -> tuple[DataSettings, SettingError | None]:
    """As `chosen_data`; a bad value in the URL gives the demo and the error."""
    from hamr.config import DataSettings

    try:
        return chosen_data(), None
    except SettingError as error:
        return DataSettings(), error


def remember_data(settings: DataSettings) -> None:
    """Keep the data for this session alone."""
    st.session_state[_DATA] = settings


def choose_data(settings: DataSettings) -> None:
    """Keep the data for this session and put them into the URL."""
    from hamr.config import DataSettings

    remember_data(settings)
    for name in DataSettings.model_fields:
        st.query_params.pop(name, None)
    st.query_params.update(data_query(settings))


def data_query(settings: DataSettings) -> Mapping[str, str]:
    """The part of a URL that gives these data: the source, and what differs from the default."""
    from hamr.config import DataSettings
    from hamr.config.data import as_names

    defaults = DataSettings()
    return {
        name: as_names(value) if isinstance(value, tuple) else str(value)
        for name, value in settings.model_dump().items()
        if value is not None and (name == "source" or value != getattr(defaults, name))
    }
