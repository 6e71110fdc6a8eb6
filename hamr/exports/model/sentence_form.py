"""A trained model as modules of sentence-transformers that end in the logits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hamr.errors import ModelError
from hamr.exports.model.samples import Sample
from hamr.exports.model.tokenizer import save_tokenizer
from hamr.exports.model.trained import Layer, Trained, named
from hamr.inference.manifest import json_file

# Where the classes were in the first versions, and still are by these names.
TYPES = "sentence_transformers.models."
RELU, NONE = "torch.nn.modules.activation.ReLU", "torch.nn.modules.linear.Identity"
POOLING = {"mean": "mean_tokens", "last": "lasttoken"}
MODES = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens",
         "lasttoken")  # fmt: skip


def write(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write Transformer, Pooling, Normalize where it is used, and a Dense for each layer."""
    encoder, width = trained.encoder, trained.encoder.width
    model = whole_encoder(encoder.model)
    for name, value in named(trained.outputs).items():
        setattr(model.config, name, value)
    model.save_pretrained(folder)
    save_tokenizer(encoder, folder)
    limits = {"max_seq_length": encoder.max_length, "do_lower_case": False}
    json_file(folder / "sentence_bert_config.json", limits)
    modules = ["Transformer", "Pooling", *(["Normalize"] if trained.reading.unit else [])]
    modules += ["Dense"] * len(trained.head)
    paths = ["", *(f"{number}_{kind}" for number, kind in enumerate(modules) if number)]
    for path in paths[1:]:
        (folder / path).mkdir()
    used = POOLING[trained.reading.pooling]
    pooling = {f"pooling_mode_{mode}": mode == used for mode in MODES}
    json_file(folder / paths[1] / "config.json", {"word_embedding_dimension": width, **pooling})
    layers = paths[-len(trained.head) :]
    for number, (path, layer) in enumerate(zip(layers, trained.head, strict=True), 1):
        _dense(folder / path, layer, RELU if number < len(layers) else NONE)
    listed = [
        {"idx": number, "name": str(number), "path": path, "type": TYPES + kind}
        for number, (path, kind) in enumerate(zip(paths, modules, strict=True))
    ]
    (folder / "modules.json").write_text(_text(listed), encoding="utf-8")
    json_file(folder / "config_sentence_transformers.json", _settings())
    return {"layers": layers}


def reader(folder: Path) -> Callable[[Sample], np.ndarray]:
    """The probabilities of a sample's texts by sentence-transformers itself."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        loaded = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def probabilities(sample: Sample) -> np.ndarray:
        logits = loaded.encode(sample.texts, convert_to_numpy=True, show_progress_bar=False)
        found: np.ndarray = torch.from_numpy(logits).softmax(-1).numpy()
        return found

    return probabilities


def whole_encoder(encoder: Any) -> Any:
    """The model that `AutoModel` or sentence-transformers opens: the encoder itself, or what holds
    the encoder of an encoder-decoder model such as T5.

    Raises ModelError where transformers has no class for that encoder alone.
    """
    from transformers import AutoModelForTextEncoding
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES,
        MODEL_MAPPING_NAMES,
    )

    kind, own = encoder.config.model_type, type(encoder).__name__
    if MODEL_MAPPING_NAMES.get(kind) == own:
        return encoder
    if kind in MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES:
        build: Callable[..., Any] = AutoModelForTextEncoding.from_config
        holder = build(encoder.config, trust_remote_code=False)
        part = holder.get_encoder()
        if type(part) is type(encoder):
            part.load_state_dict(encoder.state_dict())
            return holder.eval()
    raise ModelError(
        f"transformers has no model that is {own} alone, as this run uses it, so "
        "sentence-transformers can't open one: export onnx",
        field="format",
    )


def _dense(folder: Path, layer: Layer, activation: str) -> None:
    from safetensors.numpy import save_file

    weight, bias = layer
    config = {
        "in_features": weight.shape[1],
        "out_features": weight.shape[0],
        "bias": True,
        "activation_function": activation,
    }
    json_file(folder / "config.json", config)
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "model.safetensors")


def _settings() -> dict[str, Any]:
    import transformers

    return {
        "__version__": {
            "sentence_transformers": "2.2.0",
            "transformers": transformers.__version__,
            "pytorch": torch.__version__.split("+")[0],
        },
        "prompts": {},
        "default_prompt_name": None,
        "similarity_fn_name": None,
    }


def _text(value: object) -> str:
    import json

    return json.dumps(value, indent=2) + "\n"
