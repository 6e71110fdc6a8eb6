"""Data sets of the Hugging Face hub, through the library `datasets`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hamr.allowed import check_hub
from hamr.errors import DataError
from hamr.files.door import LONGEST_SHOWN, shown
from hamr.files.mending import Mender
from hamr.files.parquet.classnames import named
from hamr.files.table import Unit, blamed_on
from hamr.records import Split

PREFIX = "hub:"
TIMEOUT = 10.0  # seconds to wait for the hub
# The names that publishers give to the three splits, the usual one first.
_SPLIT_NAMES: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}


class HubSplit:
    """One split of a data set of the hub. Class numbers are given as the class's name.

    Half characters, which the hub's JSON may hold, are repaired as in files.
    """

    unit: Unit = "row"

    def __init__(self, name: str, split: Any) -> None:
        self.name = name
        self.notices: list[str] = []
        self._split = split

    def columns(self) -> list[str]:
        """The names of the features; those of the first row where the hub declares none."""
        if self._split.features is not None:
            return list(self._split.features)
        return list(next(self._read(self._split), {}))

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The row's number and its values; None where it has none."""
        features = self._split.features or {}
        names = [_class_names(features.get(column)) for column in wanted]
        mender, columns = Mender(self.name, self.unit), list(wanted)
        for place, row in enumerate(self._read(self._split.select_columns(columns)), 1):
            values = [
                row[c] if own is None else named(row[c], own, self._where(place, c))
                for c, own in zip(columns, names, strict=True)
            ]
            yield place, mender.row(place, columns, values)
        self.notices = mender.notices()

    def hides(self, column: str) -> bool:
        """Whether the publisher withholds this column's classes: -1 in every row."""
        feature = (self._split.features or {}).get(column)
        if getattr(feature, "names", None) is None:
            return False
        return all(row[column] == -1 for row in self._read(self._split.select_columns([column])))

    def _where(self, place: int, column: str) -> str:
        return f"{self.name}, row {place:,}: column {column!r}"

    def _read(self, rows: Any) -> Iterator[dict[str, Any]]:
        """The rows; an error on the way, of the connection or a value, becomes a DataError."""
        try:
            yield from rows
        except Exception as error:  # as in `open_hub`
            raise _failed(self.name, error) from None


def open_hub(source: str, *, streaming: bool = False) -> dict[Split, HubSplit]:
    """The splits of "hub:NAME" or "hub:NAME:CONFIGURATION" that there are.

    With `streaming` only what is read is fetched. Without a connection, a data set that was
    downloaded before is read from the library's cache. Raises DataError, about the source,
    if the name is not known, the hub can't be reached or there are no training rows.
    """
    name, _, configuration = source.removeprefix(PREFIX).strip().partition(":")
    if not name:
        raise DataError("hub: needs a name after it, as in hub:owner/name", field="source")
    with blamed_on("source"):
        check_hub(shown(source))
    try:
        found = _fetch(name, configuration or None, streaming)
    except Exception as error:  # the library lets dozens of kinds through, from HTTP to YAML
        raise _failed(source, error) from None
    splits: dict[Split, HubSplit] = {}
    for split, names in _SPLIT_NAMES.items():
        there = next((n for n in names if n in found), None)
        if there is not None:
            splits[split] = HubSplit(f"{source}/{there}", found[there])
    if "train" not in splits:
        raise DataError(
            f"{source} has no split called train (it has {', '.join(found)}): choose another",
            field="source",
        )
    return splits


def _fetch(name: str, configuration: str | None, streaming: bool) -> Any:
    """All splits by name. Asks the hub for the name first: `datasets` alone waits for 24 s."""
    from datasets import load_dataset
    from datasets.load import CachedDatasetModuleFactory
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        HfApi().dataset_info(name, timeout=TIMEOUT)
    except (HfHubHTTPError, ValueError):
        raise  # the hub has no such name, or the name is not valid
    except Exception as error:  # errors differ between HTTP clients
        try:
            CachedDatasetModuleFactory(name).get_module()
        except FileNotFoundError:
            raise ConnectionError(str(error)) from None
    return load_dataset(name, configuration, streaming=streaming)


def _class_names(feature: Any) -> list[str] | None:
    """The names of a column's class numbers, or of those in its lists."""
    if isinstance(feature, list):  # how older data sets declare lists
        feature = feature[0]
    names: list[str] | None = getattr(getattr(feature, "feature", feature), "names", None)
    return names


def _failed(source: str, error: Exception) -> DataError:
    if len(source) > LONGEST_SHOWN:
        source = f"{source[:LONGEST_SHOWN]}..."
    kind = type(error).__name__
    reason = " ".join(str(error).split())[:200].rstrip(".") or kind
    if "Config name is missing" in reason:
        remedy = "add one after a colon, as in hub:NAME:CONFIGURATION"
    elif isinstance(error, ConnectionError):
        return DataError(
            f"{source} can't be fetched, because huggingface.co can't be reached ({reason}): "
            "check the connection, or download the data and give its file",
            field="source",
        )
    else:
        remedy = "check the name on huggingface.co/datasets"
    return DataError(f"{source} can't be loaded ({kind}: {reason}): {remedy}", field="source")
