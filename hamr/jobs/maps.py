"""The maps of a run, drawn while it trains, by a process of low priority.

Every run has a map of its training rows, and the places of its validation and test rows on it; a
run on tagged sentences also has a map of the entities in its training rows. That of a run that
fine-tunes moves with its encoder, and is drawn when it has ended: see `moving_map`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import sleep

import numpy as np

from hamr.errors import HamrError, StoreError
from hamr.jobs.child import spawn
from hamr.jobs.moving_map import moving_map_is_drawn
from hamr.jobs.neighbour_evidence import keep_what_regions_need
from hamr.jobs.vectors import (
    embedding_key_of,
    held_out_mention_vectors,
    held_out_vectors,
    mention_vectors,
    row_vectors,
)
from hamr.records import Dataset, Progress
from hamr.store import Run, Store
from hamr.tasks import features

Spawn = Callable[..., subprocess.Popen[bytes]]
Project = Callable[[np.ndarray], np.ndarray]  # [M, D] vectors -> [M, 2]


@dataclass(frozen=True)
class Drawing:
    """One kind of map: what it shows, and where it is stored."""

    name: str  # in sentences, after "the"
    kind: str  # of its entries in the cache
    version: int  # part of its key: raise it when the vectors or `hamr.projection` change
    # Of a run, by its embedding key and how vectors become places: [M, 2].
    places: Callable[[Run, str, Project], np.ndarray]
    read: Callable[[Run], np.ndarray | None]
    write: Callable[[Run, np.ndarray], None]
    of_labels: bool = False  # whether the map depends on the labels
    on: Callable[[Run], np.ndarray | None] | None = None  # the map that it adds places to

    def key(self, dataset: Dataset, embedding_key: str, rows: np.ndarray | None = None) -> str:
        """The key of this map in the cache; `rows` is the map [N, 2] that it adds places to."""
        further = [dataset.fingerprint] if self.of_labels else []
        if self.on is not None:
            further.append("" if rows is None else sha256(rows.tobytes()).hexdigest())
        return repr((self.version, embedding_key, len(dataset.train), *further))

    def base(self, run: Run) -> np.ndarray | None:
        """The map of a run that this one adds places to; None of a map of its own."""
        return None if self.on is None else self.on(run)


def _rows(run: Run, key: str, project: Project) -> np.ndarray:
    return project(row_vectors(run, key))


def _mentions(run: Run, key: str, project: Project) -> np.ndarray:
    return project(mention_vectors(run, key))


def _held_out(run: Run, key: str, project: Project) -> np.ndarray:
    """On the map of the training rows, which has to be drawn before."""
    from hamr.projection import place_among

    xy = run.map()
    if xy is None:
        raise StoreError("the map of its training rows is not drawn")
    return place_among(held_out_vectors(run, key), row_vectors(run, key), xy)


def _held_out_mentions(run: Run, key: str, project: Project) -> np.ndarray:
    """On the map of the mentions in training rows, which has to be drawn before."""
    from hamr.projection import place_among

    xy = run.mention_map()
    if xy is None:
        raise StoreError("the map of the entity mentions is not drawn")
    return place_among(held_out_mention_vectors(run, key), mention_vectors(run, key), xy)


ROW_MAP = Drawing("map", "maps", 1, _rows, Run.map, Run.write_map)
HELD_OUT_MAP = Drawing(
    "map of the validation and test rows",
    "held_out_maps",
    1,
    _held_out,
    Run.held_out_map,
    Run.write_held_out_map,
    on=Run.map,
)
MENTION_MAP = Drawing(
    "map of the entity mentions",
    "mention_maps",
    1,
    _mentions,
    Run.mention_map,
    Run.write_mention_map,
    of_labels=True,
)


HELD_OUT_MENTION_MAP = Drawing(
    "map of the entity mentions in validation and test rows",
    "held_out_mention_maps",
    1,
    _held_out_mentions,
    Run.held_out_mention_map,
    Run.write_held_out_mention_map,
    of_labels=True,
    on=Run.mention_map,
)


def drawings(dataset: Dataset) -> list[Drawing]:
    """The maps that a run on these rows has, in the order in which they are drawn."""
    own = [ROW_MAP, HELD_OUT_MAP]
    mentions = [MENTION_MAP, HELD_OUT_MENTION_MAP]
    return [*own, *mentions] if features(dataset.task).entities else own


class MapMaker:
    """Starts the process that draws a run's maps, once, and ends it."""

    def __init__(self, run: Run, *, spawn: Spawn = spawn) -> None:
        self._run = run
        self._spawn = spawn
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    def start(self, dataset: Dataset) -> None:
        """Draw the maps of these rows, unless the run has them or they are being drawn."""
        if self._started:
            return
        self._started = True
        try:
            missing = [one for one in drawings(dataset) if one.read(self._run) is None]
            # A list, so that each is tried: those that are in the cache need no drawing.
            if not all([_copy_cached(self._run, dataset, one) for one in missing]):
                self._draw()
        except (HamrError, OSError) as error:
            self._run.log(f"The map could not be drawn: {error}")

    def start_moving(self) -> None:
        """Draw the map that moves with the encoder, now that training has ended, if it is due."""
        try:
            if not self.draws and self._run.moving_maps.is_due:
                self.close()
                self._draw()
        except (HamrError, OSError) as error:
            self._run.log(f"The map of each epoch could not be drawn: {error}")

    def _draw(self) -> None:
        # Without limits UMAP would take all cores from training.
        limits = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = self._spawn("map", self._run, **limits)

    @property
    def draws(self) -> bool:
        """Whether maps are being drawn now."""
        return self._process is not None and self._process.poll() is None

    def wait(self, stop: Callable[[], bool]) -> None:
        """Wait until the maps are drawn, or until `stop` turns true."""
        while self.draws and not stop():
            sleep(0.05)

    def close(self) -> None:
        """End the drawing process at once, finished or not."""
        if self._process:
            self._process.kill()
            self._process.communicate()  # closes its pipes and takes its exit status


def draw_map(store: Store, run_id: str, *, project: Project | None = None) -> bool:
    """Draw the maps of a run from the vectors in the cache; whether all were drawn.

    If a map can't be drawn, the run and the other map go on; a sentence in the run's log says why.
    """
    run = store.run(run_id)
    try:
        dataset = run.dataset()
    except HamrError as error:
        run.log(f"The map could not be drawn: {error}")
        return False
    _keep_neighbours(run, dataset)  # seconds, where a map takes a minute
    drawn = all([_is_drawn(run, dataset, one, project) for one in drawings(dataset)])
    return moving_map_is_drawn(run, dataset) and drawn


def _keep_neighbours(run: Run, dataset: Dataset) -> None:
    """Find the rows' neighbours too: Relabel finds wrong labels by them, and regions need them."""
    try:
        keep_what_regions_need(run, dataset)
    except HamrError:
        pass  # without embeddings there is no map either, and its sentence says so
    except Exception as error:
        run.log(f"The rows' neighbours could not be found ({type(error).__name__}: {error})")


def _is_drawn(run: Run, dataset: Dataset, one: Drawing, project: Project | None) -> bool:
    if one.on is not None and one.on(run) is None:  # the log says why that one could not be drawn
        return False
    try:
        if not _copy_cached(run, dataset, one):
            run.append_event(Progress("mapping", 0, 1, f"Drawing the {one.name}"))
            _draw(run, dataset, one, project or _projection())
        run.append_event(Progress("mapping", 1, 1, f"The {one.name} is drawn"))
    except HamrError as error:
        run.log(f"The {one.name} could not be drawn: {error}")
        return False
    except Exception as error:
        run.log(f"The {one.name} could not be drawn ({type(error).__name__}: {error})")
        return False
    return True


def _draw(run: Run, dataset: Dataset, one: Drawing, project: Project) -> None:
    key = embedding_key_of(run, dataset)
    xy = one.places(run, key, project)
    run.store.cache.put(one.kind, one.key(dataset, key, one.base(run)), xy)
    one.write(run, xy)


def _copy_cached(run: Run, dataset: Dataset, one: Drawing) -> bool:
    """Take the map of an earlier run on the same rows and model from the cache, if there is one."""
    key = one.key(dataset, embedding_key_of(run, dataset), one.base(run))
    xy = run.store.cache.get(one.kind, key)
    if xy is not None:
        one.write(run, xy)
    return xy is not None


def _projection() -> Project:
    from hamr.projection import project

    return project
