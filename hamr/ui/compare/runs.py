"""Which runs are compared. They are in the URL: ?runs=1f0c22d9,77ab01c4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.ui.shell import navigation
from hamr.ui.shell.demo import no_runs
from hamr.ui.shell.moment import RunNow
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.status import run_labels
from hamr.ui.shell.text import count, plain, plain_name

if TYPE_CHECKING:
    from hamr.store import RunInfo

MOST = 20
NONE = "none"  # in the URL, when all runs have been removed: otherwise some are suggested
SHORT, SHORTEST = 8, 4  # characters of an id in the URL; fewest that are looked up


def choose_runs() -> list[RunNow]:
    """The chosen runs as they are now, in the order of the choice; at least one.

    A link ?beside=ID means all runs on the same data as that one. Without it and without ?runs=
    they are those last chosen in this session, else all on the data of the run the user comes
    from, or of the newest. Where there is nothing to compare, the page says what to do and ends.
    """
    infos = store().runs()
    if not infos:
        no_runs()
    usable = {info.id: info for info in infos if info.epochs_done > 0}
    if not usable:
        st.info(
            "No run has completed an epoch yet. This page needs at least one.",
            icon=":material/hourglass_top:",
        )
        navigation.link("Train", "See the runs on Train")
        st.stop()
    chosen = _chosen(usable)
    st.session_state["compared"] = in_url(chosen)
    _picker(usable, chosen)
    if not chosen:
        st.info(
            "Choose the runs to compare, or all runs on a data set.",
            icon=":material/compare_arrows:",
        )
        st.stop()
    from hamr.store import Run

    return [RunNow(Run(store(), run_id), usable[run_id]) for run_id in chosen]


def in_url(ids: list[str]) -> str:
    """The ids as the URL holds them, shortened where the beginnings differ."""
    short = [run_id[:SHORT] for run_id in ids]
    return ",".join(short if len(set(short)) == len(ids) else ids) or NONE


def asked_for(text: str, ids: list[str]) -> tuple[list[str], list[str]]:
    """The runs named in the URL, each once, and the parts that name none."""
    found: dict[str, None] = {}
    lost = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        named = [i for i in ids if i.startswith(part)] if len(part) >= SHORTEST else []
        if len(named) == 1:
            found[named[0]] = None
        else:
            lost.append(part)
    return list(found), lost


def _chosen(usable: dict[str, RunInfo]) -> list[str]:
    beside = query("beside")
    text = None if beside else query("runs") or st.session_state.get("compared")
    if text is None:
        of = usable.get(beside or query("run") or "") or next(iter(usable.values()))
        set_query("beside", None)
        text = in_url(_of_data(usable, of)[:MOST])
    set_query("runs", text)
    if text == NONE:
        return []
    chosen, lost = asked_for(text, list(usable))
    if lost:
        named = plain(", ".join(part[:20] for part in lost[:5]))
        st.warning(
            f"No run with a complete epoch is called {named}. The other runs are shown.",
            icon=":material/search_off:",
        )
    return chosen[:MOST]


def _of_data(usable: dict[str, RunInfo], of: RunInfo) -> list[str]:
    """The runs on the same rows, the given one among the first MOST."""
    same = [i for i, info in usable.items() if info.fingerprint == of.fingerprint and i != of.id]
    return [of.id, *same]


def _picker(usable: dict[str, RunInfo], chosen: list[str]) -> None:
    labels = run_labels(list(usable.values()))
    st.session_state["compare_runs"] = chosen
    st.multiselect(
        f"Runs, up to {MOST}",
        list(labels),
        format_func=lambda run_id: labels.get(run_id, run_id),
        key="compare_runs",
        max_selections=MOST,
        placeholder="Choose runs",
        on_change=lambda: set_query("runs", in_url(st.session_state["compare_runs"])),
    )
    of = usable[chosen[0]] if chosen else next(iter(usable.values()))
    same = _of_data(usable, of)
    if set(same[:MOST]) <= set(chosen):
        return
    newest = f" (the newest {MOST})" if len(same) > MOST else ""
    st.button(
        f"Add all {count(len(same), 'run')} on {plain_name(of.data_name)}{newest}",
        icon=":material/add:",
        key="all_of_data",
        help="All runs trained on exactly the same rows",
        on_click=set_query,
        args=("runs", in_url(same[:MOST])),
    )
