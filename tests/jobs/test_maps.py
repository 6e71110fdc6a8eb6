import subprocess
import sys

import numpy as np
import pytest

from hamr.config import TrainingSettings
from hamr.jobs import draw_map
from hamr.jobs.maps import MapMaker
from tests.fake_run import write_fake_run

DIMENSIONS = 4


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """Embedding keys without an encoder: data set and model name."""
    import hamr.training

    def embedding_key(dataset, settings: TrainingSettings):
        return f"{dataset.fingerprint} {settings.model}"

    monkeypatch.setattr(hamr.training, "embedding_key", embedding_key)
    return embedding_key


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=1, with_map=False)


def put_embeddings(run, key):
    count = sum(len(run.rows(split)) for split in ("train", "validation", "test"))
    embeddings = np.arange(count * DIMENSIONS, dtype=np.float32).reshape(count, DIMENSIONS)
    run.store.cache.put("embeddings", key(run.dataset(), run.info.settings.training), embeddings)
    return embeddings


def first_two(embeddings):
    return embeddings[:, :2]


def test_map_shows_the_training_rows_of_the_cached_embeddings(run, key):
    embeddings = put_embeddings(run, key)
    assert draw_map(run.store, run.id, project=first_two)
    np.testing.assert_array_equal(run.map(), embeddings[:30, :2])


def test_map_that_can_not_be_drawn_is_a_sentence_in_the_log(run, key):
    put_embeddings(run, key)

    def fails(embeddings):
        raise MemoryError("too many rows")

    assert not draw_map(run.store, run.id, project=fails)
    assert "too many rows" in run.events()[0][-1]["message"]
    assert (run.map(), run.info.status) == (None, "finished")


def test_missing_embeddings_are_a_sentence_in_the_log(run):
    assert not draw_map(run.store, run.id, project=first_two)
    assert "not in the cache" in run.events()[0][-1]["message"]


def test_second_run_on_the_same_rows_has_its_map_at_once(run, key, store):
    put_embeddings(run, key)
    draw_map(store, run.id, project=first_two)
    second = write_fake_run(store, rows=30, epochs=1, with_map=False)
    maker = MapMaker(second, spawn=None)  # a process is not needed, so it is not asked for
    maker.start(second.dataset())
    assert not maker.draws
    np.testing.assert_array_equal(second.map(), run.map())


def sleeper(verb, run, **environment):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_drawing_ends_with_its_maker(run):
    maker = MapMaker(run, spawn=sleeper)
    maker.start(run.dataset())
    assert maker.draws
    maker.close()
    assert not maker.draws


def test_waiting_for_a_map_can_be_stopped(run):
    maker = MapMaker(run, spawn=sleeper)
    maker.start(run.dataset())
    maker.wait(stop=lambda: True)
    assert maker.draws
    maker.close()
