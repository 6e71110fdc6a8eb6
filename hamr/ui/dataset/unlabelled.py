"""Unlabelled rows of the data on the page Dataset: what is attached, and a form to attach more."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.config import DataSettings
from hamr.errors import HamrError
from hamr.jobs.paths import absolute_data
from hamr.legible import legible
from hamr.store import RunInfo
from hamr.store.pools import Pool
from hamr.ui.relabel.annotator import annotator_name, confirm
from hamr.ui.relabel.attach import attach_form
from hamr.ui.relabel.detach import detach_form
from hamr.ui.relabel.place import UNLABELLED
from hamr.ui.shell import navigation
from hamr.ui.shell.server import store
from hamr.ui.widgets.tables import show_table


def unlabelled_rows(info: RunInfo | None) -> None:
    """A box that starts closed; `info` is a run on the data, None where there is none yet."""
    if info is not None and info.label_source is None:
        return
    box = st.expander("Unlabelled rows", key="unlabelled", on_change="rerun")
    if not box.open:
        return
    with box:
        if info is None:
            st.caption(
                "Train a run on this data first. Its model scores unlabelled rows, so that you "
                "label those that are worth it."
            )
            return
        _attached(info)
        st.caption("Your name is kept with what you attach or remove.")
        name = annotator_name()
        confirm()
        detach_form(info, name, key="detach-data")
        attach_form(store().run(info.id), name, key="attach-data")


def run_on(settings: DataSettings) -> RunInfo | None:
    """The newest run with these data settings whose rows are loaded; None without one."""
    try:
        wanted = absolute_data(settings)
    except HamrError:  # no file can have that name; the form says so
        return None
    known = (info for info in store().runs() if info.settings.data == wanted and info.fingerprint)
    return next(known, None)


def _attached(info: RunInfo) -> None:
    """What is attached, and the way to the queue that labels it."""
    pool = Pool(store().decisions(info.label_source or ""))
    if not len(pool):
        st.caption("No unlabelled rows are attached to this data.")
        return
    waiting = pool.waiting()
    frame = pd.DataFrame(
        {
            "file": [legible(part.name) for part in pool.parts],
            "rows": [part.rows for part in pool.parts],
            "without a decision": [
                int(waiting[first : first + part.rows].sum())
                for part, first in zip(pool.parts, pool.starts.tolist(), strict=False)
            ],
            "attached by": [legible(part.annotator) for part in pool.parts],
            "on (UTC)": [f"{part.time:%d %b %Y %H:%M}" for part in pool.parts],
        }
    )
    show_table(frame, key="attached", alt="The unlabelled rows that are attached to this data")
    navigation.link("Relabel", "Label them", query={"run": info.id, "split": UNLABELLED})
