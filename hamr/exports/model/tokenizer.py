"""The tokenizer of a trained model, saved so that others cut texts where the model does."""

from __future__ import annotations

from pathlib import Path

from hamr.errors import ModelError
from hamr.models import Encoder


def save_tokenizer(encoder: Encoder, folder: Path) -> None:
    """Write tokenizer.json and its settings: texts are cut at the model's greatest length, and
    those read together are padded to the longest, also by the tokenizers library alone.
    """
    tokenizer = encoder.tokenizer
    tokenizer.model_max_length = encoder.max_length
    if tokenizer.is_fast:
        tokenizer.backend_tokenizer.enable_truncation(encoder.max_length)
        tokenizer.backend_tokenizer.enable_padding(
            pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token
        )
    tokenizer.save_pretrained(folder)


def check_tokenizer(encoder: Encoder, folder: Path, texts: list[str]) -> None:
    """Raises ModelError where the saved tokenizer reads one of these texts otherwise."""
    from transformers import AutoTokenizer

    saved = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    for text, wanted in zip(texts, encoder.tokenize(texts), strict=True):
        if saved(text, truncation=True)["input_ids"] != wanted:
            raise ModelError(
                f"the tokenizer of the exported model reads {text[:60]!r} otherwise than that of "
                "the run does, so nothing was written: choose the run's encoder from a folder with "
                "tokenizer.json",
                field="model",
            )
