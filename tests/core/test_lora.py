"""LoRA: adapters are trained in place of the encoder's weights, and merged into them at the end."""

import copy

import numpy as np
import pytest
import torch

from hamr.errors import SettingError, TrainingError
from hamr.models import FineTuned, add_lora, encoder_folder, load_encoder, merged_weights
from hamr.records import CheckpointRecord
from hamr.training import WarmStart, train
from hamr.weighting import MetaStep, WeightNetwork
from hamr.weighting.pass_factory import PassFactory
from tests.core.models import sentences
from tests.core.oracle import double_backward
from tests.core.small_data import CLASSES, DictCache, full, small_dataset
from tests.core.test_architectures import Classifier


def adapted(kind="bert", **changes):
    model = Classifier(kind)
    add_lora(model.encoder, **{"rank": 2, "alpha": 4.0, **changes})
    with torch.no_grad():  # as after some steps: at the start B is zero
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    return model


def trained(model):
    return {name for name, p in model.named_parameters() if p.requires_grad}


def records(settings, **options):
    return list(train(small_dataset(), settings, cache=DictCache(), **options))


@pytest.mark.parametrize("kind", ["bert", "gpt2", "deberta-v2", "llama"])
def test_exact_with_adapters_equals_double_backward_on(kind):
    model = adapted(kind)
    torch.manual_seed(5)
    network = WeightNetwork(20, 0.1, 8.0)
    batch, meta, keys = sentences(3), sentences(4), torch.arange(6)
    twins = copy.deepcopy(model), copy.deepcopy(network)
    _, wanted, _ = double_backward(*twins, batch, meta, 0.05, keys=keys)
    adamw = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    step = MetaStep(model, adamw, network, torch.optim.Adam(network.parameters()), alpha=0.05)
    found = step(*batch, *meta, keys=keys).weight_gradient
    assert step.layerwise
    assert float((found - wanted).norm() / wanted.norm()) < 1e-4


def test_adapters_are_where_they_are_asked_for():
    names = trained(adapted(targets="query, value", layers=1))
    kept = {name for name in names if name.startswith("encoder.")}
    assert names - kept == {"classifier.weight", "classifier.bias"}
    assert len(kept) == 4
    assert all("encoder.layer.1.attention.self." in name and "lora_" in name for name in kept)


def test_targets_that_match_nothing_are_told_the_names_there_are():
    with pytest.raises(SettingError, match="DistilBertModel has k_lin, lin1, lin2, out_lin") as e:
        adapted("distilbert", targets="query,value")
    assert e.value.field == "lora_targets"


def test_more_layers_than_are_free_are_a_sentence():
    with pytest.raises(SettingError, match="lora_layers must be at most 1, got 2"):
        adapted(layers=2, frozen=1)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_merged_weights_are_those_of_the_same_model_without_adapters(kind):
    model, plain = adapted(kind), Classifier(kind)
    merged = {name: torch.from_numpy(array) for name, array in merged_weights(model).items()}
    plain.load_state_dict(merged)
    tokens, _ = sentences(3)
    assert torch.allclose(plain.eval()(tokens), model.eval()(tokens), atol=1e-5)


def test_a_run_with_adapters_ends_in_a_model_that_another_run_starts_from(tiny_encoder):
    settings = full(tiny_encoder, epochs=1, lora_rank=2, learning_rate=1e-2)
    whole = records(settings)
    encoder = load_encoder(encoder_folder(str(tiny_encoder)), 16)
    built = FineTuned(encoder, len(CLASSES)).state_dict()
    model = whole[-1].model
    assert model.keys() == built.keys()
    moved = {n for n, p in built.items() if not np.array_equal(p.numpy(), model[n])}
    assert all(
        "attention" in name or "dense" in name
        for name in moved - {"classifier.weight", "classifier.bias"}
    )
    for later in (settings, full(tiny_encoder, epochs=1)):
        assert records(later, start=WarmStart(model, CLASSES))[-1].test.macro_f1 >= 0


def test_a_run_with_adapters_goes_on_within_an_epoch(tiny_encoder):
    settings = full(tiny_encoder, epochs=1, lora_rank=2, checkpoint_minutes=1e-9)
    whole = records(settings)
    middle = [record for record in whole if isinstance(record, CheckpointRecord)][4]
    rest = records(settings, resume=(0, middle.checkpoint))
    for name, wanted in whole[-1].model.items():
        assert np.array_equal(rest[-1].model[name], wanted), name


def test_memory_used_up_in_the_meta_step_loses_nothing(tiny_encoder, monkeypatch):
    settings = full(tiny_encoder, epochs=1, lora_rank=2, checkpoint_minutes=1e-9)
    whole, calls, original = records(settings), [], PassFactory.meta

    def scarce(self, *arguments):
        calls.append(1)
        if len(calls) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return original(self, *arguments)

    monkeypatch.setattr(PassFactory, "meta", scarce)
    kept = []
    with pytest.raises(TrainingError, match=r"raise accumulation.* or lower batch_size"):
        for record in train(small_dataset(), settings, cache=DictCache()):
            kept.append(record)  # noqa: PERF402 - one by one, as the error comes in between
    last = [record for record in kept if isinstance(record, CheckpointRecord)][-1]
    rest = records(settings, resume=(0, last.checkpoint))
    assert all(np.array_equal(rest[-1].model[n], array) for n, array in whole[-1].model.items())
