"""Modules of other people that register methods: named in HAMR_METHODS, or installed.

They are imported when somebody first asks for a method that is not built in, or for all methods.
So every process of a run knows them: the variable is inherited by worker processes, and packages
that are installed offer themselves by an entry point of the group "hamr.methods".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from threading import RLock

from hamr.errors import SettingError

VARIABLE = "HAMR_METHODS"
GROUP = "hamr.methods"

# One lock for all threads, held while modules are imported: a thread that asks meanwhile waits.
_lock = RLock()
_asked: set[str] = set()
_failed: dict[str, SettingError] = {}


def load() -> None:
    """Import the modules that were not imported yet.

    Raises SettingError, with the module, the cause and the remedy, for each that fails: now and
    whenever it is asked again, since a method that is missing would otherwise be a riddle.
    """
    with _lock:
        for key, where, remedy, load_one in _offered():
            if key not in _asked:
                _asked.add(key)  # before the import: the module itself may ask for methods
                _load_one(key, where, remedy, load_one)
            if key in _failed:
                raise _failed[key]


def _offered() -> Iterator[tuple[str, str, str, Callable[[], object]]]:
    """For each module: a key, who names it, what to do if it fails, and how to import it."""
    for name in filter(None, map(str.strip, os.environ.get(VARIABLE, "").split(","))):
        yield (
            f"{VARIABLE}:{name}",
            f"{VARIABLE} names the module {name!r}",
            "install it, put its folder on PYTHONPATH, or take it out of the variable",
            lambda name=name: _imported(name),  # type: ignore[misc]
        )
    for point in entry_points(group=GROUP):
        yield (
            f"{GROUP}:{point.name}={point.value}",
            f"an installed package offers methods in the module {point.value!r}",
            "update or uninstall the package that offers it",
            point.load,
        )


def _imported(name: str) -> object:
    """The module of that name, from the working folder too: `hamr` is a script of another one."""
    with suppress(OSError):
        here = os.getcwd()
        if not {"", here} & set(sys.path):
            sys.path.append(here)
    return import_module(name)


def _load_one(key: str, where: str, remedy: str, load_one: Callable[[], object]) -> None:
    try:
        load_one()
    except (Exception, SystemExit) as error:
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        _failed[key] = SettingError(
            f"{where}, which can't be imported ({cause}): {remedy}", field="method"
        )
