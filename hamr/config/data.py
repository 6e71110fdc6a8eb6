"""Where the rows come from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator

from hamr.config.base import Settings, setting


def names_in(given: object) -> object:
    """The names of columns in a text such as "author,source" or 'month,"paid, or not"'.

    As a line of CSV, because a column may have a comma in its name. Each name counts once; what
    is not a text is returned as it is.
    """
    if isinstance(given, str):
        given = [name.strip() for name in next(csv.reader([given], skipinitialspace=True), [])]
    if isinstance(given, list | tuple):
        return tuple(dict.fromkeys(name for name in given if name != ""))
    return given


def as_names(names: Sequence[str]) -> str:
    """Names of columns as the text that `names_in` reads."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


class DataSettings(Settings):
    """Where the rows come from and which columns hold what.

    >>> hamr.DataSettings(source="reviews.csv", label_column="stars").text_column
    'text'
    """

    source: str = setting(
        "demo", "", "demo, builtin, a file or folder, or hub:NAME", "data", min_length=1
    )
    task: Literal["auto", "sequence", "token"] = setting(
        "auto", "", "classify whole texts (sequence) or find entities in them (token); auto "
        "decides by the file", "data",
    )  # fmt: skip
    repair: bool = setting(
        False, "", "repair tags that break their scheme and list the changes, instead of refusing "
        "the file", "data",
    )  # fmt: skip
    text_column: str = setting("text", "", "column with the text", "data")
    label_column: str = setting("label", "", "column with the label", "data")
    group_column: str | None = setting(
        None, "", "rows with the same value in this column stay in the same split", "data"
    )
    id_column: str | None = setting(
        None, "", "column with a different value in each row, which names the row; by default "
        "the column id, or the place in the file", "data",
    )  # fmt: skip
    metadata: Annotated[tuple[str, ...], BeforeValidator(names_in)] = setting(
        (), "", "columns to keep with the rows, separated by commas: to read, search, filter and "
        "colour by, such as who labelled a row, or when", "data",
    )  # fmt: skip
    encoding: Literal["utf-8", "cp1252"] = setting(
        "utf-8", "", "how the bytes of the files are read: cp1252 (Windows-1252) is what Excel "
        "writes as plain CSV", "data",
    )  # fmt: skip
    tag_column: int | None = setting(
        None, "", "column of a CoNLL file that holds the tags, counted from 1; by default the "
        "last one with tags in it", "data", ge=1, le=1000,
    )  # fmt: skip
    validation: str | None = setting(None, "", "separate file with the validation rows", "data")
    test: str | None = setting(None, "", "separate file with the test rows", "data")
    validation_share: float = setting(
        0.15, "", "share of the rows held out for validation", "data", gt=0, lt=0.5
    )
    test_share: float = setting(
        0.15, "", "share of the rows held out for testing", "data", gt=0, lt=0.5
    )
    split_seed: int = setting(0, "", "random seed of the split", "data", ge=0)
    keep_duplicates_together: bool = setting(
        False, "", "rows with the same text stay in the same split, where rows are held out", "data"
    )
    remove_leaks: bool = setting(
        False, "", "leave out training rows whose text is also in the validation or test rows",
        "data",
    )  # fmt: skip
