"""The parser of the command line, a verb of it, and the flags made from the settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from hamr import methods
from hamr.cli import terminal
from hamr.config import (
    ONLY_IN,
    PRESETS,
    DataSettings,
    Settings,
    TrainingSettings,
    choices_of,
    describe,
    renamed,
)
from hamr.errors import SettingError

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction["Parser"]

GROUP_TITLES = {
    "data": "data",
    "run": "run",
    "optimiser": "optimiser",
    "meta step": "meta step",
    "beyond": "what HAMR+ adds",
    "baselines": "other methods",
    "hardness": "hardness and draws",
    "rows": "chosen rows",
}
FLAG_NAMES = {"source": "--data"}  # where the flag is not the setting's own name


class Parser(argparse.ArgumentParser):
    """A parser whose complaints quote what was typed without obeying it.

    What only the help shows is filled in by `late` when somebody asks for help: the list of
    methods may have to import other people's modules.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.late: list[Callable[[], None]] = []

    def format_help(self) -> str:
        """The help, with what is filled in late."""
        while self.late:
            self.late.pop()()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print how the verb is used and what is wrong, and leave with code 2."""
        super().error(terminal.message(message))


def add_verb(
    verbs: Verbs, name: str, function: str, text: str, *, run: bool = False, listed: bool = True
) -> Parser:
    """A verb and the "module:function" that does it, which is imported only when it is called."""
    sentence = f"{text[0].upper()}{text[1:]}."
    if listed:
        verb = verbs.add_parser(name, help=text, description=sentence)
    else:  # a verb without `help` is not in the list
        verb = verbs.add_parser(name, description=sentence)
    verb.set_defaults(function=f"hamr.cli.{function}")
    if run:
        verb.add_argument(
            "run", metavar="RUN", help="the run's name, its id, or the first characters of its id"
        )
    verb.add_argument(
        "--home", metavar="DIR", help="the folder that holds the runs; HAMR_HOME or .hamr if absent"
    )
    return verb


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


def add_settings(verb: Parser, without: Sequence[str] = ()) -> None:
    """The flags of all settings, in their groups, and those of settings with older names."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for settings in (DataSettings, TrainingSettings):
        for name, about in describe(settings).items():
            if name in without:
                continue
            title = GROUP_TITLES[about["group"]]
            group = groups.get(title) or groups.setdefault(title, verb.add_argument_group(title))
            # Values stay text here: the settings themselves check them, with better words.
            flag = group.add_argument(
                flag_of(name),
                dest=name,
                metavar=name.upper(),
                default=None,
                help=_help(name, about),
            )
            verb.late.append(_metavar(flag, settings))
    for old, now in renamed.SETTINGS.items():
        verb.add_argument(flag_of(old), dest=now, action=_Renamed, help=argparse.SUPPRESS)
    for old in renamed.REMOVED:
        verb.add_argument(flag_of(old), dest=old, action=_Removed, help=argparse.SUPPRESS)


def flag_of(name: str) -> str:
    """The flag of a setting."""
    return FLAG_NAMES.get(name, "--" + name.replace("_", "-"))


class _Renamed(argparse.Action):
    """Keep the value of a flag under the setting's present name, and say that name."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        terminal.say(f"hamr: {self.option_strings[0]} is now called {flag_of(self.dest)}")
        setattr(namespace, self.dest, values)


class _Removed(argparse.Action):
    """Say that a setting is gone; a value that would have changed the training is refused."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if not renamed.is_off(self.dest, values):
            raise argparse.ArgumentError(self, str(renamed.refusal(self.dest, values)))
        terminal.say(f"hamr: {renamed.gone(self.dest)}")
        delattr(namespace, self.dest)


def list_methods() -> tuple[str, ...]:
    """The names of all methods, for help; without those of a module that can't be imported."""
    names, error = methods.listed()
    if error:
        terminal.say(f"hamr: {error}")
    return names


def _metavar(flag: argparse.Action, settings: type[Settings]) -> Callable[[], None]:
    """Puts the choices in the place of the value, where they are few."""

    def fill() -> None:
        if flag.dest == "source":
            flag.metavar = "demo|builtin|PATH|hub:NAME"
        elif flag.dest == "method":
            flag.metavar = "|".join(list_methods())
        elif settings.model_fields[flag.dest].annotation is bool:
            flag.metavar = "true|false"
        elif choices := choices_of(settings, flag.dest):
            flag.metavar = "|".join(choices)

    return fill


def _help(name: str, about: dict[str, Any]) -> str:
    symbol = f"{about['symbol']}: " if about["symbol"] else ""
    limits = f" ({about['range']})" if about["range"] else ""
    full, only = PRESETS["full"].get(name, about["default"]), ONLY_IN.get(name)
    default = full if only == "full" else about["default"]
    where = f"; {only} preset only" if only else ""
    if not only and full != default:
        where = f" (full preset: {full})"
    usual = "" if default in (None, ()) else f"; default {default}"
    text = f"{symbol}{about['help']}{limits}{usual}{where}"
    return text.replace("%", "%%")
