"""What the points of a map are: rows, or the entity mentions of tagged sentences.

Colours, filters, histogram, player, data map and selection are one code for both; what differs is
asked here. Each point has an index among the rows, or the mentions, of all splits.

Axes: N of the training rows, A of all splits, P shown (`shown_rows`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from hamr.jobs.held_out_places import held_out_mention_places, held_out_places
from hamr.regions import Region
from hamr.store import Run
from hamr.views.base import mention_signals, mention_texts, mentions
from hamr.views.base.all_rows import AllRows
from hamr.views.base.labels import Labels, Scored
from hamr.views.base.packing import Frame
from hamr.views.base.places import Positions, moving_epochs, places
from hamr.views.base.region_rows import all_rows_of
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods import data_map, mention_map, mention_values, row_map, row_values
from hamr.views.neighbourhoods import facts as row_facts
from hamr.views.neighbourhoods.colours import Colouring
from hamr.views.neighbourhoods.frames import Frames, frames
from hamr.views.neighbourhoods.levels import Levels
from hamr.views.neighbourhoods.row_values import Value
from hamr.views.neighbourhoods.shown_rows import TRAINING, ShownRows, in_split, shown_points
from hamr.views.neighbourhoods.signal_levels import levels_shown


class Subject(ABC):
    """What the points of a map are."""

    name: ClassVar[str]  # of one, in sentences
    a: ClassVar[str]  # the same with its article
    by_class: ClassVar[str]  # the colouring that never changes, by label
    values: ClassVar[Mapping[str, Value]]  # what a histogram can be of
    in_links: ClassVar[tuple[str, str]]  # what links call their colouring and their lasso
    are_rows: ClassVar[bool]  # which have metadata, and links to their neighbours

    @abstractmethod
    def colourings(self, run: Run) -> tuple[str, ...]:
        """What they can be coloured by."""

    @abstractmethod
    def colouring(self, run: Run, epoch: int, by: str, split: str) -> Colouring:
        """Those that a split shows, coloured, [P]."""

    @abstractmethod
    def moves(self, by: str) -> bool:
        """Whether a colouring changes from epoch to epoch."""

    @abstractmethod
    def value(self, run: Run, epoch: int, by: str, *, held_out: bool) -> np.ndarray:
        """One of `values`, [N], or of all splits, [A]."""

    @abstractmethod
    def map(self, run: Run) -> np.ndarray | None:
        """Their places on the map, [N, 2]; None until it is drawn."""

    @abstractmethod
    def held_out_map(self, run: Run) -> np.ndarray | None:
        """The places of those in validation and test rows, [A - N, 2]; None without any."""

    def places(self, run: Run, epoch: int) -> Positions | None:
        """Their places at an epoch; None until the map is drawn."""
        xy = self.map(run)
        return None if xy is None else Positions(xy, None, Frame.around(xy))

    def moving(self, run: Run) -> tuple[int, ...]:
        """The epochs with places of their own; none where the map stays."""
        return ()

    @abstractmethod
    def splits(self, run: Run) -> np.ndarray:
        """The split of each as an index of SPLITS, ascending, [A]."""

    @abstractmethod
    def rows(self, run: Run, which: np.ndarray) -> np.ndarray:
        """The row of each of those indices."""

    @abstractmethod
    def of_region(self, run: Run, region: Region) -> np.ndarray:
        """The indices of a region, also of those in validation and test rows."""

    @abstractmethod
    def seeds(self, run: Run, epoch: int) -> np.ndarray:
        """The indices of those that have a ring, hardest first."""

    @abstractmethod
    def data_map(self, run: Run, epoch: int) -> np.ndarray | None:
        """Their places on the data map, [N, 2]."""

    @abstractmethod
    def search(self, run: Run, text: str, *, held_out: bool) -> np.ndarray:
        """The indices of those with a text; of training rows, or with `held_out` of all."""

    @abstractmethod
    def facts(
        self, run: Run, epoch: int, *, held_out: bool, errors: bool = True
    ) -> tuple[Fact, ...]:
        """What is said of each under the pointer, [N] or [A]; p(label error) with `errors`."""

    @abstractmethod
    def texts(self, run: Run, which: np.ndarray) -> Sequence[str]:
        """The text of each of those indices."""

    def training_texts(self, run: Run, which: np.ndarray) -> Sequence[str]:
        """The same, of those in training rows."""
        return self.texts(run, which)

    @abstractmethod
    def labels(self, run: Run) -> tuple[np.ndarray, Sequence[str]]:
        """The label of each, [N], and the names of all labels."""


class Rows(Subject):
    """The rows: texts, or tagged sentences."""

    name, by_class, values = "row", "class", row_values.VALUES
    a, in_links, are_rows = "a row", ("colour", "lasso"), True

    def colourings(self, run: Run) -> tuple[str, ...]:
        return row_map.colourings(run)

    def colouring(self, run: Run, epoch: int, by: str, split: str) -> Colouring:
        return row_map.colouring(run, epoch, by, split)

    def moves(self, by: str) -> bool:
        return by in row_map.COLOURINGS and row_map.COLOURINGS[by].moves

    def value(self, run: Run, epoch: int, by: str, *, held_out: bool) -> np.ndarray:
        return row_values.row_values(run, epoch, by, held_out=held_out)

    def map(self, run: Run) -> np.ndarray | None:
        return run.map()

    def held_out_map(self, run: Run) -> np.ndarray | None:
        return held_out_places(run)

    def places(self, run: Run, epoch: int) -> Positions | None:
        return places(run, epoch)

    def moving(self, run: Run) -> tuple[int, ...]:
        return moving_epochs(run)

    def splits(self, run: Run) -> np.ndarray:
        return AllRows.of(run).splits

    def rows(self, run: Run, which: np.ndarray) -> np.ndarray:
        return which

    def of_region(self, run: Run, region: Region) -> np.ndarray:
        return all_rows_of(run, region)

    def seeds(self, run: Run, epoch: int) -> np.ndarray:
        return run.array("seeds", epoch)

    def data_map(self, run: Run, epoch: int) -> np.ndarray | None:
        return data_map.data_map(run, epoch)

    def search(self, run: Run, text: str, *, held_out: bool) -> np.ndarray:
        return (AllRows.of(run) if held_out else run.rows()).search(text)

    def facts(
        self, run: Run, epoch: int, *, held_out: bool, errors: bool = True
    ) -> tuple[Fact, ...]:
        return row_facts.facts(run, epoch, held_out=held_out, errors=errors)

    def texts(self, run: Run, which: np.ndarray) -> Sequence[str]:
        return AllRows.of(run).texts(which)

    def training_texts(self, run: Run, which: np.ndarray) -> Sequence[str]:
        return run.rows().texts(which)

    def labels(self, run: Run) -> tuple[np.ndarray, Sequence[str]]:
        own = Labels.of(run)
        return own.rows, own.names


class Mentions(Subject):
    """The entity mentions of tagged sentences (`hamr.views.base.mentions`)."""

    name, by_class, values = "entity mention", "type", mention_values.VALUES
    a, in_links, are_rows = "an entity mention", ("mcolour", "mlasso"), False

    def colourings(self, run: Run) -> tuple[str, ...]:
        return mention_map.colourings(run)

    def colouring(self, run: Run, epoch: int, by: str, split: str) -> Colouring:
        return mention_map.colouring(run, epoch, by, split)

    def moves(self, by: str) -> bool:
        return by in mention_map.MOVES

    def value(self, run: Run, epoch: int, by: str, *, held_out: bool) -> np.ndarray:
        return mention_values.mention_values(run, epoch, by, held_out=held_out)

    def map(self, run: Run) -> np.ndarray | None:
        return run.mention_map()

    def held_out_map(self, run: Run) -> np.ndarray | None:
        return held_out_mention_places(run)

    def splits(self, run: Run) -> np.ndarray:
        return mentions.splits(run)

    def rows(self, run: Run, which: np.ndarray) -> np.ndarray:
        found: np.ndarray = mentions.all_mentions(run).row[which]
        return found

    def of_region(self, run: Run, region: Region) -> np.ndarray:
        return np.concatenate([region.rows, region.held_out])

    def seeds(self, run: Run, epoch: int) -> np.ndarray:
        hardest, row = run.array("seeds", epoch), mentions.mentions(run).row
        place = np.full(run.info.train_rows, len(hardest))
        place[hardest] = np.arange(len(hardest))
        order = np.argsort(place[row], kind="stable")
        found: np.ndarray = order[: np.count_nonzero(place[row] < len(hardest))]
        return found

    def data_map(self, run: Run, epoch: int) -> np.ndarray | None:
        return data_map.on_axes(run, epoch, partial(mention_signals.label_probability, run))

    def search(self, run: Run, text: str, *, held_out: bool) -> np.ndarray:
        return mention_map.matching(run, text, held_out=held_out)

    def facts(
        self, run: Run, epoch: int, *, held_out: bool, errors: bool = True
    ) -> tuple[Fact, ...]:
        return mention_values.facts(run, epoch, held_out=held_out, errors=errors)

    def texts(self, run: Run, which: np.ndarray) -> Sequence[str]:
        return mention_texts.in_sentence(run, which)

    def labels(self, run: Run) -> tuple[np.ndarray, Sequence[str]]:
        return mentions.mentions(run).type, Scored.of(run).names


ROWS, MENTIONS = Rows(), Mentions()
_SUBJECTS: dict[str, Subject] = {one.name: one for one in (ROWS, MENTIONS)}


def subject_of(name: str) -> Subject:
    """The subject of that name."""
    return _SUBJECTS[name]


# The same by name: pages keep what these return by their arguments.


def colouring_of(run: Run, name: str, epoch: int, by: str, split: str) -> Colouring:
    """The points that a split shows, coloured, [P]."""
    return _SUBJECTS[name].colouring(run, epoch, by, split)


def levels_of(run: Run, name: str, epoch: int, signal: str, split: str) -> Levels:
    """The values of a signal of the points that a split shows, in steps, [P]."""
    subject, held_out = _SUBJECTS[name], split != TRAINING
    values = subject.value(run, epoch, signal, held_out=held_out)
    return levels_shown(values, signal, subject.splits(run) if held_out else None, split)


def points_at(run: Run, name: str, split: str, epoch: int) -> ShownRows | None:
    """The points that a split shows at their places at an epoch; None until the map is drawn."""
    subject = _SUBJECTS[name]
    drawn = subject.places(run, epoch)
    if drawn is None:
        return None
    if split == TRAINING:
        return shown_points(drawn.xy, None, None, split, drawn.frame)
    held_out = drawn.held_out if drawn.moves else subject.held_out_map(run)
    return shown_points(drawn.xy, held_out, subject.splits(run), split, drawn.frame)


def _drawn_at(run: Run, name: str, split: str, epoch: int) -> ShownRows:
    """The same, of a map that is drawn."""
    found = points_at(run, name, split, epoch)
    assert found is not None
    return found


def frames_of(run: Run, name: str, by: str, split: str, moving: tuple[int, ...] = ()) -> Frames:
    """The frames of all epochs; what decisions and metadata say is the same at each of them.

    `moving` are the epochs with places of their own, where the map that is shown moves.
    """
    subject = _SUBJECTS[name]
    shown = np.arange(len(subject.labels(run)[0]))
    if split != TRAINING:
        shown = in_split(subject.splits(run), split)
    looks = partial(subject.colouring, run, by=by, split=split) if subject.moves(by) else None
    at = partial(_drawn_at, run, name, split) if moving else None
    return frames(run, run.epochs()[-1], shown, looks, partial(subject.seeds, run), at)


def data_map_of(run: Run, name: str, epoch: int) -> np.ndarray | None:
    """The places on the data map, [N, 2]."""
    return _SUBJECTS[name].data_map(run, epoch)


def seeds_of(run: Run, name: str, epoch: int) -> np.ndarray:
    """The indices of those that have a ring, hardest first."""
    return _SUBJECTS[name].seeds(run, epoch)


def rings_of(run: Run, name: str, epoch: int) -> np.ndarray:
    """Which of the training rows, or of the mentions in them, have a ring, [N] bool."""
    mask = np.zeros(len(_SUBJECTS[name].labels(run)[0]), bool)
    mask[_SUBJECTS[name].seeds(run, epoch)] = True
    return mask


def facts_shown(
    run: Run, name: str, epoch: int, *, held_out: bool, errors: bool
) -> tuple[Fact, ...]:
    """What is said of each point under the pointer."""
    return _SUBJECTS[name].facts(run, epoch, held_out=held_out, errors=errors)


def splits_of(run: Run, name: str) -> np.ndarray:
    """The split of each, [A]."""
    return _SUBJECTS[name].splits(run)


def search_of(run: Run, name: str, text: str, *, held_out: bool) -> np.ndarray:
    """The indices of those with a text."""
    return _SUBJECTS[name].search(run, text, held_out=held_out)
