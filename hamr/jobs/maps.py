"""The maps of a run, drawn beside training by a process of low priority.

Every run has a map of its training rows; a token run has one of the entities in them as well.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

import numpy as np

from hamr.errors import HamrError
from hamr.jobs.child import spawn
from hamr.jobs.neighbour_evidence import cache_neighbours
from hamr.jobs.vectors import mention_vectors, row_vectors
from hamr.records import Dataset, Progress
from hamr.store import Run, Store

Spawn = Callable[..., subprocess.Popen[bytes]]
Project = Callable[[np.ndarray], np.ndarray]  # [M, D] vectors -> [M, 2]


@dataclass(frozen=True)
class Drawing:
    """One of the maps: what it places, and where it is kept."""

    name: str  # in sentences, after "the"
    kind: str  # of its entries in the cache
    version: int  # part of its key: raise it when vectors or `hamr.projection` are made otherwise
    vectors: Callable[[Run, str], np.ndarray]  # of a run, by its embedding key: [M, D]
    read: Callable[[Run], np.ndarray | None]
    write: Callable[[Run, np.ndarray], None]
    of_labels: bool = False  # whether other labels of the same texts make another map

    def key(self, dataset: Dataset, embedding_key: str) -> str:
        """The key under which the cache keeps this map of the data set's training rows."""
        labels = (dataset.fingerprint,) if self.of_labels else ()
        return repr((self.version, embedding_key, len(dataset.train), *labels))


ROW_MAP = Drawing("map", "maps", 1, row_vectors, Run.map, Run.write_map)
MENTION_MAP = Drawing(
    "map of the entity mentions",
    "mention_maps",
    1,
    mention_vectors,
    Run.mention_map,
    Run.write_mention_map,
    of_labels=True,
)


def drawings(dataset: Dataset) -> list[Drawing]:
    """The maps that a run on these rows has."""
    return [ROW_MAP, MENTION_MAP] if dataset.task == "token" else [ROW_MAP]


class MapMaker:
    """Starts the process that draws a run's maps, once, and sees to its end."""

    def __init__(self, run: Run, *, spawn: Spawn = spawn) -> None:
        self._run = run
        self._spawn = spawn
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    def start(self, dataset: Dataset) -> None:
        """Draw the maps of these rows, unless that was asked before or the run has them."""
        if self._started:
            return
        self._started = True
        try:
            missing = [one for one in drawings(dataset) if one.read(self._run) is None]
            # Each is tried: those that are in the cache are there at once.
            if not all([_copy_cached(self._run, dataset, one) for one in missing]):
                # UMAP on all cores would take them from training.
                limits = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
                self._process = self._spawn("map", self._run, **limits)
        except (HamrError, OSError) as error:
            self._run.log(f"The map could not be drawn: {error}")

    @property
    def draws(self) -> bool:
        """Whether they are being drawn now."""
        return self._process is not None and self._process.poll() is None

    def wait(self, stop: Callable[[], bool]) -> None:
        """Wait until they are drawn, or until `stop` turns true."""
        while self.draws and not stop():
            sleep(0.05)

    def close(self) -> None:
        """End the drawing at once, finished or not."""
        if self._process:
            self._process.kill()
            self._process.communicate()  # closes its pipes and takes its exit status


def draw_map(store: Store, run_id: str, *, project: Project | None = None) -> bool:
    """Draw the maps of a run from the vectors in the cache: are all of them drawn?

    A map that can't be drawn never fails the run, nor the other map: a sentence in the run's
    log says why.
    """
    run = store.run(run_id)
    try:
        dataset = run.dataset()
    except HamrError as error:
        run.log(f"The map could not be drawn: {error}")
        return False
    _keep_neighbours(run, dataset)  # seconds, where a map takes a minute
    return all([_is_drawn(run, dataset, one, project) for one in drawings(dataset)])


def _keep_neighbours(run: Run, dataset: Dataset) -> None:
    """Find the rows' neighbours too, by which the page Relabel tells likely wrong labels."""
    if dataset.task == "token":
        return
    try:
        cache_neighbours(run, dataset)
    except HamrError:
        pass  # the embeddings are not there: the map says so
    except Exception as error:
        run.log(f"The rows' neighbours could not be found ({type(error).__name__}: {error})")


def _is_drawn(run: Run, dataset: Dataset, one: Drawing, project: Project | None) -> bool:
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
    key = _embedding_key(run, dataset)
    xy = project(one.vectors(run, key))
    run.store.cache.put(one.kind, one.key(dataset, key), xy)
    one.write(run, xy)


def _copy_cached(run: Run, dataset: Dataset, one: Drawing) -> bool:
    """Take the map from another run on the same rows and model, if there was one."""
    xy = run.store.cache.get(one.kind, one.key(dataset, _embedding_key(run, dataset)))
    if xy is not None:
        one.write(run, xy)
    return xy is not None


def _embedding_key(run: Run, dataset: Dataset) -> str:
    from hamr.training import embedding_key

    return embedding_key(dataset, run.info.settings.training)


def _projection() -> Project:
    from hamr.projection import project

    return project
