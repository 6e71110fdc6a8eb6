"""Margins and the classes that the model names first, as epochs record them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hamr.cli.export import row_table
from hamr.models import margins
from hamr.store import Store
from hamr.training import train
from tests.core.small_data import epochs_of, quick, small_cache, small_dataset
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture(scope="module")
def epoch():
    dataset, settings = small_dataset(), quick(epochs=2)
    return epochs_of(train(dataset, settings, cache=small_cache(dataset, settings)))[-1]


def test_a_margin_is_the_labels_logit_minus_the_largest_other_one():
    logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]])
    assert margins(logits, torch.tensor([0, 2])).tolist() == [1.0, -1.0]


def test_a_negative_margin_is_a_wrong_prediction(epoch):
    wrong = epoch.signals["prediction"] != small_dataset().train.labels
    assert wrong.any() and not wrong.all()
    np.testing.assert_array_equal(epoch.signals["margin"] < 0, wrong)


def test_the_classes_named_first_begin_with_the_prediction_and_fall(epoch):
    classes, chances = epoch.arrays["top_classes"], epoch.arrays["top_probabilities"]
    np.testing.assert_array_equal(classes[:, 0], epoch.signals["prediction"])
    assert (np.sort(classes, axis=1) == np.arange(3)).all()
    assert (np.diff(chances.astype(float), axis=1) <= 0).all()
    np.testing.assert_allclose(chances.astype(float).sum(1), 1, atol=2e-3)


def test_rows_of_a_run_without_margins_are_exported_without_them(tmp_path):
    run = write_fake_run(Store.open(tmp_path), rows=30, epochs=1)
    assert "margin" in row_table(run, 1)
    record = fake_epoch(fake_dataset(30), 1)
    older = {name: values for name, values in record.signals.items() if name != "margin"}
    run.write_epoch(replace(record, signals=older))
    assert "margin" not in row_table(run, 1)
    assert "hardness" in row_table(run, 1)
