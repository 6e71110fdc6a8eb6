"""Which candidates may be compared: those that are scored, or trained, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from hamr.records import Split
from hamr.ui.compare.cached import together
from hamr.ui.shell.text import count
from hamr.views.compare.configurations import Candidate, digests


@dataclass(frozen=True)
class Groups:
    """The candidates in parts, each with the same rows in one split."""

    parts: tuple[tuple[Candidate, ...], ...]
    split: Split

    @classmethod
    def of(cls, found: Sequence[Candidate], split: Split) -> Groups:
        """The parts of all candidates, in their order."""
        parts: dict[str, list[Candidate]] = {}
        for one, rows in zip(found, together(digests, found, split), strict=True):
            parts.setdefault(rows, []).append(one)
        return cls(tuple(map(tuple, parts.values())), split)

    def named(self, place: int) -> str:
        """What tells a part's rows: "600 test rows (2 of 3)"."""
        info = self.parts[place][0].info
        number = {"train": info.train_rows, "validation": info.validation_rows}
        rows = number.get(self.split, info.test_rows)
        each = "sentence" if info.task == "token" else "row"
        return f"{count(rows, f'{self.split} {each}')} ({place + 1} of {len(self.parts)})"


def data_notes(found: Sequence[Candidate]) -> None:
    """Say which of the candidates were trained or tested on different rows, and what follows."""
    if len({one.info.fingerprint for one in found}) == 1:
        return
    tests, trains = Groups.of(found, "test"), Groups.of(found, "train")
    if len(tests.parts) == 1:
        st.info(
            "These runs have the same test rows, but their training or validation rows differ: "
            "scores and tests compare, hardness only between runs with the same training rows.",
            icon="🗂️",
        )
        return
    st.warning(
        f"These runs have {len(tests.parts)} different sets of test rows and {len(trains.parts)} "
        "of training rows: their scores stand side by side, but scores on different rows can't "
        "be tested against each other.",
        icon="🗂️",
    )
