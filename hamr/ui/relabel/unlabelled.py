"""The queue of unlabelled rows: a strategy chooses them, and the same keys give their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from hamr.acquisition import default_of, offered, strategy_of
from hamr.acquisition.orders import Scored
from hamr.decisions import in_words
from hamr.decisions.log import names_in
from hamr.errors import StoreError
from hamr.jobs.pool_history import why_none
from hamr.jobs.pool_scores import are_sentences, pool_order, pool_progress, scored
from hamr.store import Decisions, Run
from hamr.store.pools import Pool
from hamr.ui.relabel.attach import attach_form, show_attached
from hamr.ui.relabel.bound import listen
from hamr.ui.relabel.class_keys import class_keys
from hamr.ui.relabel.detach import detach_form
from hamr.ui.relabel.guidelines import guidelines
from hamr.ui.relabel.keys import common_keys, conflict, undo_keys
from hamr.ui.relabel.last_act import show_report
from hamr.ui.relabel.pool_scores import scores_over_labels
from hamr.ui.relabel.proposed import proposed_keys, proposed_sentence
from hamr.ui.relabel.row import Shown, client_id
from hamr.ui.shell import navigation
from hamr.ui.shell.scoring import is_scoring, show_scoring, start_scoring
from hamr.ui.shell.state import POOL_ROW, query, set_query
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.pool_history import prediction_over_epochs
from hamr.ui.widgets.tables import show_table
from hamr.views.base.reviewed import called_now
from hamr.views.relabel.context import as_called
from hamr.views.relabel.unlabelled import evidence, nearest, prediction, suggestions
from hamr.views.relabel.unlabelled_sentences import proposed_label

AHEAD = 500  # rows that are ordered at a time
MOST_DIGITS = 9  # of a row's index in a link
NO_LABEL_YET = "No label yet"


@dataclass(frozen=True)
class _Queue:
    pool: Pool
    waiting: np.ndarray  # [P] bool
    order: np.ndarray  # [K] rows of the pool, those decided on left out
    strategy: str
    scored: Scored


def unlabelled(run: Run, decisions: Decisions, annotator: str) -> None:
    """Everything below the filters: the strategy, the row, its keys, and how to attach more."""
    pool = Pool(decisions)
    if not len(pool):
        st.info(
            "No unlabelled rows are attached to this data. Attach a file of "
            f"{'sentences' if are_sentences(run) else 'texts'}: its rows are scored by this run's "
            "model, you label those that are worth it, and the next run trains on them.",
            icon=":material/playlist_add:",
        )
        detach_form(run.info, annotator, key="detach")
        attach_form(run, annotator, key="attach-first")
        return
    show_attached()
    if not _are_scored(run):
        return
    strategy = _strategy(are_sentences(run), bool(run.heads()))
    queue = _queue(run, decisions, pool, strategy)
    show_report()
    _progress(queue, decisions)
    with st.container(key="review"):
        _row(run, decisions, queue, annotator)
    scores_over_labels(run)
    with st.expander("Attach or remove rows", key="attach-more"):
        detach_form(run.info, annotator, key="detach")
        attach_form(run, annotator, key="attach")


def _strategy(sentences: bool, knows_epochs: bool) -> str:
    """The strategy that the link names, else the default one; with a sentence on it."""
    asked = query("strategy")
    names = offered(sentences=sentences, epochs=knows_epochs)
    chosen = asked if asked in names else default_of(sentences=sentences)
    if asked not in (None, chosen):
        st.warning(
            f"There is no strategy {plain(repr(asked[:20]))} for these rows, so that they are in "
            f"the order of *{strategy_of(chosen).title}*.",
            icon=":material/search:",
        )
    bar = st.container(horizontal=True, vertical_alignment="center", key="strategy-bar")
    bar.selectbox(
        "Strategy",
        names,
        index=names.index(chosen),
        key="strategy",
        format_func=lambda name: strategy_of(name).title,
        on_change=_choose,
        label_visibility="collapsed",
        width=310,
    )
    own = strategy_of(chosen)
    sentence = own.of_sentences if sentences else own.sentence
    bar.caption(plain(f"{sentence[0].upper()}{sentence[1:]}."), width="stretch")
    return chosen


def _choose() -> None:
    set_query("strategy", st.session_state["strategy"])
    set_query(POOL_ROW, None)


def _are_scored(run: Run) -> bool:
    """Whether all rows are scored; otherwise how far that is, or the button that begins it."""
    done, rows = pool_progress(run)
    if done == rows:
        return True
    st.fragment(_scoring_section, run_every=2.0 if is_scoring(run) else None)(run)
    return False


def _scoring_section(run: Run) -> None:
    done, rows = pool_progress(run)
    if done == rows:
        st.rerun()
    show_scoring(run)
    if is_scoring(run):
        return
    st.caption(
        f"{count(rows - done, 'unlabelled row')} must be embedded, and scored by the model of this "
        f"run's best epoch ({run.info.best_epoch})."
    )
    if st.button("Score rows", key="score", type="primary", icon=":material/speed:"):
        start_scoring(run)
        st.rerun()


def _queue(run: Run, decisions: Decisions, pool: Pool, strategy: str) -> _Queue:
    """The rows in the order of the strategy; ordered again once all of them are decided on."""
    waiting, turns = pool.waiting(), st.session_state.setdefault("relabel.pool", {})
    place = (run.id, strategy, pool.keys)
    order = _order(run, *place, turns.setdefault(place, 0))
    left = order[waiting[order]]
    if not len(left) and waiting.any():
        turns[place] = decisions.version
        order = _order(run, *place, turns[place])
        left = order[waiting[order]]
    left = _skipped_last(left, pool, decisions)
    return _Queue(pool, waiting, left, strategy, _scored(run, run.id, pool.keys))


@st.cache_resource(max_entries=8, show_spinner="Ordering the unlabelled rows")
def _order(
    _run: Run, run_id: str, strategy: str, attached: tuple[str, ...], turn: int
) -> np.ndarray:
    return pool_order(_run, strategy, AHEAD)


@st.cache_resource(max_entries=2, show_spinner=False)
def _scored(_run: Run, run_id: str, attached: tuple[str, ...]) -> Scored:
    return scored(_run)


def _skipped_last(rows: np.ndarray, pool: Pool, decisions: Decisions) -> np.ndarray:
    states = decisions.states()
    skipped = np.array([pool.row_id(row) in states for row in rows.tolist()], bool)
    return np.concatenate([rows[~skipped], rows[skipped]]) if len(rows) else rows


def _progress(queue: _Queue, decisions: Decisions) -> None:
    rows, left = len(queue.pool), int(queue.waiting.sum())
    given = len(decisions.corrections().added)
    st.progress(
        1 - left / rows,
        text=f"{count(rows, 'unlabelled row')} · {left:,} without a decision · "
        f"{given:,} labelled: the next run trains on them",
    )


def _row(run: Run, decisions: Decisions, queue: _Queue, annotator: str) -> None:
    row = _current(queue)
    if row is None:
        st.success("Every unlabelled row has a decision. Attach more rows, or retrain on them.")
        undo_keys(decisions, annotator)
        listen(None)
        return
    shown = _shown(run, decisions, queue, row, annotator)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        if are_sentences(run):
            _sentence(shown, queue)
        else:
            _text(shown, queue)
    with right:
        _context(run, decisions, queue, row)


def _text(shown: Shown, queue: _Queue) -> None:
    """A text and the keys that give it a class."""
    with st.container(border=True, key="row-card"):
        st.text(f"Label: {shown.label}" if shown.label else NO_LABEL_YET, width="content")
        st.text(shown.text)
        _origin(shown, queue)
    conflict(shown)
    decisions, found = shown.decisions, suggestions(shown.run, queue.scored, shown.row)
    retired = decisions.class_names().retired_names()
    suggested = as_called(found, called_now(decisions, shown.run), retired)
    class_keys(shown, suggested, decisions.names())
    common_keys(shown)
    listen(shown.client_id)
    guidelines(decisions, [one.label for one in suggested])


def _sentence(shown: Shown, queue: _Queue) -> None:
    """A sentence with the entities that the model proposes, and the keys that decide on them."""
    proposed = proposed_label(shown.run, shown.decisions, shown.row)
    with st.container(border=True, key="row-card"):
        given = not isinstance(shown.label, str)
        label = f"Label: {in_words(shown.label, shown.words)}" if given else NO_LABEL_YET
        st.text(label if given else f"{label}: the model proposes these entities", width="content")
        proposed_sentence(shown, proposed)
        _origin(shown, queue)
    conflict(shown)
    proposed_keys(shown, proposed)
    common_keys(shown)
    listen(shown.client_id)
    guidelines(shown.decisions, names_in(proposed))


def _origin(shown: Shown, queue: _Queue) -> None:
    place = shown.decisions.pool.place(shown.row_id)
    st.caption(plain(f"{queue.pool.part(shown.row).name}, row {place:,} · {shown.row_id}"))
    there = {"run": shown.run.id, POOL_ROW: str(shown.row)}
    navigation.link("Neighbourhoods", "Show on the map", query=there)


def _current(queue: _Queue) -> int | None:
    """The row of the URL, else the first of the queue.

    A row that the page itself chose is replaced if somebody else has decided on it meanwhile.
    """
    asked = query(POOL_ROW) or ""
    row = int(asked) if asked.isdecimal() and len(asked) <= MOST_DIGITS else None
    if asked and (row is None or row >= len(queue.pool)):
        st.warning(
            f"There is no unlabelled row {plain(repr(asked[:20]))}: they are numbered 0 to "
            f"{len(queue.pool) - 1:,}.",
            icon=":material/search:",
        )
        row = None
    if row is not None and row == st.session_state.get("relabel.led") and not queue.waiting[row]:
        row = None
    if row is None and len(queue.order):
        row = int(queue.order[0])
    set_query(POOL_ROW, row)
    return row


def _shown(run: Run, decisions: Decisions, queue: _Queue, row: int, annotator: str) -> Shown:
    row_id = queue.pool.row_id(row)
    state = decisions.state(row_id)
    others = queue.order[queue.order != row]
    here = np.flatnonzero(queue.order == row)
    later = queue.order[here[0] + 1 :] if here.size else others
    following = int(later[0]) if len(later) else int(others[0]) if len(others) else None
    return Shown(
        run=run,
        decisions=decisions,
        epoch=run.info.best_epoch or run.epochs()[-1],
        row=row,
        split="train",
        row_id=row_id,
        text=queue.pool.texts([row])[0],
        label=decisions.label(row_id),
        state=state,
        annotator=annotator,
        following=following,
        evidence={
            "strategy": queue.strategy,
            "rank": int(here[0]) + 1 if here.size else None,
            **prediction(run, decisions, queue.scored, row),
        },
        client_id=client_id(row_id, annotator, state.version if state else 0),
    )


def _context(run: Run, decisions: Decisions, queue: _Queue, row: int) -> None:
    """What the strategies look at, and the most similar training rows."""
    try:
        sentences = evidence(run, queue.scored, row)
        table = nearest(run, decisions, queue.scored, row)
    except StoreError as error:  # the cache was cleared since
        st.warning(plain(f"{error}."), icon=":material/warning:")
        return
    st.markdown("**Evidence**")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    if are_sentences(run):
        st.caption(plain(why_none(run)))
    else:
        prediction_over_epochs(run, row, int(queue.scored.probabilities[row].argmax()))
    st.markdown("**Most similar training rows**")
    show_table(
        table,
        key=f"pool-near-{row}",
        alt="The training rows most similar to this one, with their labels",
        column_config={
            "similarity": st.column_config.NumberColumn("cosine", format="%.2f", width=70),
            "label": st.column_config.TextColumn(width=120),
            "text": st.column_config.TextColumn(width=260),
        },
    )
