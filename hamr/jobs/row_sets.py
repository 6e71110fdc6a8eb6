"""The rows that a run's settings exclude, draw more often or call verified: kept and read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamr.config import TrainingSettings
from hamr.errors import SettingError
from hamr.records import Dataset
from hamr.store.base import StoreBase
from hamr.store.row_sets import FIELDS, is_key

if TYPE_CHECKING:
    from hamr.training.chosen import ChosenRows


def chosen_rows(
    store: StoreBase, dataset: Dataset, settings: TrainingSettings, verified: Sequence[str] = ()
) -> ChosenRows | None:
    """What the settings say of the data set's rows; None where they name none.

    `verified` are the verified rows where the settings name no set of them. Raises SettingError,
    with its field, for a set that the home lacks or that does not fit the rows.
    """
    if not any(getattr(settings, field) for field in FIELDS) and not verified:
        return None
    from hamr.training.chosen import ChosenRows

    excluded, more, named = (_ids(store, settings, field) for field in FIELDS)
    return ChosenRows.of(dataset, settings, excluded, more, named or verified)


def _ids(store: StoreBase, settings: TrainingSettings, field: str) -> tuple[str, ...]:
    key = str(getattr(settings, field))
    if not key:
        return ()
    try:
        return store.row_sets.get(key).ids
    except SettingError as error:
        raise SettingError(f"{field}: {error}", field=field) from None


def keep_sets(store: StoreBase, values: dict[str, Any]) -> dict[str, Any]:
    """The values of settings with sets of rows kept and named by their keys.

    A set may be given as ids, as a key, or as a file of ids; draw_more also as FILE:FACTOR.
    Raises SettingError, with its field, for a file that can't be read or names no row.
    """
    found = dict(values)
    for field in FIELDS:
        given = found.get(field)
        if not given or (isinstance(given, str) and is_key(given)):
            continue
        if isinstance(given, str) and field == "draw_more":
            given, factor = _with_factor(given)
            if factor is not None:
                found["draw_more_factor"] = factor
        name, ids = _named(given, field)
        if not ids:
            raise SettingError(f"{field}: {name} names no row", field=field)
        found[field] = store.row_sets.keep(name, ids)
    return found


def _with_factor(given: str) -> tuple[str, str | None]:
    """FILE:FACTOR as its parts; a file may have a colon in its name."""
    path, colon, factor = given.rpartition(":")
    if not colon or Path(given).expanduser().exists():
        return given, None
    try:
        float(factor)
    except ValueError:
        return given, None
    return path, factor


def _named(given: object, field: str) -> tuple[str, list[str]]:
    if not isinstance(given, str | Path):
        if isinstance(given, Iterable):
            return "chosen rows", [str(one) for one in given]
        raise SettingError(
            f"{field} must be ids of rows or a file of them, got {given!r}", field=field
        )
    path = Path(given).expanduser()
    try:
        return path.name, list(_read(path, path.read_text("utf-8-sig")))
    except (OSError, ValueError) as error:
        raise SettingError(
            f"{field}: {path} can't be read ({error}). It must be a file with one row id per line, "
            "a .csv file with a column id, or what hamr regions --json wrote",
            field=field,
        ) from None


def _read(path: Path, text: str) -> Iterator[str]:
    """The row ids in a file: .json, .csv with a column id, or one id per line."""
    if path.suffix.lower() == ".json":
        yield from _of_json(json.loads(text))
    elif path.suffix.lower() == ".csv":
        table = csv.DictReader(text.splitlines())
        if "id" not in (table.fieldnames or ()):
            raise ValueError("it has no column id")
        yield from (line["id"] for line in table if line["id"])
    else:
        yield from filter(None, map(str.strip, text.splitlines()))


def _of_json(content: Any) -> Iterator[str]:
    """A list of ids, an object with them under "rows", or one with many such "regions"."""
    if isinstance(content, dict) and "regions" in content:
        for region in content["regions"]:
            yield from _of_json(region)
        return
    rows = content.get("rows") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise ValueError('it is neither a list of ids nor an object with "rows"')
    yield from map(str, rows)
