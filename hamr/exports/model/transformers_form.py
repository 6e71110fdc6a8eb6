"""A trained model as one of transformers' own classes, where one computes just what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hamr.errors import ModelError
from hamr.exports.model.samples import Sample
from hamr.exports.model.tokenizer import save_tokenizer
from hamr.exports.model.trained import Trained, named

OF_WORDS, OF_TEXTS = "AutoModelForTokenClassification", "AutoModelForSequenceClassification"


def write(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write the model with transformers' class for its architecture, and its tokenizer.

    Raises ModelError where there is none, or where its head is another one.
    """
    if len(trained.head) > 1:
        raise _cannot(trained, "has a head of two layers, and such classes have one of their own")
    model = _empty(trained)
    encoder = _part(model, type(trained.encoder.model))
    if encoder is None:
        raise _cannot(trained, f"is not part of transformers' {type(model).__name__}")
    missing, spare = encoder.load_state_dict(trained.encoder.model.state_dict(), strict=False)
    head = _head(model, encoder, trained)
    if head is None or missing or any("pooler" not in name for name in spare):
        raise _cannot(trained, f"does not fit transformers' {type(model).__name__}")
    weight, bias = trained.head[0]
    head.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    model.eval().save_pretrained(folder)
    save_tokenizer(trained.encoder, folder)
    name = next(name for name, part in model.named_modules() if part is head)
    return {"head": name, "class": type(model).__name__}


def reader(folder: Path) -> Callable[[Sample], np.ndarray]:
    """The probabilities of a sample by the class that the folder's config.json names."""
    import json

    import transformers

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = getattr(transformers, config["architectures"][0])
    model = kind.from_pretrained(folder, local_files_only=True).eval()

    def probabilities(sample: Sample) -> np.ndarray:
        tensors = {n: torch.from_numpy(a) for n, a in sample.inputs.items() if n != "word_ids"}
        with torch.inference_mode():
            found: np.ndarray = model(**tensors).logits.softmax(-1).numpy()
        return found

    return probabilities


def _empty(trained: Trained) -> Any:
    """transformers' class for the architecture, with weights that are not ours yet."""
    import copy

    import transformers

    maker = getattr(transformers, OF_WORDS if trained.reading.of_words else OF_TEXTS)
    config = copy.deepcopy(trained.encoder.model.config)
    for name, value in named(trained.outputs).items():
        setattr(config, name, value)
    try:
        return maker.from_config(config, trust_remote_code=False).eval()
    except ValueError as error:
        raise _cannot(trained, "is not one that transformers has such a class for") from error


def _part(model: Any, kind: type) -> Any:
    """The encoder within that model."""
    return next((part for part in model.modules() if type(part) is kind), None)


def _head(model: Any, encoder: Any, trained: Trained) -> torch.nn.Linear | None:
    """The last linear layer outside the encoder that gives that many logits."""
    inside = {id(part) for part in encoder.modules()}
    shape = trained.head[0][0].shape
    fitting = [
        part
        for part in model.modules()
        if isinstance(part, torch.nn.Linear)
        and id(part) not in inside
        and part.weight.shape == shape
        and part.bias is not None
    ]
    return fitting[-1] if fitting else None


def _cannot(trained: Trained, why: str) -> ModelError:
    others = "onnx" if trained.reading.of_words else "sentence-transformers or onnx"
    return ModelError(
        f"transformers has no class that computes just what this model does: its encoder, "
        f"{type(trained.encoder.model).__name__}, {why}. Export {others}",
        field="format",
    )
