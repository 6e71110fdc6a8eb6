"""Everything that decides how a run trains."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from hamr import methods
from hamr.config import renamed
from hamr.config.base import Settings, setting
from hamr.config.presets import AUTOMATIC, PRESETS, Preset, defaults
from hamr.errors import SettingError
from hamr.methods import Method

MetaGradientName = Literal["exact", "first_order", "upper", "last_layer"]
Decay = Literal["none", "linear", "cosine"]
Precision = Literal["auto", "float32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]

META_GRADIENT_TITLES: dict[str, str] = {
    "exact": "Exact",
    "first_order": "First order: the meta-gradient is taken before the virtual step",
    "upper": "Upper layers: the virtual step moves the top encoder layer and the head",
    "last_layer": "Last layer: the virtual step moves the head alone",
}


def _known(name: str) -> str:
    """The method's name, if the table has it; of a stored run any name."""
    if not renamed.reading_stored.get():
        methods.method_of(name)
    return name


MethodName = Annotated[str, AfterValidator(_known)]


class TrainingSettings(Settings):
    """Everything that decides how a run trains. Defaults are those of the quick preset.

    A method's own settings come with it; values that are given win.

    >>> hamr.TrainingSettings(method="erm", epochs=3).epochs
    3
    >>> hamr.TrainingSettings(method="hamr").weight_high
    8.0
    >>> hamr.TrainingSettings.of_preset("full").learning_rate
    4e-05
    >>> hamr.TrainingSettings(epochs=0)
    Traceback (most recent call last):
    hamr.errors.SettingError: epochs must be between 1 and 1,000, got 0: ...
    """

    method: MethodName = setting(
        methods.default_of("quick"), "", "HAMR+, HAMR as published, either with one part switched "
        "off, plain training, or another method for imbalanced classes", "run",
        choices=methods.names,
    )  # fmt: skip
    preset: Preset = setting(
        "quick", "", "train a small head on a frozen encoder, or fine-tune all of it", "run"
    )
    model: str = setting(
        "builtin", "", "the encoder: builtin, a local folder or hub:NAME", "run", min_length=1
    )
    epochs: int = setting(
        10, "E", "how often the training rows are gone through", "run", ge=1, le=1000
    )
    seed: int = setting(
        0, "", "random seed of the first weights, the draws and the meta batches", "run", ge=0
    )
    checkpoint_minutes: float = setting(
        10.0, "", "minutes between checkpoints within an epoch; 0 saves at its end only", "run",
        ge=0, le=10_000,
    )  # fmt: skip

    patience: int = setting(
        0, "", "epochs without a higher macro-F1 on validation after which training ends; 0 is "
        "never", "run", ge=0, le=1000,
    )  # fmt: skip

    batch_size: int = setting(32, "|B|", "rows in one training step", "optimiser", ge=1, le=4096)
    batch_growth: Literal["rows", "none"] = setting(
        "rows", "", "batch sizes and rates that are left at their defaults grow with the training "
        "rows (rows), from 20,000 of them on, or stay as they are (none)", "optimiser",
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, "η", "AdamW's learning rate for the model", "optimiser", gt=0, le=1
    )
    weight_decay: float = setting(0.01, "", "AdamW's weight decay", "optimiser", ge=0, le=1)
    max_length: int = setting(
        128, "", "longest text in word pieces; longer ones are cut", "optimiser", ge=8, le=4096
    )
    accumulation: int = setting(
        1, "", "parts that a batch is computed in, to save memory", "optimiser", ge=1, le=4096
    )
    warmup_share: float = setting(
        0.0, "", "share of all steps during which the learning rate rises from 0", "optimiser",
        ge=0, lt=1,
    )  # fmt: skip
    decay: Decay = setting("none", "", "how the learning rate falls after the warm-up", "optimiser")
    max_gradient_norm: float = setting(
        0.0, "", "longer gradients are scaled down to this norm; 0 leaves them as they are",
        "optimiser", ge=0, le=1e6,
    )  # fmt: skip
    frozen_layers: int = setting(
        0, "", "lowest encoder layers that are not trained, embeddings included; 0 trains all, -1 "
        "freezes the lower half on a CPU and none on a GPU", "optimiser", ge=AUTOMATIC, le=1000,
    )  # fmt: skip
    frozen_states: Literal["stored", "recomputed"] = setting(
        "stored", "", "what the frozen layers make of each row: computed once and stored, or again "
        "at each step, with dropout", "optimiser",
    )  # fmt: skip
    lora_rank: int = setting(
        0, "", "rank of the LoRA adapters that are trained in place of the encoder's own weights; "
        "0 trains the weights", "optimiser", ge=0, le=1024,
    )  # fmt: skip
    lora_alpha: float = setting(
        16.0, "", "LoRA: what an adapter adds is multiplied by this over the rank", "optimiser",
        gt=0, le=10_000,
    )  # fmt: skip
    lora_targets: str = setting(
        "", "", "LoRA: names of the encoder's linear layers that get adapters, such as "
        "query,value; empty is all of them", "optimiser",
    )  # fmt: skip
    lora_layers: int = setting(
        0, "", "LoRA: how many encoder layers get adapters, from the top; 0 is all of them",
        "optimiser", ge=0, le=1000,
    )  # fmt: skip
    pooling: Literal["mean", "last"] = setting(
        "mean", "", "texts: what the classifier reads of the encoder's token vectors: their mean, "
        "or the last one, as is usual for decoder models such as GPT-2 and Llama", "optimiser",
    )  # fmt: skip
    length_window: int = setting(
        8, "", "batches whose rows are sorted by length together, which saves padding; 1 is off",
        "optimiser", ge=1, le=1000,
    )  # fmt: skip
    precision: Precision = setting(
        "auto", "", "bf16, float32 throughout, or auto: bf16 where the device supports it",
        "optimiser",
    )  # fmt: skip
    device: Device = setting(
        "auto", "", "where the model trains; auto takes the first of cuda, mps and cpu",
        "optimiser",
    )  # fmt: skip
    average_decay: float = setting(
        0.0, "", "share of the averaged weights that a step keeps; the average is what is scored "
        "and kept; 0 takes the last weights", "optimiser", ge=0, lt=1,
    )  # fmt: skip
    head_start: Literal["random", "ridge"] = setting(
        "random", "", "the first weights of a fine-tuned encoder's head on texts: random, or those "
        "of a ridge regression on the embeddings before training", "optimiser",
    )  # fmt: skip
    hidden: int = setting(256, "", "hidden units of the head", "optimiser", ge=1, le=8192)

    virtual_rate: float = setting(
        1e-2, "α", "step size of the inner (virtual) update", "meta step", gt=0, le=10
    )
    meta_gradient: MetaGradientName = setting(
        "exact", "", "how the meta step finds which weights help", "meta step"
    )
    meta_every: int = setting(
        1, "", "take the meta step at every N-th step; between them the weight network is not "
        "trained", "meta step", ge=1, le=1000,
    )  # fmt: skip
    probe_every: int = setting(
        50, "", "steps between checks of an approximate meta-gradient against the exact one; 0 is "
        "never", "meta step", ge=0, le=1_000_000,
    )  # fmt: skip
    meta_rate: float = setting(
        1e-3, "", "Adam's learning rate for the weight network", "meta step", gt=0, le=1
    )
    meta_batch_size: int = setting(
        32, "", "rows of the meta set in one step", "meta step", ge=1, le=4096
    )
    weight_hidden: int = setting(
        100, "", "hidden units of the weight network V", "meta step", ge=1, le=10000
    )
    weight_curve: Literal["free", "rising"] = setting(
        "free", "", "weight curve of any shape (free), or one by which more loss never means less "
        "weight (rising)", "meta step",
    )  # fmt: skip
    weight_low: float = setting(
        0.5, "", "smallest weight of a row; the mean is 1", "meta step", ge=0, lt=1
    )
    weight_high: float = setting(
        2.0, "", "largest weight of a row; the mean is 1", "meta step", gt=1, le=1000
    )
    meta_set: Literal["validation", "verified", "both"] = setting(
        "validation", "", "rows that the weights are learned from: validation rows, verified rows, "
        "whose label a person has reviewed, or both", "meta step",
    )  # fmt: skip
    supplementary: Literal["copy", "move"] = setting(
        "copy", "", "whether training rows that fill up rare classes of the meta set are copied or "
        "moved", "meta step",
    )  # fmt: skip

    gamma: float = setting(
        0.9, "γ", "share of a row's old hardness that is kept at each visit", "hardness", ge=0, lt=1
    )
    hard_share: float = setting(
        0.2, "", "share of the rows that are hard seeds: 0.2 is the hardest fifth", "hardness",
        gt=0, le=1,
    )  # fmt: skip
    neighbours: int = setting(
        10, "k", "nearest rows of each hard seed that are boosted", "hardness", ge=1, le=1000
    )
    boost_strength: float = setting(
        0.7, "λ", "how much more often boosted rows are drawn", "hardness", ge=0, le=100
    )
    refresh_every: int = setting(
        1, "F", "epochs between updates of hard seeds and boost", "hardness", ge=1, le=1000
    )
    neighbours_from: Literal["frozen", "current"] = setting(
        "frozen", "", "find neighbours by the encoder before training (frozen) or as it is now "
        "(current)", "hardness",
    )  # fmt: skip
    tau: float = setting(
        0.7, "τ", "how strongly draws follow hardness; 0 ignores it", "hardness", ge=0, le=10
    )
    draws_per_row: float = setting(
        1.2, "", "draws per epoch, as a multiple of the training rows", "hardness", gt=0, le=100
    )

    # These hold the key of a stored set of rows (`hamr.store.row_sets`); a file is stored as one.
    exclude_rows: str = setting(
        "",
        "",
        "file with the ids of training rows that are not trained on, but stay in the record",
        "rows",
    )
    draw_more: str = setting(
        "",
        "",
        "file with the ids of training rows that are drawn more often; FILE:3 draws them "
        "three times as often",
        "rows",
    )
    draw_more_factor: float = setting(
        2.0, "", "how many times as often those rows are drawn", "rows", gt=1, le=100
    )
    verified_rows: str = setting(
        "",
        "",
        "file with the ids of verified rows, where they are others than the reviewed ones",
        "rows",
    )

    class_balance: float = setting(
        0.5, "ρ", "how far HAMR+'s loss balances the classes: 0 not at all, 1 by inverse frequency",
        "beyond", ge=0, le=1,
    )  # fmt: skip
    soft_target_weight: float = setting(
        0.9, "ε", "texts: share of a row's target taken from leave-one-out classifiers at the "
        "start; 0 is never", "beyond", ge=0, lt=1,
    )  # fmt: skip
    soft_target_weight_last: float = setting(
        0.5, "ε'", "texts: the same share at the end of training", "beyond", ge=0, lt=1
    )
    soft_target_memory: float = setting(
        1.0, "", "texts: share of the soft targets that stays when they are made again after an "
        "epoch, from the encoder as it is then; 1 never makes them again", "beyond", ge=0, le=1,
    )  # fmt: skip
    draw_scheme: Literal["systematic", "independent"] = setting(
        "systematic", "", "draw each row as often as expected, rounded (systematic), or each draw "
        "at random (independent)", "beyond",
    )  # fmt: skip

    word_share: float = setting(
        0.0, "q", "tagged sentences: the share of its words, the hardest ones, that a sentence's "
        "loss averages; 0 is the hardest word alone, 1 all words", "beyond", ge=0, le=1,
    )  # fmt: skip

    tag_decoding: Literal["word", "viterbi"] = setting(
        "word", "", "tagged sentences: tag each word alone (word), or all words of a sentence "
        "together, by how tags follow each other in training sentences (viterbi)", "beyond",
    )  # fmt: skip

    focal_gamma: float = setting(
        2.0, "", "focal loss: how strongly well-classified rows count less; 0 is plain training",
        "baselines", ge=0, le=10,
    )  # fmt: skip
    dice_alpha: float = setting(
        1.0, "", "dice loss: how strongly easy rows count less", "baselines", ge=0, le=10
    )
    dice_smooth: float = setting(
        1.0, "", "dice loss: smoothing term added to numerator and denominator", "baselines",
        gt=0, le=100,
    )  # fmt: skip
    class_balanced_beta: float = setting(
        0.999, "", "class-balanced loss: 0 weights all classes alike, near 1 is inverse frequency",
        "baselines", ge=0, lt=1,
    )  # fmt: skip
    adjustment: float = setting(
        1.0, "", "logit adjustment: multiple of the log class frequencies added to the logits",
        "baselines", ge=0, le=10,
    )  # fmt: skip
    flip_threshold: float = setting(
        3.0, "", "label-noise rebalancing: standard deviations above which a label is flipped",
        "baselines", ge=0, le=1000,
    )  # fmt: skip
    smote_neighbours: int = setting(
        5, "", "SMOTE: nearest rows of the same class between which a new row is made",
        "baselines", ge=1, le=1000,
    )  # fmt: skip

    def __init__(self, **values: Any) -> None:
        found = renamed.translated(values)
        for name, value in found.removed:
            raise renamed.refusal(name, value)
        for notice in found.notices:
            warnings.warn(notice, DeprecationWarning, stacklevel=2)
        own = methods.defaults_for(str(found.values.get("method") or methods.default_of("quick")))
        super().__init__(**{**own, **found.values})

    @classmethod
    def of_preset(cls, preset: str, task: str = "sequence", **changes: Any) -> TrainingSettings:
        """The settings of a preset for a task, with some of them changed.

        A method among the changes brings its own settings, which the other changes win over;
        without one it is the preset's: "hamr" for "paper", otherwise "hamr-plus". Raises
        SettingError for an unknown preset or a value out of range.
        """
        if preset not in PRESETS:
            raise SettingError(
                f"preset must be one of {', '.join(PRESETS)}, got {preset!r}", field="preset"
            )
        named = changes.get("method") or methods.default_of(preset)
        method, _ = renamed.method_now(str(named), preset)
        values = {"preset": preset, "method": method, **defaults(preset, task, method)}
        # A batch size that somebody asks for is that of any number of rows.
        own = {"batch_growth": "none"} if "batch_size" in changes else {}
        return cls(**{**values, **own, **changes})

    def ignored(self, names: Iterable[str]) -> list[str]:
        """Those of the settings that HAMR trains by and that this method does not read."""
        usual = methods.default_of(self.preset)
        reads = methods.reads
        return [n for n in names if reads(usual, n) and not reads(self.method, n)]

    @property
    def traits(self) -> Method:
        """What the table says of the method; of one that is not registered only its name."""
        return methods.shown(self.method)

    @property
    def learns_weights(self) -> bool:
        """Whether the meta step runs and the learned weights enter the outer update."""
        return self.traits.learns_weights

    @property
    def resamples(self) -> bool:
        """Whether draws follow hardness; otherwise each epoch is one shuffled pass."""
        return self.traits.resamples

    @property
    def learns_hardness(self) -> bool:
        """Whether rows differ in hardness: it averages weights, which other methods leave at 1."""
        return self.traits.learns_hardness

    @property
    def uses_fixed_curve(self) -> bool:
        """Whether hardness averages the weights of a fixed curve, as none are learned."""
        return self.traits.uses_fixed_curve

    @property
    def is_plain(self) -> bool:
        """Whether this is plain training, with which other methods are compared."""
        return self.traits.is_plain

    @property
    def fine_tunes(self) -> bool:
        """Whether the encoder is trained; otherwise a small head on its frozen embeddings."""
        return self.preset != "quick"

    @property
    def effective_balance(self) -> float:
        """rho as the loss uses it: zero for methods that do not balance classes by it."""
        return self.class_balance if self.traits.balances_classes else 0.0

    @property
    def effective_soft_target_weight(self) -> float:
        """epsilon as the loss uses it at the start: zero for methods without soft targets."""
        return self.soft_target_weight if self.traits.soft_targets else 0.0

    @property
    def effective_boost(self) -> float:
        """lambda as the draws use it: zero for methods without the boost."""
        return self.boost_strength if self.traits.boosts else 0.0
