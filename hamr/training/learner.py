"""Model, weight network and optimisers: built, stepped, evaluated, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.models import (
    Features,
    FineTuned,
    Head,
    Inputs,
    Tokens,
    encoder_folder,
    load_encoder,
    per_sample_loss,
)
from hamr.records import Dataset
from hamr.training.features import all_texts
from hamr.weighting import FrozenHeadStep, MetaStep, Outcome, Step, WeightNetwork

CURVE_GRID = np.linspace(-3, 5, 81, dtype=np.float32)


@dataclass(frozen=True)
class Evaluation:
    """One pass without dropout over n rows."""

    loss: np.ndarray  # [n] float32, nats
    prediction: np.ndarray  # [n] int16
    label_probability: np.ndarray  # [n] float32


class Learner:
    """All that learns, behind one step; rows are addressed by their place in all splits."""

    def __init__(
        self, dataset: Dataset, settings: TrainingSettings, embeddings: np.ndarray
    ) -> None:
        torch.manual_seed(settings.seed)  # decides the first weights of head and network
        splits = (dataset.train, dataset.validation, dataset.test)
        self._labels = torch.from_numpy(np.concatenate([s.labels for s in splits]).astype(int))
        self.inputs: Inputs
        self.model: torch.nn.Module
        classes = len(dataset.classes)
        if settings.preset == "quick":
            self.inputs = Features(embeddings)
            self.model = Head(embeddings.shape[1], settings.hidden, classes)
        else:
            encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
            self.inputs = Tokens(encoder, all_texts(dataset))
            self.model = FineTuned(encoder, classes)
        self.network = WeightNetwork(
            settings.weight_hidden, settings.weight_low, settings.weight_high
        )
        self._optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._network_optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.meta_rate, fused=True
        )
        self._step = self._build_step(settings)

    def _build_step(self, settings: TrainingSettings) -> Step:
        network = self.network if settings.learns_weights else None
        learned = (network, self._network_optimizer if network else None)
        if isinstance(self.model, Head):
            return FrozenHeadStep(
                self.model, self._optimizer, *learned, alpha=settings.virtual_rate
            )
        return MetaStep(self.model, self._optimizer, *learned, alpha=settings.virtual_rate)

    def step(self, places: np.ndarray, meta_places: np.ndarray) -> Outcome:
        """One update on the rows at `places` [B], with a meta batch at `meta_places` [M]."""
        return self._step(
            self.inputs.batch(places),
            self._labels[torch.from_numpy(places)],
            self.inputs.batch(meta_places),
            self._labels[torch.from_numpy(meta_places)],
        )

    def evaluate(self, places: np.ndarray) -> Iterator[int | Evaluation]:
        """Yields rows done after each chunk, and last the evaluation of all `places` [n]."""
        first = int(places[0]) if len(places) else 0  # places are consecutive
        loss = np.empty(len(places), np.float32)
        prediction = np.empty(len(places), np.int16)
        done = 0
        self.model.eval()
        for chunk in self.inputs.chunks(places):
            with torch.inference_mode():
                logits = self.model(self.inputs.batch(chunk))
                losses = per_sample_loss(logits, self._labels[torch.from_numpy(chunk)])
            loss[chunk - first] = losses.numpy()
            prediction[chunk - first] = logits.argmax(1).numpy()
            done += len(chunk)
            yield done
        yield Evaluation(loss, prediction, np.exp(-loss))

    def curve(self) -> np.ndarray:
        """s = sigmoid(V(z)) on CURVE_GRID, [G] float32."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(CURVE_GRID)).s.numpy().copy()

    def model_weights(self) -> dict[str, np.ndarray]:
        """A copy of the model's parameters and buffers, by name."""
        return {name: t.numpy().copy() for name, t in self.model.state_dict().items()}

    def load_model(self, weights: dict[str, np.ndarray]) -> None:
        """Puts such a copy back."""
        self.model.load_state_dict({n: torch.from_numpy(np.array(w)) for n, w in weights.items()})

    def save(self) -> dict[str, np.ndarray]:
        """Model, weight network and both optimisers, by name."""
        saved = {f"model.{name}": array for name, array in self.model_weights().items()}
        for name, tensor in self.network.state_dict().items():
            saved[f"network.{name}"] = tensor.numpy().copy()
        for owner, optimizer in self._optimizers():
            for place, state in optimizer.state_dict()["state"].items():
                for name, tensor in state.items():
                    saved[f"{owner}.{place}.{name}"] = tensor.numpy().copy()
        return saved

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.load_model(_below(saved, "model."))
        network = {n: torch.from_numpy(np.array(a)) for n, a in _below(saved, "network.").items()}
        self.network.load_state_dict(network)
        for owner, optimizer in self._optimizers():
            state: dict[int, dict[str, torch.Tensor]] = {}
            for key, array in _below(saved, f"{owner}.").items():
                place, name = key.split(".", 1)
                state.setdefault(int(place), {})[name] = torch.from_numpy(np.array(array))
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})

    def _optimizers(self) -> list[tuple[str, torch.optim.Optimizer]]:
        return [("adamw", self._optimizer), ("adam", self._network_optimizer)]


def _below(saved: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array for name, array in saved.items() if name.startswith(prefix)
    }
