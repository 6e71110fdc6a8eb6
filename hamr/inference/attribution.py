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

The integral is a trapezoidal sum over the points a(s) of equal steps in s,

    a(s) = s + C sin(2 pi s) / (2 pi) - Q sin^2(pi s),      da = a'(s) ds

which lie closer together in the middle of the path, and closest a little before it: a logit is
nearly constant where all words are almost blank or almost there, and changes in between. Where the
attributions miss the difference of the logits, the steps are halved that miss most of it. On the
built-in rows eleven points come nearer to the integral than fifteen of Gauss and Legendre, most of
which are near the ends.

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

STEPS = 10  # of the path; and how many of them are halved at a time
ROUNDS = 8  # of halving at most, where the sum is not near enough
NEAR = 0.03  # of the attributions' absolute sum, the gap that is small enough
LEAST = 0.05  # of a logit; a smaller gap moves a probability by 1.25 % at most
C, Q = 0.3, 0.05  # how much closer the points are in the middle, and how far before it
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
    whole = path.integral(STEPS)
    for _ in range(ROUNDS):
        if whole.is_near:
            break
        whole = path.refined(whole)
    share = whole.pieces
    found = [float(share[list(word)].sum()) if len(word) else np.nan for word in words]
    rest = float(share.sum() - share[sorted(own)].sum())
    logit, baseline = float(whole.logits[-1]), float(whole.logits[0])
    return Attribution(np.array(found, np.float64), logit, baseline, rest)


@dataclass(frozen=True)
class Integral:
    """What is known at some points of a path, from s = 0 to s = 1."""

    at: Float[np.ndarray, " n"]  # s, in ascending order
    logits: Float[np.ndarray, " n"]
    slopes: Float[np.ndarray, "n t"]  # dF/ds, by the piece that it is due to

    @property
    def pieces(self) -> Float[np.ndarray, " t"]:
        """The attribution of each piece: the trapezoidal sum."""
        found: np.ndarray = np.trapezoid(self.slopes, self.at, axis=0)
        return found

    @property
    def is_near(self) -> bool:
        """Whether the attributions sum to the difference of the logits, nearly enough."""
        pieces = self.pieces
        gap = abs(float(self.logits[-1] - self.logits[0] - pieces.sum()))
        return gap <= max(LEAST, NEAR * float(np.abs(pieces).sum()))

    def between(self, most: int) -> Float[np.ndarray, " m"]:
        """The middles of the steps that miss most of their own difference of logits."""
        both = self.slopes.sum(1)
        missed = np.diff(self.logits) - np.diff(self.at) * (both[1:] + both[:-1]) / 2
        worst = np.argsort(-np.abs(missed), kind="stable")[:most]
        middles: np.ndarray = (self.at[worst] + self.at[worst + 1]) / 2
        return middles


class Path:
    """The straight line from the baseline's input embeddings to those of a text."""

    def __init__(self, encoder: Encoder, ids: torch.Tensor, forward: Forward) -> None:
        """`ids` are [1, t]."""
        self._ids, self._logit = ids, forward
        self._layer = _input_embeddings(encoder)
        with torch.no_grad():
            self._end: torch.Tensor = self._layer(ids)[0].detach()
            self._start: torch.Tensor = self._layer(baseline_ids(encoder, ids))[0].detach()

    def integral(self, steps: int) -> Integral:
        """The integral by so many equal steps."""
        at = np.linspace(0, 1, steps + 1)
        return Integral(at, *self._along(at))

    def refined(self, coarse: Integral, most: int = STEPS) -> Integral:
        """The integral with some of its steps halved: those that miss most."""
        middles = coarse.between(most)
        logits, slopes = self._along(middles)
        at = np.append(coarse.at, middles)
        order = np.argsort(at)
        return Integral(
            at[order],
            np.append(coarse.logits, logits)[order],
            np.concatenate([coarse.slopes, slopes])[order],
        )

    def _along(
        self, at: Float[np.ndarray, " n"]
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n t"]]:
        """The logit at some s, and dF/ds by the piece that it is due to."""
        turn = np.pi * at
        points = at + C * np.sin(2 * turn) / (2 * np.pi) - Q * np.sin(turn) ** 2
        density = 1 + C * np.cos(2 * turn) - Q * np.pi * np.sin(2 * turn)  # da/ds
        logits, slopes = [], []
        each = max(1, PIECES // self._ids.shape[1])
        for part in torch.split(torch.tensor(points, dtype=torch.float32), each):
            with torch.enable_grad():
                inputs = self._inputs(part).requires_grad_()
                value = self._forward(inputs)
                gradient = torch.autograd.grad(value.sum(), inputs)[0]
            logits.append(value.detach())
            slopes.append(((self._end - self._start) * gradient).sum(2))
        by_piece = torch.cat(slopes).double().cpu().numpy()
        return torch.cat(logits).double().cpu().numpy(), density[:, None] * by_piece

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
