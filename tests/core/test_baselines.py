"""The baselines as whole methods: their steps, flips and made-up rows."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hamr.config import RunSettings, TrainingSettings
from hamr.config.renamed import BEFORE
from hamr.errors import SettingError
from hamr.losses import Targets, focal, of_labels
from hamr.models import Head
from hamr.rebalance import flipped_labels, smote
from hamr.training import embedding_key, train
from hamr.training.altered import soft_targets_of
from hamr.training.embedded import Embedded
from hamr.weighting import FrozenHeadStep, MetaStep
from tests.core.models import CLASSES, TinyBert
from tests.core.small_data import epochs_of, quick, small_cache, small_dataset, small_tagged


def clouds(counts=(80, 20, 6), spread=1.2, seed=0):
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    centres = 2 * generator.normal(size=(len(counts), 5))
    points = centres[labels] + spread * generator.normal(size=(len(labels), 5))
    return points.astype(np.float32), labels


def test_the_closed_step_descends_another_loss_as_autograd_does():
    torch.manual_seed(0)
    x, labels = torch.randn(12, 7), torch.randint(0, 3, (12,))
    head, twin = Head(7, 9, 3), Head(7, 9, 3)
    twin.load_state_dict(head.state_dict())
    step = FrozenHeadStep(
        head,
        torch.optim.SGD(head.parameters(), 0.1),
        None,
        None,
        alpha=0.1,
        objective=of_labels(focal),
    )
    targets = Targets(labels)
    outcome = step(x, targets, x[:0], targets[:0])
    losses = focal(twin(x), labels)
    losses.mean().backward()
    torch.optim.SGD(twin.parameters(), 0.1).step()
    assert torch.allclose(outcome.loss, losses)
    for mine, theirs in zip(head.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-6)


def test_the_full_step_descends_another_loss_as_autograd_does():
    torch.manual_seed(0)
    model, twin = TinyBert(dropout=0.0), TinyBert(dropout=0.0)
    twin.load_state_dict(model.state_dict())
    tokens = {
        "input_ids": torch.randint(1, 50, (6, 9)),
        "attention_mask": torch.ones(6, 9, dtype=torch.long),
    }
    labels = torch.randint(0, CLASSES, (6,))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    step = MetaStep(model, optimizer, None, None, alpha=0.1, objective=of_labels(focal))
    step(tokens, Targets(labels), tokens, Targets(labels))
    focal(twin.eval()(tokens), labels).mean().backward()
    torch.optim.SGD(twin.parameters(), 0.1).step()
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_rows_are_flipped_to_rarer_classes_only():
    x, labels = clouds()
    flipped = flipped_labels(x, labels, 3, threshold=0.0)
    moved = flipped != labels
    assert moved.any()
    assert (flipped[moved] > labels[moved]).all()  # classes stand from common to rare


def test_flipped_rows_lie_nearer_to_the_class_they_are_given_to():
    x, labels = clouds()
    flipped = flipped_labels(x, labels, 3, threshold=0.0)
    centre = x[labels == 1].mean(0)
    distance = np.linalg.norm(x - centre, axis=1)
    moved = (labels == 0) & (flipped == 1)
    assert distance[moved].mean() < distance[labels == 0].mean()


def test_a_higher_threshold_flips_fewer_rows_and_a_very_high_one_none():
    x, labels = clouds()
    counts = [(flipped_labels(x, labels, 3, threshold=t) != labels).sum() for t in (0, 1, 50)]
    assert counts[0] > counts[1] > counts[2] == 0


def test_classes_of_one_size_are_left_alone():
    x, labels = clouds((20, 20, 20))
    assert np.array_equal(flipped_labels(x, labels, 3, threshold=0.0), labels)


def test_smote_brings_every_class_up_to_the_largest():
    x, labels = clouds()
    _, made = smote(x, labels)
    assert np.bincount(made, minlength=3).tolist() == [0, 60, 74]


def test_made_up_rows_lie_between_rows_of_their_class():
    x, labels = clouds()
    made, of = smote(x, labels)
    for label in (1, 2):
        own = x[labels == label]
        assert (made[of == label] >= own.min(0) - 1e-5).all()
        assert (made[of == label] <= own.max(0) + 1e-5).all()


def test_smote_takes_classes_of_two_rows_one_row_and_none():
    x, labels = clouds((20, 2, 1))
    made, of = smote(x, np.where(labels == 2, 3, labels))
    assert np.bincount(of, minlength=4).tolist() == [0, 18, 0, 19]
    assert np.allclose(made[of == 3], x[labels == 2])


def found(method, dataset=None, **changes):
    dataset = dataset or small_dataset()
    settings = quick(method=method, **changes)
    return list(train(dataset, settings, cache=small_cache(dataset, settings)))


def test_smote_steps_through_made_up_rows_and_records_the_real_ones():
    record = epochs_of(found("smote", epochs=1))[0]
    assert record.scalars["draw_count"] == 3 * 60
    assert (record.signals["draws"] == 1).all()


def test_scores_and_losses_are_those_of_the_rows_own_labels_where_some_are_flipped():
    plain, flipped = (
        epochs_of(found(method, epochs=1, learning_rate=1e-12, flip_threshold=0.0))[0]
        for method in ("erm", "lnr")
    )
    assert np.allclose(plain.signals["loss"], flipped.signals["loss"], atol=1e-5)
    assert not np.allclose(plain.signals["visit_loss"], flipped.signals["visit_loss"], atol=1e-3)


def test_meta_weight_net_learns_weights_and_draws_each_row_once():
    record = epochs_of(found("meta-weight-net"))[-1]
    assert (record.signals["draws"] == 1).all()
    assert np.ptp(record.signals["post"]) > 0


@pytest.mark.parametrize("method", ["lnr", "smote"])
def test_methods_that_change_words_refuse_tagged_sentences(method):
    dataset = small_tagged()
    with pytest.raises(SettingError, match="tagged sentences") as refused:
        list(train(dataset, TrainingSettings(method=method), cache=None))
    assert refused.value.field == "method"


def test_smote_refuses_to_fine_tune():
    settings = TrainingSettings.of_preset("full", method="smote")
    with pytest.raises(SettingError, match="quick preset"):
        list(train(small_dataset(), settings, cache=None))


def test_the_soft_target_of_a_row_does_not_depend_on_its_label():
    dataset = small_dataset()
    settings = quick()
    embedded = Embedded(
        small_cache(dataset, settings)["embeddings", embedding_key(dataset, settings)]
    )
    before = soft_targets_of(dataset, settings, embedded)
    labels = dataset.train.labels.copy()
    labels[0] = 1
    other = replace(dataset, train=replace(dataset.train, labels=labels))
    after = soft_targets_of(other, settings, embedded)
    # Its own centre moves for the others alone; what is said of the row hardly changes.
    assert before.shape == (86, 3)
    assert torch.allclose(before.sum(1), torch.ones(86), atol=1e-4)
    assert before[0].argmax() == after[0].argmax()


@pytest.mark.parametrize(
    "changes", [{"method": "erm"}, {"soft_target_weight": 0.0}, {"preset": "paper"}]
)
def test_only_hamr_has_soft_targets_and_only_where_they_have_a_weight(changes):
    dataset = small_dataset()
    settings = TrainingSettings.of_preset(changes.pop("preset", "quick"), **changes)
    assert soft_targets_of(dataset, settings, Embedded(np.zeros((130, 8), np.float32))) is None


def test_hamr_plus_without_its_additions_draws_and_learns_as_hamr():
    one = epochs_of(found("hamr"))[-1]
    other = epochs_of(found("hamr-plus", **BEFORE))[-1]
    assert np.array_equal(one.signals["loss"], other.signals["loss"])
    assert not np.array_equal(
        one.signals["loss"], epochs_of(found("hamr-plus"))[-1].signals["loss"]
    )


def test_a_run_stored_before_these_settings_existed_has_them_switched_off():
    old = {"data": {}, "training": {"method": "hamr", "tau": 0.5}}
    settings = RunSettings.stored(old).training
    assert settings.tau == 0.5
    assert {name: getattr(settings, name) for name in BEFORE} == BEFORE
