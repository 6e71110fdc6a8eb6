"""Which section of the guide explains a control, and the link to it in the control's help.

The one table of it: a setting, a slider of Learn, a filter or a field by a name, with a topic of
the guide and the heading of its section. `tests/ui/test_guide_links.py` looks each of them up.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from hamr.ui.shell.state import query

Section = tuple[str, str]  # a topic, and one of its headings

STEP = ("how-it-works", "HAMR, step by step")
PLUS = ("how-it-works", "HAMR+")
BUILT = ("how-it-works", "HAMR as built here")
MEASURES = ("how-it-works", "Measures of difficulty")
FINE_TUNING = ("methods", "Fine-tuning the whole encoder")
METHODS = ("methods", "Methods and presets")
MODELS = ("methods", "Models")
OPTIMISER = ("glossary", "Settings: optimiser and model")
META = ("glossary", "Settings: meta step and weights")
RUN = ("glossary", "Settings: run")
OTHERS = ("glossary", "Settings: other methods")
MAP = ("regions", "Searching and filtering")
LABELS = ("label-errors", "Finding label errors, and correcting them")
CORRECTING = ("label-errors", "Correcting labels")

_BY_SECTION: dict[Section, tuple[str, ...]] = {
    STEP: (
        "tau", "gamma", "neighbours", "boost_strength", "hard_share", "refresh_every",
        "draws_per_row", "virtual_rate", "meta_rate", "meta_batch_size", "supplementary",
    ),
    PLUS: (
        "class_balance", "soft_target_weight", "soft_target_weight_last", "average_decay",
        "draw_scheme", "weight_low", "weight_high",
    ),
    BUILT: ("meta_set", "verified_rows"),
    ("how-it-works", "Why a free weight curve can fall"): ("weight_curve",),
    ("entities", "Entities"): ("word_share",),
    ("entities", "Tags chosen together"): ("tag_decoding",),
    METHODS: ("method",),
    ("methods", "Presets"): ("preset",),
    MODELS: ("model", "pooling"),
    FINE_TUNING: (
        "meta_gradient", "meta_every", "probe_every", "device", "precision", "length_window",
        "accumulation", "lora_rank", "lora_alpha", "lora_targets", "lora_layers",
        "frozen_layers", "frozen_states", "patience", "head_start", "soft_target_memory",
    ),
    OPTIMISER: (
        "batch_size", "batch_growth", "learning_rate", "weight_decay", "max_length",
        "warmup_share", "decay", "max_gradient_norm", "hidden",
    ),
    META: ("weight_hidden",),
    ("glossary", "Settings: hardness, neighbourhoods and draws"): ("neighbours_from",),
    RUN: ("epochs", "seed", "checkpoint_minutes"),
    OTHERS: (
        "focal_gamma", "dice_alpha", "dice_smooth", "class_balanced_beta", "adjustment",
        "flip_threshold", "smote_neighbours",
    ),
    ("label-errors", "Leaving rows out, or drawing them more often"): (
        "exclude_rows", "draw_more", "draw_more_factor",
    ),
    MEASURES: ("measure", "measure.with", "hardness.support", "hardness.visits"),
    MAP: ("map.edges", "map.layout", "map.rows", "map.top"),
    LABELS: ("relabel.diagnosis",),
    CORRECTING: ("relabel.search", "relabel.label", "relabel.show"),
    ("label-errors", "Validation and test rows"): ("relabel.split",),
}  # fmt: skip
SECTIONS = {name: section for section, names in _BY_SECTION.items() for name in names}


def with_guide(text: str | None, control: str) -> str:
    """A help text with the link to the section that explains the control, if the table has it."""
    if control not in SECTIONS:
        return text or ""
    topic, heading = SECTIONS[control]
    # The run goes along, so that the pages that are opened from the guide show it.
    asked = {"topic": topic, **({"run": run} if (run := query("run")) else {})}
    link = f"[Guide: {heading}](Guide?{urlencode(asked)}#{anchor(heading)})"
    return f"{text.rstrip('.')}. {link}" if text else link


def anchor(heading: str) -> str:
    """The name by which Streamlit lets a link reach a heading: "HAMR+" is "hamr".

    As @sindresorhus/slugify makes it, which also cuts "LoRA" to "lo-ra".
    """
    apart = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", heading)
    apart = re.sub(r"([A-Z])([A-Z](?!s(?![a-z]))[a-z\d]+)", r"\1 \2", apart)
    return re.sub(r"[^a-z\d]+", "-", apart.lower()).strip("-")
