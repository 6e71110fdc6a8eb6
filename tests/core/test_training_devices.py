"""Device, precision, frozen layers and the learning rate's schedule."""

import pytest
import torch

from hamr.config import TrainingSettings
from hamr.errors import ModelError, SettingError
from hamr.training.devices import choose
from hamr.training.freezing import freeze
from hamr.training.schedule import rate


def full(**changes):
    return TrainingSettings.of_preset("full", **changes)


@pytest.fixture
def gpu(monkeypatch):
    """Makes PyTorch claim a CUDA GPU, with bf16 or without."""

    def claim(*, bf16):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100")

    return claim


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_takes_the_cpu_in_float32_where_there_is_no_gpu(no_gpu):
    place = choose(full())
    assert (place.device.type, place.autocast) == ("cpu", None)


def test_auto_takes_cuda_in_bf16_where_it_computes_in_it(gpu):
    gpu(bf16=True)
    place = choose(full())
    assert (place.device.type, place.autocast) == ("cuda", torch.bfloat16)


def test_auto_takes_mps_where_there_is_no_cuda(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose(full()).device.type == "mps"


def test_a_gpu_of_fp16_only_trains_in_float32_and_says_so(gpu):
    gpu(bf16=False)
    place = choose(full())
    assert place.autocast is None
    assert "in float32, since Tesla V100 computes in fp16" in place.notice


def test_bf16_asked_of_a_gpu_of_fp16_only_is_refused(gpu):
    gpu(bf16=False)
    with pytest.raises(SettingError, match="Tesla V100 computes in fp16") as caught:
        choose(full(precision="bf16"))
    assert caught.value.field == "precision"


@pytest.mark.parametrize("able", [True, False])
def test_bf16_on_a_cpu_is_used_only_where_asked_for_and_there(no_gpu, monkeypatch, able):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": able})
    assert choose(full()).autocast is None
    if able:
        assert choose(full(precision="bf16")).autocast is torch.bfloat16
    else:
        with pytest.raises(SettingError, match="no bf16 instructions"):
            choose(full(precision="bf16"))


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(no_gpu, device):
    with pytest.raises(SettingError, match=f"device {device} was asked for.*auto or cpu") as caught:
        choose(full(device=device))
    assert caught.value.field == "device"


def test_the_quick_preset_stays_on_the_cpu_in_float32(gpu):
    gpu(bf16=True)
    place = choose(TrainingSettings(device="cuda", precision="bf16"))
    assert (place.device.type, place.autocast) == ("cpu", None)


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = torch.nn.Embedding(5, 2)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
        self.final_norm = torch.nn.LayerNorm(2)


def test_embeddings_and_the_lowest_layers_are_frozen():
    encoder = Encoder()
    freeze(encoder, 2)
    trained = {name.rsplit(".", 1)[0] for name, p in encoder.named_parameters() if p.requires_grad}
    assert trained == {"layers.2", "final_norm"}


def test_no_frozen_layers_leave_the_embeddings_free_too():
    encoder = Encoder()
    freeze(encoder, 0)
    assert all(p.requires_grad for p in encoder.parameters())


def test_more_frozen_layers_than_there_are_is_a_sentence():
    with pytest.raises(SettingError, match="at most 3, the layers this encoder has, got 4"):
        freeze(Encoder(), 4)


def test_freezing_an_encoder_without_layers_is_a_sentence():
    with pytest.raises(ModelError, match="no list of layers"):
        freeze(torch.nn.Linear(2, 2), 1)


@pytest.mark.parametrize("decay", ["none", "linear", "cosine"])
def test_the_rate_rises_to_its_peak_and_never_stands_at_zero(decay):
    rates = [rate(step, 20, warmup_share=0.25, decay=decay) for step in range(20)]
    assert rates[:6] == [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
    assert min(rates) > 0
    assert rates[5:] == sorted(rates[5:], reverse=True)


def test_linear_decay_falls_by_equal_steps():
    rates = [rate(step, 4, warmup_share=0, decay="linear") for step in range(4)]
    assert rates == [1.0, 0.75, 0.5, 0.25]


def test_cosine_decay_is_halfway_down_in_the_middle():
    assert rate(5, 10, warmup_share=0, decay="cosine") == pytest.approx(0.5)


def test_without_warm_up_and_decay_the_rate_stays():
    assert {rate(step, 7, warmup_share=0, decay="none") for step in range(7)} == {1.0}
