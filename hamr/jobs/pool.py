"""Unlabelled rows attached to the data of a run, and its rows with those that people labelled.

attached = attach_file(store, run.info, "new.csv", "Ada")
attached.left_out   # {"whose text the data has": 12, "without a text": 1}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from hamr.decisions import Attachment, Corrections
from hamr.decisions.pools import PoolRow
from hamr.errors import DataError, StoreError
from hamr.files.reading import open_file
from hamr.records import SPLITS, Dataset
from hamr.store import RunInfo, Store
from hamr.store.decisions import Decisions
from hamr.store.pools import Pool, added_rows, attach
from hamr.tasks import features

BLOCK = 4096  # texts of the data that are hashed at a time
# Where a file lacks the column of the run's own texts and none is named.
TEXT_COLUMNS, SENTENCE_COLUMNS = ("text",), ("text", "tokens")


@dataclass(frozen=True)
class Attached:
    """What came of attaching rows."""

    part: Attachment | None  # None: not one of them is new
    left_out: Mapping[str, int]  # why a row was left out -> how many were
    column: str = ""  # that was read; "" where there are none
    missing: str = ""  # the column that would have been read, had the file had it

    @property
    def rows(self) -> int:
        """How many rows were attached."""
        return self.part.rows if self.part else 0

    def in_words(self) -> str:
        """Such as "1,200 unlabelled rows attached; 3 left out: 2 without a text, 1 ...; column
        'text' was read, because the file has no column 'body'".
        """
        rows = "1 unlabelled row" if self.rows == 1 else f"{self.rows:,} unlabelled rows"
        reasons = ", ".join(f"{count:,} {why}" for why, count in self.left_out.items())
        left = f"; {sum(self.left_out.values()):,} left out: {reasons}" if reasons else ""
        why = f"column {self.column!r} was read, because the file has no column {self.missing!r}"
        return f"{rows} attached{left}{f'; {why}' if self.missing else ''}"


def usual_columns(info: RunInfo) -> tuple[str, ...]:
    """The columns that texts may be in, the first that a file has; those of the run come first."""
    more = SENTENCE_COLUMNS if features(info.task).entities else TEXT_COLUMNS
    return (info.settings.data.text_column, *more)


def attach_file(
    store: Store, info: RunInfo, path: str, annotator: str, column: str | None = None
) -> Attached:
    """Attach the rows of a file (CSV, TSV, JSON, JSON Lines, Parquet) to the data of a run.

    Its texts are in `column`, by default the first of `usual_columns` that it has. Sentences may
    also be in a CoNLL file, whose tags are not read, or on the lines of a .txt file. Rows are
    streamed: one whose text the data has, that was attached before, or that has no text is left out
    and counted. Raises ColumnError for a file without the column, DataError for one that can't be
    read or has no rows, DecisionError for a name that can't be shown, StoreError.
    """
    decisions, name = log_of(store, info), PurePath(path).name
    read, rows = _rows_of(info, path, column)
    found = _attach(store, decisions, name, rows, annotator, column=read)
    if not found.rows and not found.left_out:
        raise DataError(f"{name} has no rows: give a file with rows of text", field="data")
    usual = column or info.settings.data.text_column
    return replace(found, column=read, missing=usual if read and read != usual else "")


def _rows_of(info: RunInfo, path: str, column: str | None) -> tuple[str, Iterable[PoolRow]]:
    """The column that is read of a file, "" where it has none, and its rows."""
    columns = [column] if column else usual_columns(info)
    if features(info.task).entities:
        from hamr.data.unlabelled_sentences import sentences_of

        found = sentences_of(path, columns)
        return found.column, found.rows
    from hamr.data.unlabelled import column_in, texts_of

    reader = open_file(path)
    read = column_in(reader, columns)
    return read, texts_of(reader, read)


def attach_texts(
    store: Store, info: RunInfo, texts: Sequence[str], annotator: str, source: str
) -> Attached:
    """Attach texts or sentences that were typed; `source` says where. As `attach_file`."""
    rows = (PoolRow(place, text) for place, text in enumerate(texts, 1))
    return _attach(store, log_of(store, info), source, rows, annotator)


def current_rows(store: Store, source: str, corrections: Corrections) -> Dataset:
    """The rows of a data set with their current labels, and the attached rows that have one.

    Raises StoreError if the store has lost the rows, DamagedError if they were altered.
    """
    from hamr.data import corrected
    from hamr.data.added import with_rows

    dataset = corrected(store.dataset(source), corrections)
    rows = added_rows(store.decisions(source), corrections.added)
    return with_rows(
        dataset, [row.row_id for row in rows], [row.text for row in rows],
        [row.words for row in rows], [row.label for row in rows],
    )  # fmt: skip


def _attach(
    store: Store,
    decisions: Decisions,
    name: str,
    rows: Iterable[PoolRow],
    annotator: str,
    column: str = "",
) -> Attached:
    from hamr.data.unlabelled import Fresh

    fresh = Fresh(_hashes_of_data(store, decisions.fingerprint), _hashes_of_pool(decisions))
    part = attach(
        decisions, name, fresh.of(rows), annotator, column=column, left_out=fresh.left_out
    )
    return Attached(part, dict(fresh.left_out))


def log_of(store: Store, info: RunInfo) -> Decisions:
    """The decisions on a run's data. Raises StoreError for a run whose data was never loaded."""
    if info.label_source is None:
        raise StoreError(f"{info.name!r} has no rows: its data was never loaded", field="run")
    return store.decisions(info.label_source)


def _hashes_of_data(store: Store, fingerprint: str) -> np.ndarray:
    """Those of the texts of all splits: a copy of a test row must not be trained on."""
    from hamr.data.unlabelled import hashes_of

    found = [np.empty(0, np.uint64)]
    for split in SPLITS:
        table = store.rows(fingerprint, split)
        found += [
            hashes_of(table.texts(range(start, min(start + BLOCK, len(table)))))
            for start in range(0, len(table), BLOCK)
        ]
    return np.concatenate(found)


def _hashes_of_pool(decisions: Decisions) -> np.ndarray:
    """Those of the texts that are attached; of attachments that were removed, those of rows that
    people decided on, which stay with the data.
    """
    from hamr.data.unlabelled import hashes_of

    pool, whole = Pool(decisions), Pool(decisions, removed=True)
    found = [hashes_of(texts) for _, texts in pool.blocks(BLOCK)]
    if len(whole) > len(pool):
        decided = np.flatnonzero(~whole.waiting())
        gone = [row for row in decided.tolist() if whole.part(row).removed]
        found.append(hashes_of(whole.texts(gone)))
    return np.concatenate([np.empty(0, np.uint64), *found])
