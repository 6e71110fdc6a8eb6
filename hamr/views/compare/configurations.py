"""Which runs are one configuration with several seeds, and on which rows.

A *configuration* is what a paper reports: a method with its settings on its data, run with one or
more seeds. Everything on Compare is about configurations, or about two of their runs.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.config import TrainingSettings, describe, reads
from hamr.methods import method_title, position
from hamr.records import Split
from hamr.store import Run, RunInfo

# What results do not depend on, or what a configuration has several of.
ASIDE = frozenset({"seed", "checkpoint_minutes", "batch_growth"})
MOST_IN_NAME = 3  # settings that a name still holds


@dataclass(frozen=True)
class Configuration:
    """The runs that differ only by their seed, in order of seed, and their common name."""

    name: str
    runs: tuple[Run, ...]

    @property
    def info(self) -> RunInfo:
        """The info of its first run; all have the same settings and data."""
        return self.runs[0].info

    @property
    def finished(self) -> tuple[Run, ...]:
        """Its runs whose test rows have been scored."""
        return tuple(run for run in self.runs if run.info.status == "finished")

    @property
    def key(self) -> Hashable:
        """Equal as long as nothing has changed that a view reads of it."""
        states = ((r.id, r.info.status, r.info.epochs_done, r.info.name) for r in self.runs)
        return self.name, tuple(states)


def configurations(runs: Iterable[Run]) -> tuple[list[Configuration], list[Run]]:
    """The runs by configuration, in the order of the methods, and the runs that repeat a seed.

    Of runs that share all settings and the seed, one counts: a finished one before others,
    then the first given. The others would be taken for further seeds and narrow the intervals.
    """
    grouped: dict[Hashable, dict[int, Run]] = defaultdict(dict)
    repeats = []
    for run in sorted(runs, key=lambda run: run.info.status != "finished"):
        seeds = grouped[_identity(run.info)]
        if run.info.seed in seeds:
            repeats.append(run)
        else:
            seeds[run.info.seed] = run
    parts = [tuple(seeds[seed] for seed in sorted(seeds)) for seeds in grouped.values()]
    named = zip(_names([part[0].info for part in parts]), parts, strict=True)
    found = [Configuration(name, part) for name, part in named]
    found.sort(key=lambda one: (position(one.info.method), one.name))
    return found, repeats


def settings_of(info: RunInfo) -> dict[str, Any]:
    """The training settings that define a configuration, by name."""
    values = info.settings.training.model_dump()
    return {name: value for name, value in values.items() if name not in ASIDE}


def differing(infos: Sequence[RunInfo]) -> list[str]:
    """The settings in which any of them differ, in the order of the settings."""
    every = [settings_of(info) for info in infos]
    return [name for name in every[0] if len({repr(own[name]) for own in every}) > 1]


def symbol(name: str) -> str:
    """A setting in a name or a table: its symbol in the paper, or its name in words."""
    return describe(TrainingSettings)[name]["symbol"] or name.replace("_", " ")


def shown(value: Any) -> str:
    """A setting's value in a name or a table."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _identity(info: RunInfo) -> Hashable:
    # Rows decide what data is the same; the file's name and the columns don't matter. Nor do
    # settings that the method never reads.
    settings = info.settings.training
    read = {
        name: value
        for name, value in settings_of(info).items()
        if reads(settings.method, name, settings.preset)
    }
    beyond = info.settings.start_from, info.settings.validation_labels
    return info.fingerprint, beyond, tuple(sorted(read.items()))


def _names(infos: Sequence[RunInfo]) -> list[str]:
    """A name for each: the method, and how it differs from others of the method.

    Settings are compared on the same data only: other data may need other settings.
    """
    names = []
    for info in infos:
        kin = [other for other in infos if other.method == info.method]
        own = settings_of(info)
        near = [other for other in kin if other.fingerprint == info.fingerprint]
        unlike = [n for n in differing(near) if reads(info.method, n, info.preset)]
        differences = [f"{symbol(name)} {shown(own[name])}" for name in unlike]
        parts = [method_title(info.method), ", ".join(differences[:MOST_IN_NAME])]
        parts += [_beyond(info), _data(info, kin)]
        if len(differences) > MOST_IN_NAME:
            parts.append(info.name)  # a run's name is nobody else's
        names.append(" · ".join(part for part in parts if part))
    return names


def _beyond(info: RunInfo) -> str:
    """What is unlike other runs and no setting of training."""
    warm = "quick check" if info.settings.start_from else ""
    reviewed = info.settings.validation_labels == "reviewed"
    return ", ".join(filter(None, (warm, "chosen by reviewed labels" if reviewed else "")))


def _data(info: RunInfo, kin: Sequence[RunInfo]) -> str:
    """The name of its data; "" where all have the same."""
    if len({other.fingerprint for other in kin}) == 1:
        return ""
    same_name = {other.fingerprint for other in kin if other.data_name == info.data_name}
    return info.data_name + (f" {(info.fingerprint or '')[:4]}" if len(same_name) > 1 else "")


def digests(found: Sequence[Configuration], split: Split) -> list[str]:
    """`digest` of each configuration's data: equal where both have the same rows in the split."""
    known: dict[str | None, str] = {}
    for one in found:
        if one.info.fingerprint not in known:
            known[one.info.fingerprint] = digest(one.runs[0], split)
    return [known[one.info.fingerprint] for one in found]


def digest(run: Run, split: Split) -> str:
    """SHA-256 of the split's ids, texts and labels by name; of tagged sentences also the tags."""
    table = run.rows(split)
    every = np.arange(len(table))
    names = np.array(run.classes, dtype=object)
    total = hashlib.sha256(run.info.task.encode())
    for column in (table.ids(every), table.texts(every), names[table.labels].tolist()):
        total.update("\x1f".join(column).encode("utf-8", "surrogatepass") + b"\x1e")
    if table.has_words:
        total.update("\x1f".join(run.classes).encode())
        total.update(np.ascontiguousarray(table.all_tags).tobytes())
    return total.hexdigest()
