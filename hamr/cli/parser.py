"""The parser of the command line, and the flags that are made from the settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, NoReturn, get_args

from hamr.cli import terminal
from hamr.config import (
    ONLY_IN,
    PRESETS,
    DataSettings,
    Settings,
    TrainingSettings,
    describe,
)
from hamr.errors import SettingError

GROUP_TITLES = {
    "data": "data",
    "run": "run",
    "optimiser": "optimiser",
    "meta step": "meta step",
    "hamr": "HAMR beyond the paper",
    "baselines": "other methods",
    "hardness": "hardness and draws",
}
FLAG_NAMES = {"source": "--data"}  # where the flag is not the setting's own name


class Parser(argparse.ArgumentParser):
    """A parser whose complaints quote what was typed without obeying it."""

    def error(self, message: str) -> NoReturn:
        """Print how the verb is used and what is wrong, and leave with code 2."""
        super().error(terminal.message(message))


def check_utf8(arguments: argparse.Namespace) -> None:
    """Raises SettingError for a name with bytes that are not UTF-8: nothing could keep it."""
    given = {_flag(name, arguments.verb): value for name, value in vars(arguments).items()}
    given["HAMR_HOME"] = os.environ.get("HAMR_HOME")
    for flag, value in given.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not _is_utf8(text):
                raise SettingError(
                    f"{flag} is '{terminal.shown(text)}', which holds bytes that are not UTF-8: "
                    "rename it, or type its name in UTF-8",
                    field=flag.removeprefix("--"),
                )


def _flag(name: str, verb: str) -> str:
    """A value's flag; of a value without one what the help calls it."""
    if name in ("run", "sweep"):
        return name.upper()
    if name == "source" and verb == "decisions":
        return "--from"
    return FLAG_NAMES.get(name, "--" + name.replace("_", "-"))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def add_settings(verb: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
    """The flags of all settings, in their groups."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for settings in (DataSettings, TrainingSettings):
        for name, about in describe(settings).items():
            if name in without:
                continue
            title = GROUP_TITLES[about["group"]]
            group = groups.get(title) or groups.setdefault(title, verb.add_argument_group(title))
            flag = FLAG_NAMES.get(name, "--" + name.replace("_", "-"))
            # Values stay text here: the settings themselves check them, with better words.
            group.add_argument(
                flag,
                dest=name,
                metavar=_metavar(name, settings),
                default=None,
                help=_help(name, about),
            )


def _metavar(name: str, settings: type[Settings]) -> str:
    """What stands for the value: the choices, where there are few, or the setting's name."""
    if name == "source":
        return "demo|builtin|PATH|hub:NAME"
    choices = get_args(settings.model_fields[name].annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return "|".join(choices)
    return name.upper()


def _help(name: str, about: dict[str, Any]) -> str:
    symbol = f"{about['symbol']}: " if about["symbol"] else ""
    limits = f", in {about['range']}" if about["range"] else ""
    full, only = PRESETS["full"].get(name, about["default"]), ONLY_IN.get(name)
    default = full if only == "full" else about["default"]
    where = f"; {only} preset only" if only else ""
    if not only and full != default:
        where = f" (full preset: {full})"
    text = f"{symbol}{about['help']}{limits}; default {default}{where}"
    return text.replace("%", "%%")
