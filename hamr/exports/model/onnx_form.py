"""A trained model as an ONNX graph: token ids in, logits and probabilities out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hamr.errors import ModelError
from hamr.exports.model.graph import Graph, inputs_of
from hamr.exports.model.samples import Sample
from hamr.exports.model.tokenizer import save_tokenizer
from hamr.exports.model.trained import Trained, named
from hamr.inference.exported_networks import open_session
from hamr.inference.manifest import ONNX_FILE, json_file

OPSET = 18  # read by onnxruntime and onnxruntime-web since 1.14, of 2023
OUTPUTS = ("logits", "probabilities")
MOST_IN_ONE_FILE = 1_900_000_000  # bytes of weights; a protobuf message has at most 2 GiB
AXES = {0: "batch", 1: "sequence"}


def write(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write graph, tokenizer and config.json; nothing more has to be known to load them.

    Raises ModelError for an architecture that neither of PyTorch's exporters can trace.
    """
    graph = Graph(trained).eval()
    _export(graph, folder / ONNX_FILE)
    save_tokenizer(trained.encoder, folder)
    config = graph.config.to_diff_dict()
    config |= named(trained.outputs) | {"architectures": _architectures(graph)}
    json_file(folder / "config.json", config)
    return {"inputs": list(inputs_of(trained.reading))}


def reader(folder: Path) -> Callable[[Sample], np.ndarray]:
    """The probabilities that onnxruntime computes of a sample."""
    session = open_session(folder / ONNX_FILE)

    def probabilities(sample: Sample) -> np.ndarray:
        found: np.ndarray = session.run([OUTPUTS[1]], sample.inputs)[0]
        return found

    return probabilities


def _export(graph: Graph, path: Path) -> None:
    """By PyTorch's older exporter, which takes a second where the newer takes half a minute; by
    the newer one for what the older can't trace.
    """
    arguments = _arguments(graph)
    failures: list[str] = []
    for export in (_traced, _exported):
        try:
            with _quiet(), torch.no_grad():
                export(graph, arguments, path)
            return
        except Exception as error:  # the exporters raise errors of every kind
            if isinstance(error, OSError) or "No space left" in str(error):
                raise
            lines = str(error).strip().splitlines() or [type(error).__name__]
            failures.append(lines[0][:200])
            path.unlink(missing_ok=True)
    raise ModelError(
        f"{type(graph.encoder).__name__} can't be written as ONNX ({failures[-1]}): choose the "
        "format sentence-transformers or transformers",
        field="format",
    )


def _arguments(graph: Graph) -> tuple[torch.Tensor, ...]:
    """Two rows of token ids, one padded."""
    ids = torch.tensor([[1, 2, 3, 4, 5], [1, 2, 3, 0, 0]]) % graph.config.vocab_size
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    words = torch.tensor([[-1, 0, 1, 1, -1], [-1, 0, -1, -1, -1]])
    return (ids, mask, words)[: len(inputs_of(graph.reading))]


def _traced(graph: Graph, arguments: tuple[torch.Tensor, ...], path: Path) -> None:
    outputs = {name: AXES if graph.reading.of_words else {0: "batch"} for name in OUTPUTS}
    torch.onnx.export(
        graph,
        arguments,
        str(path),
        input_names=list(inputs_of(graph.reading)),
        output_names=list(OUTPUTS),
        dynamic_axes={**dict.fromkeys(inputs_of(graph.reading), AXES), **outputs},
        opset_version=OPSET,
        dynamo=False,
    )


def _exported(graph: Graph, arguments: tuple[torch.Tensor, ...], path: Path) -> None:
    size = sum(part.numel() * part.element_size() for part in graph.parameters())
    free = dict.fromkeys((0, 1), torch.export.Dim.DYNAMIC)
    torch.onnx.export(
        graph,
        arguments,
        str(path),
        input_names=list(inputs_of(graph.reading)),
        output_names=list(OUTPUTS),
        dynamic_shapes=tuple(free for _ in arguments),
        opset_version=OPSET,
        dynamo=True,
        external_data=size > MOST_IN_ONE_FILE,
        verbose=False,
    )


def _architectures(graph: Graph) -> list[str]:
    """The class whose inputs and logits the graph has: transformers.js chooses by it."""
    from transformers.models.auto import modeling_auto

    task = "TOKEN" if graph.reading.of_words else "SEQUENCE"
    names = getattr(modeling_auto, f"MODEL_FOR_{task}_CLASSIFICATION_MAPPING_NAMES")
    own = names.get(graph.config.model_type)
    return [own] if isinstance(own, str) else []


@contextmanager
def _quiet() -> Iterator[None]:
    """Within, exporters keep their warnings to themselves: what they write is checked."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
