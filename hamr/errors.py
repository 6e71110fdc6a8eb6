"""Everything HAMR raises on purpose, in one tree.

    HamrError
    ├── SettingError        a setting is out of its range or does not fit another one
    ├── DataError           the rows can't be read, or can't be trained on
    │   ├── ColumnError     a named column is missing or occurs twice
    │   └── EncodingError   a file is not in UTF-8, but can be read as Windows-1252
    ├── DecisionError       a decision does not fit the rows, or the acts before it
    ├── ModelError          the encoder can't be loaded
    ├── TrainingError       training can't go on (a loss that is not a number, ...)
    │   └── RankLost        another process of the run has gone, or failed
    ├── HelperError         the process that applies models for the app ended, or is too slow
    └── StoreError          the store can't be read or written
        ├── RunNotFound     no run, or more than one, answers to that name
        ├── DamagedError    a file of a run is missing or was altered
        ├── NoSpaceError    the disk is full
        ├── BusyError       another process holds what this one needs
        ├── ReadOnlyError   the database can be read, and not written
        └── GoneError       the database can't be reached, or is no longer there
            └── LostError   it is gone or empty, and the folders of its runs are still there

The errors of the helper process, and of a store that is full, busy, read-only or gone, are
`retryable`: the same act may be sent again, unchanged, once the cause is removed.

Every message is a whole sentence for people: the value, the rule, the remedy.
"""

from __future__ import annotations

from pathlib import Path

LONGEST, REMEDY = 1500, 500  # characters of a message, and of its end


class HamrError(Exception):
    """The base of every error that HAMR raises on purpose.

    `field` names the setting or control that caused it ("text_column", "tau"), so that
    a form can show the sentence next to it; None when no single control did. Whatever a sentence
    quotes, it is cut in its middle where it is too long to be read.
    """

    retryable = False  # whether the same act may go through later, unchanged

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(_short(message))
        self.field = field


def _short(message: str) -> str:
    """The message, or its beginning and its end, which holds the remedy."""
    if len(message) <= LONGEST:
        return message
    return f"{message[: LONGEST - REMEDY]} [...] {message[-REMEDY:]}"


class SettingError(HamrError):
    """A setting is out of its range or does not fit another one."""


class DataError(HamrError):
    """The rows can't be read, or can't be trained on."""


class ColumnError(DataError):
    """A named column is missing or occurs twice."""


class EncodingError(DataError):
    """A file is not in UTF-8; every byte of it is a character in Windows-1252."""

    path: Path | None = None  # of the file


class DecisionError(HamrError):
    """A decision does not fit the rows, or the acts before it; nothing of it was recorded."""


class ModelError(HamrError):
    """The encoder can't be loaded."""


class TrainingError(HamrError):
    """Training can't go on."""


class RankLost(TrainingError):
    """Another process of the run has gone, or failed; none trains on without the others."""


class HelperError(HamrError):
    """The process that applies models for the app ended, or is too slow."""

    retryable = True


class StoreError(HamrError):
    """The store can't be read or written."""


class RunNotFound(StoreError):
    """No run, or more than one, answers to that name."""


class DamagedError(StoreError):
    """A file of a run is missing or was altered."""


class NoSpaceError(StoreError):
    """The disk is full."""

    retryable = True


class BusyError(StoreError):
    """Another process holds what this one needs."""

    retryable = True


class ReadOnlyError(StoreError):
    """The database can be read, and not written."""

    retryable = True


class GoneError(StoreError):
    """The database can't be reached, or is no longer there."""

    retryable = True


class LostError(GoneError):
    """The database is gone or empty, and the folders of its runs are still there."""
