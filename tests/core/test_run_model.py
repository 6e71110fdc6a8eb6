"""A run's model knows how far texts lie from its training rows."""

import json

import numpy as np
import pytest

from hamr.errors import ModelError
from hamr.jobs import run_model
from hamr.jobs.run_model import model_of
from hamr.store import Run
from tests.core.small_data import save_tiny_encoder, small_dataset, small_tagged
from tests.core.trained import train_small

RUNS = {
    "head": (small_dataset, "quick", {}),
    "fine-tuned": (small_dataset, "full", {}),
    "words": (small_tagged, "quick", {}),
    "fine-tuned words": (small_tagged, "full", {}),
}


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory) -> Run:
    data, preset, changes = RUNS[request.param]
    return train_small(tmp_path_factory.mktemp("h"), data(), preset, **changes)


def rows_of(run: Run, split: str):
    rows = run.dataset().split(split)
    return rows.words or rows.texts


def test_a_training_row_lies_nearest_to_itself(run):
    asked = rows_of(run, "train")[:5]
    found = model_of(run).predict(asked).distances
    np.testing.assert_allclose(found.similarities[:, 0], 1, atol=1e-3)
    assert (np.diff(found.similarities, axis=1) <= 1e-6).all()


def test_held_out_rows_are_as_far_as_held_out_rows_are(run):
    asked = [*rows_of(run, "validation"), *rows_of(run, "test")]
    found = model_of(run).predict(asked).distances
    assert 0.3 < found.rank.mean() < 0.7
    assert found.unlike.mean() <= 1 / len(asked)


def test_the_rows_of_a_run_are_embedded_once(run, monkeypatch):
    first = model_of(run).rows
    monkeypatch.setattr(run_model, "_embedded", lambda *_: pytest.fail("embedded again"))
    assert model_of(run).rows.threshold == first.threshold


def test_the_columns_say_where_each_text_lies(run):
    columns = model_of(run).predict(["text of test 7", ""]).columns()
    assert columns["unlike_training"][1] is columns["unlike_anything_seen"][1] is None
    assert 0 <= columns["unlike_training"][0] <= 1 and columns["prediction"][0]
    json.dumps(columns)


def test_embeddings_that_are_lost_are_made_again(tmp_path):
    run = train_small(tmp_path, small_dataset())
    before = model_of(run).rows.threshold
    run.store.cache.clear()
    assert model_of(run).rows.threshold == pytest.approx(before, abs=1e-6)


def test_another_encoder_in_the_place_of_the_run_s_is_refused(tmp_path):
    run = train_small(tmp_path, small_dataset())
    model_of(run)
    save_tiny_encoder(tmp_path / "encoder")  # with other random weights
    with pytest.raises(ModelError, match=r"was changed since this run was trained: .* train again"):
        model_of(run)
