"""The training rows nearest to a text, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.decisions import State
from hamr.jobs.meaning import Ranked
from hamr.regions import Region, Regions
from hamr.regions.held_out import falls_in
from hamr.store import Decisions, Run, Seen
from hamr.tasks import TaskWords
from hamr.views.base.region_rows import training_rows
from hamr.views.neighbourhoods.row_facts import decided


@dataclass(frozen=True)
class Neighbour:
    """One training row."""

    row: int
    row_id: str
    text: str
    own: str  # what its label is called
    label: str  # that it was trained with
    hardness: float | None  # None where the run learns none
    share_harder: float  # of the training rows
    decision: str
    similarity: float

    @property
    def facts(self) -> str:
        """All of it but the text, on one line."""
        hard = []
        if self.hardness is not None:
            hard = [
                f"hardness {self.hardness:.2f} (top {max(1, round(100 * self.share_harder))} %)"
            ]
        parts = [
            f"similarity {self.similarity:.2f}",
            f"{self.own} {self.label}",
            *hard,
            f"decision: {self.decision}",
        ]
        return " · ".join(parts)


def neighbours(
    run: Run, epoch: int, decisions: Decisions | Seen, ranked: Ranked
) -> list[Neighbour]:
    """The training rows of a ranking, the most similar first."""
    rows, table = ranked.rows, run.rows()
    ids, texts = table.ids_and_texts(rows)
    labels = table.labels
    learns = run.info.settings.training.learns_hardness
    hardness = run.signal("hardness", epoch) if learns else None
    found = []
    for place, row in enumerate(rows.tolist()):
        state: State | None = decisions.state(ids[place])
        own = None if hardness is None else float(hardness[row])
        harder = 0.0 if hardness is None else float(np.mean(hardness > hardness[row]))
        found.append(
            Neighbour(
                row=row,
                row_id=ids[place],
                text=texts[place],
                own=TaskWords.of(run.info.task).own,
                label=run.classes[int(labels[row])],
                hardness=own,
                share_harder=harder,
                decision=decided(state),
                similarity=float(ranked.similarities[place]),
            )
        )
    return found


def region_of(run: Run, found: Regions, rows: Sequence[int]) -> Region | None:
    """The smallest hard region that most of these training rows are in; None for none.

    So validation and test rows are assigned to regions too (`hamr.regions.held_out`).
    """
    nearest = np.array([rows], np.int64)
    for region in sorted(found.beyond_chance, key=lambda one: len(one.rows)):
        if falls_in(nearest, training_rows(run, region), len(run.rows()))[0]:
            return region
    return None


def as_table(found: Sequence[Neighbour]) -> pd.DataFrame:
    """The rows as a table."""
    return pd.DataFrame(
        {
            "similarity": [one.similarity for one in found],
            "text": [one.text for one in found],
            "label": [one.label for one in found],
            "hardness": [one.hardness for one in found],
            "decision": [one.decision for one in found],
            "row": [one.row for one in found],
            "id": [one.row_id for one in found],
        }
    )
