"""What there is to see of a data set before it is trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.records import SPLITS, Dataset
from hamr.views.theme import ACCENT, OKABE_ITO, WARM, finish, safe

SPLIT_COLOURS = dict(zip(SPLITS, (ACCENT, OKABE_ITO[1], OKABE_ITO[2]), strict=True))
SHOWN_CLASSES = 60  # more bars than these are no longer read one by one
TEXT_NAMES = ("text", "sentence", "content", "tweet", "review", "body", "message", "description")
LABEL_NAMES = ("label", "labels", "class", "category", "target", "tactic", "sentiment", "intent")


def guess_columns(preview: pd.DataFrame) -> tuple[str, str]:
    """Which column is likely the text and which the label, from a few rows.

    A telling name wins; otherwise the text is the column with the longest values and the
    label, among the others, the one with the fewest different values.
    """
    names = {name.lower(): name for name in reversed(preview.columns)}
    text = next((names[name] for name in TEXT_NAMES if name in names), None)
    if text is None:
        taken = {names[name] for name in LABEL_NAMES if name in names}
        lengths = {
            name: preview[name].astype(str).str.len().mean()
            for name in preview.columns
            if name not in taken or len(preview.columns) == 1
        }
        text = max(lengths or dict.fromkeys(preview.columns, 0.0), key=lambda n: lengths.get(n, 0))
    label = next((names[n] for n in LABEL_NAMES if n in names and names[n] != text), None)
    if label is None:
        others = [name for name in preview.columns if name != text] or [text]
        label = min(others, key=lambda name: preview[name].nunique())
    return text, label


def class_counts_figure(counts: Mapping[str, np.ndarray], classes: tuple[str, ...]) -> go.Figure:
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
            hovertemplate=f"%{{customdata[0]}}<br>{split}: %{{x:,}} rows<extra></extra>",
        )
    left_out = len(classes) - len(order)
    title = "Rows of each class" + (
        f": the rarest {len(order)} of {len(classes)}" if left_out else ""
    )
    finish(fig, title=title, x="rows", y="", height=120 + 24 * len(order))
    fig.update_layout(
        barmode="stack",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right"},
    )
    fig.update_yaxes(
        tickmode="array", tickvals=list(range(len(order))), ticktext=names, autorange="reversed"
    )
    return fig


def lengths_figure(edges: np.ndarray, counts: np.ndarray, unit: str, median: float) -> go.Figure:
    """How long the texts are. `edges` is [bins + 1], `counts` [bins]; unit words or characters."""
    edges = np.asarray(edges, dtype=float)
    fig = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            marker_color=ACCENT,
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate="%{customdata[0]:,.0f} to %{customdata[1]:,.0f} "
            f"{unit}: %{{y:,}} rows<extra></extra>",
        )
    )
    fig.add_vline(
        x=median, line_dash="dash", line_color=WARM, annotation_text=f"median {median:,.0f}"
    )
    return finish(fig, title=f"Length of the texts in {unit}", x=f"length ({unit})", y="rows")


def rows_frame(dataset: Dataset, wanted: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The rows at these indices of each split, as a table: split, id, label, text."""
    parts = []
    for split, indices in wanted.items():
        rows = dataset.split(split)  # type: ignore[arg-type]
        parts.append(
            pd.DataFrame(
                {
                    "split": split,
                    "id": [rows.ids[i] for i in indices],
                    "label": [dataset.classes[rows.labels[i]] for i in indices],
                    "text": [rows.texts[i] for i in indices],
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def search(
    dataset: Dataset, query: str, split: str | None, label: str | None
) -> dict[str, np.ndarray]:
    """Row indices by split whose text or id holds `query`, whatever the case."""
    needle = query.casefold()
    wanted = dataset.classes.index(label) if label is not None else None
    found: dict[str, np.ndarray] = {}
    for name in SPLITS if split is None else (split,):
        rows = dataset.split(name)  # type: ignore[arg-type]
        keep = np.ones(len(rows), bool) if wanted is None else rows.labels == wanted
        if needle:
            hits = (
                needle in text.casefold() or needle in row_id.casefold()
                for text, row_id in zip(rows.texts, rows.ids, strict=True)
            )
            keep &= np.fromiter(hits, bool, len(rows))
        found[name] = np.flatnonzero(keep)
    return found
