"""Per-class F1: every class over time, and what is confused with what."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.text import plain_name
from hamr.ui.widgets.classpicker import pick_classes
from hamr.ui.widgets.tables import show_table
from hamr.views.base.labels import Scored
from hamr.views.per_class_f1 import panels
from hamr.views.per_class_f1 import scores as classes

TOGETHER = "All in one chart"
VALIDATION, TEST = "Validation, this epoch", "Test, best epoch"


def per_class_f1_page() -> None:
    """Show the page."""
    place = open_page(
        "Per-class F1",
        intro("class", "classes"),
    )
    run = choose_run()
    if run.info.task == "token":
        place.caption(intro("entity type", "types"))
    epoch = choose_epoch(run)
    with guard():
        tiles(run, epoch)
    navigation.link("Compare", "Compare with other runs", query={"beside": run.id})
    with guard():
        over_time(run, epoch)
    with guard():
        scores(run, epoch)


def intro(one: str, many: str) -> str:
    return (
        f"Macro-F1 counts every {one} alike, so a rare {one} weighs as much as a large one. "
        f"See which {many} carry it, and which are taken for which."
    )


def tiles(run: Run, epoch: int) -> None:
    macro = {s["epoch"]: s["macro_f1"] for s in run.scalars()}
    table = view(classes.score_table, run, epoch)
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


def over_time(run: Run, epoch: int) -> None:
    scored = Scored.of(run)
    layouts = (f"A chart for each {scored.one}", TOGETHER)
    layout = st.segmented_control(
        "Layout",
        layouts,
        default=layouts[0],
        required=True,
        key="layout",
        bind="query-params",
        label_visibility="collapsed",
    )
    if layout == TOGETHER:
        chart(
            classes.all_classes,
            run,
            epoch,
            tuple(pick_classes(scored)),
            key="f1-all",
            how_to_read=f"Each line is one {scored.one}, its validation {scored.unit} in brackets; "
            "the thick dotted line is the macro mean. Triangles mark epochs after which the boost "
            "was refreshed.",
            alt=f"F1 on validation of every {scored.one} over the epochs, with the macro mean",
        )
        return
    order = scored.rarest_first().tolist()
    size = panels.MOST_PANELS
    if len(order) > size:
        starts = range(0, len(order), size)
        start = st.selectbox(
            scored.many.capitalize(),
            starts,
            format_func=lambda i: f"{i + 1} to {min(i + size, len(order))} of {len(order)}",
            key="from",
            bind="query-params",
        )
        order = order[start : start + size]
    chart(
        panels.class_panels,
        run,
        epoch,
        tuple(order),
        key="f1-panels",
        how_to_read=f"Rarest {scored.one} first, its validation {scored.unit} behind the name. A "
        "line over the dotted one does better than the macro mean; triangles mark epochs after "
        "which the boost was refreshed.",
        alt=f"F1 on validation over the epochs, a small chart for each {scored.one}, rarest first",
    )


def scores(run: Run, epoch: int) -> None:
    final = run.final()
    split = st.segmented_control(
        "Scores on",
        (VALIDATION, TEST),
        default=VALIDATION,
        required=True,
        key="on",
        bind="query-params",
    )
    if split == TEST and final is None:
        st.info("The test rows are scored once, when the run has finished.", icon="⏳")
        return
    which, at = ("test", None) if split == TEST else ("validation", epoch)
    score_grid(run, epoch, which, at)
    token = run.info.task == "token"
    left, right = st.columns([5, 4] if token else [3, 2], gap="medium")  # types have long names
    with left:
        shares = st.toggle(
            f"Colour by share of the {'entity' if token else 'label'}",
            value=True,
            key="normalise",
            bind="query-params",
            help="Each row of the matrix then sums to 100 %, so that rare ones are seen too.",
        )
        chart(
            classes.confusion,
            run,
            at,
            which,
            normalise=shares,
            key="confusion",
            how_to_read="A row is an entity's type in the file, a column what the model says of "
            "the same words; the diagonal is right. Missed entities stand in the last column, "
            "spurious ones in the last row; a wrong boundary counts as one of each."
            if token
            else "A row is a label, a column what it was taken for; the diagonal is right. "
            "Numbers count rows.",
            alt=f"Confusion matrix on {which}",
        )
    with right:
        frequent_mistakes(run, which, at)


def score_grid(run: Run, epoch: int, which: str, at: int | None) -> None:
    """Precision, recall, F1 and support of each class."""
    if at is None:
        table = view(classes.final_table, run, which)
    else:
        table = view(classes.score_table, run, epoch)
    scored = Scored.of(run)
    score = st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1)
    show_table(
        table,
        height=35 * (min(len(table), 20) + 1) + 3,
        csv=f"scores-{which}",
        key=f"scores-{which}",
        alt=f"Precision, recall, F1 and support of each {scored.one} on {which}, rarest first",
        column_config={
            "precision": score,
            "recall": score,
            "F1": score,
            "change": st.column_config.NumberColumn(
                format="%+.3f", help=f"F1 now minus F1 at epoch {run.epochs()[0]}"
            ),
            "support": st.column_config.NumberColumn(
                help=f"{scored.unit.capitalize()} of the {scored.one} on {which}"
            ),
        },
    )


def frequent_mistakes(run: Run, which: str, at: int | None) -> None:
    """The cells off the diagonal that hold the most rows."""
    st.subheader("Most frequent mistakes", anchor=False)
    pairs = view(classes.confused_pairs, run, at, which)
    if not len(pairs):
        st.success("All are right.")
        return
    token = run.info.task == "token"
    width = 118 if token else 110
    show_table(
        pairs,
        height=35 * (len(pairs) + 1) + 3,
        csv=f"mistakes-{which}",
        key=f"pairs-{which}",
        alt=f"Label, prediction and number of {Scored.of(run).unit} of the most frequent mistakes",
        column_config={
            "label": st.column_config.TextColumn("entity" if token else None, width=width),
            "predicted as": st.column_config.TextColumn(width=width),
            **dict.fromkeys(("rows", "entities"), st.column_config.NumberColumn(width=60)),
            "share": st.column_config.NumberColumn(
                format="%.0f %%",
                width=65,
                help="Of those entities" if token else "Of those with that label",
            ),
        },
    )
