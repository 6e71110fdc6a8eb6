"""The map of a run's rows, drawn beside training by a process of low priority."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from time import sleep

import numpy as np

from hamr.errors import HamrError, StoreError
from hamr.jobs.child import spawn
from hamr.records import Dataset, Progress
from hamr.store import Run, Store

Spawn = Callable[..., subprocess.Popen[bytes]]
Project = Callable[[np.ndarray], np.ndarray]  # [N, D] embeddings -> [N, 2]

MAP_VERSION = 1  # part of a map's key: raise it when `hamr.projection` draws otherwise


class MapMaker:
    """Starts the process that draws a run's map, once, and sees to its end."""

    def __init__(self, run: Run, *, spawn: Spawn = spawn) -> None:
        self._run = run
        self._spawn = spawn
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    def start(self, dataset: Dataset) -> None:
        """Draw the map of these rows, unless that was asked before or the run has one."""
        if self._started:
            return
        self._started = True
        try:
            if self._run.map() is None and not _copy_cached(self._run, dataset):
                # UMAP on all cores would take them from training.
                limits = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
                self._process = self._spawn("map", self._run, **limits)
        except (HamrError, OSError) as error:
            self._run.log(f"The map could not be drawn: {error}")

    @property
    def draws(self) -> bool:
        """Whether the map is being drawn now."""
        return self._process is not None and self._process.poll() is None

    def wait(self, stop: Callable[[], bool]) -> None:
        """Wait until the map is drawn, or until `stop` turns true."""
        while self.draws and not stop():
            sleep(0.05)

    def close(self) -> None:
        """End the drawing at once, finished or not."""
        if self._process:
            self._process.kill()
            self._process.communicate()  # closes its pipes and takes its exit status


def draw_map(store: Store, run_id: str, *, project: Project | None = None) -> bool:
    """Draw the map of a run's training rows from their cached embeddings: is it drawn?

    A map that can't be drawn never fails the run: a sentence in its log says why.
    """
    run = store.run(run_id)
    try:
        dataset = run.dataset()
        if not _copy_cached(run, dataset):
            run.append_event(Progress("mapping", 0, 1, "Drawing the map"))
            _draw(run, dataset, project or _projection())
        run.append_event(Progress("mapping", 1, 1, "The map is drawn"))
    except HamrError as error:
        run.log(f"The map could not be drawn: {error}")
        return False
    except Exception as error:
        run.log(f"The map could not be drawn ({type(error).__name__}: {error})")
        return False
    return True


def _draw(run: Run, dataset: Dataset, project: Project) -> None:
    cache, key = run.store.cache, _embedding_key(run, dataset)
    embeddings = cache.get("embeddings", key)
    if embeddings is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    xy = project(np.asarray(embeddings[: len(dataset.train)]))
    cache.put("maps", map_key(dataset, key), xy)
    run.write_map(xy)


def _copy_cached(run: Run, dataset: Dataset) -> bool:
    """Take the map from another run on the same rows and model, if there was one."""
    xy = run.store.cache.get("maps", map_key(dataset, _embedding_key(run, dataset)))
    if xy is not None:
        run.write_map(xy)
    return xy is not None


def _embedding_key(run: Run, dataset: Dataset) -> str:
    from hamr.training import embedding_key

    return embedding_key(dataset, run.info.settings.training)


def map_key(dataset: Dataset, embedding_key: str) -> str:
    """The key under which the cache keeps the map of these rows' embeddings."""
    return repr((MAP_VERSION, embedding_key, len(dataset.train)))


def _projection() -> Project:
    from hamr.projection import project

    return project
