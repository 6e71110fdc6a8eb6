"""Model, weight network and optimisers: built together, and updated step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.losses import meta_objective, objective
from hamr.models import FineTuned, FrozenPrefix, HasTransitions, Head
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset
from hamr.tasks import label_kind
from hamr.training.averaging import WeightAverage
from hamr.training.devices import DeviceSetup
from hamr.training.embedded import Embedded
from hamr.training.evaluator import Evaluator
from hamr.training.examples import Batch
from hamr.training.faults import refuse_not_finite
from hamr.training.head_start import start_head
from hamr.training.state import LearnerState
from hamr.training.tasks import task_of, window_offsets
from hamr.training.warm_start import WarmStart, warm_weights
from hamr.weighting import (
    FrozenHeadStep,
    FrozenWordsStep,
    HeadRows,
    MetaStep,
    Outcome,
    Step,
    weight_model,
)


class Learner:
    """All that learns. `evaluator` scores rows with it, `state` saves and restores it."""

    def __init__(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        embedded: Embedded,
        setup: DeviceSetup,
        ranks: Ranks = ALONE,
        kept: np.ndarray | None = None,
    ) -> None:
        """`kept` [K] are the training rows that may be learned from, by default all."""
        torch.manual_seed(settings.seed)  # decides the first weights of head and network
        self._settings, self._setup = settings, setup
        # A head on frozen embeddings learns faster than rows can be shared out: each rank
        # trains the whole head, with the same result.
        self._ranks = ranks if settings.fine_tunes else ALONE
        self.task = task_of(dataset, kept)
        self._outputs = label_kind(dataset.task).outputs(dataset.classes)
        self.examples, model = self.task.build(settings, embedded)
        self.model = model.to(setup.device)
        self._start_head(dataset, embedded, kept)
        self.network = weight_model(settings, self.task.counts)
        self._optimizer = torch.optim.AdamW(
            [p for p in self.model.parameters() if p.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        adam = self.network.optimizer(settings)
        self._step = self._build_step(adam)
        self.evaluator = Evaluator(self.examples, self.model, setup, self._ranks)
        decay = settings.average_decay
        self._average = WeightAverage(self.model, decay) if decay else None
        self.state = LearnerState(
            self.model, self.network, self._step, adamw=self._optimizer, adam=adam,
            average=self._average,
        )  # fmt: skip

    def _start_head(self, dataset: Dataset, embedded: Embedded, kept: np.ndarray | None) -> None:
        """The head's first weights, where they are not random; a head on words keeps those, and
        so does one on last tokens, since embeddings are means.
        """
        settings, model = self._settings, self.model
        if (
            settings.head_start == "random"
            or not self.task.starts_head
            or settings.pooling != "mean"
        ):
            return
        if isinstance(model, FineTuned):
            labels = dataset.train.labels.astype(np.int64)
            vectors = np.asarray(embedded.rows[: len(labels)])
            none = np.zeros(0, np.int64)
            start_head(
                model,
                vectors,
                labels,
                lambda rows: self._moved(self.examples.batch(rows, none))[0],
                kept,
            )

    def prepare(self) -> Iterator[tuple[int, int]]:
        """Stores what the frozen layers make of all rows, if any are; yields (rows done, rows)."""
        settings, model = self._settings, self.model
        if not (settings.frozen_layers and settings.frozen_states == "stored"):
            return
        assert isinstance(model, FineTuned)  # no other has layers to freeze
        prefix = FrozenPrefix(model.encoder, settings.frozen_layers)
        model.eval()
        yield from self.examples.store(prefix, self._setup.move)

    def observe(self, observer: Callable[[HeadRows, torch.Tensor], None]) -> None:
        """Have a function called at each virtual update of a head on frozen embeddings of texts,
        with the batch at phi and alpha w_i / B of its rows.
        """
        if isinstance(self._step, FrozenHeadStep):
            self._step.observer = observer

    def start_from(self, start: WarmStart) -> None:
        """Give the model the weights of another run; new classes keep their first weights."""
        self.state.load_model(warm_weights(start, self.model, self._outputs))
        if self._average is not None:
            self._average.restart()

    def tag_by(self, transitions: np.ndarray | None) -> None:
        """From now on tag the words of a sentence together; the model keeps how, with its weights.

        `transitions` [T + 1, T + 1] are those of `hamr.tag_transitions`; None for words alone.
        """
        assert self.examples.decoding is not None and isinstance(self.model, HasTransitions)
        self.examples.decoding.transitions = transitions
        kept = None if transitions is None else torch.from_numpy(transitions.copy())
        self.model.transitions = kept

    def averaged(self) -> AbstractContextManager[None]:
        """Within it the model has the weights that are scored and kept: averaged, or its own."""
        return nullcontext() if self._average is None else self._average.in_place()

    def _build_step(self, adam: torch.optim.Optimizer) -> Step:
        settings, counts = self._settings, self.task.counts
        learned = (self.network, adam) if settings.learns_weights else (None, None)
        common: dict[str, Any] = {
            "alpha": settings.virtual_rate,
            "objective": objective(settings, counts, soft=self.examples.soft is not None),
            "meta_objective": meta_objective(settings, counts),
        }
        if isinstance(self.model, Head):
            kind = FrozenWordsStep if self.examples.word_share else FrozenHeadStep
            return kind(self.model, self._optimizer, *learned, **common)
        self._optimizer.register_step_pre_hook(refuse_not_finite)
        return MetaStep(
            self.model,
            self._optimizer,
            *learned,
            meta_gradient=settings.meta_gradient,
            accumulation=settings.accumulation,
            autocast=self._setup.autocast,
            max_gradient_norm=settings.max_gradient_norm,
            ranks=self._ranks,
            **common,
        )

    def step(
        self,
        index: np.ndarray,
        meta_index: np.ndarray,
        *,
        keys: np.ndarray,
        rate: float = 1.0,
        progress: float = 0.0,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """One update on the rows of `index` [B], with the meta batch of `meta_index` [M].

        `keys` [B] decide the rows' dropout masks; the learning rate is `rate` times its peak;
        `progress` is the share of the run's steps that are done; with `probe` the outcome says
        how near the meta-gradient is to the exact one; without `meta` the weight network stays
        as it is. Each rank computes its share of both batches; the outcome is that of the whole.
        """
        own, own_meta = (self._ranks.share(len(rows)) for rows in (index, meta_index))
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * rate
        self.network.begin(progress)
        offsets = window_offsets(meta_index, int(keys[0]))[own_meta]
        batch = self.examples.training_batch(index[own], keys[own], progress)
        outcome = self._step(
            *self._moved(batch),
            *self._moved(self.examples.batch(meta_index[own_meta], offsets)),
            keys=torch.from_numpy(keys[own]),
            sizes=(len(index), len(meta_index)),
            probe=probe,
            meta=meta,
        )
        if self._average is not None:
            self._average.update()
        return outcome

    def _moved(self, batch: Batch) -> Batch:
        """The batch where the model is."""
        inputs, targets = batch
        return self._setup.move(inputs), targets.to(self._setup.device)
