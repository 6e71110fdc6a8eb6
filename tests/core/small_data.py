"""A small data set whose classes can be told apart, and a cache that holds its embeddings."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from hamr.config import TrainingSettings
from hamr.entities import NO_ENTITY, Span, mention_counts, row_label, tags_of
from hamr.records import Dataset, EpochRecord, Rows
from hamr.training import embedding_key

CLASSES = ("common", "rare", "rarest")
COUNTS = {"train": (60, 20, 6), "validation": (12, 6, 4), "test": (12, 6, 4)}
WIDTH = 8


class DictCache(dict):
    """The Cache protocol over a dict."""

    def get(self, kind, key):
        return dict.get(self, (kind, key))

    def put(self, kind, key, array):
        self[kind, key] = array

    def drop(self, kind, key):
        self.pop((kind, key), None)


def small_dataset() -> Dataset:
    """86 training rows of three classes; row texts are never read by the quick preset."""
    splits = {}
    for name, counts in COUNTS.items():
        labels = np.repeat(np.arange(3), counts).astype(np.int32)
        ids = tuple(f"{name}:{place}" for place in range(len(labels)))
        splits[name] = Rows(ids, tuple(f"text of {row}" for row in ids), labels)
    return Dataset("small", "sequence", CLASSES, **splits, fingerprint="0" * 64)


def small_cache(dataset: Dataset, settings: TrainingSettings) -> DictCache:
    """Embeddings around one centre per class, with some overlap."""
    generator = np.random.default_rng(0)
    centres = 1.5 * generator.normal(size=(3, WIDTH))
    labels = np.concatenate([dataset.split(name).labels for name in COUNTS])
    points = centres[labels] + generator.normal(size=(len(labels), WIDTH))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    cache = DictCache()
    cache.put("embeddings", embedding_key(dataset, settings), points.astype(np.float32))
    return cache


def save_tiny_encoder(folder: Path) -> Path:
    """A two-layer BERT with random weights and a word-piece vocabulary of its own."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "text", "of", "train", "test"]
    words += ["validation", ":", *map(str, range(10)), *(f"##{n}" for n in range(10))]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def quick(**changes) -> TrainingSettings:
    """Settings of a run that takes a fraction of a second."""
    base = {"epochs": 4, "batch_size": 8, "meta_batch_size": 8, "hidden": 16, "neighbours": 3}
    return TrainingSettings.of_preset(**{"preset": "quick", **base, **changes})


def full(folder, **changes) -> TrainingSettings:
    """Settings that fine-tune the tiny encoder in that folder for an epoch or two."""
    base = {
        "preset": "full", "model": str(folder), "epochs": 2, "max_length": 16, "frozen_layers": 0,
        "patience": 0, "head_start": "random",
    }  # fmt: skip
    return quick(**{**base, **changes})


def epochs_of(records) -> list[EpochRecord]:
    """The epochs among a run's records."""
    return [record for record in records if isinstance(record, EpochRecord)]


def same_bits(one: EpochRecord, other: EpochRecord, *, steps: bool = True) -> None:
    """Asserts that signals, arrays, checkpoints and kept steps of two epochs are equal to the bit;
    the steps unless they are left out.
    """
    for name in ("signals", "arrays", "checkpoint", *(["steps"] if steps else [])):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.keys() == theirs.keys()
        for key in mine:
            floats = mine[key].dtype.kind == "f"
            assert np.array_equal(mine[key], theirs[key], equal_nan=floats), key


TYPES = ("place", "price")
WORDS = ("text", "of", "train", "test", "validation", "7")


def small_tagged(counts: tuple[int, int, int] = (40, 14, 14), longest: int = 9) -> Dataset:
    """Sentences whose entities follow from their words: 7 is a price, "test of" a place."""
    generator = np.random.default_rng(0)
    splits = {}
    for name, count in zip(COUNTS, counts, strict=True):
        words = [
            tuple(generator.choice(WORDS, generator.integers(2, longest))) for _ in range(count)
        ]
        spans = [_entities(sentence) for sentence in words]
        tags = tuple(tags_of(own, len(w)) for own, w in zip(spans, words, strict=True))
        mentions = mention_counts(tags, 2)
        splits[name] = Rows(
            ids=tuple(f"{name}:{place}" for place in range(count)),
            texts=tuple(map(" ".join, words)),
            labels=np.array([row_label(own, mentions) for own in spans], np.int32),
            words=tuple(words),
            tags=tags,
        )
    return Dataset("small, tagged", "token", (*TYPES, NO_ENTITY), **splits, fingerprint="1" * 64)


def _entities(words) -> list[Span]:
    found = [Span(i, i + 1, 1) for i, word in enumerate(words) if word == "7"]
    pairs = enumerate(pairwise(words))
    return found + [Span(i, i + 2, 0) for i, pair in pairs if pair == ("test", "of")]
