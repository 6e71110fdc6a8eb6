"""What all settings are made of: fields that describe themselves, and errors in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hamr.config.ranges import in_words, limits_of, rule
from hamr.errors import SettingError

LONGEST_SHOWN = 100  # characters of a value in a message


def setting(default: Any, symbol: str, help: str, group: str, **limits: Any) -> Any:
    """One field: default, symbol in the paper ("" if it has none), help line, form group."""
    extra: dict[str, Any] = {"symbol": symbol, "group": group}
    if "choices" in limits:
        extra["choices"] = limits.pop("choices")
    return Field(default, description=help, json_schema_extra=extra, **limits)


class Settings(BaseModel):
    """The base of all groups of settings: frozen, no unknown names, errors in sentences."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _sentence(type(self), error) from None


def describe(settings: type[Settings]) -> dict[str, dict[str, Any]]:
    """Per field: symbol, group, help, default, limits, and the range in words.

    Forms, command-line flags and help texts are made from it.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, info in settings.model_fields.items():
        extra, limits = _extra(settings, name), limits_of(info.metadata)
        found[name] = {
            "symbol": extra["symbol"],
            "group": extra["group"],
            "help": info.description or "",
            "default": info.default,
            "range": in_words(limits),
            "limits": limits,
        }
    return found


def choices_of(settings: type[Settings], name: str) -> tuple[str, ...]:
    """The values that a setting may have, where they are few; () for a number or any text.

    Raises SettingError where they include methods whose module can't be imported.
    """
    listed: Callable[[], tuple[str, ...]] | None = _extra(settings, name).get("choices")
    if listed is not None:
        return listed()
    found = get_args(settings.model_fields[name].annotation)
    return found if all(isinstance(one, str) for one in found) else ()


def _extra(settings: type[Settings], name: str) -> dict[str, Any]:
    extra = settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)  # every field is made by `setting`
    return extra


def _sentence(settings: type[Settings], error: ValidationError) -> SettingError:
    """Pydantic's first complaint as one sentence: the value, the rule, the remedy."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else None
    if name is None or name not in settings.model_fields:
        if first["type"] == "extra_forbidden":
            return SettingError(f"there is no setting {name}: --help lists all of them", field=name)
        return SettingError(str(first["msg"]).removeprefix("Value error, "), field=name)
    info = settings.model_fields[name]
    limits = rule(limits_of(info.metadata), first["type"])
    said = f"must be {limits}" if limits else first["msg"].lower()
    if first["type"] == "literal_error":
        said = f"must be {first['ctx']['expected']}"
    given = repr(first["input"])
    if len(given) > LONGEST_SHOWN:
        given = f"{given[: LONGEST_SHOWN - 3]}..."
    return SettingError(f"{name} {said}, got {given}: {info.description}", field=name)
