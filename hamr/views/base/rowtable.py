"""The rows of one epoch as a table: measured, filtered, sorted, cut into pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.columns import apart
from hamr.difficulty import MEASURES
from hamr.store import RowTable, Run
from hamr.tasks import features
from hamr.views.base import mistakes
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.recency import SUPPORT_NAMES, steps_since, support
from hamr.views.base.row_measures import row_measures

HIGHEST_MEAN_LOSS = "highest mean loss first"
# What the table can be sorted by: column, and whether high values come first.
SORTS: dict[str, tuple[str, bool]] = {
    "hardest first": ("hardness", True),
    "least hard first": ("hardness", False),
    "highest loss first": ("loss", True),
    "least probable label first": ("label_probability", False),
    "most visited first": ("visits", True),
    "longest unseen first": ("since", True),
    "most aligned first": ("alignment", True),
    "least aligned first": ("alignment", False),
    HIGHEST_MEAN_LOSS: ("mean_loss", True),
    "lowest AUM first": ("aum", False),
    "most forgotten first": ("forgetting", True),
    "least confident first": ("confidence", False),
    "most variable first": ("variability", True),
}

# What tables of rows call their own columns; one of metadata with such a name gets another.
OWN_COLUMNS = (
    "split", "id", "text", "label", "mistakes", "prediction", "hardness", "P(label)", "loss",
    "visits", "last seen", "draws", "alignment", "boost", "support", "row", "similarity",
    *(measure.title for measure in MEASURES.values()),
)  # fmt: skip


@dataclass(frozen=True)
class RowFilter:
    """Which rows to show. Empty or zero fields leave every row in."""

    query: str = ""  # case-insensitive substring of the text, the id or metadata
    classes: tuple[int, ...] = ()  # class indices, by the row's label
    mistakes: bool = False  # only rows that the model is wrong about
    kind: str | None = None  # a key of mistakes.KINDS; of token runs only
    min_visits: int = 0
    support: int | None = None  # an index into SUPPORT_NAMES


def measures(run: Run, epoch: int) -> pd.DataFrame:
    """Every number of the table for all N rows, in row order; texts are read one page at a time."""
    frame = pd.DataFrame(
        {
            "label": run.rows().labels,
            "prediction": run.signal("prediction", epoch),
            "label_probability": run.signal("label_probability", epoch),
            "hardness": run.signal("hardness", epoch),
            "loss": run.signal("loss", epoch),
            "alignment": run.signal("alignment", epoch),
            "visits": run.signal("visits", epoch),
            "since": steps_since(run, epoch),
            "draws": run.signal("draws", epoch),
            "boost": run.signal("boost", epoch),
            "support": support(run, epoch),
            "wrong": mistakes.wrong(run, epoch),
        }
    )
    if features(run.info.task).mistake_kinds:
        frame["errors"] = run.signal("errors", epoch)
    frame.index.name = "row"
    return frame


def with_difficulty(run: Run, epoch: int) -> pd.DataFrame:
    """`measures` with the measures of difficulty that the run has, by their names in MEASURES."""
    frame = measures(run, epoch)
    for name, values in row_measures(run, epoch).items():
        frame[name] = values
    return frame


def sorts(frame: pd.DataFrame) -> list[str]:
    """The orders whose column the frame has."""
    return [name for name, (column, _) in SORTS.items() if column in frame]


def matching(run: Run, frame: pd.DataFrame, wanted: RowFilter, sort: str) -> np.ndarray:
    """The rows that pass the filter, in the order of SORTS[sort]; ties keep row order.

    Rows without the sorted value (NaN) come last either way.
    """
    keep = frame["visits"].to_numpy() >= wanted.min_visits
    if wanted.classes:
        keep &= np.isin(frame["label"].to_numpy(), wanted.classes)
    if wanted.mistakes:
        keep &= frame["wrong"].to_numpy()
    if wanted.kind is not None and "errors" in frame:
        keep &= mistakes.of_kind(frame["errors"].to_numpy(), mistakes.KINDS[wanted.kind])
    if wanted.support is not None:
        keep &= frame["support"].to_numpy() == wanted.support
    if wanted.query.strip():
        found = np.zeros(len(frame), bool)
        found[run.rows().search(wanted.query.strip())] = True
        keep &= found
    rows = np.flatnonzero(keep)
    column, descending = SORTS[sort]
    values = frame[column].to_numpy()[rows].astype(float)
    return rows[np.argsort(-values if descending else values, kind="stable")]


def table(run: Run, frame: pd.DataFrame, rows: Sequence[int] | np.ndarray) -> pd.DataFrame:
    """The rows with texts and metadata, and names instead of numbers for classes and support."""
    rows = np.asarray(rows, int)
    classes, texts = np.asarray(run.classes, object), run.rows()
    part, (ids, said) = frame.iloc[rows], texts.ids_and_texts(rows)
    found = pd.DataFrame(
        {
            "id": ids,
            "text": said,
            "label": classes[part["label"].to_numpy()],
            "prediction": classes[part["prediction"].to_numpy()],
            "hardness": part["hardness"].to_numpy(),
            "P(label)": part["label_probability"].to_numpy(),
            "loss": part["loss"].to_numpy(),
            "visits": part["visits"].to_numpy(),
            "last seen": part["since"].to_numpy(),
            "draws": part["draws"].to_numpy(),
            "alignment": part["alignment"].to_numpy(),
            "boost": part["boost"].to_numpy(),
            "support": [SUPPORT_NAMES[kind] for kind in part["support"]],
            "row": rows,
        }
    )
    for name, measure in MEASURES.items():
        if name in part and measure.title not in found:
            found[measure.title] = part[name].to_numpy()
    if "errors" in part:  # the prediction is only the rarest type that the model sees
        kinds = [mistakes.in_words(bits) for bits in part["errors"].tolist()]
        found.insert(4, "mistakes", kinds)
    return _with_metadata(found, texts, rows)


def metadata_columns(run: Run) -> dict[str, str]:
    """What the columns of metadata are called in a table of rows, by their names."""
    return apart(run.rows().metadata_names, OWN_COLUMNS)


def _with_metadata(found: pd.DataFrame, rows: RowTable, where: np.ndarray) -> pd.DataFrame:
    """The table with the metadata of the rows at those positions of a split."""
    for name, own in apart(rows.metadata_names, OWN_COLUMNS).items():
        found[own] = list(rows.metadata(name).take(where))
    return found


def any_split(
    run: Run, frame: pd.DataFrame, known: AllRows, rows: Sequence[int] | np.ndarray
) -> pd.DataFrame:
    """`table` with the split of each row; of validation and test rows no measures are known.

    `rows` are indices among the rows of all splits; the table has them in their order.
    """
    rows = np.asarray(rows, int)
    trained = rows < known.trained
    found = table(run, frame, rows[trained])
    found.insert(0, "split", SPLIT_NAMES["train"])
    for number, held_out in enumerate(known.tables[1:], start=1):
        own = rows[known.splits[rows] == number]
        if len(own):
            part = _with_metadata(known.frame(own), held_out, own - known.bounds[number])
            found = pd.concat([found, part], ignore_index=True)
    return found.set_index("row").loc[rows].reset_index()
