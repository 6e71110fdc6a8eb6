"""A run as it was when one of its epochs had ended: what a replay shows.

    before = run.as_of(3)       # reads epochs 1 to 3, and no result
    before.epochs()             # [1, 2, 3]

All that reads runs works with it as with a run under way. Epochs with damaged files are left out,
so that those that are whole can still be played.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hamr.errors import DamagedError
from hamr.store.checkpoints import Listed
from hamr.store.epoch_files import ARRAYS, SIGNALS, STEPS
from hamr.store.events import Event
from hamr.store.info import RunInfo
from hamr.store.listing import Listing
from hamr.store.reading import Written
from hamr.store.run_files import RunFiles
from hamr.store.tables import WHOLE_RUN

RESULT = ("model.safetensors", "final.safetensors")  # what a run has only once it is finished
_FILES = (*(f"{name}.npy" for name in SIGNALS), ARRAYS, STEPS)


@dataclass(frozen=True)
class AsOf:
    """The epochs of a run that are shown."""

    epochs: tuple[int, ...]  # at least one, ascending
    is_end: bool  # whether the last of them is the run's last one, so that its result is shown

    def info(self, info: RunInfo, scalars: Sequence[Mapping[str, Any]]) -> RunInfo:
        """What lists say of the run at that moment; `scalars` are of the epochs shown.

        Before its end it is shown as a run that was stopped: complete epochs and no result.
        """
        if self.is_end:
            return replace(info, as_of=self.epochs[-1])
        scored = [(s["macro_f1"], s["epoch"]) for s in scalars if s.get("macro_f1") is not None]
        score, best = max(scored, key=lambda pair: (pair[0], -pair[1]), default=(None, None))
        return replace(
            info,
            as_of=self.epochs[-1],
            status="stopped",
            epochs_done=self.epochs[-1],
            best_epoch=best,
            macro_f1=score,
            test_macro_f1=None,
            finished=None,
            error=None,
            error_field=None,
        )

    def events(self, events: Sequence[Event], step: int) -> list[Event]:
        """The events up to the end of the last epoch that is shown, which ends at that step.

        Where no event says that the epoch ended, as in a damaged file, its steps are those.
        """
        epoch = self.epochs[-1]
        ends = [
            at
            for at, event in enumerate(events)
            if event.get("kind") == "epoch" and event.get("epoch") == epoch
        ]
        if self.is_end:
            return list(events)
        if ends:
            return list(events[: ends[-1] + 1])
        return [e for e in events if e.get("kind") == "step" and e.get("step", step + 1) <= step]


class ListingAsOf(Listing):
    """The list of a run's epochs and files, without what came later."""

    def __init__(self, listing: Listing, past: AsOf) -> None:
        super().__init__(listing.home, listing.folder, listing.database, listing.run_id)
        self._past, self._shown = past, frozenset((WHOLE_RUN, *past.epochs))

    def epochs(self) -> list[int]:
        """The epochs shown."""
        return [epoch for epoch in super().epochs() if epoch in self._shown]

    def scalars(self) -> list[dict[str, Any]]:
        """EPOCH_SCALARS of those epochs."""
        return [scalars for scalars in super().scalars() if scalars["epoch"] in self._shown]

    def listed(self, name: str, epochs: Sequence[int] | None = None) -> dict[int, Written]:
        """The files of that name in the epochs shown."""
        if name in RESULT and not self._past.is_end:
            return {}
        found = super().listed(name, epochs)
        return {epoch: written for epoch, written in found.items() if epoch in self._shown}

    def checkpoints(self) -> dict[Listed, Written]:
        """The checkpoints of those epochs."""
        found = super().checkpoints()
        return {file: written for file, written in found.items() if file[0] in self._shown}


def damaged_epochs(listing: Listing, files: RunFiles) -> tuple[int, ...]:
    """The epochs of which a file is missing or was altered.

    Each file is compared with its checksum once; after that only its state is looked at.
    """
    found: set[int] = set()
    for name in _FILES:
        for epoch in listing.listed(name):
            if epoch in found:
                continue
            try:
                files.read(name, epoch)
            except DamagedError:
                found.add(epoch)
    return tuple(sorted(found))
