"""One pass of a model over many texts, or over the words of many sentences.

Texts of like length are computed together: on the CPU a batch on each core, on a GPU batches that
are halved where its memory does not hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.errors import ModelError
from hamr.inference.predictions import Predictions
from hamr.records import Task

if TYPE_CHECKING:
    import torch

    from hamr.models import Encoder, Head
    from hamr.models.windows import Window

Given = Sequence[str] | Sequence[Sequence[str]]  # texts; or sentences, each as its words


def predict_texts(
    encoder: Encoder, network: Any, outputs: tuple[str, ...], texts: Given, *, embeddings: bool
) -> Predictions:
    """One row of probabilities a text; texts of like length are computed together."""
    import torch

    from hamr.models.batches import batches_of, token_budget
    from hamr.models.pieces import Pieces

    device = encoder.device
    whole: list[str] = [text if isinstance(text, str) else " ".join(text) for text in texts]
    filled = np.array([bool(text.strip()) for text in whole], bool)
    places = np.flatnonzero(filled)
    pieces = Pieces.made(encoder.tokenize, [whole[place] for place in places.tolist()])

    def one(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        with torch.inference_mode():
            tokens = encoder.pad([pieces.of(row) for row in rows.tolist()])
            logits, vectors = network({n: t.to(device) for n, t in tokens.items()})
            unit = torch.nn.functional.normalize(vectors.float(), dim=1) if embeddings else None
            return (
                logits.float().softmax(1).cpu().numpy(),
                None if unit is None else unit.cpu().numpy(),
            )

    found = np.full((len(whole), len(outputs)), np.nan, np.float32)
    at = np.zeros((len(whole), encoder.width), np.float32) if embeddings else None
    batches = batches_of(pieces.lengths, token_budget(device, len(places)))
    for rows, (probabilities, vectors) in _computed(batches, one, device):
        found[places[rows]] = probabilities
        if at is not None:
            at[places[rows]] = vectors
    return Predictions(outputs, found, at)


def predict_words(
    encoder: Encoder,
    network: Any,
    outputs: tuple[str, ...],
    texts: Given,
    *,
    embeddings: bool,
    words: bool = False,
) -> Predictions:
    """One row of probabilities a word; windows of like length are computed together.

    `words` asks for the vectors of the words, which only the network of a frozen encoder has.
    """
    from hamr.models.batches import batches_of, token_budget
    from hamr.models.windows import windows_of

    device = encoder.device
    sentences = [text.split() if isinstance(text, str) else list(text) for text in texts]
    starts = np.cumsum([0, *map(len, sentences)])
    windows = [(row, w) for row, s in enumerate(sentences) if s for w in windows_of(encoder, s)]

    def one(batch: np.ndarray) -> tuple[np.ndarray, ...]:
        chosen = [windows[index][1] for index in batch.tolist()]
        return _of_windows(encoder, network.with_words if words else network, chosen)

    lengths = np.array([len(window.pieces) for _, window in windows], int)
    batches = batches_of(lengths, token_budget(device, len(sentences)))
    whole = np.zeros((len(sentences), encoder.width), np.float32)
    of_words = [np.empty((starts[-1], len(outputs)), np.float32)]
    if words:
        of_words.append(np.empty((starts[-1], encoder.width), np.float16))
    for batch, (probabilities, sums, *more) in _computed(batches, one, device):
        own = [windows[index] for index in batch.tolist()]
        np.add.at(whole, [row for row, _ in own], sums)
        places = np.concatenate([starts[row] + np.array(window.words) for row, window in own])
        for all_words, part in zip(of_words, (probabilities, *more), strict=True):
            all_words[places] = part
    whole /= np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12)
    embedded, transitions = whole if embeddings else None, transitions_of(network)
    return Predictions(outputs, of_words[0], embedded, starts, transitions, *of_words[1:])


def _of_windows(encoder: Encoder, network: Any, windows: list[Window]) -> tuple[np.ndarray, ...]:
    """The probabilities of the words that windows score, and what else the network gives."""
    import torch

    with torch.inference_mode():
        tokens = encoder.pad([window.pieces for window in windows])
        there = {name: tensor.to(encoder.device) for name, tensor in tokens.items()}
        logits, *more = network(there, windows)
        return logits.float().softmax(1).cpu().numpy(), *(part.cpu().numpy() for part in more)


def transitions_of(network: Any) -> np.ndarray | None:
    """The matrix by which a model tags the words of a sentence together, [C + 1, C + 1].

    A trained model has it among its weights; that of an exported one is beside them.
    """
    for part in (network, *(getattr(network, name, None) for name in ("head", "model"))):
        kept = getattr(part, "transitions", None)
        if kept is not None:
            found: np.ndarray = kept.cpu().numpy()
            return found
    return None


def _computed(
    batches: list[np.ndarray], one: Any, device: torch.device
) -> Iterator[tuple[np.ndarray, Any]]:
    """`hamr.models.batches.computed`, with a sentence where memory does not hold one text."""
    import torch

    from hamr.models.batches import computed

    try:
        yield from computed(batches, one, device)
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"the {device.type} device has no memory for a single text: free its memory, or "
            "predict on the CPU",
            field="device",
        ) from error


@dataclass(frozen=True)
class Pass:
    """How the models of a task are built and applied."""

    predict: Callable[..., Predictions]
    frozen: Callable[[Encoder, Head], Any]  # the network of the quick preset
    tuned: Callable[[Encoder, int, str], Any]  # of the full one: outputs, and how they are pooled


def _frozen_texts(encoder: Encoder, head: Head) -> Any:
    from hamr.inference.networks import FrozenTexts

    return FrozenTexts(encoder, head)


def _frozen_words(encoder: Encoder, head: Head) -> Any:
    from hamr.inference.networks import FrozenWords

    return FrozenWords(encoder, head)


def _tuned_texts(encoder: Encoder, outputs: int, pooling: str) -> Any:
    from hamr.inference.networks import TunedTexts
    from hamr.models import FineTuned

    return TunedTexts(FineTuned(encoder, outputs, pooling))


def _tuned_words(encoder: Encoder, outputs: int, pooling: str) -> Any:
    from hamr.inference.networks import TunedWords
    from hamr.models import FineTunedTagger

    return TunedWords(FineTunedTagger(encoder, outputs))


PASSES: dict[Task, Pass] = {
    "sequence": Pass(predict_texts, _frozen_texts, _tuned_texts),
    "token": Pass(predict_words, _frozen_words, _tuned_words),
}
