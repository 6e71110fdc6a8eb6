"""Rows are embedded in batches by a budget of tokens, part by part, and by several ranks."""

import json
import multiprocessing
import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import RankLost, TrainingError
from hamr.models.batches import EMBED_BATCH, batches_of, computed, token_budget
from hamr.models.pieces import Pieces
from hamr.ranks import ALONE
from hamr.training import embedding_key, features, parts
from tests.core.several import as_rank, free_port
from tests.core.small_data import DictCache, quick, save_tiny_encoder, small_dataset, small_tagged


def embedded(dataset, settings, cache, ranks=ALONE, stop=lambda: False):
    """The last of what embedding yields, the embeddings."""
    *_, found = features.embed(dataset, settings, cache, ranks, stop)
    return found


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return quick(model=str(save_tiny_encoder(tmp_path_factory.mktemp("encoder"))), max_length=16)


@given(st.lists(st.integers(0, 200), max_size=300), st.none() | st.integers(1, 20_000))
def test_batches_hold_every_text_once_the_longest_first_and_keep_to_the_budget(lengths, tokens):
    lengths = np.array(lengths, np.int64)
    found = batches_of(lengths, tokens)
    order = np.concatenate([np.zeros(0, int), *found])
    assert sorted(order) == list(range(len(lengths)))
    assert (np.diff(lengths[order]) <= 0).all()
    for batch in found[:-1]:
        padded = len(batch) * lengths[batch].max()
        assert len(batch) == EMBED_BATCH or padded <= (tokens or 0) or lengths[batch].max() == 0
        assert len(batch) >= EMBED_BATCH


def test_a_small_set_is_embedded_on_the_cpu_in_the_batches_of_earlier_versions():
    assert token_budget(torch.device("cpu"), 20_000) is None
    assert token_budget(torch.device("cpu"), 20_001) is not None


def test_pieces_are_those_that_the_tokenizer_finds(monkeypatch):
    monkeypatch.setattr("hamr.models.pieces.AT_A_TIME", 2)
    texts = ["abc", "", "de", "f", "ghij"]
    found = Pieces.made(lambda own: [[ord(c) for c in text] for text in own], texts)
    assert [found.of(row) for row in range(5)] == [[ord(c) for c in text] for text in texts]


def test_a_batch_that_a_gpu_does_not_hold_is_halved_until_it_does():
    def one(batch):
        if len(batch) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return batch * 2

    batches = [np.arange(10), np.arange(10, 12)]
    found = list(computed(batches, one, torch.device("cuda")))
    assert np.array_equal(np.concatenate([batch for batch, _ in found]), np.arange(12))
    assert all(np.array_equal(batch * 2, value) for batch, value in found)


def test_a_gpu_without_room_for_one_text_is_said_in_a_sentence(settings, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("hamr.models.encoder.pooled", full)
    with pytest.raises(TrainingError, match="lower max_length, now 16"):
        embedded(small_dataset(), settings, DictCache())


@pytest.mark.parametrize("make", [small_dataset, small_tagged])
def test_parts_give_what_the_whole_gives_and_leave_only_it_in_the_cache(
    make, settings, monkeypatch
):
    whole = embedded(make(), settings, DictCache())
    monkeypatch.setattr(parts, "PART_ROWS", 25)
    cache = DictCache()
    found = embedded(make(), settings, cache)
    assert np.allclose(found.rows, whole.rows, atol=1e-6)
    assert {kind for kind, _ in cache} <= {features.EMBEDDINGS, features.WORDS}
    if whole.words is not None:
        assert np.allclose(found.words, whole.words, atol=2e-3)


def test_parts_that_were_embedded_before_a_stop_are_not_embedded_again(settings, monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 25)
    dataset, cache = small_dataset(), DictCache()
    work = features.embed(dataset, settings, cache)
    for progress in work:
        if progress.done > 60:
            break
    work.close()
    first = cache.get(parts.ROW_PARTS, f"{embedding_key(dataset, settings)}:0:25")
    first[:] = 7  # what is found again is recognised
    found = embedded(dataset, settings, cache)
    assert (found.rows[:25] == 7).all()
    assert not (found.rows[25:] == 7).any(1).any()


def on_ranks(ranks, model, folder):
    """Two ranks embed everything; then again in two parts, where rank 1 dies in the second.

    Each writes the rows that it found, and rank 0 what its second cache held and what it was told.
    """
    own = quick(model=model, max_length=16)
    np.save(folder / f"{ranks.rank}.npy", embedded(small_dataset(), own, DictCache(), ranks).rows)
    parts.PART_ROWS, take, left = 80, parts.Parts._part, DictCache()

    def dying(self, start):
        if start and not ranks.main:
            os._exit(1)
        return (yield from take(self, start))

    parts.Parts._part = dying
    with pytest.raises(RankLost) as lost:
        embedded(small_dataset(), own, left, ranks)
    (folder / "left.json").write_text(json.dumps([sorted(k for k, _ in left), str(lost.value)]))


def test_ranks_share_the_rows_and_one_that_dies_loses_no_part(settings, tmp_path):
    alone = embedded(small_dataset(), settings, DictCache()).rows
    two_processes(on_ranks, settings.model, tmp_path)
    rows, same = (np.load(tmp_path / f"{rank}.npy") for rank in range(2))
    assert np.allclose(rows, alone, atol=1e-6)
    assert np.array_equal(rows, same)
    left, said = json.loads((tmp_path / "left.json").read_text())
    assert left == [parts.ROW_PARTS]
    assert "another process of this run has gone" in said


def two_processes(function, *arguments):
    """Like `together`, of which one may die."""
    port, spawn = free_port(), multiprocessing.get_context("spawn")
    both = [
        spawn.Process(target=as_rank, args=(rank, 2, port, function, arguments))
        for rank in range(2)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(240)
        process.kill()
