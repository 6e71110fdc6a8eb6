"""The helper process itself: `python -m hamr helper`, which the app starts (see `helper`)."""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np

from hamr.config import TrainingSettings
from hamr.errors import HamrError, HelperError, ModelError, StoreError
from hamr.jobs.model_answers import LoadModel, ModelAnswers, load_model, near, packed
from hamr.jobs.neighbour_evidence import cached_embedding_key, note_embedding_key
from hamr.jobs.playing import Playgrounds
from hamr.records import Task
from hamr.store import Run, Store

IDLE_SECONDS = 600.0
MOST_ENCODERS = 2  # in memory at a time
ALIKE = 0.99  # cosine similarity from which on a row embedded again is the same; usually 1.0000
DONE, OUT_OF_MEMORY, PARENT_GONE = 0, 1, 3


class Embeds(Protocol):
    """An encoder for new texts: `hamr.inference.Embedder`, or a double."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[T, D] float32, of length 1."""

    def cuts(self, text: str) -> bool:
        """Whether more of the text may be left out."""


Load = Callable[[TrainingSettings, Task], Embeds]


def _load(settings: TrainingSettings, task: Task) -> Embeds:
    from hamr.inference import load_embedder

    return load_embedder(settings, task)


class Answers:
    """What the helper can do, each by the name in a request; it keeps the encoders it has used."""

    def __init__(
        self, home: str | Path | None, load: Load = _load, load_model: LoadModel = load_model
    ) -> None:
        self._home, self._load = home, load
        self._models = ModelAnswers(load_model)
        self._encoders: OrderedDict[Any, Embeds] = OrderedDict()
        self._checked: set[tuple[Any, str]] = set()  # encoders by the embeddings they fit
        self._requests: dict[str, Callable[..., dict[str, Any]]] = {
            "embed": self.embed,
            "key": self.key,
            "playground": Playgrounds().step,
            "predict": self.predict,
            "explain": self.explain,
        }

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; the sentence of an error in place of its result."""
        try:
            return {"done": self.ask(**message)}
        except HamrError as error:
            return {"error": {"kind": type(error).__name__, "sentence": str(error)}}
        except MemoryError:
            raise  # ends the process, and with it what is left over of the try
        except Exception as error:  # one request fails, and the next ones are answered
            traceback.print_exc()
            sentence = (
                f"The program itself failed ({type(error).__name__}: {error}): the log has "
                "more. Please report it"
            )
            return {"error": {"kind": "HelperError", "sentence": sentence}}

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Carry a request out here, in this process. Raises HamrError."""
        if do not in self._requests:
            raise HelperError("The helper process is of another version: restart the app")
        return self._requests[do](**values)

    def embed(self, run: str, texts: list[str]) -> dict[str, Any]:
        """Texts by the encoder that embedded the rows of a run, and the key of its embeddings."""
        of = self._store.run(run)
        key = self._key(of)
        encoder = self._encoder_of(of, key)
        vectors = np.ascontiguousarray(encoder.embed(texts), "<f4")
        return {
            "vectors": base64.b64encode(vectors.tobytes()).decode(),
            "width": vectors.shape[1],
            "key": key,
            "cut": [encoder.cuts(text) for text in texts],
        }

    def key(self, run: str) -> dict[str, Any]:
        """The key of a run's embeddings in the cache, which depends on the encoder's files."""
        return {"key": self._key(self._store.run(run))}

    def predict(self, run: str, epoch: int, texts: list[str]) -> dict[str, Any]:
        """What a run's model predicts for texts, and their nearest training rows.

        Of more rows than are held in memory these are not searched; the answer has the vectors
        for that, as `embed` makes them.
        """
        of = self._store.run(run)
        found, key, vectors = self._models.predict(of, epoch, texts), self._key(of), None
        distances = found.distances
        if distances is None:  # fine-tuned: its rows were embedded before that
            vectors = self._encoder_of(of, key).embed(texts)
            distances = self._models.distances(of, key, vectors)
        starts, transitions = found.predictions.starts, found.predictions.transitions
        return {
            "outputs": list(found.predictions.outputs),
            "probabilities": packed(found.predictions.probabilities),
            "starts": None if starts is None else starts.tolist(),
            "transitions": None if transitions is None else packed(transitions),
            "cut": [self._models.cuts(of, epoch, text) for text in texts],
            "near": None if distances is None else near(distances),
            "vectors": None if vectors is None or distances else packed(vectors),
            "key": key,
        }

    def explain(
        self, run: str, epoch: int, text: str, outputs: list[int], first: int | None = None
    ) -> dict[str, Any]:
        """What the words of a text add to a logit: `ModelAnswers.explain`."""
        return self._models.explain(self._store.run(run), epoch, text, outputs, first)

    @cached_property
    def _store(self) -> Store:
        return Store.open(self._home)

    def _key(self, run: Run) -> str:
        return cached_embedding_key(run) or note_embedding_key(run, run.dataset())

    def _encoder_of(self, run: Run, key: str) -> Embeds:
        """The encoder that embedded the rows of a run, checked once."""
        settings = run.info.settings.training
        which = (settings.model, settings.max_length, run.info.task)
        encoder = self._encoder(which, settings, run.info.task)
        if (which, key) not in self._checked:
            _check(run, key, encoder)
            self._checked.add((which, key))
        return encoder

    def _encoder(self, which: Any, settings: TrainingSettings, task: Task) -> Embeds:
        if which not in self._encoders:
            while len(self._encoders) >= MOST_ENCODERS:
                old, _ = self._encoders.popitem(last=False)
                self._checked = {pair for pair in self._checked if pair[0] != old}
            self._encoders[which] = self._load(settings, task)
        self._encoders.move_to_end(which)
        return self._encoders[which]


def _check(run: Run, key: str, encoder: Embeds) -> None:
    """Embed one row again: an encoder that was changed since would make every similarity wrong.

    Raises StoreError where the rows' embeddings are gone, ModelError for another encoder.
    """
    stored = run.store.cache.get("embeddings", key)
    if stored is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    own = np.asarray(stored[:1], np.float32)[0]
    again = encoder.embed(run.rows().texts([0]))[0]
    alike = 0.0
    if own.shape == again.shape:
        alike = float(own @ again) / max(float(np.linalg.norm(own)), 1e-12)
    if alike < ALIKE and own.any():
        raise ModelError(
            f"The encoder {run.info.settings.training.model} was changed since this run was "
            f"trained: it embeds the first row with a similarity of {alike:.2f} to before. Put the "
            "old one back, or train again"
        )


def help_app(
    home: str | Path | None, *, idle: float = IDLE_SECONDS, answers: Answers | None = None
) -> int:
    """Answer requests on standard input until none has come for `idle` seconds; the exit code.

    Standard output has answers alone: what libraries print there goes to standard error.
    """
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=[requests], name="requests", daemon=True).start()
    own = answers or Answers(home)
    while True:
        try:
            line = requests.get(timeout=idle)
        except queue.Empty:
            return DONE
        try:
            _write(out, own.answer(json.loads(line)))
        except MemoryError:
            sentence = "The encoder needs more memory than there is: close other programs"
            _write(out, {"error": {"kind": "HelperError", "sentence": sentence}})
            return OUT_OF_MEMORY  # what is left over of the try goes with the process


def _write(out: IO[bytes], answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()


def _read(requests: queue.SimpleQueue[str]) -> None:
    with suppress(OSError):
        for line in sys.stdin:
            requests.put(line)
    os._exit(PARENT_GONE)  # at once: a normal exit would wait for torch's threads
