"""Frozen, validated settings. Forms and command-line flags are made from these fields.

Each field carries its default, its range, its symbol in the paper and one line on what
it does, so that a setting is described in exactly one place.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hamr.errors import SettingError

Method = Literal[
    "hamr", "no-resampling", "no-meta-weights", "no-boost", "no-surroundings", "erm", "focal",
    "dice", "inverse-frequency", "class-balanced", "logit-adjustment", "lnr", "smote",
    "meta-weight-net",
]  # fmt: skip
Preset = Literal["quick", "full", "paper"]
MetaGradientName = Literal["exact", "first_order", "upper", "last_layer"]
Decay = Literal["none", "linear", "cosine"]
Precision = Literal["auto", "float32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]

LONGEST_SHOWN = 100  # characters of a value in a message
METHOD_TITLES: dict[str, str] = {
    "hamr": "HAMR",
    "no-resampling": "HAMR without resampling",
    "no-meta-weights": "HAMR without meta-weights",
    "no-boost": "HAMR without neighbourhood boost",
    "no-surroundings": "HAMR without surroundings",
    "erm": "ERM (plain training)",
    "focal": "Focal loss",
    "dice": "Dice loss",
    "inverse-frequency": "Inverse class frequency",
    "class-balanced": "Class-balanced loss",
    "logit-adjustment": "Logit adjustment",
    "lnr": "Label-noise rebalancing",
    "smote": "SMOTE",
    "meta-weight-net": "Meta-Weight-Net",
}
ABLATIONS = ("no-resampling", "no-meta-weights", "no-boost", "no-surroundings")
OURS = ("hamr", *ABLATIONS)  # which alone read the settings of the group "hamr"
# A sentence that is made up or has its tags flipped holds no entities that could be scored.
NOT_FOR_TOKENS = ("lnr", "smote")
META_GRADIENT_TITLES: dict[str, str] = {
    "exact": "Exact",
    "first_order": "First order: the meta gradient is taken before the virtual step",
    "upper": "Upper layers: the virtual step moves the top encoder layer and the head",
    "last_layer": "Last layer: the virtual step moves the head alone",
}
PRESET_TITLES: dict[str, str] = {
    "quick": "Quick: frozen encoder, small head",
    "full": "Full: fine-tune the whole encoder",
    "paper": "Paper: fine-tune as published",
}


def setting(default: Any, symbol: str, help: str, group: str, **limits: Any) -> Any:
    """One field: default, symbol in the paper ("" if it has none), help line, form group."""
    extra: dict[str, Any] = {"symbol": symbol, "group": group}
    return Field(default, description=help, json_schema_extra=extra, **limits)


class Settings(BaseModel):
    """The base of both groups of settings: frozen, no unknown names, errors in sentences."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _sentence(type(self), error) from None


class DataSettings(Settings):
    """Where the rows come from and which columns they are in.

    >>> hamr.DataSettings(source="reviews.csv", label_column="stars").text_column
    'text'
    """

    source: str = setting("demo", "", "demo, builtin, a file or hub:NAME", "data", min_length=1)
    task: Literal["auto", "sequence", "token"] = setting(
        "auto", "", "classify texts (sequence) or find entities in them (token); auto goes by "
        "the file", "data",
    )  # fmt: skip
    repair: bool = setting(
        False, "", "mend tags that break their scheme, and say which; otherwise they are refused",
        "data",
    )  # fmt: skip
    text_column: str = setting("text", "", "the column that holds the text", "data")
    label_column: str = setting("label", "", "the column that holds the label", "data")
    group_column: str | None = setting(
        None, "", "rows that share a value here stay on one side of the split", "data"
    )
    tag_column: int | None = setting(
        None, "", "the column of a CoNLL file that holds the tags, counted from 1; without one "
        "the last that does", "data", ge=1, le=1000,
    )  # fmt: skip
    validation: str | None = setting(None, "", "a file with the validation rows", "data")
    test: str | None = setting(None, "", "a file with the test rows", "data")
    validation_share: float = setting(
        0.15, "", "share of the rows split off for validation", "data", gt=0, lt=0.5
    )
    test_share: float = setting(
        0.15, "", "share of the rows split off for the test", "data", gt=0, lt=0.5
    )
    split_seed: int = setting(0, "", "seed of the split", "data", ge=0)


class TrainingSettings(Settings):
    """Everything that decides how a run trains. Defaults are those of the quick preset.

    >>> hamr.TrainingSettings(method="erm", epochs=3).epochs
    3
    >>> hamr.TrainingSettings.of_preset("full").learning_rate
    4e-05
    >>> hamr.TrainingSettings(epochs=0)
    Traceback (most recent call last):
    hamr.errors.SettingError: epochs must be in [1, 1000], got 0: ...
    """

    method: Method = setting(
        "hamr", "", "HAMR, one of its ablations, plain training or another method for imbalanced "
        "classes", "run",
    )  # fmt: skip
    preset: Preset = setting("quick", "", "frozen encoder and small head, or all of it", "run")
    model: str = setting("builtin", "", "builtin, a local folder or hub:NAME", "run", min_length=1)
    epochs: int = setting(10, "E", "passes of draws over the training rows", "run", ge=1, le=1000)
    seed: int = setting(0, "", "seed of the head, the draws and the meta batches", "run", ge=0)
    checkpoint_minutes: float = setting(
        10.0, "", "minutes between two checkpoints within an epoch; 0: at its end only", "run",
        ge=0, le=10_000,
    )  # fmt: skip

    batch_size: int = setting(32, "|B|", "rows drawn for one step", "optimiser", ge=1, le=4096)
    learning_rate: float = setting(
        1e-3, "η", "AdamW's rate for the outer update", "optimiser", gt=0, le=1
    )
    weight_decay: float = setting(0.01, "", "AdamW's weight decay", "optimiser", ge=0, le=1)
    max_length: int = setting(
        128, "", "longest text in word pieces; the rest is cut", "optimiser", ge=8, le=4096
    )
    accumulation: int = setting(
        1, "", "micro-batches that a batch is cut into, where memory is short", "optimiser",
        ge=1, le=4096,
    )  # fmt: skip
    warmup_share: float = setting(
        0.0, "", "share of all steps in which the learning rate rises from 0", "optimiser",
        ge=0, lt=1,
    )  # fmt: skip
    decay: Decay = setting(
        "none", "", "how the learning rate falls after the warm-up: none, linear or cosine",
        "optimiser",
    )  # fmt: skip
    max_gradient_norm: float = setting(
        0.0, "", "longer gradients are scaled down to this norm; 0 leaves them", "optimiser",
        ge=0, le=1e6,
    )  # fmt: skip
    frozen_layers: int = setting(
        0, "", "lowest encoder layers left as they are, embeddings included; 0 trains all",
        "optimiser", ge=0, le=1000,
    )  # fmt: skip
    length_window: int = setting(
        8, "", "batches whose rows are sorted by length together, so that less is padded; 1: off",
        "optimiser", ge=1, le=1000,
    )  # fmt: skip
    precision: Precision = setting(
        "auto", "", "bf16 where the device computes in it, or float32 throughout", "optimiser"
    )
    device: Device = setting(
        "auto", "", "where the full preset trains; auto takes cuda, then mps, then cpu", "optimiser"
    )
    hidden: int = setting(256, "", "width of the quick preset's head", "optimiser", ge=1, le=8192)

    virtual_rate: float = setting(
        1e-2, "α", "step size of the inner (virtual) update", "meta step", gt=0, le=10
    )
    meta_gradient: MetaGradientName = setting(
        "exact", "", "how the meta step finds which weights help; the quick preset is always exact",
        "meta step",
    )  # fmt: skip
    meta_every: int = setting(
        1, "", "steps from one meta step to the next; in between, the weight network rests",
        "meta step", ge=1, le=1000,
    )  # fmt: skip
    probe_every: int = setting(
        50, "", "steps between two checks of that gradient against the exact one; 0: never",
        "meta step", ge=0, le=1_000_000,
    )  # fmt: skip
    meta_rate: float = setting(
        1e-3, "", "Adam's rate for the weight network", "meta step", gt=0, le=1
    )
    meta_batch_size: int = setting(
        32, "", "rows of the meta set used in one step", "meta step", ge=1, le=4096
    )
    weight_hidden: int = setting(
        100, "", "hidden units of the weight network V", "meta step", ge=1, le=10000
    )
    weight_low: float = setting(
        0.5, "", "lower clip of a weight; 1 is the mean", "meta step", ge=0, lt=1
    )
    weight_high: float = setting(2.0, "", "upper clip of a weight", "meta step", gt=1, le=1000)
    supplementary: Literal["copy", "move"] = setting(
        "copy", "", "rows that fill up rare classes of the meta set: copied or moved", "meta step"
    )

    gamma: float = setting(
        0.9, "γ", "share of the old hardness kept at each visit", "hardness", ge=0, lt=1
    )
    hard_share: float = setting(
        0.2, "", "share of the rows called hard seeds: 0.2 is the hardest fifth", "hardness",
        gt=0, le=1,
    )  # fmt: skip
    neighbours: int = setting(
        10, "k", "nearest rows of a hard seed that are boosted", "hardness", ge=1, le=1000
    )
    boost_strength: float = setting(
        0.7, "λ", "how much the boost raises the draws", "hardness", ge=0, le=100
    )
    refresh_every: int = setting(
        1, "F", "epochs between two refreshes of seeds and boost", "hardness", ge=1, le=1000
    )
    neighbours_from: Literal["frozen", "current"] = setting(
        "frozen", "", "embeddings that neighbours are found in: of the encoder as it came, or as "
        "it is now", "hardness",
    )  # fmt: skip
    tau: float = setting(
        0.7, "τ", "how sharply draws follow hardness; 0 ignores it", "hardness", ge=0, le=10
    )
    draws_per_row: float = setting(
        1.2, "", "draws of an epoch per training row", "hardness", gt=0, le=100
    )

    class_balance: float = setting(
        0.5, "ρ", "how far HAMR's loss evens out the classes: 0 not at all, 1 by inverse frequency",
        "hamr", ge=0, le=1,
    )  # fmt: skip
    surroundings: float = setting(
        0.9, "ε", "texts: share of a row's target that all other rows give at first; 0: none ever",
        "hamr", ge=0, lt=1,
    )  # fmt: skip
    surroundings_last: float = setting(
        0.5, "ε'", "texts: the same share at the end", "hamr", ge=0, lt=1
    )
    alignment_strength: float = setting(
        0.0, "κ", "how much rows that don't help the meta set are drawn less; 0 not at all", "hamr",
        ge=0, le=100,
    )  # fmt: skip
    draw_scheme: Literal["systematic", "independent"] = setting(
        "systematic", "", "draws that come as near to their expectation as they can, or each by "
        "itself", "hamr",
    )  # fmt: skip

    focal_gamma: float = setting(
        2.0, "", "focal loss: how much less learned rows count; 0 is plain training", "baselines",
        ge=0, le=10,
    )  # fmt: skip
    dice_alpha: float = setting(
        1.0, "", "dice loss: how much less easy rows count", "baselines", ge=0, le=10
    )
    dice_smooth: float = setting(
        1.0, "", "dice loss: what is added above and below its fraction", "baselines",
        gt=0, le=100,
    )  # fmt: skip
    class_balanced_beta: float = setting(
        0.999, "", "class-balanced loss: 0 weighs all classes alike, near 1 by inverse frequency",
        "baselines", ge=0, lt=1,
    )  # fmt: skip
    adjustment: float = setting(
        1.0, "", "logit adjustment: share of the log class frequencies taken into the loss",
        "baselines", ge=0, le=10,
    )  # fmt: skip
    flip_threshold: float = setting(
        3.0, "", "label-noise rebalancing: standard deviations above which a row is flipped",
        "baselines", ge=0, le=1000,
    )  # fmt: skip
    smote_neighbours: int = setting(
        5, "", "SMOTE: neighbours of its class between which a row is made up", "baselines",
        ge=1, le=1000,
    )  # fmt: skip

    @classmethod
    def of_preset(cls, preset: str, task: str = "sequence", **changes: Any) -> TrainingSettings:
        """The settings of a preset for a task, with some of them changed.

        Raises SettingError for an unknown preset or a value out of range.
        """
        if preset not in PRESETS:
            raise SettingError(
                f"preset must be one of {', '.join(PRESETS)}, got {preset!r}", field="preset"
            )
        return cls(**{"preset": preset, **defaults(preset, task), **changes})

    @property
    def learns_weights(self) -> bool:
        """Whether the meta step runs and the learned weights enter the outer update."""
        return self.method in (
            "hamr", "no-resampling", "no-boost", "no-surroundings", "meta-weight-net",
        )  # fmt: skip

    @property
    def resamples(self) -> bool:
        """Whether draws follow hardness; otherwise each epoch is one shuffled pass."""
        return self.method in ("hamr", "no-meta-weights", "no-boost", "no-surroundings")

    @property
    def learns_hardness(self) -> bool:
        """Whether rows differ in hardness: it averages weights, which other methods leave at 1."""
        return self.learns_weights or self.resamples

    @property
    def fine_tunes(self) -> bool:
        """Whether the encoder is trained; otherwise a small head on its frozen embeddings."""
        return self.preset != "quick"

    @property
    def effective_balance(self) -> float:
        """rho as the loss uses it: other methods have losses of their own."""
        return self.class_balance if self.method in OURS else 0.0

    @property
    def effective_alignment(self) -> float:
        """kappa as the draws use it: without a meta step no row has an alignment."""
        return self.alignment_strength if self.method in OURS else 0.0

    @property
    def effective_surroundings(self) -> float:
        """epsilon as the loss uses it at first."""
        without = self.method not in OURS or self.method == "no-surroundings"
        return 0.0 if without else self.surroundings

    @property
    def effective_boost(self) -> float:
        """lambda as the draws use it: zero for the method that goes without the boost."""
        return 0.0 if self.method == "no-boost" else self.boost_strength


# The full preset has the published rates (8 epochs, batch 8, learning rate 4e-5, alpha 2e-4,
# weight network 1e-4), the paper preset nothing else besides. Where the paper is silent, warm-up
# and decay are those of RoBERTa's fine-tuning (Liu et al. 2019), clipping that of BERT's code
# (Devlin et al. 2019). A small head on frozen embeddings learns with larger rates; those are
# ours, measured on frozen MiniLM embeddings of three sets.
PRESETS: dict[str, dict[str, Any]] = {
    "quick": {},
    # A meta step at every fourth step costs a third instead of all of a plain one. A fine-tuned
    # encoder soon knows more than embeddings as they came, so that in the end labels alone count.
    "full": {
        "epochs": 8,
        "batch_size": 8,
        "learning_rate": 4e-5,
        "virtual_rate": 2e-4,
        "meta_rate": 1e-4,
        "meta_batch_size": 8,
        "meta_every": 4,
        "surroundings": 0.6,
        "surroundings_last": 0.0,
        "warmup_share": 0.06,
        "decay": "linear",
        "max_gradient_norm": 1.0,
    },
}
# What HAMR does beyond the paper, switched off; also what runs did before these settings existed.
PUBLISHED: dict[str, Any] = {
    "class_balance": 0.0,
    "surroundings": 0.0,
    "surroundings_last": 0.0,
    "weight_low": 0.1,
    "weight_high": 8.0,
    "alignment_strength": 0.0,
    "draw_scheme": "independent",
}
PRESETS["paper"] = {
    **PRESETS["full"], **PUBLISHED, "meta_every": 1, "warmup_share": 0.0, "decay": "none",
    "max_gradient_norm": 0.0,
}  # fmt: skip

# What a token task changes: published are lambda 0.1 and learning rate 2e-5. What was measured on
# texts alone stays as published: sentences go without a loss that evens out the tags and without
# tighter clips.
_SENTENCES: dict[str, Any] = {
    "boost_strength": 0.1, "class_balance": 0.0, "weight_low": 0.1, "weight_high": 8.0,
}  # fmt: skip
TOKEN_PRESETS: dict[str, dict[str, Any]] = {
    "quick": _SENTENCES,
    "full": {**_SENTENCES, "learning_rate": 2e-5},
    "paper": {**_SENTENCES, "learning_rate": 2e-5},
}


def defaults(preset: str, task: str = "sequence") -> dict[str, Any]:
    """What a preset sets for a task; all other settings stand as TrainingSettings has them."""
    return {**PRESETS[preset], **(TOKEN_PRESETS[preset] if task == "token" else {})}


# Settings that one kind of preset alone reads: "full" is any that fine-tunes. The quick one
# trains a small head on embeddings that stay as they are: on the CPU, in float32, with a closed
# form of the meta-gradient.
ONLY_IN: dict[str, Preset] = {
    "accumulation": "full",
    "max_gradient_norm": "full",
    "frozen_layers": "full",
    "length_window": "full",
    "precision": "full",
    "device": "full",
    "meta_gradient": "full",
    "probe_every": "full",
    "neighbours_from": "full",
    "hidden": "quick",
    "smote_neighbours": "quick",
}


class RunSettings(Settings):
    """All that a run needs to be repeated."""

    data: DataSettings = DataSettings()
    training: TrainingSettings = TrainingSettings()

    @classmethod
    def stored(cls, values: dict[str, Any]) -> RunSettings:
        """The settings of a run as it was stored, maybe before some of them existed."""
        training = {**PUBLISHED, **values.get("training", {})}
        return cls.model_validate({**values, "training": training})


def kind_of(preset: str) -> str:
    """What ONLY_IN knows a preset as: quick or full."""
    return "quick" if preset == "quick" else "full"


def describe(settings: type[Settings]) -> dict[str, dict[str, Any]]:
    """Per field: symbol, group, help, default and range in words, for forms and help texts."""
    return {
        name: {
            "symbol": info.json_schema_extra["symbol"],  # type: ignore[index, call-overload]
            "group": info.json_schema_extra["group"],  # type: ignore[index, call-overload]
            "help": info.description or "",
            "default": info.default,
            "range": _range(info.metadata),
            "limits": _limits(info.metadata),
        }
        for name, info in settings.model_fields.items()
    }


def _limits(metadata: list[Any]) -> dict[str, Any]:
    keys = ("gt", "ge", "lt", "le")
    return {k: getattr(m, k) for m in metadata for k in keys if getattr(m, k, None) is not None}


def _range(metadata: list[Any]) -> str:
    """The range as mathematicians write it: "(0, 1]"."""
    limits = _limits(metadata)
    if not limits:
        return ""
    low = f"({limits['gt']:.7g}" if "gt" in limits else f"[{limits.get('ge', float('-inf')):.7g}"
    if not {"lt", "le"} & limits.keys():
        return f"{low}, ∞)"
    high = f"{limits['lt']:.7g})" if "lt" in limits else f"{limits['le']:.7g}]"
    return f"{low}, {high}"


def _sentence(settings: type[Settings], error: ValidationError) -> SettingError:
    """Pydantic's first complaint as one sentence: the value, the rule, the remedy."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else None
    if name is None or name not in settings.model_fields:
        if first["type"] == "extra_forbidden":
            return SettingError(f"{name} is no setting; see the list with --help", field=name)
        return SettingError(str(first["msg"]).removeprefix("Value error, "), field=name)
    info = settings.model_fields[name]
    rule = f"must be in {_range(info.metadata)}" if _range(info.metadata) else first["msg"].lower()
    if first["type"] == "literal_error":
        rule = f"must be {first['ctx']['expected']}"
    given = repr(first["input"])
    if len(given) > LONGEST_SHOWN:
        given = f"{given[: LONGEST_SHOWN - 3]}..."
    return SettingError(f"{name} {rule}, got {given}: {info.description}", field=name)
