"""What is trained on, by which method, and a slider for every symbol; all of it in the URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

import streamlit as st

from hamr.config import TrainingSettings
from hamr.errors import DataError, SettingError
from hamr.jobs.playing import Setup, settings_of
from hamr.methods import check_suitable, default_of, listed, method_of, method_title, reads
from hamr.playground import RECIPES, TASK
from hamr.ui.learn.link import number_in_link, quoted, say
from hamr.ui.learn.painting import Painted, from_link
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import query, set_query

POINTS, METHOD, BESIDE, SEED = "points", "method", "beside", "seed"  # in the URL
PAINT = "paint"  # in the URL: painted points
PAINTED = "painted"  # a choice of POINTS
NOTHING = "none"
MOST_SEED = 9_999
ONE_CLASS = (
    "All points are of one class, so there is nothing to tell apart: the loss falls to 0 and F1 is "
    "1 at once. Paint points of a second class."
)
_OPENED = "learn_opened"  # key of the session


@dataclass(frozen=True)
class Slider:
    """A setting that a slider changes."""

    name: str
    label: str  # with its symbol
    low: float
    high: float
    step: float
    help: str

    @property
    def format(self) -> str:
        """How a value is written: with all digits that a step changes."""
        if isinstance(self.step, int):
            return "%d"
        return "%.3f" if self.step < 0.01 else "%.2f"


SLIDERS = (
    Slider("tau", "τ: draws follow hardness", 0.0, 4.0, 0.1,
           "0 draws all points alike; 1 in proportion to hardness."),
    Slider("boost_strength", "λ: boost of neighbours", 0.0, 5.0, 0.1,
           "How much more often the most boosted point is drawn."),
    Slider("gamma", "γ: memory of hardness", 0.0, 0.99, 0.01,
           "Share of the old hardness that a visit keeps."),
    Slider("neighbours", "k: neighbours of a seed", 1, 30, 1,
           "How many nearest points of each hard seed are boosted."),
    Slider("hard_share", "Share of hard seeds", 0.05, 1.0, 0.05,
           "0.2: the hardest fifth of the points are seeds."),
    Slider("weight_low", "Smallest weight", 0.0, 0.95, 0.05, "Weights below it are clipped."),
    Slider("weight_high", "Largest weight", 1.05, 10.0, 0.05, "Weights above it are clipped."),
    Slider("virtual_rate", "α: step size of the virtual update", 0.05, 5.0, 0.05,
           "How far the trial step goes."),
    Slider("meta_rate", "Rate of the weight network", 0.001, 0.1, 0.001,
           "How fast the weight curve changes."),
    Slider("class_balance", "ρ: class balance", 0.0, 1.0, 0.05,
           "HAMR+: 0 not at all, 1 by inverse class frequency."),
    Slider("soft_target_weight", "ε: soft targets", 0.0, 0.95, 0.05,
           "HAMR+: share of a point's target taken from leave-one-out classifiers."),
    Slider("learning_rate", "η: learning rate", 0.001, 0.05, 0.001, "Of the model itself."),
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What the controls say."""

    setup: Setup
    settings: TrainingSettings
    beside: Setup | None  # another method on the same points
    shared: tuple[str, ...] = ()  # symbols of the moved settings that it reads as well

    @property
    def paints(self) -> bool:
        """Whether people paint the points."""
        return self.setup.preset == PAINTED

    @property
    def meaning(self) -> str:
        """One sentence on what to watch on these points."""
        if not self.paints:
            return RECIPES[self.setup.preset].meaning
        return ONE_CLASS if len({label for *_, label in self.setup.painted}) == 1 else ""

    @property
    def title(self) -> str:
        """The method's name on screen."""
        return method_title(self.settings.method)


def controls() -> Choice:
    """Show the controls; what is wrong in the URL is said, and its default used."""
    with st.container(key="learn-bar"):
        columns = st.columns([3.2, 3.2, 3.2, 1.2, 2.4], vertical_alignment="bottom")
    with columns[0]:
        points = _select(POINTS, "Points", [*RECIPES, PAINTED], "imbalanced", _points_title)
    with columns[1]:
        method = _select(METHOD, "Method", suitable(), default_of("quick"), method_title)
    with columns[2]:
        others = [NOTHING, *(name for name in suitable() if name != method)]
        first = next((name for name in others if _is_plain(name)), NOTHING)
        beside = _select(BESIDE, "Compare with", others, first, _beside_title)
    with columns[3]:
        seed = _seed()
    with columns[4]:
        changed = _sliders(method, seed)
    setup = Setup(points, seed, _painted(points), settings=(("method", method), *changed))
    if beside == NOTHING:
        return Choice(setup, settings_of(setup), None)
    shared = tuple((name, value) for name, value in changed if reads(beside, name))
    other = replace(setup, settings=(("method", beside), *shared))
    return Choice(setup, settings_of(setup), other, tuple(in_sentence(name) for name, _ in shared))


def _painted(points: str) -> Painted:
    """The painted points of the URL, where these are chosen; none where there are none yet."""
    text = query(PAINT)
    if points != PAINTED or not text:
        return ()
    try:
        return from_link(text)
    except DataError as error:
        show_error(error)
        return ()


def suitable() -> list[str]:
    """The methods that train on points: those that add no rows of their own."""
    return [name for name in listed()[0] if _suits(name)]


def _is_plain(name: str) -> bool:
    return name != NOTHING and method_of(name).is_plain


def _suits(name: str) -> bool:
    settings = settings_of(Setup(settings=(("method", name),)))
    try:
        check_suitable(name, TASK, settings.preset)
    except SettingError:
        return False
    return settings.traits.adds is None


def _select(part: str, label: str, options: list[str], first: str, title: Any) -> str:
    """A list of choices whose value is in the URL; the first choice is not."""
    asked = query(part) or first
    if asked not in options:
        say(
            f"The link names {quoted(asked)}, which is not a choice of {label}: it is set to "
            f"{title(first)}."
        )
        asked = first
    key = f"learn.{part}"
    if st.session_state.get(key) not in options:
        st.session_state[key] = asked
    chosen: str = st.selectbox(label, options, format_func=title, key=key)
    set_query(part, None if chosen == first else chosen)
    return chosen


def _points_title(name: str) -> str:
    return "Paint your own" if name == PAINTED else RECIPES[name].title


def _beside_title(name: str) -> str:
    return "Nothing" if name == NOTHING else method_title(name)


def forget_controls() -> None:
    """Have the controls take points, method, seed and sliders from the URL again."""
    for part in (POINTS, METHOD, SEED):
        st.session_state.pop(f"learn.{part}", None)
    st.session_state[_OPENED] = opened() + 1


def opened() -> int:
    """How often that was done in this session."""
    return int(st.session_state.get(_OPENED, 0))


def _seed() -> int:
    key = "learn.seed"
    if key not in st.session_state:
        st.session_state[key] = number_in_link(SEED, "seed", low=0, high=MOST_SEED)
    seed = int(st.number_input("Seed", 0, MOST_SEED, key=key))
    set_query(SEED, seed or None)
    return seed


def _sliders(method: str, seed: int) -> tuple[tuple[str, Any], ...]:
    """The settings that differ from the method's own."""
    own = settings_of(Setup(seed=seed, settings=(("method", method),)))
    changed: list[tuple[str, Any]] = []
    _say_unread(method)
    with st.popover("Settings", icon=":material/tune:", help="A slider for every symbol"):
        columns = st.columns(2)  # narrow, so that the plane stays in view beside it
        for at, slider in enumerate(SLIDERS):
            with columns[at % len(columns)]:
                changed += _slider(slider, method, getattr(own, slider.name))
    return tuple(changed)


def _say_unread(method: str) -> None:
    """Say which settings of the link, or of the method before, this one has no use for."""
    unread = [one.name for one in SLIDERS if query(one.name) and not reads(method, one.name)]
    if unread:
        names = ", ".join(map(in_sentence, unread))
        say(f"{method_title(method)} does not read {names}: left out.")


def in_sentence(name: str) -> str:
    """The symbol of a setting that has a slider, or its label in small letters."""
    label = next(slider.label for slider in SLIDERS if slider.name == name)
    symbol, has, _ = label.partition(":")
    return symbol if has else label[:1].lower() + label[1:]


def _slider(slider: Slider, method: str, usual: float) -> Iterator[tuple[str, Any]]:
    """The setting and its value where it differs from the usual one of the method."""
    kind = type(slider.step)
    ignored = not reads(method, slider.name)
    # A value, and none in the session: the browser makes the sliders when they are first opened,
    # and one that got its value from the session in an earlier run would be at its lower end.
    value = st.slider(
        slider.label,
        kind(slider.low),
        kind(slider.high),
        value=_asked(slider, kind(usual)),
        step=kind(slider.step),
        format=slider.format,
        key=_key(slider, method),
        disabled=ignored,
        help=with_guide("This method does not read it." if ignored else slider.help, slider.name),
    )
    differs = not ignored and value != kind(usual)
    set_query(slider.name, value if differs else None)
    if differs:
        yield slider.name, value


def _key(slider: Slider, method: str) -> str:
    """Another one each time that the controls are to be as the URL says."""
    return f"learn.{method}.{slider.name}" + (f".{opened()}" if opened() else "")


def _asked(slider: Slider, usual: float) -> float:
    """The value in the URL; one beyond the slider's ends is said, and the end is used."""
    kind = type(slider.step)
    with suppress(ValueError, OverflowError):
        asked = kind(query(slider.name) or usual)
        if not isnan(asked):
            within = min(max(asked, kind(slider.low)), kind(slider.high))
            if within != asked:
                say(
                    f"The link has {asked:g} for {slider.label}, which goes from {slider.low:g} to "
                    f"{slider.high:g}: {within:g} is used."
                )
            return within
    say(f"The link has no number for {slider.label}: its default is used.")
    set_query(slider.name, None)
    return usual
