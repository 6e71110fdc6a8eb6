"""Predicted entities of a finished run as CoNLL columns or JSONL: `export --what predictions`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hamr.entities import tag_names
from hamr.errors import SettingError, StoreError
from hamr.exports.sentences import check_words
from hamr.store import Run

ENDINGS = (".conll", ".jsonl")


def check_target(target: Path, split: str) -> None:
    """Raise SettingError if predicted entities can't be written so."""
    if target.suffix.lower() not in ENDINGS:
        raise SettingError(
            f"--to must end in .conll or .jsonl for predictions, got {target.name!r}", field="to"
        )
    if split not in ("validation", "test"):
        raise SettingError(
            f"--split must be validation or test for predictions, got {split!r}", field="split"
        )


def predicted(run: Run, split: str, ending: str) -> str:
    """All sentences of validation or test with gold and predicted BIO tags, in their order.

    CoNLL: word, gold tag, predicted tag, separated by tabs; a blank line after each sentence.
    JSONL: {"id", "tokens", "ner_tags", "predicted"}, a line for each sentence. Predictions are
    those of the best validation epoch. Raises StoreError before the run's end.
    """
    final = run.final()
    if final is None:
        raise StoreError(
            f"{run.info.name!r} has no predictions yet: they are made when it ends", field="run"
        )
    write = _conll if ending == ".conll" else _jsonl
    return "".join(write(*row) for row in _sentences(run, split, final.tags[split]))


def _sentences(
    run: Run, split: str, found: np.ndarray
) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """(id, words, gold, predicted) of each sentence."""
    names = np.array(tag_names(run.classes[:-1]), object)
    table = run.rows("validation" if split == "validation" else "test")
    rows = table.rows()
    for row, own in enumerate(np.split(found, table.word_starts[1:-1])):
        words, tags = (rows.words or ())[row], (rows.tags or ())[row]
        yield rows.ids[row], list(words), names[tags].tolist(), names[own].tolist()


def _conll(row_id: str, words: list[str], gold: list[str], found: list[str]) -> str:
    check_words(row_id, words)
    lines = zip(words, gold, found, strict=True)
    return "".join(f"{word}\t{tag}\t{guess}\n" for word, tag, guess in lines) + "\n"


def _jsonl(row_id: str, words: list[str], gold: list[str], found: list[str]) -> str:
    row = {"id": row_id, "tokens": words, "ner_tags": gold, "predicted": found}
    return json.dumps(row, ensure_ascii=False) + "\n"
