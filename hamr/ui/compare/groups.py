"""Which configurations can be compared: those scored, or trained, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from hamr.records import Split
from hamr.tasks import TaskWords
from hamr.ui.compare.cached import together
from hamr.ui.shell.text import count
from hamr.views.compare.configurations import Configuration, digests


@dataclass(frozen=True)
class Groups:
    """The configurations in parts, each with the same rows in one split."""

    parts: tuple[tuple[Configuration, ...], ...]
    split: Split

    @classmethod
    def of(cls, found: Sequence[Configuration], split: Split) -> Groups:
        """The parts of all configurations, in their order."""
        parts: dict[str, list[Configuration]] = {}
        for one, rows in zip(found, together(digests, found, split), strict=True):
            parts.setdefault(rows, []).append(one)
        return cls(tuple(map(tuple, parts.values())), split)

    def named(self, place: int) -> str:
        """What a part is called: "600 test rows (2 of 3)"."""
        info = self.parts[place][0].info
        number = {"train": info.train_rows, "validation": info.validation_rows}
        rows = number.get(self.split, info.test_rows)
        each = TaskWords.of(info.task).each
        return f"{count(rows, f'{self.split} {each}')} ({place + 1} of {len(self.parts)})"


def data_notes(found: Sequence[Configuration]) -> None:
    """Say if some were trained or tested on different rows, and what that means."""
    if len({one.info.fingerprint for one in found}) == 1:
        return
    tests, trains = Groups.of(found, "test"), Groups.of(found, "train")
    if len(tests.parts) == 1:
        st.info(
            "These runs have the same test rows but different training or validation rows. Scores "
            "can be compared; hardness only between runs with the same training rows.",
            icon=":material/dataset:",
        )
        return
    st.warning(
        f"These runs have {len(tests.parts)} different sets of test rows and {len(trains.parts)} "
        "of training rows. Their scores are shown side by side, but differences between scores on "
        "different rows can't be tested.",
        icon=":material/dataset:",
    )
