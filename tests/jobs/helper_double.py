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
from hamr.jobs.helper_process import Answers, help_app

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


if __name__ == "__main__":
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    sys.exit(help_app(None, idle=idle, answers=Answers(None, load)))
