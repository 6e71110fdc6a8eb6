"""The meta-gradient: how closely the form in use follows the exact one on this data."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.config import TrainingSettings
from hamr.store import Run
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.charts import show
from hamr.ui.shell.text import count
from hamr.ui.widgets.tables import show_table
from hamr.views.base import probes
from hamr.views.weights import meta_gradient

POOR = 0.9  # a mean cosine below it, 26 degrees, is called poor


def meta_gradient_section(run: Run, epoch: int) -> None:
    """How closely the meta-gradient in use follows the exact one, or why that is not known."""
    training = run.info.settings.training
    reason = probes.never_probed(training)
    if reason is None:
        found = view(probes.Probes.of, run)
        reason = probes.none_yet(run, found)
    if reason is not None:
        st.info(reason, icon=":material/info:")
        return
    _form(training)
    _tiles(found)
    if found.mean < POOR:
        _poor(run, training, found)
    show(
        view(meta_gradient.cosine_over_steps, run, epoch),
        key="shortcut",
        how_to_read="At 1 the form in use changes the weight network as the exact gradient would, "
        "at 0 it is unrelated to it. If the median stays low, say below "
        f"{POOR}, choose {_choices(training)} as the meta gradient in the settings of the next "
        "run. The steps of the chosen epoch are shaded.",
        alt=f"Cosine of the meta-gradient in use to the exact one at {len(found):,} probes, "
        f"from {found.cosine.min():.3f} to {found.cosine.max():.3f}: mean {found.mean:.3f}, 5th "
        f"percentile {found.low:.3f}",
        table=lambda: meta_gradient.table(run),
    )
    _left_out(found)
    _by_epoch(found)


def _form(training: TrainingSettings) -> None:
    title, meaning = probes.form_in_words(training.meta_gradient)
    st.markdown(
        f"Meta-gradient in use: **{title}** – {meaning}. One step in {training.probe_every:,} "
        "also took the exact gradient, to compare."
    )


def _tiles(found: probes.Probes) -> None:
    columns = st.columns(4)
    columns[0].metric("Mean cosine", f"{found.mean:.3f}")
    columns[1].metric("5th percentile", f"{found.low:.3f}")
    columns[2].metric(
        "Lowest",
        f"{found.cosine.min():.3f}",
        delta=f"step {found.step[found.cosine.argmin()]:,}",
        delta_color="off",
        delta_arrow="off",
    )
    columns[3].metric("Probes", f"{len(found):,}")


def _choices(training: TrainingSettings) -> str:
    return " or ".join(f"`{name}`" for name in probes.closer_forms(training.meta_gradient))


def _poor(run: Run, training: TrainingSettings, found: probes.Probes) -> None:
    st.warning(
        f"On this data the form in use differs from the exact gradient: its mean cosine is "
        f"{found.mean:.2f}. Choose {_choices(training)} as the meta gradient of the next run.",
        icon=":material/warning:",
    )
    navigation.link("Train", "Start a run like this one", query={"new": "1", "like": run.id})


def _left_out(found: probes.Probes) -> None:
    """What the chart does not show, in sentences."""
    size = meta_gradient.group_size(len(found))
    if size > 1:
        st.caption(
            f"Of each {size} neighbouring probes the lowest and the highest are drawn; the figures "
            "and the CSV have all."
        )
    if found.undefined:
        st.caption(
            f"{count(found.undefined, 'more probe')} have no cosine: one of the gradients was zero."
        )
    if found.unprobed:
        st.caption(
            f"{count(len(found.unprobed), 'epoch')} of an earlier version, which had no probes, "
            "are not shown."
        )


def _by_epoch(found: probes.Probes) -> None:
    frame = pd.DataFrame(found.by_epoch())
    if len(frame) < 2:
        return
    cosine = st.column_config.NumberColumn(format="%.4f")
    show_table(
        frame,
        height=35 * (min(len(frame), 10) + 1) + 3,
        key="shortcut-epochs",
        alt="For each epoch: probes, mean, 5th percentile and lowest cosine",
        column_config={name: cosine for name in frame.columns[2:]},
    )
