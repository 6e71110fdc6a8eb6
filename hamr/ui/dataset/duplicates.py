"""Texts in several splits: keep them in one split, or leave them out of training.

Both are settings of the data, which the report's finding sets with one click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.config import DataSettings, describe
from hamr.records import SPLITS
from hamr.ui.dataset.task import chosen_before
from hamr.ui.shell.text import count

if TYPE_CHECKING:
    from hamr.data import DataReport
    from hamr.ui.dataset.slots import Slots

KEEP, REMOVE = CHOICES = ("keep_duplicates_together", "remove_leaks")
TITLES = {KEEP: "Keep duplicates together", REMOVE: "Remove leaks"}


def choose_duplicates(source: str, slots: Slots) -> dict[str, Any]:
    """The two settings, as checkboxes."""
    known, specs = chosen_before(source) or DataSettings(), describe(DataSettings)
    values: dict[str, Any] = {}
    for cell, name in zip(st.columns(2), CHOICES, strict=True):
        with cell:
            values[name] = st.checkbox(
                TITLES[name],
                value=getattr(known, name),
                key=_key(name, source),
                help=specs[name]["help"],
            )
            slots.open(name)
    return values


def is_changeable(settings: DataSettings) -> bool:
    """Whether the page has the checkboxes: built-in rows have none."""
    return settings.source not in ("demo", "builtin")


def offer_choices(report: DataReport, settings: DataSettings) -> None:
    """Buttons that set the settings where they help against the leaks that were found.

    Rows of a file of their own can't be moved to another split, so their twins can only be left
    out of training. Data of the hub may have splits of their own.
    """
    own = {split for split in SPLITS[1:] if getattr(settings, split)}
    hub = settings.source.startswith("hub:")
    fixed = [group for group in report.leaks if own.intersection(group.splits) or hub]
    loose = [group for group in report.leaks if {*group.splits} - own - {"train"}]
    rows = sum(len(group.ids) for group in loose)
    training = sum(group.splits.count("train") for group in fixed or report.leaks)
    with st.container(horizontal=True, vertical_alignment="center"):
        if loose and not getattr(settings, KEEP):
            _button(KEEP, settings, "call_merge", f"Splits the rows again; {count(rows, 'row')} "
                    "with the same text as another stay in one split.")  # fmt: skip
        if not getattr(settings, REMOVE):
            _button(REMOVE, settings, "water_drop", f"Leaves out {count(training, 'training row')} "
                    "whose text is also in the validation or test rows.")  # fmt: skip


def _button(name: str, settings: DataSettings, icon: str, help: str) -> None:
    st.button(
        TITLES[name],
        icon=f":material/{icon}:",
        key=f"now {name}",
        help=f"{help} Undo it under *Validation and test rows*.",
        on_click=_set,
        args=(_key(name, settings.source),),
    )


def _set(key: str) -> None:
    st.session_state[key] = True


def _key(name: str, source: str) -> str:
    return f"{name} {source}"
