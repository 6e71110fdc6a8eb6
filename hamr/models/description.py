"""A model's config.json: read for its architecture, without entries that make things happen.

transformers acts on some entries: it runs Python code from the folder (`auto_map`), imports
packages (`quantization_config`), downloads kernels and backbones from the hub. None of this
describes the model; such entries are refused or left out here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hamr.errors import ModelError
from hamr.models.folder import read_json, refusal, shown

OWN_CODE = "auto_map"
QUANTISED = ("quantization_config", "compression_config")
# Left out: locations, ways to compute, and heads of other tasks.
LEFT_OUT = re.compile(
    r"_?(attn|experts)_implementation.*|_?name_or_path|_commit_hash|(torch_)?dtype|"
    r"transformers_weights|(fusion|kernel|distributed|generation|adapter)_config|use_kernels|"
    r"torchscript|return_dict(_in_generate)?|output_(attentions|hidden_states|scores)|"
    r"(use_)?(timm_|pretrained_)?backbone(_config|_kwargs)?|use_(pretrained|timm)_backbone|"
    r"num_labels|id2label|label2id|problem_type|task_specific_params|custom_pipelines|"
    r"base_model_(tp|pp)_plan|tp_plan|gguf_file|pruned_heads|(prefix|chat_template)"
)
LAYERS = re.compile(r"(.*_)?layers?|n_?layers?")
MOST_LAYERS = 1000
DEEPEST = 20


def read_description(folder: Path) -> dict[str, Any]:
    """The entries of the folder's config.json that describe the model.

    Raises ModelError where there is none, and where the model needs code of its own, is an
    adapter, or has quantised weights.
    """
    _refuse_adapters(folder)
    found = read_json(folder, "config.json")
    if found is None:
        raise ModelError(
            f"the model {shown(folder)} has no readable config.json: name a folder that was saved "
            "with save_pretrained",
            field="model",
        )
    refuse_own_code(folder, "config.json", found)
    for name, value in _entries(folder, found):
        if name in QUANTISED and value is not None:
            raise refusal(
                folder, f"its weights are quantised, as {name} says",
                "use the model's full weights; quantised ones can't be trained",
            )  # fmt: skip
        if LAYERS.fullmatch(name) and isinstance(value, int) and value > MOST_LAYERS:
            raise refusal(
                folder, f"its config.json says {name} = {value:.3g}",
                f"use the config.json that belongs to the weights; at most {MOST_LAYERS:,} "
                "layers are built",
            )  # fmt: skip
    if not isinstance(found.get("model_type"), str):
        raise refusal(
            folder,
            "its config.json names no model_type",
            'add it, for example "model_type": "bert"',
        )
    description: dict[str, Any] = _without(found, LEFT_OUT)
    return description


def refuse_own_code(folder: Path, name: str, found: dict[str, Any]) -> None:
    """Raises ModelError where a file of the folder asks for Python code from the folder."""
    if found.get(OWN_CODE):
        raise refusal(
            folder, f"it needs Python code of its own, as {OWN_CODE} in {name} says",
            "such code is never run. Choose a model that transformers knows by itself; if it knows "
            f"this one too, remove {OWN_CODE} from {name}",
        )  # fmt: skip


def _refuse_adapters(folder: Path) -> None:
    if (folder / "adapter_config.json").exists():
        raise refusal(
            folder, "it holds an adapter (PEFT) to another model",
            "merge the adapter into its model with merge_and_unload() and save that",
        )  # fmt: skip


def _entries(folder: Path, found: Any) -> list[tuple[str, Any]]:
    """(name, value) of each entry at any depth; ModelError where that is beyond DEEPEST."""
    entries, level = [], [found]
    for _ in range(DEEPEST):
        objects = [part for part in level if isinstance(part, dict)]
        entries += [entry for part in objects for entry in part.items()]
        level = [value for part in objects for value in part.values()]
        level += [value for part in level if isinstance(part, list) for value in part]
        if not level:
            return entries
    raise refusal(folder, "its config.json is nested too deeply", "save the model again")


def _without(found: Any, names: re.Pattern[str]) -> Any:
    if isinstance(found, dict):
        kept = {name: value for name, value in found.items() if not names.fullmatch(name)}
        return {name: _without(value, names) for name, value in kept.items()}
    return found
