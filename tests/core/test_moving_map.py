"""Embeddings kept of each epoch, and the map that follows them."""

import numpy as np
import pytest

from hamr.projection import follow, place_among, placing
from hamr.training import row_vectors, train
from hamr.training.row_vectors import epochs_embedded
from tests.core.small_data import (
    DictCache,
    epochs_of,
    full,
    quick,
    same_bits,
    small_cache,
    small_dataset,
    small_tagged,
)


@pytest.fixture(scope="module", params=[small_dataset, small_tagged], ids=["texts", "sentences"])
def kept(request, tiny_encoder):
    """The epochs of a run that keeps embeddings, and of the same run without."""
    own = full(tiny_encoder)
    found = epochs_of(train(request.param(), own, cache=DictCache()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_vectors, "MOST_EMBEDDED", 10)
        without = epochs_of(train(request.param(), own, cache=DictCache()))
    return request.param(), found, without


def test_a_run_that_fine_tunes_keeps_what_its_encoder_makes_of_each_training_row(kept):
    dataset, found, _ = kept
    for epoch in found:
        assert epoch.embeddings.dtype == np.float16
        assert len(epoch.embeddings) == len(dataset.train)
        np.testing.assert_allclose(np.linalg.norm(epoch.embeddings, axis=1), 1, atol=2e-3)
    assert not np.array_equal(found[0].embeddings, found[1].embeddings)


def test_keeping_them_changes_nothing_that_is_learned(kept):
    _, found, without = kept
    for one, other in zip(found, without, strict=True):
        assert other.embeddings is None
        same_bits(one, other)


def test_they_are_what_embedding_the_rows_again_gives(tiny_encoder, monkeypatch):
    from hamr.training.session import Session

    again = []
    refresh = Session._refresh

    def embedding(session, number):
        again.append((yield from session._embed(number)))
        return (yield from refresh(session, number))

    monkeypatch.setattr(Session, "_refresh", embedding)
    found = epochs_of(train(small_dataset(), full(tiny_encoder), cache=DictCache()))
    for epoch, vectors in zip(found, again, strict=True):
        np.testing.assert_allclose(epoch.embeddings, vectors, atol=2e-3)


def test_a_frozen_encoder_keeps_none():
    dataset, own = small_dataset(), quick(epochs=1)
    found = epochs_of(train(dataset, own, cache=small_cache(dataset, own)))
    assert [epoch.embeddings for epoch in found] == [None]


@pytest.mark.parametrize(
    ("epochs", "rows", "width", "kept"),
    [
        (8, 20_000, 768, list(range(1, 9))),
        (8, 20_001, 8, []),
        (40, 20_000, 768, [1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40]),
        (1, 20_000, 1024, [1]),
    ],
)
def test_what_is_kept_is_bounded_and_ends_with_the_last_epoch(epochs, rows, width, kept):
    assert list(epochs_embedded(epochs, rows, width)) == kept


def groups(rows: int = 60, seed: int = 0) -> np.ndarray:
    """Rows around three points."""
    random = np.random.default_rng(seed)
    centres = 4 * np.eye(3, 8)
    found: np.ndarray = centres[np.arange(rows) % 3] + 0.3 * random.normal(size=(rows, 8))
    return found.astype(np.float32)


def test_a_row_that_changes_its_group_moves_there_and_the_others_stay_near():
    before, after = groups(), groups()
    after[0] = groups(seed=1)[1]
    start = 5 * before[:, :2] + before[:, 2:3] * np.array([[3.0, 3.0]])
    first, second = follow(start.astype(np.float32), [before, after], before)
    middles = [first[np.arange(60) % 3 == group][1:].mean(0) for group in range(3)]
    size = np.linalg.norm(middles[0] - middles[1])
    moved = np.linalg.norm(second - first, axis=1)
    assert moved[0] > 0.5 * size
    assert np.median(moved[1:]) < 0.2 * size
    assert np.linalg.norm(second[0] - middles[1]) < np.linalg.norm(second[0] - middles[0])


def test_the_map_follows_in_the_same_way_each_time():
    start = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    one, other = (list(follow(start, [groups(), groups(seed=1)])) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("rows", [1, 2, 9, 10, 20])
def test_any_number_of_rows_has_places_at_every_epoch(rows):
    start = np.zeros((rows, 2), np.float32)
    found = list(follow(start, [groups(rows).astype(np.float16)] * 2))
    assert [one.shape for one in found] == [(rows, 2)] * 2
    assert np.isfinite(found).all()


def test_other_rows_are_placed_alike_on_each_map():
    others, rows = groups(6, seed=2), groups()
    one, other = (np.random.default_rng(seed).normal(size=(60, 2)) for seed in (0, 1))
    place = placing(others, rows)
    for xy in (one.astype(np.float32), other.astype(np.float32)):
        np.testing.assert_array_equal(place(xy), place_among(others, rows, xy))
