"""Neighbours and embeddings of a run, as label-error detection finds them in the cache."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from hamr.config import RunSettings
from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import (
    HELD_NEAR,
    HELD_SIMILAR,
    cache_neighbours,
    neighbour_evidence_of,
)
from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from tests.core.small_data import quick, small_cache, small_dataset
from tests.fake_run import write_fake_token_run


@pytest.fixture
def run(tmp_path):
    """A run on the small rows, embedded, not trained."""
    store, dataset, settings = Store.open(tmp_path), small_dataset(), quick()
    for (kind, key), array in small_cache(dataset, settings).items():
        store.cache.put(kind, key, array)
    run = store.create_run(RunSettings(training=settings))
    run.attach_dataset(dataset)
    return run


def test_every_row_has_neighbours_among_training_and_validation_rows_but_itself(run):
    found, rows = neighbour_evidence_of(run), AllRows.of(run)
    assert found.neighbours.shape == (len(rows), 50)
    assert 86 <= found.neighbours.max() < 86 + 22 == found.giving
    assert (found.neighbours != np.arange(len(rows))[:, None]).all()
    assert len(found.labels) == len(rows)


def test_a_home_of_an_older_version_gets_the_neighbours_of_held_out_rows_when_asked(run):
    cache_neighbours(run, small_dataset())
    expected = neighbour_evidence_of(run)
    for kind in (HELD_NEAR, HELD_SIMILAR):
        shutil.rmtree(run.store.home / "cache" / kind)
    np.testing.assert_array_equal(neighbour_evidence_of(run).neighbours, expected.neighbours)


def test_the_label_of_a_test_row_changes_nothing_but_itself(run):
    rows = AllRows.of(run)
    labels, before = rows.labels.copy(), neighbour_evidence_of(run)
    labels[rows.of_split("test")] = 0
    after = neighbour_evidence_of(run, labels)
    np.testing.assert_array_equal(after.centroid_log_p, before.centroid_log_p)
    np.testing.assert_array_equal(after.neighbour_votes, before.neighbour_votes)
    np.testing.assert_array_equal(after.counts, before.counts)


def test_changed_labels_change_the_votes_and_not_the_neighbours(run):
    before = neighbour_evidence_of(run)
    labels = AllRows.of(run).labels.copy()
    labels[:20] = 2
    after = neighbour_evidence_of(run, labels)
    np.testing.assert_array_equal(before.neighbours, after.neighbours)
    assert after.counts[2] == before.counts[2] + 20
    assert not np.allclose(before.neighbour_votes, after.neighbour_votes)


def test_cached_neighbours_are_read_without_torch(run, tmp_path):
    cache_neighbours(run, small_dataset())
    script = (
        "import sys; from hamr.store import Store\n"
        "from hamr.jobs.neighbour_evidence import neighbour_evidence_of\n"
        f"neighbour_evidence_of(Store.open({str(tmp_path)!r}).run({run.id!r}))\n"
        "print([m for m in ('torch', 'transformers', 'faiss') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_embeddings_one_sentence_says_so(run):
    run.store.cache.clear()
    with pytest.raises(StoreError, match="not in the cache"):
        neighbour_evidence_of(run)


def test_tagged_sentences_are_refused(tmp_path):
    with pytest.raises(StoreError, match="Tagged sentences"):
        neighbour_evidence_of(write_fake_token_run(Store.open(tmp_path / "token"), epochs=1))
