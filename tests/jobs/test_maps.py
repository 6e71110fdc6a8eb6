import subprocess
import sys

import numpy as np
import pytest

from hamr.config import TrainingSettings
from hamr.entities import all_spans, spans_of
from hamr.jobs import draw_map
from hamr.jobs.held_out_places import held_out_places
from hamr.jobs.maps import MapMaker
from hamr.jobs.moving_map import moving_map_is_drawn
from hamr.jobs.neighbour_evidence import cache_neighbours
from hamr.jobs.vectors import span_vectors
from hamr.records import SPLITS
from tests.fake_run import write_fake_run, write_fake_token_run

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


def count_of(run):
    return sum(len(run.rows(split)) for split in SPLITS)


def put(run, key, embeddings):
    where = key(run.dataset(), run.info.settings.training)
    run.store.cache.put("embeddings", where, embeddings.astype(np.float32))


def put_embeddings(run, key):
    count = count_of(run)
    embeddings = np.arange(count * DIMENSIONS, dtype=np.float32).reshape(count, DIMENSIONS)
    put(run, key, embeddings)
    return embeddings


def first_two(embeddings):
    return embeddings[:, :2]


def test_map_shows_the_training_rows_of_the_cached_embeddings(run, key):
    embeddings = put_embeddings(run, key)
    assert draw_map(run.store, run.id, project=first_two)
    np.testing.assert_array_equal(run.map(), embeddings[:30, :2])


def test_validation_and_test_rows_are_placed_among_their_nearest_training_rows(run, key):
    embeddings = np.random.default_rng(0).normal(size=(count_of(run), DIMENSIONS))
    embeddings[30:] = embeddings[0]
    put(run, key, embeddings)
    assert draw_map(run.store, run.id, project=first_two)
    placed = run.held_out_map()
    assert placed.shape == (len(embeddings) - 30, 2)
    far = np.linalg.norm(run.map() - placed[0], axis=1)
    assert far[0] < np.median(far)


def test_a_run_of_an_older_version_gets_these_places_when_they_are_asked_for(run, key):
    put_embeddings(run, key)
    run.write_map(np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32))
    assert held_out_places(run) is None  # nobody has noted the key of its embeddings
    cache_neighbours(run, run.dataset())
    placed = held_out_places(run)
    assert placed is not None
    np.testing.assert_array_equal(run.held_out_map(), placed)


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
    np.testing.assert_array_equal(second.held_out_map(), run.held_out_map())


@pytest.fixture
def token_run(store):
    return write_fake_token_run(store, rows=30, epochs=1, with_map=False)


def put_words(run, key):
    """Vectors of all words of all splits, as training caches them."""
    count = sum(int(run.rows(split).word_starts[-1]) for split in SPLITS)
    words = np.random.default_rng(0).normal(size=(count, DIMENSIONS)).astype(np.float16)
    run.store.cache.put("words", key(run.dataset(), run.info.settings.training), words)
    return words


def means_of_mentions(run, words):
    """Span by span, as the definition has it."""
    found, rows = [], run.rows()
    for row in range(len(rows)):
        own = words[rows.word_starts[row] : rows.word_starts[row + 1]].astype(np.float64)
        for span in spans_of(rows.tags(row)):
            mean = own[span.start : span.end].mean(axis=0)
            found.append(mean / np.linalg.norm(mean))
    return np.array(found)


def test_mention_map_shows_the_mean_of_each_mentions_words(token_run, key):
    put_embeddings(token_run, key)
    words = put_words(token_run, key)
    assert draw_map(token_run.store, token_run.id, project=first_two)
    expected = means_of_mentions(token_run, words)[:, :2]
    np.testing.assert_allclose(token_run.mention_map(), expected, rtol=1e-5)


def test_vectors_of_mentions_are_the_same_piece_by_piece(token_run, key, monkeypatch):
    words, rows = put_words(token_run, key), token_run.rows()
    spans = all_spans(rows.all_tags, rows.word_starts)
    whole = span_vectors(words, spans)
    monkeypatch.setattr("hamr.jobs.vectors.PIECE", 7)
    np.testing.assert_array_equal(span_vectors(words, spans), whole)


def test_texts_with_a_class_have_no_mention_map(run, key):
    put_embeddings(run, key)
    assert draw_map(run.store, run.id, project=first_two)
    assert run.mention_map() is None


def test_missing_words_are_a_sentence_in_the_log_and_leave_the_map_of_rows(token_run, key):
    put_embeddings(token_run, key)
    assert not draw_map(token_run.store, token_run.id, project=first_two)
    assert "the vectors of its words are not in the cache" in token_run.events()[0][-1]["message"]
    assert token_run.map() is not None


def test_missing_embeddings_leave_the_mention_map(token_run, key):
    put_words(token_run, key)
    assert not draw_map(token_run.store, token_run.id, project=first_two)
    assert token_run.map() is None
    assert token_run.mention_map() is not None


def test_second_run_on_the_same_sentences_has_its_mention_map_at_once(token_run, key, store):
    put_embeddings(token_run, key)
    put_words(token_run, key)
    draw_map(store, token_run.id, project=first_two)
    second = write_fake_token_run(store, rows=30, epochs=1, with_map=False)
    MapMaker(second, spawn=None).start(second.dataset())
    np.testing.assert_array_equal(second.mention_map(), token_run.mention_map())


def test_a_run_that_lacks_its_mention_map_alone_gets_it(token_run, key):
    put_embeddings(token_run, key)
    token_run.write_map(np.zeros((30, 2)))
    maker = MapMaker(token_run, spawn=sleeper)
    maker.start(token_run.dataset())
    assert maker.draws
    maker.close()


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


def test_a_person_without_standard_input_is_told_why_no_map_was_drawn(run):
    command = [sys.executable, "-m", "hamr", "map", run.id, "--home", str(run.store.home)]
    nothing = subprocess.DEVNULL
    done = subprocess.run(command, check=False, stdin=nothing, capture_output=True, text=True)
    assert done.returncode == 1
    assert "not in the cache" in done.stderr


@pytest.fixture
def tuned(store, key):
    """A finished run that has kept embeddings of two epochs."""
    run = write_fake_run(store, rows=30, epochs=2, preset="full", embedded=True)
    put_embeddings(run, key)
    return run


def step_aside(start, epochs, before):
    for at, _ in enumerate(epochs, 1):
        yield start + at


def test_the_map_of_each_epoch_follows_from_the_one_before_training(tuned):
    assert moving_map_is_drawn(tuned, tuned.dataset(), step_aside)
    drawn = tuned.moving_maps.read()
    assert drawn.epochs == (1, 2) and drawn.xy.shape == (2, count_of(tuned), 2)
    np.testing.assert_allclose(drawn.at(2)[:30], tuned.map() + 2)
    assert not tuned.moving_maps.is_due


def test_validation_and_test_rows_follow_their_nearest_training_rows(tuned):
    moving_map_is_drawn(tuned, tuned.dataset(), step_aside)
    first, second = tuned.moving_maps.read().xy[:, 30:]
    np.testing.assert_allclose(second, first + 1, atol=1e-3)


def test_no_map_of_each_epoch_is_drawn_while_the_run_trains(store, key):
    run = write_fake_run(store, rows=30, epochs=2, preset="full", embedded=True, status="running")
    put_embeddings(run, key)
    with run.hold():
        assert moving_map_is_drawn(run, run.dataset(), step_aside)
    assert run.moving_maps.read() is None


def test_why_it_could_not_be_drawn_is_in_the_log_and_the_run_goes_on(tuned):
    def fails(start, epochs, before):
        raise ValueError("no room")

    assert not moving_map_is_drawn(tuned, tuned.dataset(), fails)
    said = [event["message"] for event in tuned.events()[0] if event["kind"] == "log"]
    assert "could not be drawn (ValueError: no room)" in said[-1]


def test_it_is_drawn_by_a_process_of_its_own_once_training_has_ended(tuned, key):
    started = []
    maker = MapMaker(tuned, spawn=lambda verb, run, **limits: started.append(verb))
    maker.start_moving()
    assert started == ["map"]


def test_a_frozen_encoder_has_no_such_map(run):
    started = []
    MapMaker(run, spawn=lambda *_, **__: started.append(1)).start_moving()
    assert not started and moving_map_is_drawn(run, run.dataset(), step_aside)
