"""Rows as steps and evaluations take them: inputs of the model, and targets."""

from functools import partial

import numpy as np
import pytest
import torch

from hamr.losses import share_at
from hamr.models import Features
from hamr.training.embedded import Embedded
from hamr.training.examples import TextExamples
from hamr.training.tasks import task_of
from tests.core.small_data import quick, small_dataset, small_tagged

LABELS = torch.tensor([0, 1, 2, 0, 1])
CHANGED = torch.tensor([0, 2, 2, 0, 0])
INDEX = np.array([4, 1, 1])


def examples(soft=None):
    inputs = Features(np.arange(10, dtype=np.float32).reshape(5, 2))
    weight = partial(share_at, first=0.6, last=0.0)
    return TextExamples(inputs, LABELS, CHANGED, 3, soft=soft, soft_weight=weight)


def test_steps_train_on_the_labels_that_the_method_changed():
    inputs, targets = examples().training_batch(INDEX, INDEX, progress=0.0)
    assert inputs[:, 0].tolist() == [8, 2, 2]
    assert targets.labels.tolist() == [0, 2, 2]
    assert targets.soft is None


def test_scores_and_the_meta_set_use_the_rows_own_labels():
    _, targets = examples(soft=torch.rand(5, 3)).batch(INDEX, INDEX)
    assert targets.labels.tolist() == [1, 1, 1]
    assert targets.soft is None


@pytest.mark.parametrize(("progress", "weight"), [(0.0, 0.6), (0.5, 0.3), (1.0, 0.0)])
def test_each_row_of_a_step_has_its_own_soft_target_whose_weight_falls(progress, weight):
    soft = torch.rand(5, 3, generator=torch.Generator().manual_seed(0))
    _, targets = examples(soft).training_batch(INDEX, INDEX, progress)
    assert torch.equal(targets.soft, soft[[4, 1, 1]])
    assert targets.soft_weight == pytest.approx(weight)


def test_parts_of_texts_cover_every_row_once():
    parts = list(examples().parts(np.arange(1, 5)))
    assert sorted(torch.cat([part.own for part in parts]).tolist()) == [0, 1, 2, 3]
    assert parts[-1].rows_done == 4


def test_tagged_sentences_have_a_tag_for_each_word_and_no_soft_targets():
    dataset = small_tagged()
    words = sum(len(own) for split in ("train", "validation", "test")
                for own in dataset.split(split).words)  # fmt: skip
    embedded = Embedded(np.zeros((68, 4), np.float32), np.zeros((words, 4), np.float16))
    rows, _ = task_of(dataset).build(quick(), embedded)
    _, targets = rows.training_batch(np.array([3]), np.array([0]), 0.0)
    assert targets.labels.tolist() == dataset.train.tags[3].tolist()
    assert rows.soft is None


def test_hamr_trains_texts_on_soft_targets():
    embedded = Embedded(np.random.default_rng(0).normal(size=(130, 8)).astype(np.float32))
    rows, _ = task_of(small_dataset()).build(quick(method="hamr-plus"), embedded)
    assert rows.soft is not None
