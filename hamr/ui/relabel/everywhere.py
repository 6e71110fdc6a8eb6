"""*Apply to all*: the corrections of a sentence made wherever the same words are tagged so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from hamr.decisions import Decision, Label, in_words, text_hash
from hamr.legible import legible
from hamr.records import Split
from hamr.store import Decisions
from hamr.ui.relabel.act import Act
from hamr.ui.relabel.perform import perform
from hamr.ui.relabel.row import Shown, pass_on
from hamr.ui.shell.server import store
from hamr.ui.shell.text import count
from hamr.ui.widgets.span_editor import Draft
from hamr.ui.widgets.tables import edit_table
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.same_words import Entities, TaggedData, corrections, matches

MOST = 3_000  # sentences of one act: saving them all takes about a second
LONGEST_ID = 56  # characters of a draft's id that its act's ids begin with
CHANGE, SENTENCE, BEFORE, AFTER = "change", "sentence", "from", "to"


@dataclass(frozen=True)
class Other:
    """A sentence with the same mistake."""

    split: Split
    row_id: str
    words: Sequence[str]
    before: Entities
    after: Entities


def others_like(shown: Shown, draft: Draft) -> list[Other]:
    """The sentences of all splits with a mistake that the draft corrects.

    The sentence itself is among them if it has the mistake at another place still.
    """
    decisions = shown.decisions
    data, states = _data(decisions, decisions.fingerprint), decisions.states()
    wanted = corrections(shown.words or (), _entities(shown.label), _entities(draft.label))
    current = data.current(decisions.current(states), states)

    def label_of(row: int) -> Entities | None:
        return _entities(draft.label) if data.ids[row] == shown.row_id else current(row)

    return [
        Other(
            data.split(one.row), data.ids[one.row], data.index.words(one.row), one.before, one.after
        )
        for one in matches(data.index, wanted, label_of)
    ]


# Of the data as they came, which never change; the largest sets take a second.
@st.cache_resource(max_entries=3, show_spinner="Looking up the words …")
def _data(_decisions: Decisions, fingerprint: str) -> TaggedData:
    return TaggedData.of(AllRows.of_data(store(), fingerprint), _decisions.rows.names)


@st.dialog("Apply to all", width="large")
def offer_everywhere(shown: Shown, draft: Draft) -> None:
    """List the sentences with the same mistake, and change those that stay ticked."""
    others = others_like(shown, draft)
    if not others:
        st.text("No other sentence has these words tagged like this.")
        if st.button("Close", key="everywhere-none"):
            st.rerun()
        return
    if len(others) > MOST:
        st.text(f"{len(others):,} sentences match. One action changes at most {MOST:,} of them.")
        others = others[:MOST]
    st.text("The same words are tagged the same way in these sentences. Untick what is right.")
    chosen = _table(others)
    st.caption("This sentence is saved with them, as one action: one undo reverts all of it.")
    with st.container(horizontal=True):
        if st.button(
            f"Change {count(len(chosen), 'sentence')} too",
            key="everywhere-yes",
            type="primary",
            disabled=not chosen,
            on_click=_apply,
            args=(shown, draft, [others[i] for i in chosen]),
        ):
            st.rerun()
        if st.button("Cancel", key="everywhere-no"):
            st.rerun()


def _apply(shown: Shown, draft: Draft, others: Sequence[Other]) -> None:
    pass_on(shown)
    perform(everywhere_act(shown, draft, others))


def _table(others: Sequence[Other]) -> list[int]:
    """The sentences with a box each; the indices of those that are ticked."""
    frame = pd.DataFrame(
        {
            CHANGE: [True] * len(others),
            SENTENCE: [legible(" ".join(one.words), 2_000) for one in others],
            BEFORE: [_different(one, one.before, one.after) for one in others],
            AFTER: [_different(one, one.after, one.before) for one in others],
            "id": [one.row_id for one in others],
        }
    )
    edited = edit_table(
        frame,
        key="everywhere-rows",
        height=min(35 * (len(frame) + 1) + 3, 380),
        disabled=[SENTENCE, BEFORE, AFTER, "id"],
        column_config={
            CHANGE: st.column_config.CheckboxColumn(width=60),
            SENTENCE: st.column_config.TextColumn(width=340, help="Double-click to read all of it"),
        },
    )
    return [i for i, ticked in enumerate(edited[CHANGE].tolist()) if ticked]


def _different(one: Other, entities: Entities, than: Entities) -> str:
    """The entities of a sentence that others do not have, in words."""
    return in_words(tuple(span for span in entities if span not in than), one.words)


def everywhere_act(shown: Shown, draft: Draft, others: Sequence[Other]) -> Act:
    """The draft of the row on screen and the same corrections in others, under one act id.

    All ids follow from the draft's, so that a second press sends the same act.
    """
    act_id, states = draft.client_id, shown.decisions.states()
    label = next((one.after for one in others if one.row_id == shown.row_id), draft.label)
    own = shown.decision("resolve" if shown.settles else "label", label, True)
    made = [replace(own, client_id=draft.client_id, act_id=act_id)]
    for number, one in enumerate(others):
        if one.row_id == shown.row_id:
            continue
        state = states.get(one.row_id)
        made.append(
            Decision(
                row_id=one.row_id,
                split=one.split,
                text_hash=text_hash(shown.decisions.rows.text(one.row_id)),
                kind="label",
                annotator=shown.annotator,
                new=one.after,
                old=one.before,
                base=state.version if state else 0,
                client_id=f"{draft.client_id[:LONGEST_ID]}:{number}",
                act_id=act_id,
                run=shown.run.id,
                epoch=shown.epoch,
                evidence={"group": len(others), "same_words_as": shown.row_id},
                new_class=True,
            )
        )
    words = f"{count(len(made), 'sentence')} changed in the same way"
    fingerprint = shown.decisions.fingerprint
    return Act(shown.annotator, fingerprint, words, tuple(made), leads_to=shown.following)


def _entities(label: Label) -> Entities:
    return () if isinstance(label, str) else label
