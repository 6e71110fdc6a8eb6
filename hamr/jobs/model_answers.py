"""What the helper process answers with the models of runs: predictions, and words that matter."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.store import Run

if TYPE_CHECKING:
    from hamr.inference import Predicted
    from hamr.inference.distance import Distances, TrainingRows
    from hamr.jobs.run_model import RunModel

MOST_MODELS = 2  # in memory at a time
MOST_ROWS = 200_000  # whose vectors are held in memory, to say what is unlike them

LoadModel = Callable[[Run, int], "RunModel"]


def load_model(run: Run, epoch: int) -> RunModel:
    """The model of an epoch of a run, with its training rows where these were embedded by the
    encoder that it has now and fit into memory. Raises StoreError, ModelError.
    """
    from hamr.jobs.predicting import predictor_of
    from hamr.jobs.run_model import RunModel, model_of

    # On the CPU: a text is small, and a run may train on the GPU.
    if run.info.settings.training.fine_tunes or len(run.rows()) > MOST_ROWS:
        return RunModel(predictor_of(run, epoch, device="cpu"), epoch)
    return model_of(run, epoch, device="cpu")


class ModelAnswers:
    """Predictions and attributions by the models of runs; it keeps those used last."""

    def __init__(self, load: LoadModel = load_model) -> None:
        self._load = load
        self._models: OrderedDict[tuple[str, int], RunModel] = OrderedDict()
        self._rows: OrderedDict[str, TrainingRows] = OrderedDict()

    def predict(self, run: Run, epoch: int, texts: Sequence[str]) -> Predicted:
        """What a model predicts, with distances where it has its training rows."""
        return self._model(run, epoch).predict(list(texts))

    def cuts(self, run: Run, epoch: int, text: str) -> bool:
        """Whether more of the text may be left out."""
        from hamr.inference import Embedder

        return Embedder(self._model(run, epoch).predictor.encoder, run.info.task).cuts(text)

    def distances(self, run: Run, key: str, vectors: np.ndarray) -> Distances | None:
        """How far texts with these vectors lie from the training rows, by the embeddings under
        that key; None of more rows than are held in memory, and where the embeddings are gone.
        """
        from hamr.inference.distance import TrainingRows

        if key not in self._rows:
            stored, count = run.store.cache.get("embeddings", key), len(run.rows())
            if stored is None or count > MOST_ROWS:
                return None
            while len(self._rows) >= MOST_MODELS:
                self._rows.popitem(last=False)
            self._rows[key] = TrainingRows(np.asarray(stored[:count]), np.asarray(stored[count:]))
        self._rows.move_to_end(key)
        return self._rows[key].distances(vectors)

    def explain(
        self, run: Run, epoch: int, text: str, outputs: Sequence[int], first: int | None
    ) -> dict[str, Any]:
        """What the words of a text add to the logit of an output, for `trying.explained`.

        Of a sentence `outputs` are the tags of the words from `first` on.
        """
        from hamr.inference.explained import explain_class, explain_tags

        model = self._model(run, epoch).predictor
        if first is None:
            found = explain_class(model, text, outputs[0])
        else:
            found = explain_tags(model, text.split(), first, outputs)
        return {
            "words": packed(found.words),
            "logit": found.logit,
            "baseline": found.baseline,
            "rest": found.rest,
        }

    def _model(self, run: Run, epoch: int) -> RunModel:
        which = run.id, epoch
        if which not in self._models:
            while len(self._models) >= MOST_MODELS:
                self._models.popitem(last=False)
            self._models[which] = self._load(run, epoch)
        self._models.move_to_end(which)
        return self._models[which]


def near(found: Distances) -> dict[str, Any]:
    """Distances, as JSON holds them."""
    return {
        "rows": found.nearest.tolist(),
        "similarities": packed(found.similarities),
        "rank": packed(found.rank),
        "unlike": found.unlike.tolist(),
    }


def packed(array: np.ndarray) -> dict[str, Any]:
    """An array of numbers, as JSON holds it."""
    flat = np.ascontiguousarray(array, "<f4")
    return {"shape": list(flat.shape), "data": base64.b64encode(flat.tobytes()).decode()}


def unpacked(value: dict[str, Any]) -> np.ndarray:
    """The array again, float32."""
    return np.frombuffer(base64.b64decode(value["data"]), "<f4").reshape(value["shape"])
