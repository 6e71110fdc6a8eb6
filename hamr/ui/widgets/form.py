"""The form of a new run, made from the settings' own descriptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from hamr.config import (
    META_GRADIENT_TITLES,
    ONLY_IN,
    PRESET_TITLES,
    TrainingSettings,
    choices_of,
    describe,
    follows_choice,
    kind_of,
)
from hamr.errors import SettingError
from hamr.methods import default_of, draws_every_row_once, listed, method_title
from hamr.records import Task
from hamr.tasks import features
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.text import plain, title_of
from hamr.ui.widgets.chosenrows import WORDS as CHOSEN_ROWS
from hamr.ui.widgets.chosenrows import chosen_rows_form, state_key

FIRST = ("preset", "method")  # above all others
SECOND = ("model", "epochs", "seed")
GROUPS = {
    "optimiser": "Optimiser and model",
    "meta step": "Meta step and weights",
    "hardness": "Hardness, neighbourhoods and draws",
    "beyond": "What HAMR+ adds",
    "baselines": "Other methods",
    "run": "Run",
}
TITLES = {
    "preset": PRESET_TITLES,
    # Without what follows the colon, which is below the control.
    "meta_gradient": {name: title.split(":")[0] for name, title in META_GRADIENT_TITLES.items()},
    "decay": {"none": "None", "linear": "Linear, down to 0", "cosine": "Cosine, down to 0"},
    "precision": {"auto": "Automatic", "float32": "float32", "bf16": "bf16, mixed with float32"},
    "device": {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "Apple GPU (MPS)"},
    "draw_scheme": {"systematic": "Systematic", "independent": "Independent"},
    "weight_curve": {"free": "Of any shape", "rising": "Rising only"},
    "tag_decoding": {"word": "Each word alone", "viterbi": "Together (Viterbi)"},
    "batch_growth": {"rows": "With the rows", "none": "Off"},
    "pooling": {"mean": "Mean of all tokens", "last": "Last token"},
    "frozen_states": {"stored": "Stored", "recomputed": "Computed again at each step"},
    "head_start": {"random": "Random", "ridge": "Ridge regression"},
    "supplementary": {"copy": "Copied", "move": "Moved"},
    "meta_set": {
        "validation": "Validation rows",
        "verified": "Verified rows",
        "both": "Validation and verified rows",
    },
    "neighbours_from": {"frozen": "Encoder before training", "current": "Encoder as it is now"},
}
# Other help texts, where rows are tagged sentences.
OF_SENTENCES = {
    "supplementary": "sentences that fill up rare types of the meta set: copied or moved",
    "class_balance": "how strongly HAMR+'s loss balances the tags: 0 off, 1 by inverse frequency",
    "soft_target_weight": "for texts only; sentences have no soft targets",
    "soft_target_weight_last": "for texts only; sentences have no soft targets",
    "soft_target_memory": "for texts only; sentences have no soft targets",
    "pooling": "for texts only; of sentences each word's own vector is read",
    "head_start": "for texts only; the head of a model for sentences begins at random",
    "class_balanced_beta": "0 weighs all tags alike, near 1 by inverse frequency; its method alone",
    "adjustment": "logit adjustment: share of the log tag frequencies taken into the loss",
    "smote_neighbours": "SMOTE is not for sentences",
    "word_share": "share of a sentence's words, the hardest, that its loss averages; 0 is one word",
}
COLUMNS = 3
TASK = "form_task"  # the task that the form's values are for
CHOICE = "form_choice"  # the preset, task and method that the form's values follow


def prefill(settings: TrainingSettings, task: Task = "sequence") -> None:
    """Put the settings of a run with that task into the form."""
    st.session_state[TASK] = task
    st.session_state[CHOICE] = settings.preset, task, settings.method
    for name, value in settings.model_dump().items():
        st.session_state[_key(name)] = shown(value)


def training_form(
    fault: tuple[str, str] | None = None, task: Task = "sequence", without: Collection[str] = ()
) -> TrainingSettings | None:
    """Draw the form and return its settings; None while one of them is out of range.

    `fault` is a setting and the sentence of the run that failed for it. Defaults are those of
    the task and the method, also where another is chosen afterwards; what was typed stays.
    Settings `without` a control here have another place on the page, and keep their defaults.
    """
    for name, value in TrainingSettings().model_dump().items():
        st.session_state.setdefault(_key(name), shown(value))
    _follow_choice(task)
    errors: dict[str, str] = dict([fault] if fault else [])
    first, second = ([n for n in names if n not in without] for names in (FIRST, SECOND))
    values = _grid(first, errors, len(FIRST)) | _grid(second, errors)
    values |= chosen_rows_form()
    if not errors.keys().isdisjoint(CHOSEN_ROWS):
        st.error(plain(errors[next(iter(errors))]), icon=":material/warning:")
    with st.expander("All settings", key="all_settings", expanded=fault is not None):
        st.caption(f"Settings that the {_preset()} preset does not use are greyed out.")
        for group, names in grouped().items():
            st.markdown(f"**{GROUPS[group]}**")
            values |= _grid(names, errors)
    try:
        found = TrainingSettings(**values)
    except SettingError:
        return None  # the error is shown next to the control
    if "method" not in without and found.draw_more and not found.resamples:
        show_error(draws_every_row_once(found.method))
        return None
    return found


def grouped() -> dict[str, list[str]]:
    """The settings below the first ones, by group, in the order of GROUPS."""
    specs = describe(TrainingSettings)
    below = [name for name in specs if name not in FIRST + SECOND]
    return {group: [n for n in below if specs[n]["group"] == group] for group in GROUPS}


def unused(name: str, preset: str) -> bool:
    """Whether a run of that preset never reads the setting."""
    return ONLY_IN.get(name, kind_of(preset)) != kind_of(preset)


def _preset() -> str:
    return str(st.session_state[_key("preset")])


def _task() -> Task:
    task: Task = st.session_state.get(TASK, "sequence")
    return task


def given() -> frozenset[str]:
    """The settings that differ from what preset, task and method of the form set by themselves."""
    own = _defaults(*_choice())
    return frozenset(
        name for name in follows_choice() if st.session_state[_key(name)] != shown(own[name])
    )


def _choice() -> tuple[str, Task, str]:
    """The preset, task and method that are chosen now."""
    return _preset(), _task(), str(st.session_state[_key("method")])


def _defaults(preset: str, task: str, method: str) -> dict[str, Any]:
    """All settings as they come with a preset, a task and a method."""
    return TrainingSettings.of_preset(preset, task, method=method).model_dump()


def _follow_choice(task: Task) -> None:
    """What another task or method changes by itself follows it, unless it was typed over."""
    state = st.session_state
    state[TASK] = task
    before = state.get(CHOICE, ("quick", "sequence", default_of("quick")))
    state[CHOICE] = _choice()
    if state[CHOICE] == before:
        return
    old, new = _defaults(*before), _defaults(*state[CHOICE])
    for name in follows_choice():
        if state[_key(name)] == shown(old[name]):
            state[_key(name)] = shown(new[name])


def _grid(names: Sequence[str], errors: dict[str, str], width: int = COLUMNS) -> dict[str, Any]:
    """The controls of these settings, `width` side by side, and what they say."""
    specs, values = describe(TrainingSettings), {}
    for start in range(0, len(names), width):
        for cell, name in zip(st.columns(width), names[start : start + width], strict=False):
            with cell:
                values[name] = _control(name, specs[name])
                if unused(name, _preset()):
                    # A greyed-out control can't be changed, so its value is not read.
                    values[name] = _defaults(*_choice())[name]
                _line_below(name, specs[name], values[name], errors.get(name))
    return values


def _control(name: str, spec: dict[str, Any]) -> Any:
    """One widget, by the setting's type. Ranges are left to the settings to check, so that
    a value out of range gets its sentence instead of a widget that won't take it."""
    label = f"{title_of(name)}  {spec['symbol']}".strip()
    disabled = unused(name, _preset())
    choices = _choices(name)
    if choices:
        return st.selectbox(
            label,
            choices,
            format_func=method_title if name == "method" else lambda value: TITLES[name][value],
            key=_key(name),
            on_change=_preset_changed if name == "preset" else "rerun",
            disabled=disabled,
            help=with_guide(None, name),
            persist_state="session",
        )
    if isinstance(spec["default"], int):
        return st.number_input(
            label,
            step=1,
            key=_key(name),
            disabled=disabled,
            help=with_guide(None, name),
            persist_state="session",
        )
    # A text field, because 4e-5 is typed more easily than stepped to.
    text = st.text_input(
        label,
        key=_key(name),
        disabled=disabled,
        help=with_guide(None, name),
        persist_state="session",
    )
    return text.strip()


def _choices(name: str) -> tuple[str, ...]:
    """The values to choose from; a module of methods that can't be imported has its error shown."""
    if name != "method":
        return choices_of(TrainingSettings, name)
    names, error = listed()
    if error:
        show_error(error)
    return names


def _line_below(name: str, spec: dict[str, Any], value: Any, error: str | None) -> None:
    try:
        TrainingSettings(**{name: value})
    except SettingError as out_of_range:
        error = str(out_of_range)
    if error:
        st.error(plain(error), icon=":material/warning:")
    elif name not in FIRST:
        st.caption(plain(_explained(name, spec, value)))


def _explained(name: str, spec: dict[str, Any], value: Any) -> str:
    """The line below a control: its help and range, and the meaning of the choice."""
    words = [f"{ONLY_IN[name]} preset only"] if unused(name, _preset()) else []
    if name == "meta_gradient" and ": " in META_GRADIENT_TITLES[value]:
        words.append(META_GRADIENT_TITLES[value].partition(": ")[2])
    own = OF_SENTENCES.get(name) if features(_task()).entities else None
    return " · ".join([*words, with_range({**spec, "help": own or spec["help"]})])


def with_range(spec: dict[str, Any]) -> str:
    """A setting's help and its range: "sharpness of draws · 0 to 10"."""
    if not spec["range"]:
        return str(spec["help"])
    unbroken = spec["range"].replace(" ", "\N{NO-BREAK SPACE}")
    return f"{spec['help']} · {unbroken}"


def _preset_changed() -> None:
    """The method and rates that belong to the preset follow it; everything else stays as typed."""
    state, before = st.session_state, st.session_state[CHOICE][0]
    if state[_key("method")] == default_of(before):
        state[_key("method")] = default_of(_preset())
    state[CHOICE] = _choice()
    own = _defaults(*_choice())
    for name in follows_choice():
        state[_key(name)] = shown(own[name])


def shown(value: Any) -> Any:
    """A value as its control shows it: 8.0 is "8"."""
    return f"{value:g}" if isinstance(value, float) else value


_key = state_key
