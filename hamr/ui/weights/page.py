"""Weights: the learned curve, what the meta step moves, and who is drawn for it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.methods import method_title
from hamr.records import ROW_SIGNALS
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.tasks.words import SENTENCES, TEXTS
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.state import choose_rows, chosen_rows, query
from hamr.ui.weights.meta_gradient import shortcut_section
from hamr.ui.widgets.classpicker import pick_classes
from hamr.ui.widgets.pointmap import AxisSpec, pointmap
from hamr.ui.widgets.sentence import row_text
from hamr.views.base import alignment, mistakes
from hamr.views.base.labels import Labels
from hamr.views.base.theme import class_colours
from hamr.views.weights import curve as weights
from hamr.views.weights import draws

MOST_COLOURS = 256  # a point carries its colour in one byte; beyond, colours repeat


def weights_page() -> None:
    """Show the page."""
    open_page(
        "Weights",
        "A small network turns a row's loss into a weight. The meta step moves that network "
        "so that the weighted rows help a balanced set.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        tabs = st.tabs(tab_names(run), key="view", bind="query-params")
        sections = (
            curve, shortcut_section, before_and_after, by_class, alignment_section, draws_section,
        )  # fmt: skip
        for tab, section in zip(tabs, sections, strict=True):
            if not tab.open:
                continue
            with tab, guard():
                nothing = weights.without_meta_step(run)
                if nothing and section in LEARNED:
                    st.info(nothing, icon="ℹ️")
                else:
                    section(run, epoch)


def tab_names(run: Run) -> list[str]:
    """The tabs' names; a link to what rows stand under opens that tab for any run."""
    own = f"By {TaskWords.of(run.info.task).by}"
    asked = st.session_state.get("view") or query("view")
    if asked in {f"By {words.by}" for words in (TEXTS, SENTENCES)} - {own}:
        st.session_state["view"] = own
    return ["Weight curve", "Meta-gradient", "Before and after", own, "Alignment", "Draws"]


def curve(run: Run, epoch: int) -> None:
    chart(
        weights.weight_curves,
        run,
        epoch,
        key="weight-curve",
        how_to_read="Right is harder than the rest of the batch. A rising curve favours hard "
        "rows, a falling one easy rows; the dots are the rows of this epoch, and the bars count "
        "them.",
        alt="The learned weight as a function of the z-score of the loss, one line for each epoch",
    )
    chart(
        weights.clipping,
        run,
        epoch,
        key="clipping",
        how_to_read="Weights are cut to the range from "
        f"{run.info.settings.training.weight_low:g} to {run.info.settings.training.weight_high:g}. "
        "Where many are cut, the curve is steeper than the weights can follow.",
        alt="Share of post-meta weights at the lower and upper clip over the epochs",
    )


def before_and_after(run: Run, epoch: int) -> None:
    left, right = st.columns(2)
    with left:
        chart(
            weights.before_and_after,
            run,
            epoch,
            key="before-after",
            how_to_read="On the dashed line the meta step left a row's weight as it was; rows "
            "above it gained, rows below it lost.",
            alt=f"Density of the rows over pre-meta and post-meta weight at epoch {epoch}",
        )
    with right:
        chart(
            weights.before_and_after,
            run,
            epoch,
            change=True,
            key="weight-change",
            how_to_read="The same rows, magnified: one meta step moves a weight a little, and "
            "the height shows how much and which way.",
            alt=f"Density of the rows over pre-meta weight and its change at epoch {epoch}",
        )
    row_map(run, epoch)


def row_map(run: Run, epoch: int) -> None:
    """Every drawn row as a point of its own; a click opens the row."""
    st.subheader("Row by row", anchor=False)
    change = st.toggle("Show the change (post − pre)", key="change", bind="query-params")
    rows, xy = view(weights.points, run, epoch, change=change)
    if not len(rows):
        st.text("No row has a weight in this epoch.")
        return
    table, names, words = run.rows(), run.classes, TaskWords.of(run.info.task)
    palette = class_colours(len(names))[:MOST_COLOURS]
    chosen = chosen_rows(len(table), 1)
    place = np.flatnonzero(rows == chosen[0]) if chosen else np.empty(0, np.int64)
    up = "change: post − pre" if change else "post-meta weight (1 = mean)"
    st.caption(
        f"One point is one drawn {words.each}, in the colour of its {words.own}. Click a point to "
        f"read its {words.each}."
    )
    pointmap(
        xy,
        key="row-changes" if change else "row-weights",
        colours=(table.labels[rows] % len(palette)).astype(np.uint8),
        palette=palette,
        labels=list(names) if len(names) == len(palette) else None,
        axes=(AxisSpec("pre-meta weight (1 = mean)"), AxisSpec(up)),
        selected=int(place[0]) if len(place) else None,
        description=f"{up.capitalize()} against pre-meta weight of the rows, epoch {epoch}",
        height=460,
        on_change=lambda event: choose_rows([] if event.clicked is None else [rows[event.clicked]]),
    )
    if chosen:
        row_card(run, epoch, chosen[0])


def row_card(run: Run, epoch: int, row: int) -> None:
    with st.container(border=True):
        st.text(f"{run.rows().ids([row])[0]} · {mistakes.verdict(run, epoch, row)}")
        row_text(run, epoch, row, limit=600)
        columns = st.columns(5)
        for column, name in zip(columns, ("pre", "post", "z", "hardness", "visits"), strict=True):
            column.metric(ROW_SIGNALS[name].title, f"{float(run.signal(name, epoch)[row]):.3g}")


def by_class(run: Run, epoch: int) -> None:
    words = TaskWords.of(run.info.task)
    chart(
        weights.drift,
        run,
        epoch,
        key="drift",
        how_to_read=f"{words.note}Purple: the meta steps of that epoch raised the {words.one}'s "
        f"weights; orange: they lowered them. Rarest {words.one} on top; blank where no "
        f"{words.each} of it was drawn.",
        alt=f"Heat map of the mean change of weights in the meta step, by {words.by} and epoch",
    )
    chosen = pick_classes(Labels.of(run))
    chart(
        weights.weight_by_class,
        run,
        epoch,
        tuple(chosen),
        key="weight-by-class",
        how_to_read=f"Above the dotted line a {words.one} counts more than the mean {words.each} "
        f"of a batch, below it less; the {words.many} you did not choose stay grey.",
        alt=f"Mean post-meta weight by {words.by} over the epochs",
    )


def alignment_section(run: Run, epoch: int) -> None:
    words = TaskWords.of(run.info.task)
    helping, harming = view(alignment.hard_rows, run, epoch)
    left, right = st.columns(2)
    left.metric(f"Hard {words.unit} that help the meta set", f"{helping:,}")
    right.metric(
        f"Hard {words.unit} that harm it",
        f"{harming:,}",
        help="Many of them are labelled wrong, or differ from the meta set: Relabel tells which.",
    )
    chart(
        alignment.against_hardness,
        run,
        epoch,
        key="alignment-hardness",
        how_to_read="Right of the dashed line are the hard seeds. Above the dotted line more "
        f"weight on a {words.each} has helped the balanced meta set, below it harmed: hard and "
        "helpful is worth learning, hard and harmful is worth a look.",
        alt=f"Density of the rows over hardness and alignment at epoch {epoch}",
    )
    chosen = pick_classes(Labels.of(run))
    chart(
        alignment.by_class,
        run,
        epoch,
        tuple(chosen),
        key="alignment-class",
        how_to_read=f"{words.note}Above the dotted line the meta set gains from the {words.one}'s "
        f"{words.unit}; the {words.many} you did not choose stay grey.",
        alt=f"Mean alignment by {words.by} over the epochs",
    )


# Sections that have nothing to show without a meta step.
LEARNED = (curve, before_and_after, by_class, alignment_section)


def draws_section(run: Run, epoch: int) -> None:
    facts = view(draws.statistics, run, epoch)
    resamples, words = run.info.settings.training.resamples, TaskWords.of(run.info.task)
    if not resamples:
        st.info(
            f"{method_title(run.info.method)} draws each row once an epoch, in random order: "
            "expected and actual draws are the same. HAMR draws by hardness and boost.",
            icon="ℹ️",
        )
    chance = "independent draws"
    if resamples and run.info.settings.training.draw_scheme == "systematic":
        st.caption(
            "Systematic draws: each row is drawn its expected number of times, rounded up or down, "
            "so that they scatter less than independent ones."
        )
    columns = st.columns(4)
    columns[0].metric("Draws in the epoch", f"{facts.drawn:,}")
    if resamples:
        columns[1].metric(
            "Correlation over rows",
            f"{facts.correlation:.3f}",
            delta=f"independent draws reach {facts.ceiling:.3f}",
            delta_color="off",
            delta_arrow="off",
            help="Of expected and actual draws. A row is drawn a whole number of times, so "
            "chance keeps it below 1 even where the draws follow their probabilities.",
        )
        columns[2].metric(
            "Dispersion",
            f"{facts.dispersion:.3f}",
            delta=f"{chance}: 1",
            delta_color="off",
            delta_arrow="off",
            help="Squared difference from the expected draws over its variance, mean over rows.",
        )
        columns[3].metric(
            "Rows not drawn",
            f"{facts.never:,}",
            delta=f"{chance} leave out {facts.never_expected:,.0f}",
            delta_color="off",
            delta_arrow="off",
        )
    chart(
        draws.by_class,
        run,
        epoch,
        key="draws-class",
        how_to_read=f"{words.note}Bars beyond the dotted line are {words.many} that hardness "
        "and boost make more frequent. Whiskers are two standard errors of multinomial draws: "
        "nearly all diamonds, the actual draws, should lie within.",
        alt=f"Expected and actual draws by {words.by} at epoch {epoch}",
    )
    chart(
        draws.by_row,
        run,
        epoch,
        key="draws-row",
        how_to_read="Each row's draws scatter about the dashed line; chance keeps about 95 % of "
        "the rows within the dotted band.",
        alt=f"Density of the rows over expected and actual draws at epoch {epoch}",
    )
