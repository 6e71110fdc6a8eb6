"""Where the rows are on the map as an epoch ended: the one place that knows it.

The map of a run whose encoder stays as it is shows the same places at every epoch. That of a run
that fine-tunes moves with its encoder (`hamr.projection.follow`), in one frame for all epochs, so
that a lasso is the same part of the plane at each of them.

Axes: N training rows, H validation and test rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.records import MOST_EMBEDDED
from hamr.store import Run
from hamr.views.base.packing import Frame


@dataclass(frozen=True)
class Positions:
    """The places of the rows at one epoch."""

    xy: np.ndarray  # [N, 2] of the training rows
    # [H, 2] of the validation and then the test rows, where the map moves and they move with it.
    held_out: np.ndarray | None
    frame: Frame  # that of the training rows at all epochs
    epochs: tuple[int, ...] = ()  # those with places of their own; none where the map stays

    @property
    def moves(self) -> bool:
        """Whether other epochs have other places."""
        return bool(self.epochs)


def places(run: Run, epoch: int) -> Positions | None:
    """The places at an epoch; None until the map is drawn."""
    xy = run.map()
    if xy is None:
        return None
    moving = run.moving_maps.read()
    if moving is None:
        return Positions(xy, None, Frame.around(xy))
    own, every = moving.at(epoch), moving.xy[:, : len(xy)].reshape(-1, 2)
    held_out = own[len(xy) :] if len(own) > len(xy) else None
    return Positions(own[: len(xy)], held_out, Frame.around(every), moving.epochs)


def moving_epochs(run: Run) -> tuple[int, ...]:
    """The epochs with places of their own; none where the map stays."""
    moving = run.moving_maps.read()
    return () if moving is None else moving.epochs


def how_it_moves(run: Run, epoch: int) -> str:
    """What the map shows of an encoder that is fine-tuned, in a sentence; "" of one that is not."""
    if not run.info.settings.training.fine_tunes:
        return ""
    if moving := moving_epochs(run):
        return _of_epoch(moving, epoch)
    before = "This run fine-tunes its encoder, and the map shows the rows as it saw them before."
    if run.info.train_rows > MOST_EMBEDDED:
        return (
            f"{before} For a map that moves with the encoder, the embeddings of each epoch are "
            f"kept of up to {MOST_EMBEDDED:,} training rows; this run has "
            f"{run.info.train_rows:,}."
        )
    if run.info.active:
        return f"{before} Once training has ended, a map is drawn that moves with the encoder."
    if not run.moving_maps.embedded():
        return f"{before} It kept no embeddings of its epochs, as older versions did not."
    return (
        f"{before} The map that moves with the encoder is not drawn yet: reload the page, or run "
        f"python -m hamr map {run.id[:8]}."
    )


def _of_epoch(epochs: tuple[int, ...], epoch: int) -> str:
    shown = max((one for one in epochs if one <= epoch), default=epochs[0])
    moves = "This run fine-tunes its encoder, and the map moves with it: rows that the encoder has "
    moves += "come to see as similar have come closer."
    if shown == epoch:
        return moves
    return f"{moves} Positions are kept of some epochs only; those of epoch {shown} are shown."
