"""What there is to see of a data set before it is trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.columns import apart
from hamr.entities import named
from hamr.records import SPLITS, Dataset, Split
from hamr.tasks import TaskWords, features
from hamr.tasks.words import TEXTS
from hamr.views.base.theme import ACCENT, OKABE_ITO, WARM, finish, safe

if TYPE_CHECKING:  # a view reads a report, it does not make one
    from hamr.data import DataReport, Finding, Lengths

SPLIT_COLOURS = dict(zip(SPLITS, (ACCENT, OKABE_ITO[1], OKABE_ITO[2]), strict=True))
SHOWN_CLASSES = 60  # more bars than these are no longer read one by one


def class_counts_figure(
    counts: Mapping[Split, np.ndarray], classes: tuple[str, ...], words: TaskWords = TEXTS
) -> go.Figure:
    """Rows of each class, split by split. `counts` is per split, [C]."""
    total = sum(np.asarray(value) for value in counts.values())
    order = np.argsort(total, kind="stable")[:SHOWN_CLASSES][::-1]  # rarest at the bottom
    names = [safe(classes[c], 40) for c in order]
    fig = go.Figure()
    for split, values in counts.items():
        shown = np.asarray(values)[order]
        fig.add_bar(
            y=list(range(len(order))),
            x=shown,
            orientation="h",
            name=split,
            marker_color=SPLIT_COLOURS[split],
            customdata=np.column_stack([names, shown]),
            hovertemplate=f"%{{customdata[0]}}<br>{split}: %{{x:,}} {words.unit}<extra></extra>",
        )
    left_out = len(classes) - len(order)
    title = f"{words.unit.capitalize()} of each {words.by}" + (
        f": the rarest {len(order)} of {len(classes)}" if left_out else ""
    )
    finish(fig, title=title, x=words.unit, y="", height=max(300, 120 + 24 * len(order)))
    fig.update_layout(
        barmode="stack",
        # Below, as a title over half a page leaves no room next to it.
        legend={"orientation": "h", "y": -0.3, "x": 0},
        legend_traceorder="normal",
    )
    fig.update_yaxes(
        tickmode="array", tickvals=list(range(len(order))), ticktext=names, autorange="reversed"
    )
    return fig


def class_counts_frame(
    counts: Mapping[Split, np.ndarray], classes: tuple[str, ...], words: TaskWords = TEXTS
) -> pd.DataFrame:
    """Rows of each class by split, the figures behind the bars."""
    frame = pd.DataFrame({split: np.asarray(rows) for split, rows in counts.items()})
    frame.insert(0, words.by, classes)
    return frame


def lengths_figure(lengths: Lengths) -> go.Figure:
    """How long the texts of all splits are, in words or characters."""
    edges = np.asarray(lengths.edges, dtype=float)
    unit = lengths.unit
    fig = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=lengths.counts,
            width=np.diff(edges),
            marker_color=ACCENT,
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate="%{customdata[0]:,.0f} to %{customdata[1]:,.0f} "
            f"{unit}: %{{y:,}} rows<extra></extra>",
        )
    )
    fig.add_vline(
        x=lengths.median,
        line_dash="dash",
        line_color=WARM,
        annotation_text=f"median {lengths.median:,.0f}",
    )
    finish(fig, title=f"Length of the texts in {unit}", x=f"length ({unit})", y="rows")
    fig.update_yaxes(range=[0, 1.15 * max(lengths.counts)])  # room for the median's name
    return fig


def lengths_frame(lengths: Lengths) -> pd.DataFrame:
    """The bars of the lengths: from, to, rows."""
    return pd.DataFrame(
        {"from": lengths.edges[:-1], "to": lengths.edges[1:], "rows": lengths.counts}
    )


def finding_frame(dataset: Dataset, report: DataReport, finding: Finding) -> pd.DataFrame:
    """The rows of a finding; those with the same text are consecutive and share a number."""
    groups = {
        "conflict": report.conflicts,
        "leak": report.leaks,
        "duplicate": report.duplicates,
    }.get(finding.kind)
    if groups is not None:
        return pd.DataFrame(
            [
                (number, split, label, group.text, row_id)
                for number, group in enumerate(groups, start=1)
                for split, label, row_id in zip(group.splits, group.labels, group.ids, strict=True)
            ],
            columns=["group", "split", TaskWords.of(dataset.task).label, "text", "id"],
        )
    if finding.indices is None:
        return pd.DataFrame({"id": finding.ids})
    return rows_frame(dataset, finding.indices)


def rows_frame(
    dataset: Dataset, wanted: Mapping[Split, Sequence[int] | np.ndarray]
) -> pd.DataFrame:
    """The rows at these indices of each split, as a table: split, label, text, id, metadata.

    Tagged sentences have their entities before the id, each with its type in brackets.
    """
    parts = []
    for split, indices in wanted.items():
        rows = dataset.split(split)
        columns = {
            "split": split,
            "label": [dataset.classes[rows.labels[i]] for i in indices],
            "text": [rows.texts[i] for i in indices],
        }
        if features(dataset.task).entities:
            assert rows.words is not None and rows.tags is not None
            columns["entities"] = [
                named(rows.words[i], rows.tags[i], dataset.classes) for i in indices
            ]
        columns["id"] = [rows.ids[i] for i in indices]
        for name, shown in apart(rows.metadata, (*columns, "entities")).items():
            columns[shown] = list(rows.metadata[name].take(np.asarray(indices, int)))
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def search(
    dataset: Dataset, query: str, split: Split | None, label: str | None
) -> dict[Split, np.ndarray]:
    """Row indices by split whose text, id or metadata hold `query`, whatever the case."""
    needle = query.casefold()
    wanted = dataset.classes.index(label) if label is not None else None
    found: dict[Split, np.ndarray] = {}
    for name in SPLITS if split is None else (split,):
        rows = dataset.split(name)
        keep = np.ones(len(rows), bool) if wanted is None else rows.labels == wanted
        if needle:
            hits = (
                needle in text.casefold() or needle in row_id.casefold()
                for text, row_id in zip(rows.texts, rows.ids, strict=True)
            )
            found_in = np.fromiter(hits, bool, len(rows))
            for column in rows.metadata.values():
                has = [needle in value.casefold() for value in column.values]
                found_in |= np.array([*has, False])[column.codes]
            keep &= found_in
        found[name] = np.flatnonzero(keep)
    return found
