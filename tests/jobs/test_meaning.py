"""Search by meaning over a helper process whose encoder is a double; what may go wrong there."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hamr.config import RunSettings
from hamr.errors import HelperError, ModelError, SettingError, StoreError
from hamr.jobs import helper as helpers
from hamr.jobs.helper import Helper
from hamr.jobs.helper_process import Answers
from hamr.jobs.meaning import LONGEST, Phrases, by_meaning, row_of, similar
from hamr.jobs.neighbour_evidence import _key, note_embedding_key
from hamr.neighbours import most_similar
from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from tests.core.small_data import quick, small_dataset
from tests.jobs.conftest import wait_for
from tests.jobs.helper_double import load, meaning

DOUBLE = [sys.executable, "-m", "tests.jobs.helper_double"]


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A run on the small rows, embedded by the double."""
    store, dataset = Store.open(tmp_path_factory.mktemp("home")), small_dataset()
    run = store.create_run(RunSettings(training=quick()))
    run.attach_dataset(dataset)
    texts = AllRows.of(run).texts(np.arange(len(AllRows.of(run))))
    key = note_embedding_key(run, dataset)
    store.cache.put("embeddings", key, np.stack([meaning(text) for text in texts]))
    return run


@pytest.fixture
def run(ready):
    """The same, with the cache as it was after each test."""
    kept = [(file, file.read_bytes()) for file in (ready.store.home / "cache").rglob("*.npy")]
    yield ready
    for file in (ready.store.home / "cache").rglob("*.npy"):
        file.unlink()
    for file, data in kept:
        file.write_bytes(data)


@pytest.fixture
def answers(ready):
    """What a helper process of its own would answer, in this process."""
    return Answers(ready.store.home, load).ask


@pytest.fixture(scope="module")
def helper(ready):
    """One process for all tests; those that end it have another one started."""
    helper = Helper(ready.store.home, command=DOUBLE, seconds=60)
    yield helper
    helper.close()


def test_rows_of_all_splits_are_ranked_by_their_similarity_to_a_phrase(run, helper):
    found = by_meaning(run, " text of test:3 ", ask=helper.ask)
    rows = AllRows.of(run)
    vectors = np.stack([meaning(text) for text in rows.texts(np.arange(len(rows)))])
    expected = vectors @ meaning("text of test:3")
    assert rows.split(int(found.rows[0])) == "test"
    assert len(found.rows) == 100
    np.testing.assert_allclose(found.similarities, -np.sort(-expected)[:100], atol=1e-6)
    np.testing.assert_allclose(expected[found.rows], found.similarities, atol=1e-6)


def test_similar_rows_need_no_process_and_leave_the_row_itself_out(run):
    found = similar(run, 5, 10, ask=None)
    assert 5 not in found.rows
    assert len(found.rows) == 10
    assert run.store.home not in helpers._helpers


def test_a_home_that_lacks_the_key_has_it_looked_up(run, answers):
    for file in (run.store.home / "cache" / "keys").iterdir():
        file.unlink()
    assert len(similar(run, 0, 3, ask=answers).rows) == 3
    assert len(similar(run, 0, 3).rows) == 3


def test_most_similar_is_exact_piece_by_piece_and_lower_rows_come_first(monkeypatch):
    monkeypatch.setattr("hamr.neighbours.PIECE", 7)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 4)).astype(np.float32)
    vectors[40] = vectors[3]
    rows, found = most_similar(vectors, vectors[3], 60, leave_out=9)
    assert rows[:2].tolist() == [3, 40]
    assert 9 not in rows
    cosine = vectors @ vectors[3] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors[3])
    np.testing.assert_allclose(found, np.sort(np.delete(cosine, 9))[::-1], atol=1e-6)


def test_a_process_that_is_killed_is_started_again(run, helper):
    by_meaning(run, "text", ask=helper.ask)
    first = helper.pid
    os.kill(first, 9)
    assert len(by_meaning(run, "text", ask=helper.ask).rows)
    assert helper.pid not in (None, first)


def test_a_process_that_is_killed_while_it_answers_is_asked_again(run, helper, tmp_path):
    assert len(by_meaning(run, f"kill once {tmp_path / 'note'}", ask=helper.ask).rows)


def test_a_process_that_is_killed_twice_is_a_sentence_and_later_searches_go_on(run, helper):
    with pytest.raises(HelperError, match=r"killed by signal 9.*Memory may have run out"):
        by_meaning(run, "kill", ask=helper.ask)
    assert len(by_meaning(run, "text", ask=helper.ask).rows)


def test_a_full_memory_is_a_sentence_and_later_searches_go_on(run, helper):
    with pytest.raises(HelperError, match="more memory than there is"):
        by_meaning(run, "eat", ask=helper.ask)
    assert len(by_meaning(run, "text", ask=helper.ask).rows)


def test_no_answer_in_time_is_a_sentence_and_ends_the_process(run, helper):
    by_meaning(run, "text", ask=helper.ask)
    late = helper.submit("embed", run=run.id, texts=["sleep"], seconds=0.2)
    with pytest.raises(HelperError, match="did not answer within"):
        late.result()
    assert helper.pid is None


def test_a_command_that_does_not_start_is_a_sentence_with_its_last_line(run):
    helper = Helper(run.store.home, command=[sys.executable, "-c", "raise SystemExit('no torch')"])
    with pytest.raises(HelperError, match=r"exit code 1 .no torch."):
        by_meaning(run, "text", ask=helper.ask)
    helper.close()


def test_an_idle_process_ends_and_is_started_when_needed(run):
    helper = Helper(run.store.home, command=[*DOUBLE, "0.2"])
    by_meaning(run, "text", ask=helper.ask)
    assert wait_for(lambda: helper.pid is None)
    assert len(by_meaning(run, "text", ask=helper.ask).rows)
    helper.close()


def test_the_process_ends_with_its_parent(run):
    child = subprocess.Popen(
        DOUBLE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdin.close()
    assert child.wait(20) == 3
    child.stdout.close()
    child.stderr.close()


def test_ten_tabs_share_one_process_and_the_same_phrase_is_embedded_once(run, helper, monkeypatch):
    monkeypatch.setitem(helpers._helpers, run.store.home, helper)
    phrases, begin = Phrases(), threading.Barrier(10)

    def search(tab):
        begin.wait()
        return phrases.get(run, f"text {tab % 2}").answer

    with ThreadPoolExecutor(10) as tabs:
        found = list(tabs.map(search, range(10)))
    assert len(set(map(id, found))) == 2
    assert {len(one.result()["cut"]) for one in found} == {1}


def test_a_failed_phrase_is_asked_again_once_it_is_forgotten(run, helper, monkeypatch):
    monkeypatch.setitem(helpers._helpers, run.store.home, helper)
    phrases = Phrases()
    failed = phrases.get(run, "kill")
    assert isinstance(failed.answer.exception(), HelperError)
    assert phrases.get(run, "kill") is failed
    phrases.forget(run, "kill")
    assert phrases.get(run, "kill") is not failed


def test_embeddings_that_are_gone_are_a_sentence(run, answers):
    for file in (run.store.home / "cache" / "embeddings").iterdir():
        file.unlink()
    for search in (lambda: by_meaning(run, "text", ask=answers), lambda: similar(run, 1)):
        with pytest.raises(StoreError, match="not in the cache"):
            search()


def test_an_encoder_that_is_gone_is_a_sentence(run, answers):
    gone = run.store.create_run(RunSettings(training=quick(model="gone")))
    gone.attach_dataset(small_dataset())
    gone.store.cache.put("keys", _key(gone), run.store.cache.get("keys", _key(run)))
    with pytest.raises(ModelError, match="gone is not a folder"):
        by_meaning(gone, "text", ask=answers)


def test_an_encoder_that_was_changed_since_is_a_sentence(run, answers):
    (path,) = (run.store.home / "cache" / "embeddings").iterdir()
    path.unlink()
    key = np.asarray(run.store.cache.get("keys", _key(run))).tobytes().decode()
    other = np.random.default_rng(0).normal(size=(130, 8)).astype(np.float32)
    run.store.cache.put("embeddings", key, other)
    with pytest.raises(ModelError, match="was changed since"):
        by_meaning(run, "text", ask=answers)


@pytest.mark.parametrize("phrase", ["", "  \n "])
def test_an_empty_phrase_is_a_sentence(run, phrase):
    with pytest.raises(SettingError, match="Type a phrase"):
        by_meaning(run, phrase)


def test_a_very_long_phrase_is_a_sentence_and_one_that_is_cut_is_marked(run, helper):
    with pytest.raises(SettingError, match="2,001 characters"):
        by_meaning(run, "x" * (LONGEST + 1))
    assert by_meaning(run, "x" * 60, ask=helper.ask).cut
    assert not by_meaning(run, "x", ask=helper.ask).cut


def test_a_row_that_is_not_there_is_a_sentence(run):
    with pytest.raises(SettingError, match="numbered 0 to 129"):
        similar(run, 130)


def test_a_link_names_a_phrase_or_a_row():
    assert row_of("row:12") == row_of(" Row: 12 ") == 12
    assert row_of("a row: 12") is row_of("row:") is None
