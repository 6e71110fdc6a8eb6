"""The scores of an epoch as figures."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import plain_name
from hamr.views.base.labels import Scored
from hamr.views.per_class_f1 import scores


def tiles(run: Run, epoch: int) -> None:
    """Macro-F1 at this epoch and at the best one, the weakest class, and the test score."""
    macro = {s["epoch"]: s["macro_f1"] for s in run.scalars()}
    table = view(scores.score_table, run, epoch)
    worst = table.loc[table["F1"].idxmin()]
    scored = Scored.of(run)
    best = max(macro, key=lambda e: macro[e])
    final = run.final()
    columns = st.columns(4)
    first = run.epochs()[0]
    columns[0].metric(
        f"Macro-F1, epoch {epoch}",
        f"{macro[epoch]:.3f}",
        delta=f"{macro[epoch] - macro[first]:+.3f} since epoch {first}" if epoch != first else None,
        help="On validation",
    )
    columns[1].metric("Best epoch so far", best, help=f"Macro-F1 {macro[best]:.3f} on validation")
    columns[2].metric(
        f"Weakest {scored.one}",
        f"{worst['F1']:.3f}",
        delta=plain_name(worst[scored.one]),
        delta_color="off",
        delta_arrow="off",
        help=f"Its F1 on validation at epoch {epoch}",
    )
    columns[3].metric(
        "Macro-F1 on test",
        f"{final.test.macro_f1:.3f}" if final else "–",
        help="Scored once, at the best validation epoch, when the run has finished.",
    )
