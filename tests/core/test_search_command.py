"""`hamr search` prints the most similar rows, and says what is wrong with a request."""

import json

import numpy as np
import pytest

from hamr.cli import main
from hamr.jobs.neighbour_evidence import _key
from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a run whose rows have embeddings."""
    home = tmp_path_factory.mktemp("home")
    run = write_fake_run(Store.open(home), rows=60, epochs=1, name="one")
    vectors = np.random.default_rng(0).normal(size=(len(AllRows.of(run)), 4)).astype(np.float32)
    run.store.cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    run.store.cache.put("embeddings", "key", vectors)
    return str(home)


def test_rows_like_a_row_are_one_json_object(home, capsys):
    assert main(["search", "one", "row:7", "--top", "3", "--json", "--home", home]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["like"] == "row:7"
    assert [set(row) for row in found["rows"]] == [
        {"row", "similarity", "split", "id", "text", "label"}
    ] * 3
    similarities = [row["similarity"] for row in found["rows"]]
    assert similarities == sorted(similarities, reverse=True)
    assert 7 not in [row["row"] for row in found["rows"]]


def test_rows_like_a_row_are_a_table(home, capsys):
    assert main(["search", "one", "row:7", "--home", home]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 21


@pytest.mark.parametrize(
    ("like", "top", "sentence"),
    [
        (" ", "5", "Type a phrase"),
        ("row:99999", "5", "There is no row 99999"),
        ("row:7", "0", "--top is 1 to 1,000, got 0"),
    ],
)
def test_a_bad_request_is_a_sentence_and_code_2(home, capsys, like, top, sentence):
    assert main(["search", "one", like, "--top", top, "--home", home]) == 2
    assert sentence in capsys.readouterr().err
