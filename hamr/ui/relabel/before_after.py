"""The runs before and after corrections, compared like with like."""

from __future__ import annotations

import streamlit as st

from hamr.jobs.again import Pair, Retrained, retrained
from hamr.store import Decisions, Run, RunInfo
from hamr.store.held import held_corrections
from hamr.tasks import TaskWords
from hamr.ui.shell import navigation
from hamr.ui.shell.server import store
from hamr.ui.shell.status import ACTIVE, STATUS_ICONS
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.base.reviewed import LABELS, Labels, held_out
from hamr.views.base.significance import RESAMPLES
from hamr.views.relabel.comparison import Comparison, compare, in_words, table


def before_after(run: Run, decisions: Decisions, key: str, was_active: bool) -> None:
    """The status of the runs of a retraining, then their scores next to those before."""
    found = next((one for one in retrained(store(), run.info) if one.key == key), None)
    if found is None or (was_active and not _active(found)):
        st.rerun()
    _status(found)
    pairs = [
        (Run(store(), pair.before.id), Run(store(), pair.after.id))
        for pair in found.pairs
        if pair.before is not None and pair.before.status == pair.after.status == "finished"
    ]
    if not pairs:
        return
    compared = _compared(tuple((b.id, a.id) for b, a in pairs), decisions.version, pairs, decisions)
    if compared:
        _show(run, found, compared, len(pairs))


def _active(found: Retrained) -> bool:
    runs = [one for pair in found.pairs for one in (pair.before, pair.after) if one is not None]
    return any(one.status in ACTIVE for one in runs)


def _status(found: Retrained) -> None:
    info, held = found.info, held_corrections(store(), found.info)
    words = f"{plain(info.name)} is {info.status}"
    if len(found.pairs) > 1:
        done = sum(map(_both_finished, found.pairs))
        words += f"; {done} of {count(len(found.pairs), 'pair')} of runs finished"
    st.markdown(f"{STATUS_ICONS[info.status]} {words}. {plain(str(held))}.")
    for pair in found.pairs:
        if pair.after.status == "failed":
            st.error(plain(f"{pair.after.name}: {pair.after.error}"), icon=":material/error:")
    with st.container(horizontal=True):
        navigation.link("Train", "Watch it on Train", query={"run": info.id})
        if info.epochs_done:
            navigation.link("Relabel", "Relabel with what it learned", query={"run": info.id})


def _both_finished(pair: Pair) -> bool:
    return pair.before is not None and pair.before.status == "finished" == pair.after.status


@st.cache_resource(show_spinner=False, max_entries=32)
def _compared(
    ids: tuple[tuple[str, str], ...],
    version: int,
    _pairs: list[tuple[Run, Run]],
    _decisions: Decisions,
) -> dict[Labels, Comparison]:
    """The comparison with labels as reviewed and as given; once where both are the same."""
    runs = [run for pair in _pairs for run in pair]
    dataset = store().dataset(_decisions.fingerprint)
    held = held_out(dataset, _decisions, "test", runs)
    found: dict[Labels, Comparison] = {}
    for labels in LABELS:
        one = compare(_pairs, held, labels) if held.changed or labels == "reviewed" else None
        if one is not None:
            found[labels] = one
    return found


def _show(run: Run, found: Retrained, compared: dict[Labels, Comparison], pairs: int) -> None:
    rows = count(run.info.test_rows, "test row")
    alone = len(compared) == 1
    for labels, one in compared.items():
        where = f"On {rows}" if alone else f"On {rows}, labels {LABELS[labels]}"
        sentence = plain(f"{where}: {in_words(one)}.")
        st.markdown(f"**{sentence}**" if labels == "reviewed" else sentence)
    if alone:
        st.caption("No test row has a corrected label, so labels as given and as reviewed agree.")
    for note in _notes(found, run.info):
        st.warning(plain(note), icon=":material/balance:")
    number = st.column_config.NumberColumn
    columns = [name for name in ("before", "after") for _ in compared]
    frame = table(compared, TaskWords.of(run.info.task).scored)
    show_table(
        frame,
        key="f1-after",
        csv="impact",
        alt="F1 on test before and after, for each class, largest difference first",
        column_config={
            name: number(format="%.3f") for name in frame if str(name).split(" ")[0] in columns
        },
    )
    over = (
        f"the wider of a paired bootstrap ({RESAMPLES:,} resamples of the rows) and a paired t "
        f"interval over {pairs} seeds"
        if pairs > 1
        else f"a paired bootstrap ({RESAMPLES:,} resamples of the rows)"
    )
    st.caption(
        f"Each run at its best epoch on validation. [ ] is the 95 % interval of the difference: "
        f"{over}; those of the classes hold together. A difference whose interval holds 0 can be "
        "chance."
    )


def _notes(found: Retrained, info: RunInfo) -> list[str]:
    """In what the runs before and after are not alike, apart from labels."""
    after, notes = found.info, []
    if after.settings.start_from and after.settings.start_from != info.settings.start_from:
        notes.append(
            f"Quick check: the new run continued from this run's weights for "
            f"{count(after.epochs, 'epoch')}, so it has had more training in total "
            f"({info.epochs} + {after.epochs} epochs). Compare with care, or retrain with the same "
            "training."
        )
    elif after.epochs != info.epochs:
        notes.append(
            f"The new run was trained for {count(after.epochs, 'epoch')}, this one for "
            f"{info.epochs}, so the difference may come from that. Retrain to compare like with "
            "like."
        )
    if after.settings.validation_labels != info.settings.validation_labels:
        notes.append(
            f"The best epoch of the new run was chosen by labels "
            f"{LABELS[after.settings.validation_labels]}, that of this run by labels "
            f"{LABELS[info.settings.validation_labels]}."
        )
    return notes
