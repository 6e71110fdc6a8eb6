"""Frozen, validated settings. Forms and command-line flags are made from their fields.

Each field has its default, its range, its symbol in the paper and one line on what it does, so
that a setting is described in exactly one place.

base       what a field is, errors in sentences, and what forms read of fields
ranges     ranges in words
data       where the rows come from
training   how a run trains
presets    what each preset sets, and what it never reads
growth     batches and rates that follow the number of rows
run        both together, and how stored settings are read
renamed    names of earlier versions
"""

from hamr.config.base import Settings, choices_of, describe, setting
from hamr.config.data import DataSettings
from hamr.config.growth import grown
from hamr.config.presets import (
    AUTOMATIC,
    ONLY_IN,
    PRESET_TITLES,
    PRESETS,
    TOKEN_PRESETS,
    Preset,
    defaults,
    follows_choice,
    kind_of,
)
from hamr.config.run import RunSettings, ValidationLabels, reads, unregistered
from hamr.config.training import (
    META_GRADIENT_TITLES,
    Decay,
    Device,
    MetaGradientName,
    MethodName,
    Precision,
    TrainingSettings,
)

__all__ = [
    "AUTOMATIC",
    "META_GRADIENT_TITLES",
    "ONLY_IN",
    "PRESETS",
    "PRESET_TITLES",
    "TOKEN_PRESETS",
    "DataSettings",
    "Decay",
    "Device",
    "MetaGradientName",
    "MethodName",
    "Precision",
    "Preset",
    "RunSettings",
    "Settings",
    "TrainingSettings",
    "ValidationLabels",
    "choices_of",
    "defaults",
    "describe",
    "follows_choice",
    "grown",
    "kind_of",
    "reads",
    "setting",
    "unregistered",
]
