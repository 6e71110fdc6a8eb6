"""Models in folders that `hamr export --what model` wrote."""

from __future__ import annotations

from pathlib import Path

from hamr.config import Device
from hamr.inference.manifest import read_manifest
from hamr.inference.predictor import Predictor


def load_exported(folder: Path, device: Device = "auto") -> Predictor:
    """The model of an exported folder, in whichever format it is.

    `device` is as for `hamr.inference.load_predictor`; a model in ONNX computes on the CPU. Raises
    ModelError as `read_manifest`, and for files that are damaged or of another model.
    """
    import torch

    from hamr.inference.exported_networks import network_of
    from hamr.inference.exported_transitions import read_transitions

    manifest = read_manifest(folder)
    encoder, network = network_of(folder, manifest, device)
    transitions = read_transitions(folder, manifest)
    if transitions is not None:
        network.transitions = torch.from_numpy(transitions)
    return Predictor(encoder, network, manifest.task, manifest.classes)
