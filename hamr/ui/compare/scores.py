"""The tab Scores: scores with intervals, and the same as text for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hamr.records import Split
from hamr.ui.compare.cached import together
from hamr.ui.compare.groups import Groups
from hamr.ui.shell.charts import show
from hamr.ui.shell.state import query
from hamr.ui.shell.text import as_csv, count, distinct, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.base.reviewed import Labels
from hamr.views.base.significance import RESAMPLES
from hamr.views.compare import export as compare_export
from hamr.views.compare import figures as compare_figures
from hamr.views.compare import scores as compare_scores
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.scores import MACRO, Scores

TEST, VALIDATION = "Test", "Validation"
GIVEN, REVIEWED = "as given", "as reviewed"
if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

PNG, SVG = "PNG", "SVG"


def image() -> str:
    """What the camera button of the charts saves."""
    chosen = st.session_state.get("charts") or query("charts") or PNG
    return "svg" if chosen == SVG else "png"


def scores_section(found: Sequence[Configuration]) -> None:
    """Charts and a table for each set of rows that configurations share."""
    left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
    chosen = left.segmented_control(
        "Scores on", (TEST, VALIDATION), default=TEST, required=True, key="scored",
        bind="query-params",
    )  # fmt: skip
    split: Split = "validation" if chosen == VALIDATION else "test"
    by = middle.segmented_control(
        "Labels", (GIVEN, REVIEWED), default=GIVEN, required=True, key="labels",
        bind="query-params",
        help="The labels that the runs had, or those that people have decided on since. The "
        "predictions are the same, those at the best epoch.",
    )  # fmt: skip
    labels: Labels = "reviewed" if by == REVIEWED else "given"
    groups = Groups.of(found, split)
    one = len(groups.parts) == 1
    _unfinished(found, split)
    for place, group in enumerate(groups.parts):
        if not one:
            st.subheader(f"{plain(group[0].info.data_name)}, {groups.named(place)}", anchor=False)
        _group(group, split, place, labels, right if one else st.container())


def _unfinished(found: Sequence[Configuration], split: str) -> None:
    late = sum(len(one.runs) - len(one.finished) for one in found)
    if not late:
        return
    runs = count(late, "run") + (" has" if late == 1 else " have")
    st.caption(
        f"{runs} no test scores yet. Test rows are scored once, when a run has finished."
        if split == "test"
        else f"{runs} not finished. Scores are those of the best epoch so far."
    )


def _group(
    group: Sequence[Configuration],
    split: Split,
    place: int,
    labels: Labels,
    controls: DeltaGenerator,
) -> None:
    found = _found(group, split, labels)
    if not found.configurations:
        _nothing(labels)
        return
    with controls:
        k = choose_score(found.names, found.counts, f"score-{place}" if place else "score")
    titles = found.titles
    show(
        compare_figures.dots(found, k),
        key=f"dots-{place}",
        filename=f"compare-{split}-scores",
        image=image(),
        how_to_read="A dot is the mean over seeds, the line its 95 % interval. Where two lines "
        "overlap a lot, these runs don't show which is better: see the tab Differences.",
        alt=f"{titles[k]} on {split} of {len(found.configurations)} methods with 95 % intervals",
        table=lambda: compare_scores.numbers(found),
    )
    st.caption(_intervals(found))
    if len({one.info.fingerprint for one in group}) > 1:
        st.caption(f"Training {found.unit} are those of {plain(group[0].name)}.")
    show(
        compare_figures.heat(found),
        key=f"heat-{place}",
        filename=f"compare-{split}-classes",
        image=image(),
        how_to_read=f"Each line is one {found.one}, with its training {found.unit} in brackets. "
        "Dark blue is 0, yellow is 1; the best of each line is bold. Hover to see the interval.",
        alt=f"F1 of each {found.one} on {split} by method, rarest first",
        table=lambda: compare_scores.numbers(found),
    )
    _table(found, group, place)
    _both(group, split, place)


def _found(group: Sequence[Configuration], split: Split, labels: Labels) -> Scores:
    if labels == "given":
        return together(compare_scores.scores, group, split)
    return together(compare_scores.scores, group, split, labels, _versions(group))


def _versions(group: Sequence[Configuration]) -> tuple[int, ...]:
    """Which decisions there are on the data of each configuration."""
    runs = (one.runs[0] for one in group)
    return tuple(run.store.decisions(run.info.label_source or "").version for run in runs)


def _nothing(labels: Labels) -> None:
    """Why there are no scores."""
    if labels == "reviewed":
        st.info(
            "None of these runs has kept the predictions that reviewed labels are compared with. "
            "A run keeps them when it finishes, of validation texts since version 0.2.0. Choose "
            "labels as given, or train again.",
            icon=":material/hourglass_top:",
        )
        return
    st.info("None of these runs has finished. Choose Validation.", icon=":material/hourglass_top:")


def _both(group: Sequence[Configuration], split: Split, place: int) -> None:
    """Macro-F1 with both kinds of labels, where any label of the split was reviewed."""
    if not any(_versions(group)):
        return
    given, reviewed = (_found(group, split, labels) for labels in ("given", "reviewed"))
    if not reviewed.configurations or not given.configurations:
        return
    st.markdown("**Labels as given and as reviewed**")
    show_table(
        compare_scores.both(given, reviewed),
        key=f"both-{place}",
        csv=f"compare-{split}-labels",
        alt=f"Macro-F1 on {split} with labels as given and as reviewed",
    )


def choose_score(classes: Sequence[str], counts: Sequence[int], key: str = "score") -> int:
    """0 for macro-F1, else 1 + the index of a class; in the URL, so that tabs share it."""
    names = [MACRO, *classes]
    counted = zip(classes, counts, strict=True)
    called = distinct(names)
    titles = {MACRO: MACRO} | {name: f"{called(name)} ({count:,})" for name, count in counted}
    chosen = st.selectbox(
        "Score", names, format_func=lambda name: titles[name], key=key, bind="query-params"
    )
    return names.index(chosen)


def _intervals(found: Scores) -> str:
    """What the intervals mean, in sentences."""
    sentences = []
    if not all(found.resampled):
        sentences.append(
            "Circles: 95 % t interval of the mean over seeds; it is wide with few seeds."
        )
    if any(found.resampled):
        sentences.append(
            f"Diamonds: one seed only; the interval is the middle 95 % over {RESAMPLES:,} "
            f"bootstrap resamples of the {found.rows:,} {found.each}s. It does not "
            "show how seeds vary."
        )
    return " ".join(sentences)


def _table(found: Scores, group: Sequence[Configuration], place: int) -> None:
    data, name = group[0].info.data_name, f"compare-{found.split}"
    table = compare_scores.table(found)
    show_table(
        table,
        placeholder="",
        height=35 * (min(len(table), 25) + 1) + 3,
        key=f"table-{place}",
        alt=f"Scores on {found.split} with 95 % intervals, rarest {found.one} first",
        column_config={found.one: st.column_config.TextColumn(pinned=True)},
    )
    with st.container(horizontal=True, wrap=False, key=f"exports-{place}"):
        st.caption(plain(compare_scores.caption(found, data)), width="stretch")
        for label, ending, kind, text in (
            ("CSV", "csv", "text/csv", lambda: as_csv(compare_scores.numbers(found))),
            ("Markdown", "md", "text/markdown", lambda: compare_export.markdown(found, data)),
            ("LaTeX", "tex", "text/x-tex", lambda: compare_export.latex(found, data)),
        ):
            st.download_button(
                label,
                text,
                f"{name}.{ending}",
                kind,
                key=f"{ending}-{place}",
                on_click="ignore",
                type="tertiary",
                help="This table, one line per method, with intervals"
                if ending != "csv"
                else "All numbers, one line per method and score",
            )
