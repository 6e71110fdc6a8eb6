"""The networks of exported models: put together from their files, in whichever format these are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from hamr.config import Device
from hamr.errors import ModelError
from hamr.inference.manifest import ONNX_FILE, Manifest
from hamr.models import Encoder, FineTuned, FineTunedTagger, Head, load_encoder, read_description
from hamr.models.folder import first_line, own_file, refusal
from hamr.models.tokenizer import load_tokenizer
from hamr.models.weights import stored_tensors
from hamr.models.windows import Window
from hamr.training.devices import device_of

AGAIN = "export the model again, or copy its folder again"


def network_of(folder: Path, manifest: Manifest, device: Device) -> tuple[Encoder, Any]:
    """The encoder, by which texts are read, and the network, as a `Predictor` takes them.

    Raises ModelError for files that are missing, damaged, or of another model.
    """
    if manifest.format == "onnx":
        return _onnx(folder, manifest)
    where = device_of(device)
    encoder = load_encoder(folder, manifest.max_length)
    network = _network(folder, manifest, encoder, _layers(folder, manifest))
    return encoder, network.eval().requires_grad_(False).to(where)


Layer = dict[str, torch.Tensor]  # weight [out, in] and bias [out]


def _layers(folder: Path, manifest: Manifest) -> list[Layer]:
    """The linear layers of the head, from vector to logits."""
    if manifest.format == "transformers":
        stored, head = stored_tensors(folder), manifest.details.get("head")
        names = {part: f"{head}.{part}" for part in ("weight", "bias")}
        if not stored.keys() >= set(names.values()):
            raise refusal(folder, f"its weights lack {head}.weight and {head}.bias", AGAIN)
        return [{part: stored[name].read().float() for part, name in names.items()}]
    found = []
    for path in manifest.details.get("layers", ()):
        stored = stored_tensors(folder / Path(path).name)
        own = {part: stored.get(f"linear.{part}") for part in ("weight", "bias")}
        found.append({part: one.read().float() for part, one in own.items() if one is not None})
    return found


def _network(
    folder: Path, manifest: Manifest, encoder: Encoder, layers: list[Layer]
) -> torch.nn.Module:
    from hamr.inference.networks import FrozenTexts, TunedTexts, TunedWords

    count = len(manifest.outputs)
    try:
        if len(layers) == 2:
            head = Head(encoder.width, layers[0]["bias"].shape[0], count)
            head.lower.load_state_dict(layers[0])
            head.upper.load_state_dict(layers[1])
            return FrozenTexts(encoder, head)
        if manifest.of_words:
            tagger = FineTunedTagger(encoder, count)
            tagger.classifier.load_state_dict(layers[0])
            return TunedWords(tagger)
        tuned = FineTuned(encoder, count, manifest.pooling)
        tuned.classifier.load_state_dict(layers[0])
        return TunedTexts(tuned)
    except (RuntimeError, LookupError) as error:
        why = f"its layers are not those of its hamr.json: {first_line(error)}"
        raise refusal(folder, why, AGAIN) from error


def _onnx(folder: Path, manifest: Manifest) -> tuple[Encoder, Any]:
    """The tokenizer in an encoder without a model, and onnxruntime."""
    tokenizer = load_tokenizer(folder, read_description(folder))
    nothing = torch.nn.Identity()  # without weights, so that it counts as on the CPU
    encoder = Encoder(nothing, tokenizer, 1, manifest.max_length)
    path = own_file(folder, ONNX_FILE)
    if path is None:
        raise refusal(folder, f"it has no {ONNX_FILE}", AGAIN)
    try:
        session = open_session(path)
    except Exception as error:  # onnxruntime has errors of its own, all of them RuntimeErrors
        raise refusal(
            folder, f"its {ONNX_FILE} can't be read: {first_line(error)}", AGAIN
        ) from error
    return encoder, (OnnxWords if manifest.of_words else OnnxTexts)(session)


def open_session(path: Path) -> Any:
    """onnxruntime on the CPU, with as many threads as PyTorch has.

    Raises ModelError where onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "a model in ONNX needs onnxruntime: run pip install onnxruntime", field="model"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors alone
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


class OnnxTexts:
    """Texts in, a class each out, as `hamr.inference.networks.TextNetwork`; without vectors."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._inputs = [node.name for node in session.get_inputs()]

    def logits(self, given: dict[str, torch.Tensor]) -> torch.Tensor:
        """What the graph makes of its inputs."""
        arrays = {name: given[name].numpy() for name in self._inputs}
        return torch.from_numpy(self._session.run(["logits"], arrays)[0])

    def __call__(self, tokens: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits, and a column of zeros for the vectors that a graph keeps to itself."""
        return self.logits(tokens), torch.zeros(len(tokens["input_ids"]), 1)


class OnnxWords(OnnxTexts):
    """Windows of sentences in, a tag for each word out, as `WordNetwork`."""

    def __call__(  # type: ignore[override]  # sentences are given with their windows
        self, tokens: dict[str, torch.Tensor], windows: Sequence[Window]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits at the first piece of each word, and zeros."""
        words = torch.full(tokens["input_ids"].shape, -1)
        places = []
        for line, window in enumerate(windows):
            for number, (first, end) in enumerate(zip(window.firsts, window.ends, strict=True)):
                words[line, first:end] = number
                places.append((line, first))
        found = self.logits({**tokens, "word_ids": words})
        lines, firsts = torch.tensor(places, dtype=torch.int64).reshape(-1, 2).unbind(1)
        return found[lines, firsts], torch.zeros(len(windows), 1)
