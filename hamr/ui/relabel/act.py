"""What an annotator did, on its way into the database.

An act has its client ids from the moment it is made. One that can't be saved now is kept with the
reason (see `hamr.ui.relabel.unsaved`) and sent again with the same ids, so that it counts once
however often it is sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from hamr.decisions import Decision, Recorded, new_id
from hamr.store import PERSON_SECONDS, patience
from hamr.ui.shell.server import store


@dataclass
class Act:
    """One action of an annotator: decisions made together, or an undo or redo of such."""

    annotator: str
    fingerprint: str
    words: str  # what it does, for people
    decisions: tuple[Decision, ...] = ()  # empty for an undo or redo
    turn: Literal["undo", "redo"] | None = None
    turned: str = ""  # the act that is undone or redone
    client_id: str = field(default_factory=new_id)  # of an undo or redo
    leads_to: int | None = None  # the row to show once it is saved; None: the queue's first
    reason: str = ""  # why it is not saved yet
    sent: int = 0  # how often
    last: float = 0.0  # when, by time.monotonic

    def send(self) -> list[Recorded]:
        """Send it, again or for the first time. Raises HamrError if it could not be saved."""
        self.sent += 1
        decisions = store().decisions(self.fingerprint)
        try:
            with patience(PERSON_SECONDS):
                if self.turn is None:
                    return decisions.record(self.decisions)
                turn = decisions.undo if self.turn == "undo" else decisions.redo
                return [turn(self.turned, self.annotator, self.client_id)]
        finally:
            self.last = time.monotonic()  # a busy database may have taken seconds
