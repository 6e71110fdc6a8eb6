"""Which words of a text speak for a class, and which against it: integrated gradients.

With x [t, D] the input embeddings of a text's word pieces, x' those of the baseline and F the logit
of a class (Sundararajan, Taly & Yan 2017, equation 1), a piece i has the attribution

    A_i = sum_d (x_id - x'_id) * integral_0^1 dF(x' + a (x - x')) / dx_id da

and these sum to F(x) - F(x') (completeness). A word has the sum of its pieces' attributions, in
units of the logit. The baseline is the same text with the padding token in the place of each piece,
which means nothing. Special tokens, positions and the attention mask stay, so that only the words
differ. On the built-in rows, taking away the fifth of the words with the highest attributions costs
the predicted class more of its probability with this baseline than with the mask token or zeros
(`python -m tests.benchmarks.try_texts --baselines`).

The integral is a Gauss-Legendre sum over a few points, more of them until the attributions sum to
the difference of the logits.

Axes: t pieces, D width of the encoder, n points of the path, c classes or tags, w words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from hamr.errors import ModelError
from hamr.models import Encoder

POINTS = (16, 32, 64)  # of the path, until the sum is near enough
NEAR = 0.05  # of the difference of logits, the gap that Sundararajan et al. call acceptable
LEAST = 0.05  # of a logit; a smaller gap moves a probability by 1.25 % at most
PIECES = 4096  # computed at a time: bounds the memory of a long text

# What a model's forward takes to the logit that is asked about, [n].
Forward = Callable[[dict[str, torch.Tensor]], Float[torch.Tensor, " n"]]


@dataclass(frozen=True)
class Attribution:
    """What each word adds to a logit."""

    words: Float[np.ndarray, " w"]  # NaN of a word that the encoder does not read
    logit: float  # F(x)
    baseline: float  # F(x')
    rest: float = 0.0  # of pieces that belong to no word listed: those around a window

    @property
    def gap(self) -> float:
        """How far the sum of the attributions is from the difference of the logits."""
        return self.logit - self.baseline - float(np.nansum(self.words)) - self.rest


def attribute(
    encoder: Encoder, pieces: Sequence[int], words: Sequence[Sequence[int]], forward: Forward
) -> Attribution:
    """Attribute a logit to words: `words` are the positions of each word's pieces.

    `forward` runs the encoder and whatever reads it, without dropout. A word without positions is
    one that the encoder does not read. Raises ModelError for an encoder whose input embeddings
    transformers doesn't name.
    """
    ids = torch.tensor([list(pieces)], device=encoder.device)
    own = {position for word in words for position in word}
    path = Path(encoder, ids, forward)
    for points in POINTS:
        share, logit, baseline = path.integrated(points)
        difference = logit - baseline
        if abs(difference - share.sum()) <= max(LEAST, NEAR * abs(difference)):
            break
    found = [float(share[list(word)].sum()) if len(word) else np.nan for word in words]
    rest = float(share.sum() - share[sorted(own)].sum())
    return Attribution(np.array(found, np.float64), logit, baseline, rest)


class Path:
    """The straight line from the baseline's input embeddings to those of a text."""

    def __init__(self, encoder: Encoder, ids: torch.Tensor, forward: Forward) -> None:
        """`ids` are [1, t]."""
        self._ids, self._logit = ids, forward
        self._layer = _input_embeddings(encoder)
        with torch.no_grad():
            self._end: torch.Tensor = self._layer(ids)[0].detach()
            self._start: torch.Tensor = self._layer(baseline_ids(encoder, ids))[0].detach()

    def integrated(self, points: int) -> tuple[np.ndarray, float, float]:
        """(attribution of each piece [t], logit of the text, logit of the baseline)."""
        nodes, weights = np.polynomial.legendre.leggauss(points)
        at = torch.tensor((nodes + 1) / 2, dtype=torch.float32)
        weight = torch.tensor(weights / 2, dtype=torch.float32, device=self._ids.device)
        total = torch.zeros_like(self._end)
        each = max(1, PIECES // self._ids.shape[1])
        for first in range(0, points, each):
            gradient = self._gradient(at[first : first + each])
            total += torch.einsum("n,ntd->td", weight[first : first + each], gradient)
        share = ((self._end - self._start) * total).sum(1).double().cpu().numpy()
        ends = self._values(torch.tensor([1.0, 0.0]))
        return share, float(ends[0]), float(ends[1])

    def _gradient(self, at: torch.Tensor) -> Float[torch.Tensor, "n t d"]:
        with torch.enable_grad():
            inputs = self._inputs(at).requires_grad_()
            value = self._forward(inputs)
            gradient: torch.Tensor = torch.autograd.grad(value.sum(), inputs)[0]
        return gradient

    def _values(self, at: torch.Tensor) -> Float[torch.Tensor, " n"]:
        with torch.no_grad():
            return self._forward(self._inputs(at))

    def _inputs(self, at: torch.Tensor) -> Float[torch.Tensor, "n t d"]:
        along = at.to(self._end.device)[:, None, None]
        inputs: torch.Tensor = self._start + along * (self._end - self._start)
        return inputs

    def _forward(self, inputs: Float[torch.Tensor, "n t d"]) -> Float[torch.Tensor, " n"]:
        """The logit at some points; ids go along, since some models derive positions from them."""
        ids = self._ids.expand(len(inputs), -1)
        with _instead(self._layer, inputs):
            return self._logit({"input_ids": ids, "attention_mask": torch.ones_like(ids)})


def baseline_ids(encoder: Encoder, ids: torch.Tensor) -> torch.Tensor:
    """The ids [1, t] with the padding token in the place of each of the text's own pieces."""
    instead = encoder.tokenizer.pad_token_id or 0
    before, after = encoder.special_ids
    kept = torch.zeros(ids.shape[1], dtype=torch.bool, device=ids.device)
    kept[: len(before)] = True
    kept[ids.shape[1] - len(after) :] = True
    return torch.where(kept, ids, torch.full_like(ids, instead))


def _input_embeddings(encoder: Encoder) -> torch.nn.Module:
    named: Any = getattr(encoder.model, "get_input_embeddings", None)
    try:
        found = named() if named is not None else None
    except NotImplementedError:
        found = None
    if not isinstance(found, torch.nn.Module):
        raise ModelError(
            f"{type(encoder.model).__name__} does not name its input embeddings, so no words can "
            "be pointed out; the prediction does not need them"
        )
    return found


@contextmanager
def _instead(layer: torch.nn.Module, output: torch.Tensor) -> Iterator[None]:
    """Within it the layer returns that output, whatever it is given."""
    handle = layer.register_forward_hook(lambda *_: output)
    try:
        yield
    finally:
        handle.remove()
