"""The settings in which configurations differ, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from hamr.methods import method_title
from hamr.store import RunInfo
from hamr.store.held import held_corrections
from hamr.views.compare.configurations import Configuration, differing, settings_of, shown, symbol

ROW_SETS = ("exclude_rows", "draw_more", "verified_rows")  # settings that name a stored set of rows


def table(found: Sequence[Configuration]) -> pd.DataFrame:
    """A line for each setting that differs, a column for each configuration; seeds come last."""
    infos = [one.info for one in found]
    lines: list[list[str]] = []
    for name in differing(infos):
        own = [_value(name, settings_of(info)[name]) for info in infos]
        lines.append([_title(name), *own])
    if len({info.fingerprint for info in infos}) > 1:
        lines.append(["data", *map(_data, infos)])
        lines.append(["training rows", *(f"{info.train_rows:,}" for info in infos)])
        lines.append(["test rows", *(f"{info.test_rows:,}" for info in infos)])
    if any(info.origin for info in infos):
        lines.append(["labels", *map(_labels, found)])
    for title, name in (("weights", "start_from"), ("validation labels", "validation_labels")):
        values = [getattr(info.settings, name) for info in infos]
        if len(set(values)) > 1:
            lines.append([title, *(_start(v) if name == "start_from" else v for v in values)])
    seeds = (", ".join(str(run.info.seed) for run in one.runs) for one in found)
    lines.append(["seeds", *seeds])
    return pd.DataFrame(lines, columns=["setting", *(one.name for one in found)])


def _title(name: str) -> str:
    words, sign = name.replace("_", " "), symbol(name)
    return words if sign in (words, "") else f"{words} ({sign})"


def _value(name: str, value: Any) -> str:
    if name in ROW_SETS:
        return f"rows of set {value[:8]}" if value else "none"
    return method_title(value) if name == "method" else shown(value)


def _labels(one: Configuration) -> str:
    held = held_corrections(one.runs[0].store, one.info)
    return "as given" if held is None else str(held)


def _start(parent: str | None) -> str:
    return "new" if parent is None else f"continued from run {parent[:8]}"


def _data(info: RunInfo) -> str:
    return f"{info.data_name} ({(info.fingerprint or '')[:8]})"
