"""Two processes train as one does with the same batches, dropout and all."""

import numpy as np
import pytest
import torch

from hamr.config import TrainingSettings
from hamr.ranks import ALONE
from hamr.records import EpochRecord, FinalRecord
from hamr.training import train
from tests.core.several import together
from tests.core.small_data import DictCache, save_tiny_encoder, small_dataset

FORMS: dict[str, dict[str, str]] = {
    "exact": {},
    "last_layer": {"meta_gradient": "last_layer"},
    "by class": {"method": "cmw-net"},
    "by probability": {"method": "lilaw"},
}
NEAR = 1e-5
SIGNALS = ("pre", "pre_last", "post", "post_last", "hardness", "visit_loss", "loss")


def trained(ranks, folder):
    """By form: signals by epoch, the final model and the probes of a run of two epochs."""
    torch.set_num_threads(1)
    found = {}
    for form, changes in FORMS.items():
        # 103 draws in batches of 6: the last batch has one row, and one rank has none of it.
        settings = TrainingSettings.of_preset(
            "full", model=str(folder), epochs=2, batch_size=6,
            meta_batch_size=5, max_length=16, neighbours=3, learning_rate=1e-3, probe_every=5,
            neighbours_from="current", **changes,
        )  # fmt: skip
        records = list(train(small_dataset(), settings, cache=DictCache(), ranks=ranks))
        epochs = [record for record in records if isinstance(record, EpochRecord)]
        assert isinstance(records[-1], FinalRecord)
        found[form] = {
            "epochs": [epoch.signals for epoch in epochs],
            "probes": np.concatenate([epoch.arrays["probe_cosine"] for epoch in epochs]),
            "model": records[-1].model,
        }
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """(one process, rank 0 of two, rank 1 of two)."""
    folder = save_tiny_encoder(tmp_path_factory.mktemp("encoder"))
    threads = torch.get_num_threads()
    one = trained(ALONE, folder)
    torch.set_num_threads(threads)
    return one, *together(trained, folder)


@pytest.mark.parametrize("form", FORMS)
def test_weights_and_hardness_are_those_of_one_process(runs, form):
    one, two, _ = runs
    for mine, theirs in zip(one[form]["epochs"], two[form]["epochs"], strict=True):
        for name in SIGNALS:
            assert np.allclose(mine[name], theirs[name], rtol=0, atol=NEAR, equal_nan=True), name


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_are_drawn(runs, form):
    one, two, _ = runs
    for mine, theirs in zip(one[form]["epochs"], two[form]["epochs"], strict=True):
        assert np.array_equal(mine["draws"], theirs["draws"])


@pytest.mark.parametrize("form", FORMS)
def test_the_model_is_that_of_one_process(runs, form):
    one, two, _ = runs
    for name, weights in one[form]["model"].items():
        assert np.allclose(weights, two[form]["model"][name], rtol=0, atol=NEAR), name


@pytest.mark.parametrize("form", FORMS)
def test_all_ranks_know_the_same_bits(runs, form):
    _, first, second = runs
    for mine, theirs in zip(first[form]["epochs"], second[form]["epochs"], strict=True):
        for name, values in mine.items():
            floats = values.dtype.kind == "f"
            assert np.array_equal(values, theirs[name], equal_nan=floats), name
    for name, weights in first[form]["model"].items():
        assert np.array_equal(weights, second[form]["model"][name]), name


def test_probes_are_taken_together(runs):
    one, two, _ = runs
    assert len(one["last_layer"]["probes"]) > 5
    assert np.allclose(one["last_layer"]["probes"], two["last_layer"]["probes"], atol=1e-4)
