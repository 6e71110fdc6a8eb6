"""The table of methods: look-ups in it, and how a method of one's own gets into it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any, cast

from hamr.errors import SettingError
from hamr.methods import plugins
from hamr.methods.table import BUILT_IN, DEFAULT, PRESET_DEFAULT
from hamr.methods.traits import PRESETS, TASKS, LossFactory, Method

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 40
DOTTED = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*", re.ASCII)

_CHOICES = frozenset({"method", "preset", "seed"})  # of a run, never of a method
_built_in = frozenset(method.name for method in BUILT_IN)
_known: dict[str, Method] = {method.name: method for method in BUILT_IN}


def register(
    name: str,
    *,
    title: str,
    loss: LossFactory | str | None,
    learns_weights: bool = False,
    resamples: bool = False,
    boosts: bool = False,
    soft_targets: bool = False,
    balances_classes: bool = False,
    settings: Collection[str] = (),
    defaults: Mapping[str, Any] | None = None,
    tasks: Collection[str] = TASKS,
    presets: Collection[str] = PRESETS,
    replace: bool = False,
) -> Method:
    """Add a method of your own: it is trained, swept and shown like the others.

    `loss(settings, class_counts)` is called once before training, with the TrainingSettings and
    the training rows' class counts [C]. It returns a function of logits [b, C] and labels [b]
    that gives one loss a row, [b], differentiable by the logits. "module:function" is imported
    when needed; None is cross-entropy, which `soft_targets` and `balances_classes` change. A sweep
    multiplies its runs by the `settings` it reads; `defaults` are settings that are part of it.

    Only this process knows it. For the command line, the app and their workers put the call in a
    module that HAMR_METHODS names. Raises SettingError for a name that is malformed or taken
    (unless you `replace` your own), a loss that can't be called, or traits that contradict.
    """
    _check_name(name, replace)
    _check_loss(name, loss)
    method = Method(
        name=name, title=str(title).strip() or name, loss=loss, learns_weights=learns_weights,
        resamples=resamples, boosts=boosts, soft_targets=soft_targets,
        balances_classes=balances_classes, settings=_names(settings), defaults=dict(defaults or {}),
        tasks=_within(name, "tasks", tasks, TASKS),
        presets=_within(name, "presets", presets, PRESETS),
    )  # fmt: skip
    _check_traits(method)
    _known[name] = method
    return method


def table() -> Mapping[str, Method]:
    """All methods by name: those built in, then registered ones. Raises SettingError if a module
    of HAMR_METHODS can't be imported."""
    plugins.load()
    return MappingProxyType(_known)


def names() -> tuple[str, ...]:
    """The names of all methods, as lists show them; raises as `table` does."""
    return tuple(table())


def listed() -> tuple[tuple[str, ...], SettingError | None]:
    """The names of all methods, for a form or a help text, and the error of a module that can't
    be imported: the other methods are there all the same."""
    try:
        return names(), None
    except SettingError as error:
        return tuple(_known), error


def find(name: str) -> Method | None:
    """The method of that name; None where there is none or its module can't be imported."""
    try:
        return method_of(name)
    except SettingError:
        return None


def method_of(name: str) -> Method:
    """The method of that name. Raises SettingError where there is none."""
    known = _known.get(name) or table().get(name)
    if known is None:
        raise SettingError(
            f"method must be one of {', '.join(_known)}, got {name!r}{meant(name, _known)}: a "
            f"method of your own must be registered, in a module that {plugins.VARIABLE} names",
            field="method",
        )
    return known


def default_of(preset: str) -> str:
    """The method that trains where none is named."""
    return PRESET_DEFAULT.get(preset, DEFAULT)


def defaults_for(name: str, task: str = "sequence") -> dict[str, Any]:
    """The settings that the method itself sets for a task; none for an unknown one."""
    method = find(name)
    return method.defaults_for(task) if method else {}


def governed() -> frozenset[str]:
    """The settings that some method sets itself, so that they follow the choice of the method."""
    every = [{*m.defaults, *(n for own in m.task_defaults.values() for n in own)}
             for m in _known.values()]  # fmt: skip
    return frozenset().union(*every)


def shown(name: str) -> Method:
    """The method of a stored run; one that is no longer registered has its name as its title.

    What it learned and drew is not known then, so everything that was recorded is shown.
    """
    unknown = Method(name=name, title=name, learns_weights=True, resamples=True, boosts=True)
    return find(name) or unknown


def method_title(name: str) -> str:
    """What people call the method: "Focal loss"."""
    return shown(name).title


def position(name: str) -> int:
    """Where the method comes in lists; those that are not registered come last."""
    order = list(_known)
    return order.index(name) if find(name) else len(order)


def loss_of(name: str) -> LossFactory | None:
    """What makes the method's loss, imported if need be; None for cross-entropy."""
    loss = method_of(name).loss
    if not isinstance(loss, str):
        return loss
    found = resolved(loss, f"the loss of method {name}")
    if not callable(found):
        raise SettingError(f"the loss of method {name}, {loss}, can't be called", field="method")
    return cast(LossFactory, found)


def weights_of(name: str) -> Any:
    """The class of the method's weight model, imported."""
    return resolved(method_of(name).weights, f"the weight model of method {name}")


def resolved(dotted: str, what: str) -> Any:
    """The object "package.module:name". Raises SettingError where there is none."""
    try:
        return resolve_name(dotted)
    except (ImportError, AttributeError) as error:
        raise SettingError(
            f"{what} can't be found at {dotted} ({error}): correct where the method is registered",
            field="method",
        ) from error


def is_built_in(name: str) -> bool:
    """Whether the method comes with HAMR."""
    return name in _built_in


def meant(name: str, among: Iterable[str]) -> str:
    """ " (did you mean focal?)", or "" where nothing is near."""
    near = get_close_matches(str(name), list(among), 1)
    return f" (did you mean {near[0]}?)" if near else ""


# ---- what `register` refuses --------------------------------------------------------------


def _check_name(name: str, replace: bool) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise SettingError(
            f"a method's name must be lower-case letters, digits and single hyphens, at most "
            f"{LONGEST_NAME} characters, got {name!r}: it is what --method takes, such as my-loss",
            field="method",
        )
    if name in _built_in or (name in _known and not replace):
        remedy = "" if name in _built_in else ", or pass replace=True"
        raise SettingError(
            f"a method named {name} exists ({_known[name].title}): choose another name{remedy}",
            field="method",
        )


def _check_loss(name: str, loss: object) -> None:
    dotted = isinstance(loss, str) and DOTTED.fullmatch(loss)
    if loss is not None and not callable(loss) and not dotted:
        raise SettingError(
            f"the loss of method {name} must be a function, got {loss!r}: give a function of "
            '(settings, class_counts), "package.module:function", or None for cross-entropy',
            field="method",
        )


def _check_traits(method: Method) -> None:
    if method.boosts and not method.resamples:
        raise SettingError(
            f"method {method.name} boosts neighbours without resampling: a boost raises the draws "
            "of rows, so set resamples=True as well",
            field="method",
        )
    if clash := sorted(_CHOICES & method.defaults.keys()):
        raise SettingError(
            f"defaults of method {method.name} can't have {', '.join(clash)}: they are chosen for "
            "each run, so leave them out",
            field="method",
        )
    if method.loss is not None and (method.soft_targets or method.balances_classes):
        raise SettingError(
            f"method {method.name} has a loss of its own, which soft_targets and balances_classes "
            "would replace: leave them out, or set loss=None",
            field="method",
        )


def _names(values: Collection[str]) -> frozenset[str]:
    return frozenset([values] if isinstance(values, str) else values)


def _within(name: str, what: str, values: Collection[str], all_: frozenset[str]) -> frozenset[str]:
    found = _names(values)
    if not found or not found <= all_:
        raise SettingError(
            f"{what} of method {name} must be some of {', '.join(sorted(all_))}, got {values!r}",
            field="method",
        )
    return found
