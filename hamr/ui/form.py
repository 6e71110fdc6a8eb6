"""The form of a new run, made from the settings' own descriptions."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from hamr.config import (
    METHOD_TITLES,
    PRESET_TITLES,
    PRESETS,
    TrainingSettings,
    describe,
)
from hamr.errors import SettingError
from hamr.ui.text import plain, title_of

FIRST = ("preset", "method")  # above all others
SECOND = ("model", "epochs", "seed")
GROUPS = {
    "optimiser": "Optimiser and model",
    "meta step": "Meta step and weights",
    "hardness": "Hardness, neighbourhoods and draws",
}
TITLES = {"method": METHOD_TITLES, "preset": PRESET_TITLES}
COLUMNS = 3


def prefill(settings: TrainingSettings) -> None:
    """Put these settings into the form."""
    for name, value in settings.model_dump().items():
        st.session_state[_key(name)] = _shown(value)


def training_form(fault: tuple[str, str] | None = None) -> TrainingSettings | None:
    """Draw the form and return its settings; None while one of them is out of range.

    `fault` is a setting and the sentence of the run that failed for it.
    """
    for name, value in TrainingSettings().model_dump().items():
        st.session_state.setdefault(_key(name), _shown(value))
    specs = describe(TrainingSettings)
    values: dict[str, Any] = {}
    errors: dict[str, str] = dict([fault] if fault else [])
    _grid(FIRST, specs, values, errors)
    _grid(SECOND, specs, values, errors)
    with st.expander("All settings", key="all_settings", expanded=fault is not None):
        for group, heading in GROUPS.items():
            st.markdown(f"**{heading}**")
            names = [name for name, spec in specs.items() if spec["group"] == group]
            _grid(names, specs, values, errors)
    try:
        return TrainingSettings(**values)
    except SettingError:
        return None  # said beside the control


def _grid(
    names: Any, specs: dict[str, Any], values: dict[str, Any], errors: dict[str, str]
) -> None:
    names = list(names)
    width = 2 if tuple(names) == FIRST else COLUMNS
    for start in range(0, len(names), width):
        for cell, name in zip(st.columns(width), names[start : start + width], strict=False):
            with cell:
                values[name] = _control(name, specs[name])
                _line_below(name, specs[name], values[name], errors.get(name))


def _control(name: str, spec: dict[str, Any]) -> Any:
    """One widget, by the setting's type. Ranges are left to the settings to check, so that
    a value out of range gets its sentence instead of a widget that won't take it."""
    label = f"{title_of(name)}  {spec['symbol']}".strip()
    choices = _choices(name)
    if choices:
        titles = TITLES.get(name, {})
        return st.selectbox(
            label,
            choices,
            format_func=lambda value: titles.get(value, value),
            key=_key(name),
            on_change=_preset_changed if name == "preset" else "rerun",
            persist_state="session",
        )
    if isinstance(spec["default"], int):
        return st.number_input(label, step=1, key=_key(name), persist_state="session")
    # A text field, because 4e-5 is typed more easily than stepped to.
    return st.text_input(label, key=_key(name), persist_state="session").strip()


def _choices(name: str) -> tuple[str, ...]:
    return get_args(TrainingSettings.model_fields[name].annotation)


def _line_below(name: str, spec: dict[str, Any], value: Any, error: str | None) -> None:
    try:
        TrainingSettings(**{name: value})
    except SettingError as out_of_range:
        error = str(out_of_range)
    if error:
        st.error(plain(error), icon="⚠️")
    elif name not in TITLES:
        st.caption(plain(with_range(spec)))


def with_range(spec: dict[str, Any]) -> str:
    """A setting's help and its range: "sharpness of draws · [0, 10]"."""
    if not spec["range"]:
        return spec["help"]
    unbroken = spec["range"].replace(" ", "\N{NO-BREAK SPACE}")
    return f"{spec['help']} · {unbroken}"


def _preset_changed() -> None:
    """The rates that belong to the preset follow it; everything else stays as typed."""
    preset = TrainingSettings.of_preset(st.session_state[_key("preset")])
    for name in {name for changes in PRESETS.values() for name in changes}:
        st.session_state[_key(name)] = _shown(getattr(preset, name))


def _shown(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


def _key(name: str) -> str:
    return f"setting_{name}"
