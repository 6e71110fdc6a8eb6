"""What can go wrong in training: each a sentence, with what was kept still there."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hamr.errors import DataError, TrainingError
from hamr.records import EpochRecord, FinalRecord
from hamr.training import train
from hamr.training.devices import choose
from hamr.training.embedded import Embedded
from hamr.training.evaluator import Evaluator
from hamr.training.faults import NotFinite, memory_errors, refuse_not_finite
from hamr.training.learner import Learner
from hamr.training.state import LearnerState
from tests.core.small_data import DictCache, epochs_of, full, quick, small_cache, small_dataset


def until_it_fails(settings, dataset=None, cache=None):
    """The records of a run up to its TrainingError, and that error."""
    dataset = dataset or small_dataset()
    found = []
    with pytest.raises(TrainingError) as caught:
        found.extend(train(dataset, settings, cache=cache or small_cache(dataset, settings)))
    return found, caught.value


@pytest.fixture
def spoil(monkeypatch):
    """Changes the outcome of one step of the run, counted from 1."""

    def at(step, name):
        original, seen = Learner.step, []

        def spoiled(self, *places, **options):
            outcome = original(self, *places, **options)
            seen.append(1)
            if len(seen) == step:
                getattr(outcome, name)[0] = torch.nan
            return outcome

        monkeypatch.setattr(Learner, "step", spoiled)

    return at


def test_a_loss_that_is_no_number_stops_with_step_rows_and_remedy(spoil):
    spoil(1, "loss")
    _, error = until_it_fails(quick())
    assert str(error).startswith("the loss is NaN or infinite at step 1 (rows train:")
    assert "lower learning_rate, now 0.001" in str(error)
    assert error.field == "learning_rate"


def test_a_meta_gradient_that_is_no_number_names_the_virtual_rate(spoil):
    spoil(20, "weight_gradient")
    found, error = until_it_fails(quick())
    assert "the meta step's gradient is NaN or infinite at step 20 (rows train:" in str(error)
    assert error.field == "virtual_rate"
    assert len(epochs_of(found)) == 1  # the good epoch was yielded before


def test_an_outer_gradient_that_is_no_number_never_moves_the_model(tiny_encoder, monkeypatch):
    original, weights = torch.optim.AdamW.step, []

    def spoiled(self, *arguments, **options):
        parameter = self.param_groups[0]["params"][-1]
        parameter.grad[0] = torch.inf
        weights.append(parameter.detach().clone())
        try:
            return original(self, *arguments, **options)
        finally:
            weights.append(parameter.detach().clone())

    monkeypatch.setattr(torch.optim.AdamW, "step", spoiled)
    _, error = until_it_fails(full(tiny_encoder), cache=DictCache())
    assert "the gradient is NaN or infinite at step 1" in str(error)
    assert torch.equal(weights[0], weights[1])


def test_the_hook_looks_at_biases_and_lets_good_gradients_pass():
    bias = torch.nn.Parameter(torch.zeros(3))
    bias.grad = torch.ones(3)
    optimizer = torch.optim.SGD([bias])
    refuse_not_finite(optimizer, (), {})
    bias.grad[1] = torch.nan
    with pytest.raises(NotFinite):
        refuse_not_finite(optimizer, (), {})


def test_a_model_ruined_by_the_last_step_of_an_epoch_is_not_recorded(monkeypatch):
    original = Evaluator.evaluate

    def ruined(self, *arguments):
        next(self._model.parameters()).data[0] = torch.nan
        return original(self, *arguments)

    monkeypatch.setattr(Evaluator, "evaluate", ruined)
    found, error = until_it_fails(quick())
    assert "the model is NaN or infinite in epoch 1" in str(error)
    assert not epochs_of(found)


def test_no_checkpoint_is_made_of_a_ruined_model(monkeypatch):
    monkeypatch.setattr(LearnerState, "is_finite", lambda self: False)
    found, error = until_it_fails(quick(checkpoint_minutes=1e-9))
    assert "the model is NaN or infinite" in str(error)
    assert not any(isinstance(record, EpochRecord) for record in found)


def out_of_memory(kind):
    if kind == "cpu":
        torch.empty(10**15)  # PyTorch's own error, as it stands today
    if kind == "cuda":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    if kind == "mps":
        raise RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)")
    raise MemoryError


@pytest.mark.parametrize("kind", ["cpu", "cuda", "mps", "python"])
def test_memory_used_up_names_the_settings_to_change(kind, tiny_encoder, monkeypatch):
    original, seen = Learner.step, []

    def hungry(self, *places, **options):
        seen.append(1)
        if len(seen) == 15:  # in the second epoch
            out_of_memory(kind)
        return original(self, *places, **options)

    monkeypatch.setattr(Learner, "step", hungry)
    found, error = until_it_fails(full(tiny_encoder, method="erm"), cache=DictCache())
    for said in ("accumulation, now 1", "batch_size, now 8", "max_length, now 16"):
        assert said in str(error)
    assert error.field == "accumulation"
    assert len(epochs_of(found)) == 1


def test_memory_used_up_by_a_small_head_names_its_batch_size():
    settings = quick(batch_size=32)
    with (
        pytest.raises(TrainingError, match="batch_size, now 32") as caught,
        memory_errors(settings),
    ):
        out_of_memory("cpu")
    assert caught.value.field == "batch_size"


def test_other_errors_of_pytorch_are_not_taken_for_memory():
    with pytest.raises(RuntimeError, match="shapes"), memory_errors(quick()):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def without_classes(dataset, *labels):
    """The data set with no validation rows of these classes."""
    rows = dataset.validation
    kept = np.flatnonzero(~np.isin(rows.labels, labels))
    texts = tuple(rows.texts[place] for place in kept)
    ids = tuple(rows.ids[place] for place in kept)
    return replace(
        dataset, validation=replace(rows, ids=ids, texts=texts, labels=rows.labels[kept])
    )


def test_a_meta_set_that_lacks_a_class_is_a_sentence():
    dataset = without_classes(small_dataset(), 1, 2)
    settings = quick()
    with pytest.raises(DataError, match=r"no row of 'rare', 'rarest'.*only 1 of 3") as caught:
        list(train(dataset, settings, cache=small_cache(dataset, settings)))
    assert caught.value.field == "validation_share"


def test_a_class_without_validation_rows_is_filled_up_from_the_training_rows():
    dataset = without_classes(small_dataset(), 2)
    settings = quick(epochs=1)
    found = list(train(dataset, settings, cache=small_cache(dataset, settings)))
    assert isinstance(found[-1], FinalRecord)


@pytest.mark.parametrize("method", ["erm", "hamr-plus-no-meta-weights"])
def test_methods_that_learn_no_weights_need_no_meta_set(method):
    dataset = without_classes(small_dataset(), 1, 2)
    settings = quick(method=method, epochs=1)
    found = list(train(dataset, settings, cache=small_cache(dataset, settings)))
    assert isinstance(found[-1], FinalRecord)


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_batches_of_one_row_train(preset, tiny_encoder):
    settings = quick(batch_size=1, epochs=1, draws_per_row=0.2)
    cache = small_cache(small_dataset(), settings)
    if preset == "full":
        settings, cache = full(tiny_encoder, batch_size=1, epochs=1, draws_per_row=0.1), DictCache()
    record = epochs_of(train(small_dataset(), settings, cache=cache))[0]
    drawn = record.signals["draws"] > 0
    assert (record.signals["z"][drawn] == 0).all()
    assert (record.signals["post"][drawn] == 1).all()  # a row alone is its batch's mean
    assert not record.signals["alignment"].any()


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_a_batch_in_which_all_losses_are_equal_trains(preset, tiny_encoder):
    settings = quick() if preset == "quick" else full(tiny_encoder, meta_gradient="last_layer")
    dataset = small_dataset()
    embeddings = np.ones((len(dataset.train) + 44, 8), np.float32)
    learner = Learner(dataset, settings, Embedded(embeddings), choose(settings))
    places, meta = np.zeros(6, np.int64), np.arange(86, 94)
    keys = np.zeros(6, np.int64)  # the same row with the same dropout: the same loss
    outcome = learner.step(places, meta, keys=keys, probe=preset == "full")
    assert outcome.z.abs().max() < 1
    assert torch.allclose(outcome.post, torch.ones(6))
    assert learner.state.is_finite()


def test_embeddings_that_are_all_alike_train():
    settings, dataset = quick(epochs=1), small_dataset()
    cache = small_cache(dataset, settings)
    for key in cache:
        cache[key] = np.ones_like(cache[key])
    assert isinstance(list(train(dataset, settings, cache=cache))[-1], FinalRecord)
