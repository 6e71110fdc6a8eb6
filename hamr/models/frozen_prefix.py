"""What the frozen lower layers of an encoder make of each row, computed once and kept on the disk.

A row's hidden states below the first trained layer never change, so a step can begin there: with
half of the layers frozen it costs half as much, and so does every pass that scores rows. This
needs the frozen layers to be without dropout, whose noise would have to be drawn at each step.

U rows of t_u tokens and width D take 2 D sum(t_u) bytes, 16-bit numbers in a file that no folder
lists, in the system's folder for temporary files: it goes when the process ends, however it ends.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float16, Int

from hamr.models.parts import encoder_layers

TOLERANCE = 0.02  # of what the layers above make of stored states; float16 itself gives 0.001
MOST_BYTES = 4 << 30  # of one run; more is not kept, and the layers are computed at each step
KEY = "hidden"  # of a batch's stored hidden states, among the model's inputs
CHUNK = 64  # rows computed together


class _Reached(Exception):
    """The last frozen layer is done, and the layers above it are not asked for."""


class FrozenPrefix:
    """The frozen layers of an encoder, which hand on stored hidden states where a batch has them.

    A batch has them under KEY among the encoder's inputs. Token ids and attention mask are given
    all the same: whatever else the encoder makes of these (masks, positions) stays its own affair.
    """

    def __init__(self, encoder: torch.nn.Module, layers: int) -> None:
        """Replaces the forward of the lowest `layers` layers (at least one) and of the encoder."""
        self._encoder = encoder
        self._given: torch.Tensor | None = None
        self._found: torch.Tensor | None = None
        self._stops = False
        self._extra: int | None = None  # what a layer returns after the hidden states, if a tuple
        for number, layer in enumerate(encoder_layers(encoder)[:layers]):
            layer.forward = self._instead(layer.forward, last=number == layers - 1)
        encoder.register_forward_pre_hook(self._take, with_kwargs=True)
        encoder.register_forward_hook(self._leave, always_call=True)

    def hidden(self, tokens: dict[str, torch.Tensor]) -> torch.Tensor:
        """What the first trained layer reads of these rows, [b, t, D]; no layer above is run."""
        self._stops = True
        try:
            with torch.inference_mode(), suppress(_Reached):
                self._encoder(**tokens)
        finally:
            self._stops = False
        assert self._found is not None  # the last frozen layer left it
        found, self._found = self._found, None
        return found

    def agrees(self, tokens: dict[str, torch.Tensor], hidden: torch.Tensor) -> bool:
        """Whether the encoder finds the same with these rows' hidden states as by itself.

        It does not where the encoder calls a frozen layer twice, say.
        """
        mask = tokens["attention_mask"].bool()
        with torch.inference_mode():
            wanted = self._encoder(**tokens).last_hidden_state[mask]
            found = self._encoder(**tokens, **{KEY: hidden}).last_hidden_state[mask]
        return bool(torch.linalg.norm(found - wanted) <= TOLERANCE * torch.linalg.norm(wanted))

    def _instead(self, forward: Callable[..., Any], *, last: bool) -> Callable[..., Any]:
        """The forward of a frozen layer, which computes nothing where hidden states are given."""

        def instead(hidden: Any, *args: Any, **kwargs: Any) -> Any:
            if self._given is not None:
                passed = self._given if last else hidden
                return passed if self._extra is None else (passed, *[None] * self._extra)
            output = forward(hidden, *args, **kwargs)
            if last and self._stops:
                whole = isinstance(output, tuple)
                self._extra = len(output) - 1 if whole else None
                self._found = output[0] if whole else output
                raise _Reached
            return output

        return instead

    def _take(self, module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        given = kwargs.get(KEY)
        self._given = None if given is None else given.float()
        return args, {name: value for name, value in kwargs.items() if name != KEY}

    def _leave(self, module: Any, args: Any, output: Any) -> None:
        self._given = None


class HiddenStates:
    """The stored hidden states of U rows (of sentences: of their windows), in a file."""

    def __init__(self, states: Float16[np.ndarray, "n d"], starts: Int[np.ndarray, " u"]) -> None:
        """Row u has those from starts[u] on."""
        self._states, self._starts = states, starts

    def batch(
        self, numbers: Int[np.ndarray, " b"], own: np.ndarray
    ) -> Float16[torch.Tensor, "b t d"]:
        """Those rows', zero where `own` [b, t] says that there is no token."""
        found = np.zeros((*own.shape, self._states.shape[1]), np.float16)
        token = own.cumsum(1) - 1  # of its row, whichever side is padded
        found[own] = self._states[(self._starts[numbers, None] + token)[own]]
        return torch.from_numpy(found)


@runtime_checkable
class Padded(Protocol):
    """Rows as token ids, of which hidden states can be stored."""

    hidden: HiddenStates | None

    @property
    def sizes(self) -> Int[np.ndarray, " u"]:
        """Tokens of each row."""

    def padded(self, numbers: Int[np.ndarray, " b"]) -> dict[str, torch.Tensor]:
        """Token ids and attention mask of those rows."""


def inputs_of(rows: Padded, numbers: Int[np.ndarray, " b"]) -> dict[str, torch.Tensor]:
    """What an encoder reads of those rows, and what its frozen layers make of them, where it is
    stored.
    """
    found = rows.padded(numbers)
    if rows.hidden is not None:
        own = found["attention_mask"].numpy().astype(bool)
        found[KEY] = rows.hidden.batch(numbers, own)
    return found


def store_hidden(
    prefix: FrozenPrefix, inputs: Padded, move: Callable[[Any], Any]
) -> Iterator[tuple[int, int]]:
    """Computes and stores the hidden states of all rows; yields (rows done, rows).

    From the end on, the batches of `inputs` have them. They stay without where these would take
    more than MOST_BYTES, where the disk is full, where 16 bits don't hold them, and where the
    encoder can't begin with them.
    """
    sizes = inputs.sizes
    order, starts, at = np.argsort(-sizes, kind="stable"), np.zeros(len(sizes), np.int64), 0
    with suppress(OSError), tempfile.TemporaryFile() as file:
        for first in range(0, len(order), CHUNK):
            numbers = order[first : first + CHUNK]
            tokens = inputs.padded(numbers)
            states = prefix.hidden(move(tokens)).half()
            if first == 0 and not _fits(prefix, move(tokens), states, int(sizes.sum())):
                return
            states = states.cpu()[tokens["attention_mask"].bool()]
            if not torch.isfinite(states).all():
                return
            starts[numbers] = at + np.cumsum(sizes[numbers]) - sizes[numbers]
            at += len(states)
            file.write(states.numpy().tobytes())
            yield min(first + CHUNK, len(order)), len(order)
        file.flush()
        kept = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # outlives the file
        whole = np.frombuffer(kept, np.float16).reshape(at, -1)
        inputs.hidden = HiddenStates(whole, starts)


def _fits(
    prefix: FrozenPrefix, tokens: dict[str, torch.Tensor], states: torch.Tensor, count: int
) -> bool:
    """Whether `count` such states are few enough to keep, and the encoder can begin with them."""
    return count * states.shape[-1] * 2 <= MOST_BYTES and prefix.agrees(tokens, states)
