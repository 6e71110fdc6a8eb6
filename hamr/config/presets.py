"""What each preset sets for each task, and which settings a preset never reads.

A preset says how to train: what is trained, for how long and at which rates. What is trained by,
HAMR with or without its parts or another method, is the method's own (`hamr.methods`).
"""

from __future__ import annotations

from typing import Any, Literal

from hamr import methods

Preset = Literal["quick", "full", "paper"]

PRESET_TITLES: dict[str, str] = {
    "quick": "Quick: frozen encoder, small head",
    "full": "Full: fine-tune the whole encoder",
    "paper": "Paper: fine-tune with the published optimiser settings",
}

AUTOMATIC = -1  # of a number of layers: it follows from the device and the model

# The full preset has the published rates (8 epochs, batch 8, learning rate 4e-5, alpha 2e-4,
# weight network 1e-4), and so has the paper preset, which adds nothing. Where the paper is
# silent, warm-up and decay are those of RoBERTa's fine-tuning (Liu et al. 2019), clipping that of
# BERT's code (Devlin et al. 2019). A small head on frozen embeddings learns with larger rates;
# those are ours, measured on frozen MiniLM embeddings of three sets.
PRESETS: dict[str, dict[str, Any]] = {
    "quick": {},
    # A meta step at every fourth step costs a third instead of all of a plain one. A fine-tuned
    # encoder soon knows more than the embeddings that soft targets are made from, so labels alone
    # count; and it soon fits its rows, after which class weights do less (Byrd and Lipton 2019,
    # arXiv 1812.03372): they are larger here. Both were measured, see "Scores and times".
    "full": {
        "epochs": 8,
        "batch_size": 8,
        "learning_rate": 4e-5,
        "virtual_rate": 2e-4,
        "meta_rate": 1e-4,
        "meta_batch_size": 8,
        "meta_every": 4,
        "class_balance": 0.8,
        "soft_target_weight": 0.0,
        "soft_target_weight_last": 0.0,
        "warmup_share": 0.06,
        "decay": "linear",
        "max_gradient_norm": 1.0,
        "frozen_layers": AUTOMATIC,
        "patience": 3,
        "head_start": "ridge",
    },
}
# The clips are for methods that learn weights and set no clips of their own.
PRESETS["paper"] = {
    **PRESETS["full"], "meta_every": 1, "warmup_share": 0.0, "decay": "none",
    "max_gradient_norm": 0.0, "weight_low": 0.1, "weight_high": 8.0,
    "frozen_layers": 0, "frozen_states": "recomputed", "patience": 0, "head_start": "random",
}  # fmt: skip

# What a token task changes: published are lambda 0.1 and learning rate 2e-5. The other values are
# for methods that set none of their own: what was measured on texts alone stays as published, and a
# sentence's loss is the mean over its words, as token classifiers are usually trained.
_SENTENCES: dict[str, Any] = {
    "boost_strength": 0.1, "class_balance": 0.0, "weight_low": 0.1, "weight_high": 8.0,
    "word_share": 1.0,
}  # fmt: skip
TOKEN_PRESETS: dict[str, dict[str, Any]] = {
    "quick": _SENTENCES,
    "full": {**_SENTENCES, "learning_rate": 2e-5, "head_start": "random"},
    "paper": {**_SENTENCES, "learning_rate": 2e-5},
}
_OF_TASK: dict[str, dict[str, dict[str, Any]]] = {"token": TOKEN_PRESETS}

# Settings that one kind of preset alone reads: "full" is any that fine-tunes. The quick one
# trains a small head on embeddings that stay as they are: on the CPU, in float32, with a closed
# form of the meta-gradient.
ONLY_IN: dict[str, Preset] = {
    "accumulation": "full",
    "max_gradient_norm": "full",
    "frozen_layers": "full",
    "frozen_states": "full",
    "head_start": "full",
    "soft_target_memory": "full",
    "lora_rank": "full",
    "lora_alpha": "full",
    "lora_targets": "full",
    "lora_layers": "full",
    "pooling": "full",
    "length_window": "full",
    "precision": "full",
    "device": "full",
    "meta_gradient": "full",
    "probe_every": "full",
    "neighbours_from": "full",
    "batch_growth": "quick",
    "hidden": "quick",
    "smote_neighbours": "quick",
}


def defaults(preset: str, task: str = "sequence", method: str = "") -> dict[str, Any]:
    """What a preset sets for a task, and over it what the method sets itself.

    All other settings are the defaults of TrainingSettings. Without a method, the preset's alone.
    """
    own = methods.defaults_for(method, task) if method else {}
    return {**PRESETS[preset], **_OF_TASK.get(task, {}).get(preset, {}), **own}


def follows_choice() -> frozenset[str]:
    """The settings whose default depends on the preset, the task or the method."""
    of_presets = (*PRESETS.values(), *TOKEN_PRESETS.values())
    return methods.governed() | {name for values in of_presets for name in values}


def kind_of(preset: str) -> str:
    """What ONLY_IN calls a preset: quick or full."""
    return "quick" if preset == "quick" else "full"
