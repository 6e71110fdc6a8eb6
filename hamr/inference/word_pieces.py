"""The word pieces that an encoder reads of each word of a text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from hamr.errors import ModelError
from hamr.inference.words import word_spans
from hamr.models import Encoder
from hamr.models.encoder import CHARACTERS_PER_PIECE


@dataclass(frozen=True)
class Pieces:
    """A text as an encoder reads it."""

    ids: list[int]  # special tokens included
    positions: list[list[int]]  # of each word's pieces among the ids; none of a word that is cut


def pieces_of(encoder: Encoder, text: str) -> Pieces:
    """The text's pieces by its words (`word_spans`), cut as training cuts a row.

    Raises ModelError for a tokenizer that doesn't say where in the text its pieces are.
    """
    tokenizer = encoder.tokenizer
    if not tokenizer.is_fast:
        raise ModelError(
            f"{type(tokenizer).__name__} does not say which piece belongs to which word, so no "
            "words can be pointed out: choose a model that was saved with tokenizer.json",
            field="model",
        )
    encoded = tokenizer(
        text[: encoder.max_length * CHARACTERS_PER_PIECE],
        truncation=True,
        max_length=encoder.max_length,
        return_offsets_mapping=True,
    )
    spans = word_spans(text)
    positions: list[list[int]] = [[] for _ in spans]
    starts = [start for start, _ in spans]
    for position, (start, end) in enumerate(encoded["offset_mapping"]):
        if end > start and starts:
            # A piece may begin with the blank before its word.
            word = max(0, bisect_right(starts, end - 1) - 1)
            positions[word].append(position)
    return Pieces(encoded["input_ids"], positions)
