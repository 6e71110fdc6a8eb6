"""The first page: what this is, the demo, the runs there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import HamrError
from hamr.legible import legible_name
from hamr.ui.home.recording import recording_of_fresh_home, show_recording
from hamr.ui.shell import navigation, tour
from hamr.ui.shell.demo import demo_button, entity_demo_button
from hamr.ui.shell.guard import guard, offer_restoring, show_error, show_restored
from hamr.ui.shell.page import begin, head
from hamr.ui.shell.replay import replay_button
from hamr.ui.shell.server import store
from hamr.ui.shell.state import leave_run
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import plain
from hamr.ui.widgets.tables import show_table

if TYPE_CHECKING:
    import pandas as pd

    from hamr.store import RunInfo


def home_page() -> None:
    """The page that `streamlit run app.py` opens with."""
    head(
        "Hardness-Aware Meta-Resample",
        "Train a text model on imbalanced data, watch what it finds hard and why, and see the "
        "rare classes recover. Everything stays on this machine.",
    )
    # What a newcomer came for is on screen before the store is opened, or even imported.
    _start()
    begin("Home")
    tour.offer(key="home")
    show_restored()
    with guard():
        _show_notice()
        _runs()
    _about_the_data()


def _start() -> None:
    if recorded := recording_of_fresh_home():
        demo, own = st.container(), st.container()
    else:
        demo, own = st.columns(2, gap="medium")
    with demo.container(border=True, height="stretch"):
        st.subheader("See it work", anchor=False)
        if recorded:
            show_recording(recorded)
        else:
            _demos()
    with own.container(border=True, height="stretch"):
        st.subheader("Use your own data", anchor=False)
        st.write(
            "1. **Dataset**: upload a CSV, JSON, JSONL, Parquet or CoNLL file, or enter a path or "
            "the name of a hub data set. Choose the text column and the label column.\n"
            "2. Check class counts, duplicates and contradictions before you train.\n"
            "3. **Train on this data**, and watch the run live."
        )
        navigation.link("Dataset", "Open your data")


def _demos() -> None:
    st.write(
        "4,000 sentences on how attackers work, 14 classes, the rarest with 48 rows. "
        "Ten epochs take about a minute on a laptop; all pages show the run as it trains. The "
        "entity demo finds the groups, malware, tools and campaigns named in such sentences."
    )
    with st.container(horizontal=True):
        demo_button(key="demo")
        entity_demo_button(key="entity-demo")


def _show_notice() -> None:
    """Why the store is read-only; where its database is damaged, with a button to restore it."""
    notice = store().notice
    if notice:
        st.warning(plain(notice), icon=":material/lock:")
    if notice and store().is_rescued:
        offer_restoring()


def _runs() -> None:
    infos = store().runs()
    if not infos:
        st.subheader("Runs", anchor=False)
        st.info(
            "No runs yet. Press **Run the demo** to make the first one.", icon=":material/info:"
        )
        return
    active = any(info.status in ACTIVE for info in infos)
    finished = [info for info in infos if info.status == "finished"]
    if finished:
        from hamr.ui.home.regions import newest_regions  # the page of a fresh home does without

        newest_regions(finished)
    st.subheader("Runs", anchor=False)
    # The table is read again every two seconds, and only while something can change.
    st.fragment(_table, run_every=2.0 if active else None)(active)


def _table(was_active: bool) -> None:
    infos = store().runs()
    if was_active and not any(info.status in ACTIVE for info in infos):
        st.rerun()
    event = show_table(
        runs_frame(infos),
        csv="runs",
        placeholder="–",
        key="runs",
        on_select="rerun",
        selection_mode="single-row",
        alt="The runs of this store, newest first",
        column_config={
            "macro-F1": st.column_config.NumberColumn(
                format="%.3f", help="On validation, at the best epoch"
            ),
            "Test macro-F1": st.column_config.NumberColumn(
                format="%.3f", help="On the test rows, scored once, at the best validation epoch"
            ),
            "Started": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    chosen = [infos[i] for i in event.selection.rows if i < len(infos)]
    if chosen:
        _actions(chosen[0])
    else:
        st.caption("Select a run to open, rename, resume or delete it.")


def runs_frame(infos: list[RunInfo]) -> pd.DataFrame:
    """The runs as people read them, newest first."""
    import pandas as pd  # half a second that the first page of a fresh home does without

    from hamr.methods import method_title

    return pd.DataFrame(
        {
            "Run": [info.name for info in infos],
            "Status": [info.status for info in infos],
            "Data": [info.data_name for info in infos],
            "Method": [method_title(info.method) for info in infos],
            "Epochs": [f"{info.epochs_done} of {info.epochs}" for info in infos],
            "macro-F1": pd.Series([info.macro_f1 for info in infos], dtype="float64"),
            "Test macro-F1": pd.Series([info.test_macro_f1 for info in infos], dtype="float64"),
            "Started": [info.started or info.created for info in infos],
            **_labels(infos),
        }
    )


def _labels(infos: list[RunInfo]) -> dict[str, list[str]]:
    """A column that says which corrections each run holds, where any does."""
    from hamr.store.held import held_corrections

    held = [held_corrections(store(), info) for info in infos]
    if not any(held):
        return {}
    return {"Labels": ["as given" if one is None else str(one) for one in held]}


def _actions(info: RunInfo) -> None:
    with st.container(border=True):
        if info.error:
            st.error(plain(info.error), icon=":material/warning:")
        st.text(f"Open {legible_name(info.name)} on the page")
        with st.container(horizontal=True):
            for title in navigation.OF_RUNS:
                navigation.link(title, title, query=navigation.about(title, info.id))
        with st.container(horizontal=True):
            replay_button(info, key="replay")
            if info.can_resume and st.button("Resume", icon=":material/play_arrow:", key="resume"):
                _resume(info)
            if st.button("Rename", icon=":material/edit:", key="rename"):
                _rename(info)
            if st.button(
                "Delete", icon=":material/delete:", key="delete", disabled=info.status in ACTIVE
            ):
                _delete(info)
            if info.status == "finished":
                from hamr.ui.widgets.model_download import model_download

                model_download(info, key="model")
            if info.status in ACTIVE:
                st.caption("Stop the run on the Train page before you delete it.")
        if info.status == "finished":
            from hamr.ui.home.regions import hard_regions

            hard_regions(info)
        _download(info)


def _download(info: RunInfo) -> None:
    """The run's data with corrected labels, where there are decisions on its rows."""
    from hamr.ui.widgets.corrected import corrected_download  # the first page does without

    with guard():
        corrected_download(store().run(info.id), key="download")


def _resume(info: RunInfo) -> None:
    from hamr.jobs import resume

    try:
        resume(store(), info.id)
    except HamrError as error:
        show_error(error)
        return
    navigation.go("Train", query={"run": info.id})


@st.dialog("Rename the run")
def _rename(info: RunInfo) -> None:
    name = st.text_input("Name", info.name, max_chars=80, key="new_name").strip()
    if st.button("Rename", type="primary", key="rename_now", disabled=not name):
        with guard():
            store().rename_run(info.id, name)
            st.rerun()


@st.dialog("Delete the run?")
def _delete(info: RunInfo) -> None:
    st.text(
        f"{legible_name(info.name)}: the model and the results of {info.epochs_done} epochs are "
        "deleted for good. The rows it was trained on are kept."
    )
    with st.container(horizontal=True):
        if st.button("Delete the run", type="primary", key="delete_now"):
            with guard():
                store().delete_run(info.id)
                leave_run(info.id)
                st.rerun()
        if st.button("Cancel", key="delete_not"):
            st.rerun()


def _about_the_data() -> None:
    from hamr.data import NOTICES

    with st.expander("About the built-in data"):
        for notice in NOTICES:
            st.text(notice)
