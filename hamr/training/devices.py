"""Where a run trains and in which precision, and the random states that live there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hamr.config import Device, TrainingSettings
from hamr.errors import SettingError
from hamr.ranks import ALONE, Ranks

TITLES = {"cpu": "the CPU", "cuda": "the CUDA GPU", "mps": "the Apple GPU"}
CPU_WITH_BF16 = ("avx512_bf16", "amx_bf16")  # instructions; others compute bf16 by float32
FLOAT32_BY_ITSELF = (("auto", "cpu"), ("auto", "mps"))


@dataclass(frozen=True)
class DeviceSetup:
    """A device and a precision that it supports."""

    device: torch.device
    autocast: torch.dtype | None  # bfloat16, or None for float32 throughout
    notice: str  # one sentence on both, for the user

    @contextmanager
    def precision(self) -> Iterator[None]:
        """Within, forward passes compute in this precision."""
        with torch.autocast(self.device.type, self.autocast, enabled=self.autocast is not None):
            yield

    def move(self, inputs: Any) -> Any:
        """A model's inputs on the device; other inputs than tensors by name stay on the CPU."""
        if self.device.type == "cpu" or not isinstance(inputs, dict):
            return inputs
        return {name: tensor.to(self.device, non_blocking=True) for name, tensor in inputs.items()}


def choose(settings: TrainingSettings, ranks: Ranks = ALONE) -> DeviceSetup:
    """The device and precision that the settings ask for; frozen embeddings are always on the CPU.

    Raises SettingError for a device that is not there, for bf16 where the device does not support
    it, and for an Apple GPU with several `ranks`, which can't add up tensors there.
    """
    if not settings.fine_tunes:
        return DeviceSetup(torch.device("cpu"), None, "training on the CPU in float32")
    device = torch.device(_device(settings.device))
    title = TITLES[device.type]
    if device.type == "mps" and ranks.count > 1:
        raise SettingError(
            f"device {settings.device} is the Apple GPU, on which {ranks.count} processes can't "
            "train together: set device to cpu, or start one process",
            field="device",
        )
    # Only CUDA says whether it computes in bf16; elsewhere bf16 is used where it is asked for.
    if settings.precision == "float32" or (settings.precision, device.type) in FLOAT32_BY_ITSELF:
        return DeviceSetup(device, None, f"training on {title} in float32")
    lacks = _lacks_bf16(device)
    if not lacks:
        return DeviceSetup(device, torch.bfloat16, f"training on {title} in bf16")
    if settings.precision == "bf16":
        raise SettingError(
            f"precision bf16 was asked for, and {lacks}: set precision to auto or float32",
            field="precision",
        )
    # fp16 is not an alternative: its range is so small that losses are scaled to fit it, and the
    # small differences of the meta step would be lost.
    return DeviceSetup(device, None, f"training on {title} in float32, since {lacks}")


def embedding_device(settings: TrainingSettings) -> torch.device:
    """Where a frozen encoder embeds the rows: on the GPU where there is one, whatever trains."""
    asked = settings.device if settings.fine_tunes or settings.device == "cpu" else "auto"
    return torch.device(_device(asked))


def device_of(asked: Device) -> torch.device:
    """The device of that name; "auto" is the first of cuda, mps and cpu that is there.

    Raises SettingError for a device that is not there.
    """
    return torch.device(_device(asked))


def _device(asked: Device) -> str:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto":
        return next((name for name, found in there.items() if found), "cpu")
    if not there.get(asked, True):
        others = ["auto", *(name for name, found in there.items() if found), "cpu"]
        raise SettingError(
            f"device {asked} was asked for, and PyTorch finds none on this machine: set device to "
            f"{' or '.join(others)}, or install the driver and the PyTorch build for it",
            field="device",
        )
    return asked


def _lacks_bf16(device: torch.device) -> str:
    """Why bf16 would be emulated there, as part of a sentence; "" where it is supported."""
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return ""
        return f"{torch.cuda.get_device_name()} computes in fp16 and float32 but not in bf16"
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        if any(able.get(name) for name in CPU_WITH_BF16) or able.get("bf16"):
            return ""
        return "this CPU has no bf16 instructions (AVX-512 BF16 or AMX)"
    return "" if torch.backends.mps.is_macos_or_newer(14, 0) else "macOS 14 is the first with it"


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """Within, a GPU adds up in the same order each time, so that a resumed run is the same.

    The CPU does so in any case for a given number of threads. Operations without a repeatable
    kernel warn and continue.
    """
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # required by cuBLAS
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)


def random_states(device: torch.device) -> dict[str, np.ndarray]:
    """PyTorch's generators, of the CPU and of the device, as bytes by name."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return {name: state.numpy().copy() for name, state in states.items()}


def set_random_states(states: dict[str, np.ndarray], device: torch.device) -> None:
    """Puts `random_states` back; those of a device that the run does not use are ignored."""
    tensors = {name: torch.from_numpy(np.array(state)) for name, state in states.items()}
    torch.set_rng_state(tensors["cpu"])
    if device.type == "cuda" and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"], device)
    elif device.type == "mps" and "mps" in tensors:
        torch.mps.set_rng_state(tensors["mps"])
