"""A helper process without torch: `python -m tests.jobs.helper_double WHAT`.

The first of `LETTERS` that a text holds, by its place, is what the text means. What goes wrong is
said by the text itself.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np

from hamr.errors import ModelError
from hamr.inference.columns import Predicted
from hamr.inference.predictions import Predictions
from hamr.inference.words import words_of
from hamr.jobs.helper_process import Answers, help_app
from hamr.jobs.model_answers import ModelAnswers, packed
from hamr.tasks import features, label_kind

WIDTH = 8


def meaning(text: str) -> np.ndarray:
    """A unit vector that depends on the letters of the text."""
    letters = np.frombuffer(text.encode(), np.uint8)
    vector = np.bincount(letters % WIDTH, minlength=WIDTH).astype(np.float32)
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


class Encoder:
    """Embeds by letters, and dies of some texts."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        for text in texts:
            if text == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if text.startswith("kill once "):
                note = Path(text.removeprefix("kill once "))
                if not note.exists():
                    note.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            if text == "sleep":
                sleep(60)
            if text == "eat":
                resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
                np.ones(1 << 30)
        return np.stack([meaning(text) for text in texts])

    def cuts(self, text: str) -> bool:
        return len(text) > 50


def load(settings: Any, task: Any) -> Encoder:
    if settings.model == "gone":
        raise ModelError("gone is not a folder: name a folder that holds config.json")
    print("a library prints on standard output")
    return Encoder()


class Model:
    """Knows a class by a letter: a text with many "a" is of the first, with many "b" of the second.

    Of a sentence a word that begins with a capital letter is an entity of the first type.
    """

    def __init__(self, task: Any, classes: Sequence[str]) -> None:
        self.outputs = label_kind(task).outputs(classes)
        self.encoder, self._tags = Encoder(), features(task).entities

    def predict(self, texts: Sequence[str]) -> Predicted:
        self.encoder.embed(texts)  # which dies of some
        starts = np.cumsum([0, *(len(text.split()) for text in texts)]) if self._tags else None
        of_each = [w for text in texts for w in text.split()] if self._tags else texts
        shares = np.stack(list(map(self._shares, of_each)))
        return Predicted(Predictions(self.outputs, shares, starts=starts))

    def _shares(self, text: str) -> np.ndarray:
        letters = "abcdefghijklmnopqrstuvwxyz"[: len(self.outputs)]
        found = np.array([text.count(letter) for letter in letters], np.float32) + 0.1
        if self._tags:
            found = np.full(len(self.outputs), 0.1, np.float32)
            found[1 if text[:1].isupper() else 0] = 5
        shares: np.ndarray = found / found.sum()
        return shares


def load_model(run: Any, epoch: int) -> Any:
    return Model(run.info.task, run.info.classes)


def explain(run: Any, epoch: int, text: str, outputs: Sequence[int], first: Any) -> dict[str, Any]:
    """Every word adds its length; the last one of many is not read."""
    words = text.split() if first is not None else words_of(text)
    added = np.array([len(word) for word in words], np.float32)
    added[10:] = np.nan
    total = float(np.nansum(added))
    return {"words": packed(added), "logit": total, "baseline": 0.0, "rest": 0.0}


class Models(ModelAnswers):
    """Over doubles, whose encoder needs no torch."""

    def cuts(self, run: Any, epoch: int, text: str) -> bool:
        return Encoder().cuts(text)


class Double(Answers):
    """The real answers over doubles of encoder and model, and of what explains."""

    def __init__(self, home: Any) -> None:
        super().__init__(home, load)
        self._models = Models(load_model)

    def explain(self, run: str, epoch: int, text: str, outputs: Any, first: Any = None) -> Any:
        if "unexplained" in text:
            raise ModelError("no words can be pointed out")
        return explain(run, epoch, text, outputs, first)


if __name__ == "__main__":
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    sys.exit(help_app(None, idle=idle, answers=Double(None)))
