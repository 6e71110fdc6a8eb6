"""Sentences as word pieces: words aligned with their pieces, long sentences in windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int

from hamr.errors import ModelError
from hamr.models.encoder import Encoder
from hamr.models.frozen_prefix import HiddenStates, inputs_of
from hamr.models.loss import IGNORED
from hamr.models.token import Scored

CONTEXT = 8  # on either side, an eighth of a window shows words that it does not score
CHUNK = 64  # windows scored together


@dataclass(frozen=True)
class Window:
    """A piece of a sentence that the encoder reads at once."""

    pieces: list[int]  # ids, special tokens included
    words: range  # the words of the sentence that are scored here
    firsts: list[int]  # where among the pieces each of these words begins
    ends: list[int]  # and where it ends


def windows_of(encoder: Encoder, words: Sequence[str]) -> list[Window]:
    """The sentence in windows of at most `max_length` pieces; each word is scored in one.

    A sentence that fits is one window. A word that the tokenizer drops (such as a zero-width
    character) is read as the unknown word, so that it has a position and a tag like any other.
    """
    pieces = _pieces(encoder, words)
    before, after = encoder.special_ids
    room = encoder.max_length - len(before) - len(after)
    pieces = [own[: max(1, room // 4)] for own in pieces]
    lengths = np.array([len(own) for own in pieces])
    if lengths.sum() <= room:
        parts = [(range(len(words)), range(len(words)))]
    else:
        parts = list(_parts(lengths, room, room // CONTEXT))
    return [_window(pieces, seen, scored, before, after) for seen, scored in parts]


def _pieces(encoder: Encoder, words: Sequence[str]) -> list[list[int]]:
    """The piece ids of each word, at least one."""
    tokenizer = encoder.tokenizer
    if not tokenizer.is_fast:
        raise ModelError(
            f"{type(tokenizer).__name__} does not say which piece belongs to which word, which "
            "tagged sentences need: choose a model that was saved with tokenizer.json",
            field="model",
        )
    encoded = tokenizer(list(words), is_split_into_words=True, add_special_tokens=False)
    found: list[list[int]] = [[] for _ in words]
    for piece, word in zip(encoded["input_ids"], encoded.word_ids(), strict=True):
        found[word].append(piece)
    unknown = tokenizer.unk_token_id if tokenizer.unk_token_id is not None else 0
    return [own or [unknown] for own in found]


def _parts(
    lengths: Int[np.ndarray, " w"], room: int, context: int
) -> Iterator[tuple[range, range]]:
    """(words seen, words scored) of each window: as many as fit, with context on both sides."""
    count, start = len(lengths), 0
    while start < count:
        end, size = start, 0
        while end < count and size + lengths[end] <= room - 2 * context:
            size += lengths[end]
            end += 1
        first, last, spare = start, end, context
        while first > 0 and lengths[first - 1] <= spare:
            first -= 1
            spare -= lengths[first]
        spare = context
        while last < count and lengths[last] <= spare:
            spare -= lengths[last]
            last += 1
        yield range(first, last), range(start, end)
        start = end


def _window(
    pieces: list[list[int]], seen: range, scored: range, before: list[int], after: list[int]
) -> Window:
    ids, firsts, ends = list(before), [], []
    for word in seen:
        if word in scored:
            firsts.append(len(ids))
        ids += pieces[word]
        if word in scored:
            ends.append(len(ids))
    return Window(ids + after, scored, firsts, ends)


class TaggedTokens:
    """Tagged sentences of all rows, as inputs of the fine-tuned model."""

    def __init__(
        self,
        encoder: Encoder,
        words: Sequence[Sequence[str]],
        starts: Int[np.ndarray, " _"],
        tags: Int[np.ndarray, " w"],
    ) -> None:
        """`starts` [N + 1] and `tags` [W] are those of all rows' words, one row after another."""
        self.starts, self.tags = starts, tags
        rows = [windows_of(encoder, sentence) for sentence in words]
        self._padding = encoder.tokenizer.pad_token_id or 0
        self._windows = [window for own in rows for window in own]
        self._row = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
        self._first = np.concatenate([[0], np.cumsum([len(own) for own in rows])])
        self._size = np.array([len(window.pieces) for window in self._windows])
        self.lengths = np.maximum.reduceat(self._size, self._first[:-1])
        self.hidden: HiddenStates | None = None  # of the frozen layers, once they are stored

    @property
    def sizes(self) -> Int[np.ndarray, " v"]:
        """Pieces of each window."""
        return self._size

    def tagged(
        self, index: Int[np.ndarray, " b"], offsets: Int[np.ndarray, " b"]
    ) -> tuple[dict[str, Int[torch.Tensor, "b t"]], Int[torch.Tensor, "b t"]]:
        """Pieces of those rows, and the tag of each piece that begins a word, else IGNORED.

        Of a sentence in several windows a batch shows one; `offsets` choose which.
        """
        count = self._first[index + 1] - self._first[index]
        chosen = self._first[index] + offsets % np.maximum(count, 1)
        inputs = inputs_of(self, chosen)
        labels = np.full(inputs["input_ids"].shape, IGNORED, np.int64)
        for line, number in enumerate(chosen.tolist()):
            window = self._windows[number]
            labels[line, window.firsts] = self.tags[self._words(number)]
        return inputs, torch.from_numpy(labels)

    def scored(self, index: Int[np.ndarray, " n"]) -> Iterator[Scored]:
        """All words of consecutive rows, windows of like length together."""
        numbers = np.arange(self._first[index[0]], self._first[index[-1] + 1])
        ordered = numbers[np.argsort(self._size[numbers], kind="stable")]
        for start in range(0, len(ordered), CHUNK):
            chosen = ordered[start : start + CHUNK]
            inputs = inputs_of(self, chosen)
            width = inputs["input_ids"].shape[1]
            taken = [
                line * width + first
                for line, number in enumerate(chosen.tolist())
                for first in self._windows[number].firsts
            ]
            words = np.concatenate([self._words(number) for number in chosen.tolist()])
            yield Scored(inputs, words, np.array(taken))

    def _words(self, number: int) -> Int[np.ndarray, " n"]:
        """The numbers, among all words, of those that a window scores."""
        words = self._windows[number].words
        numbers: np.ndarray = np.arange(words.start, words.stop)
        return numbers + int(self.starts[self._row[number]])

    def padded(self, chosen: Int[np.ndarray, " b"]) -> dict[str, torch.Tensor]:
        """Piece ids of those windows, padded to the longest, and the mask of real pieces."""
        width = self._size[chosen].max(initial=0)
        ids = np.full((len(chosen), width), self._padding, np.int64)
        mask = np.zeros_like(ids)
        for line, number in enumerate(chosen.tolist()):
            pieces = self._windows[number].pieces
            ids[line, : len(pieces)] = pieces
            mask[line, : len(pieces)] = 1
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
