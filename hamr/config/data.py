"""Where the rows come from."""

from __future__ import annotations

from typing import Literal

from hamr.config.base import Settings, setting


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
