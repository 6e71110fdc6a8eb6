"""What a method is: the traits by which training, forms, tables and sweeps treat it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# (settings, class counts [C]) -> (logits [b, C], labels [b]) -> losses [b]; None: cross-entropy.
LossFactory = Callable[[Any, Any], Callable[[Any, Any], Any] | None]

TASKS = frozenset({"sequence", "token"})
PRESETS = frozenset({"quick", "full", "paper"})
# The z-score of the loss; the loss and the row's class; the probability of the row's label.
WEIGHT_OF = frozenset({"z", "class", "probability"})


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to train, as an entry of the table; `name` is what flags and files call it.

    Functions may be given as "package.module:function", which is imported only when training
    needs it, so that lists of methods come up without PyTorch.
    """

    name: str
    title: str
    # None: cross-entropy, which HAMR's soft targets and class balance change in their own way.
    loss: LossFactory | str | None = None
    # "module:class", the `hamr.weighting.WeightModel` of a method that learns weights.
    weights: str = "hamr.weighting.network:WeightNetwork"
    weight_of: str = "z"  # what its weights are a function of: one of WEIGHT_OF
    learns_weights: bool = False  # the meta step runs, and its weights enter the outer update
    resamples: bool = False  # draws follow hardness; otherwise an epoch is one shuffled pass
    boosts: bool = False  # neighbours of hard seeds are drawn more often
    soft_targets: bool = False  # a text's target is shared with the other rows' classifiers
    balances_classes: bool = False  # `class_balance` weights the loss
    settings: frozenset[str] = frozenset()  # of its own, which other methods do not read
    ignores: frozenset[str] = frozenset()  # which methods like it read, and it does not
    # Settings that are part of the method: they win over the preset's, and lose to those given.
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    # By task, what differs there: {"token": {"weight_low": 0.1}}.
    task_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    # How the training rows change before the first step, and how many rows that adds.
    alters: str | None = None  # "module:function", see `hamr.rebalance.Alteration`
    adds: str | None = None  # "module:function" of the class counts [C]
    tasks: frozenset[str] = TASKS
    presets: frozenset[str] = PRESETS
    task_reason: str = ""  # why it is for these tasks only
    preset_reason: str = ""  # why it is for these presets only
    is_plain: bool = False  # plain training, with which others are compared
    ablation_of: str = ""  # the method that this is with one part switched off
    no_curve: str = ""  # why it has no weight curve, where the title alone would not say it

    @property
    def is_ablation(self) -> bool:
        """Whether it is another method with one part switched off."""
        return bool(self.ablation_of)

    def defaults_for(self, task: str) -> dict[str, Any]:
        """The settings that the method itself sets for a task, "sequence" or "token"."""
        return {**self.defaults, **self.task_defaults.get(task, {})}

    @property
    def has_curve(self) -> bool:
        """Whether what it learns is one curve: the weight as a function of the z-score."""
        return self.learns_weights and self.weight_of == "z"

    @property
    def weight_unit(self) -> str:
        """What an axis of weights says of their scale; "" where the batch does not fix it."""
        return "" if self.weight_of == "probability" else " (1 = mean)"

    @property
    def clips(self) -> bool:
        """Whether `weight_low` and `weight_high` cut weights off."""
        return self.learns_hardness and "weight_low" not in self.ignores

    @property
    def learns_hardness(self) -> bool:
        """Whether rows differ in hardness: it averages weights, which other methods leave at 1."""
        return self.learns_weights or self.resamples

    @property
    def uses_fixed_curve(self) -> bool:
        """Whether hardness averages the weights of the fixed curve V(z) = z.

        So it is where draws follow hardness and no weights are learned that it could average.
        """
        return self.resamples and not self.learns_weights

    @property
    def why_no_curve(self) -> str:
        """A clause for a run without a weight curve: "Focal loss takes no meta step"."""
        return self.no_curve or f"{self.title} takes no meta step"
