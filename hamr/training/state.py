"""What learns, and its optimisers, as plain arrays by name: read out and put back."""

from __future__ import annotations

import numpy as np
import torch

from hamr.training.averaging import WeightAverage
from hamr.training.checkpoint import above, below
from hamr.weighting import MetaStep, Step, WeightModel


class LearnerState:
    """The part of a checkpoint that a `Learner` owns."""

    def __init__(
        self,
        model: torch.nn.Module,
        network: WeightModel,
        step: Step,
        *,
        adamw: torch.optim.Optimizer,
        adam: torch.optim.Optimizer,
        average: WeightAverage | None = None,
    ) -> None:
        """`adamw` is the model's optimiser, `adam` the weight network's."""
        self._model, self._network, self._step = model, network, step
        self._average = average
        self._optimizers = {"adamw": adamw, "adam": adam}

    def is_finite(self) -> bool:
        """Whether no parameter of the model is NaN or infinite."""
        return all(bool(torch.isfinite(p).all()) for p in self._model.parameters())

    def model_weights(self) -> dict[str, np.ndarray]:
        """A copy of the model's parameters and buffers, by name."""
        return _arrays(self._model.state_dict())

    def load_model(self, weights: dict[str, np.ndarray]) -> None:
        """Puts such a copy back."""
        self._model.load_state_dict(_tensors(weights))

    def save(self) -> dict[str, np.ndarray]:
        """Model, weight network, both optimisers and the average of the weights, by name."""
        saved = above("model.", self.model_weights())
        saved |= above("network.", _arrays(self._network.state_dict()))
        if isinstance(self._step, MetaStep):
            saved["layerwise"] = np.array([self._step.layerwise])
        for owner, optimizer in self._optimizers.items():
            for number, state in optimizer.state_dict()["state"].items():
                saved |= above(f"{owner}.{number}.", _arrays(state))
        if self._average is not None:
            saved |= above("average.", _arrays(self._average.averaged))
            saved["average_steps"] = np.array([self._average.steps])
        return saved

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.load_model(below("model.", saved))
        self._network.load_state_dict(_tensors(below("network.", saved)))
        if isinstance(self._step, MetaStep):
            self._step.layerwise = bool(saved["layerwise"][0])
        for owner, optimizer in self._optimizers.items():
            state: dict[int, dict[str, torch.Tensor]] = {}
            for key, tensor in _tensors(below(f"{owner}.", saved)).items():
                number, name = key.split(".", 1)
                state.setdefault(int(number), {})[name] = tensor
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        if self._average is not None:
            averaged = _tensors(below("average.", saved))
            self._average.load(averaged, int(saved["average_steps"][0]))


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
