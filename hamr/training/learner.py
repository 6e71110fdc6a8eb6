"""Model, weight network and optimisers: built, stepped, evaluated, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
from hamr.models.encoder import pooled
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset
from hamr.training.checkpoint import above, below
from hamr.training.devices import Place
from hamr.training.faults import refuse_not_finite
from hamr.training.features import all_texts
from hamr.training.freezing import freeze
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
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        embeddings: np.ndarray,
        place: Place,
        ranks: Ranks = ALONE,
    ) -> None:
        torch.manual_seed(settings.seed)  # decides the first weights of head and network
        self._settings, self._place = settings, place
        # A head on frozen embeddings learns faster than rows can be shared out: each rank
        # trains all of it, alike.
        self._ranks = ALONE if settings.preset == "quick" else ranks
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
            freeze(encoder.model, settings.frozen_layers)
            self.inputs = Tokens(encoder, all_texts(dataset))
            self.model = FineTuned(encoder, classes).to(place.device)
        self.network = WeightNetwork(
            settings.weight_hidden, settings.weight_low, settings.weight_high
        )
        self._optimizer = torch.optim.AdamW(
            [p for p in self.model.parameters() if p.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._network_optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings.meta_rate, fused=True
        )
        self._step = self._build_step()

    def _build_step(self) -> Step:
        settings, network = self._settings, self.network
        learned: tuple[Any, Any] = (None, None)
        if settings.learns_weights:
            learned = (network, self._network_optimizer)
        if isinstance(self.model, Head):
            return FrozenHeadStep(
                self.model, self._optimizer, *learned, alpha=settings.virtual_rate
            )
        self._optimizer.register_step_pre_hook(refuse_not_finite)
        return MetaStep(
            self.model,
            self._optimizer,
            *learned,
            alpha=settings.virtual_rate,
            meta_gradient=settings.meta_gradient,
            accumulation=settings.accumulation,
            autocast=self._place.autocast,
            max_gradient_norm=settings.max_gradient_norm,
            ranks=self._ranks,
        )

    def step(
        self,
        places: np.ndarray,
        meta_places: np.ndarray,
        *,
        keys: np.ndarray,
        rate: float = 1.0,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """One update on the rows at `places` [B], with a meta batch at `meta_places` [M].

        `keys` [B] decide the rows' dropout masks; the learning rate is `rate` times its peak;
        with `probe` the outcome tells how near the meta-gradient is to the exact one, without
        `meta` the weight network rests. Each
        rank computes its share of both batches; the outcome is that of the whole.
        """
        own, own_meta = (self._ranks.share(len(rows)) for rows in (places, meta_places))
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * rate
        return self._step(
            *self._batch(places[own]),
            *self._batch(meta_places[own_meta]),
            keys=torch.from_numpy(keys[own]),
            sizes=(len(places), len(meta_places)),
            probe=probe,
            meta=meta,
        )

    def _batch(self, places: np.ndarray) -> tuple[Any, torch.Tensor]:
        """Inputs and labels of those rows, where the model is."""
        inputs, labels = self.inputs.batch(places), self._labels[torch.from_numpy(places)]
        device = self._place.device
        if device.type == "cpu":
            return inputs, labels
        moved = {name: tensor.to(device, non_blocking=True) for name, tensor in inputs.items()}
        return moved, labels.to(device, non_blocking=True)

    def evaluate(self, places: np.ndarray) -> Iterator[int | Evaluation]:
        """Yields rows done after each chunk, and last the evaluation of all `places` [n]."""
        first = int(places[0]) if len(places) else 0  # places are consecutive
        loss = torch.zeros(len(places))
        prediction = torch.zeros(len(places), dtype=torch.int32)
        self.model.eval()
        for chunk, done in self._own_chunks(places):
            with torch.inference_mode():
                inputs, labels = self._batch(chunk)
                with self._place.precision():
                    logits = self.model(inputs)
                logits = logits.float()
                losses = per_sample_loss(logits, labels)
            loss[chunk - first] = losses.cpu()
            prediction[chunk - first] = logits.argmax(1).cpu().int()
            yield done
        self._ranks.add_([loss, prediction])
        yield Evaluation(loss.numpy(), prediction.numpy().astype(np.int16), np.exp(-loss.numpy()))

    def _own_chunks(self, places: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """This rank's chunks of the rows, and how many rows all ranks have done after each.

        The chunks are those of a single process, dealt out in turn since their rows get
        longer; rows of other ranks count as zero, so that a sum puts the parts together.
        """
        chunks = list(self.inputs.chunks(places))
        done = np.cumsum([len(chunk) for chunk in chunks])
        for turn in range(self._ranks.rank, len(chunks), self._ranks.count):
            yield chunks[turn], int(done[turn])

    def embed(self, places: np.ndarray) -> Iterator[int | np.ndarray]:
        """Yields rows done, and last the embeddings [n, D] float32 by the encoder as it is now.

        Pooled as the frozen ones are (`Encoder.embed`): the mean of a row's token vectors,
        scaled to length 1. Full preset only.
        """
        assert isinstance(self.model, FineTuned)
        first, width = int(places[0]), self.model.classifier.in_features
        embeddings = torch.zeros(len(places), width)
        self.model.eval()
        for chunk, done in self._own_chunks(places):
            with torch.inference_mode(), self._place.precision():
                vectors = pooled(self.model.encoder, self._batch(chunk)[0])
            unit = torch.nn.functional.normalize(vectors.float(), dim=1)
            embeddings[chunk - first] = unit.cpu()
            yield done
        self._ranks.add_([embeddings])
        yield embeddings.numpy()

    def curve(self) -> np.ndarray:
        """s = sigmoid(V(z)) on CURVE_GRID, [G] float32."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(CURVE_GRID)).s.numpy().copy()

    def is_finite(self) -> bool:
        """Whether every parameter of the model still is a number."""
        return all(bool(torch.isfinite(p).all()) for p in self.model.parameters())

    def model_weights(self) -> dict[str, np.ndarray]:
        """A copy of the model's parameters and buffers, by name."""
        return _arrays(self.model.state_dict())

    def load_model(self, weights: dict[str, np.ndarray]) -> None:
        """Puts such a copy back."""
        self.model.load_state_dict(_tensors(weights))

    def save(self) -> dict[str, np.ndarray]:
        """Model, weight network and both optimisers, by name."""
        saved = above("model.", self.model_weights())
        saved |= above("network.", _arrays(self.network.state_dict()))
        if isinstance(self._step, MetaStep):
            saved["layerwise"] = np.array([self._step.layerwise])
        for owner, optimizer in self._optimizers():
            for place, state in optimizer.state_dict()["state"].items():
                saved |= above(f"{owner}.{place}.", _arrays(state))
        return saved

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.load_model(below("model.", saved))
        self.network.load_state_dict(_tensors(below("network.", saved)))
        if isinstance(self._step, MetaStep):
            self._step.layerwise = bool(saved["layerwise"][0])
        for owner, optimizer in self._optimizers():
            state: dict[int, dict[str, torch.Tensor]] = {}
            for key, tensor in _tensors(below(f"{owner}.", saved)).items():
                place, name = key.split(".", 1)
                state.setdefault(int(place), {})[name] = tensor
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})

    def _optimizers(self) -> list[tuple[str, torch.optim.Optimizer]]:
        return [("adamw", self._optimizer), ("adam", self._network_optimizer)]


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
