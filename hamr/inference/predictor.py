"""A trained model that predicts texts or sentences, as the run itself predicted its test rows.

It computes in float32, whatever precision the run was trained in, so that a model gives the same
numbers on every machine and in every form that it is exported to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.config import Device, TrainingSettings
from hamr.errors import ModelError
from hamr.inference.passes import PASSES, Given
from hamr.inference.predictions import Predictions
from hamr.records import Task
from hamr.tasks import label_kind

if TYPE_CHECKING:
    import torch

    from hamr.inference.networks import TextNetwork, WordNetwork
    from hamr.models import Encoder


class Predictor:
    """A model and what its outputs mean.

    `encoder` is what it reads texts with, `network` all that computes: exporters read both.
    """

    def __init__(
        self,
        encoder: Encoder,
        network: TextNetwork | WordNetwork,
        task: Task,
        classes: Sequence[str],
    ) -> None:
        """`classes` are those of the data set; of a token task "no entity" is the last."""
        self.encoder, self.network = encoder, network
        self.task, self.classes = task, tuple(classes)
        self.outputs = label_kind(task).outputs(self.classes)
        self._pass = PASSES[task].predict

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.encoder.device

    def predict(
        self, texts: Given, *, embeddings: bool = False, words: bool = False
    ) -> Predictions:
        """The probabilities of all classes of each text, or of all tags of each word.

        In a run on tagged sentences a text is its words, parted at blanks; sentences may also be
        given as sequences of words. A text without a character gets no prediction (NaN). With
        `embeddings` also what the model's last layers read of each text, [S, D] of length 1; with
        `words` the vectors of the words of sentences, by a model whose encoder is frozen.

        Raises ModelError where the GPU's memory does not hold a single text.
        """
        asked = {"embeddings": embeddings, **({"words": True} if words else {})}
        return self._pass(self.encoder, self.network, self.outputs, texts, **asked)


def load_predictor(
    settings: TrainingSettings,
    task: Task,
    classes: Sequence[str],
    weights: Mapping[str, np.ndarray],
    *,
    device: Device = "auto",
) -> Predictor:
    """The model of a run with these settings, and its weights by name, as `FinalRecord.model` has.

    `device` is "cpu", "cuda", "mps", or "auto": a GPU where there is one. Raises ModelError where
    the encoder is gone or damaged, or the weights are not those of such a model; SettingError for
    a device that is not there.
    """
    from hamr.models import encoder_folder, load_encoder
    from hamr.training.devices import device_of

    where = device_of(device)
    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    outputs = len(label_kind(task).outputs(classes))
    network = _filled(_built(settings, task, outputs, encoder), weights)
    network.eval().requires_grad_(False).to(where)
    return Predictor(encoder, network, task, classes)


def checkpoint_weights(
    settings: TrainingSettings,
    task: Task,
    classes: Sequence[str],
    saved: Mapping[str, np.ndarray],
    *,
    best: bool = False,
) -> dict[str, np.ndarray]:
    """The weights in a checkpoint as `load_predictor` takes them: averaged where the run scores
    the average, and with LoRA adapters merged. `best` takes those of the best epoch so far.

    Raises TrainingError for a checkpoint that another version of the program wrote, ModelError as
    `load_predictor` does.
    """
    from hamr.training.checkpoint import below, check_version

    check_version(saved)
    weights = below("best." if best else "model.", saved)
    if not best:
        weights |= below("average.", saved)
    if not (settings.fine_tunes and settings.lora_rank):
        return weights
    from hamr.models import add_lora, encoder_folder, load_encoder, merged_weights

    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    add_lora(
        encoder.model,
        rank=settings.lora_rank,
        alpha=settings.lora_alpha,
        targets=settings.lora_targets,
        layers=settings.lora_layers,
        frozen=settings.frozen_layers,
    )
    outputs = len(label_kind(task).outputs(classes))
    return merged_weights(_filled(_built(settings, task, outputs, encoder), weights).model)


def _built(settings: TrainingSettings, task: Task, outputs: int, encoder: Encoder) -> Any:
    """The network, without the weights of the run."""
    from hamr.models import Head

    kind = PASSES[task]
    if settings.fine_tunes:
        return kind.tuned(encoder, outputs, settings.pooling)
    return kind.frozen(encoder, Head(encoder.width, settings.hidden, outputs))


def _filled(network: Any, weights: Mapping[str, np.ndarray]) -> Any:
    """The network with those weights in the part that was trained."""
    import torch

    trained = getattr(network, "head", None) or network.model
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    try:
        trained.load_state_dict(tensors)
    except RuntimeError as error:
        why = " ".join(str(error).split())
        raise ModelError(
            f"the weights are not those of this model ({why[:300]}): they were written by another "
            "version of the program, or with another encoder. Use that version, or train again"
        ) from error
    return network
