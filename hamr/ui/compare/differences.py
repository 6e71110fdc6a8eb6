"""The tab Differences: is a difference more than the chance of seeds or of rows?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from hamr.ui.compare.cached import together
from hamr.ui.compare.groups import Groups
from hamr.ui.compare.runs import SHORT, asked_for
from hamr.ui.compare.scores import choose_score, image
from hamr.ui.shell.charts import show
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import as_csv, count, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.base.significance import RESAMPLES, SEED
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.differences import Difference, chart, differences, table
from hamr.views.compare.figures import NAME
from hamr.views.compare.scores import scores


def differences_section(found: Sequence[Configuration]) -> None:
    """Choose a baseline; everything tested on its rows is compared with it."""
    finished = [one for one in found if one.finished]
    if len(finished) < 2:
        st.info(
            "A difference needs two finished methods or configurations. Runs that differ only by "
            "their seed count as one.",
            icon=":material/compare_arrows:",
        )
        return
    left, right = st.columns(2)
    with left:
        baseline = _baseline(finished)
    group = next(part for part in Groups.of(finished, "test").parts if baseline in part)
    _left_out(finished, group, baseline)
    if len(group) < 2:
        return
    found_scores = together(scores, group, "test")
    with right:
        k = choose_score(found_scores.names, found_scores.counts)
    title = found_scores.titles[k]
    rows = together(differences, group, baseline.name, k)
    show(
        chart(rows, baseline.name, f"F1 of {title}" if k else title),
        key="differences",
        image=image(),
        how_to_read="Right of the dashed line is better than the baseline. An interval that does "
        "not reach the line suggests a real difference.",
        alt=f"Differences to {baseline.name} with 95 % intervals over seeds and over rows",
        table=lambda: table(rows),
    )
    _table(rows)
    _explain(rows, found_scores.each)


def _baseline(finished: Sequence[Configuration]) -> Configuration:
    """The configuration of the run in ?baseline=, else the usual one.

    The URL names a run, since a configuration's name depends on what it is compared with.
    """
    names = {one.name: one for one in finished}
    of = {run.id: one.name for one in finished for run in one.runs}
    asked, _ = asked_for(query("baseline") or "", list(of))
    name = of[asked[0]] if asked else _usual(finished).name
    st.session_state["baseline_picker"] = name

    def picked() -> None:
        chosen = names[st.session_state["baseline_picker"]]
        set_query("baseline", chosen.runs[0].id[:SHORT])

    st.selectbox("Baseline", list(names), key="baseline_picker", on_change=picked)
    return names[name]


def _usual(finished: Sequence[Configuration]) -> Configuration:
    """Plain training if it shares its rows with others, else the first that does."""
    rows = Counter(one.info.fingerprint for one in finished)

    def fitness(one: Configuration) -> tuple[bool, bool]:
        return rows[one.info.fingerprint] > 1, one.info.settings.training.is_plain

    return max(finished, key=fitness)


def _left_out(
    finished: Sequence[Configuration], group: Sequence[Configuration], baseline: Configuration
) -> None:
    others = [one.name for one in finished if one not in group]
    if others:
        st.warning(
            f"Not comparable with {plain(baseline.name)}, because they were tested on other rows: "
            f"{plain('; '.join(others))}.",
            icon=":material/dataset:",
        )


def _table(rows: Sequence[Difference]) -> None:
    number = st.column_config.NumberColumn
    gap, p = number(format="%+.3f"), number(format="%.3g")
    frame = table(rows)
    show_table(
        frame,
        placeholder="–",
        key="differences-table",
        alt="Differences to the baseline with intervals and p values",
        column_config={
            NAME: st.column_config.TextColumn(pinned=True),
            "difference": number(format="%+.3f", help="Mean over the paired seeds"),
            "paired seeds": number("pairs", help="How many seeds both have"),
            "seeds: low": gap,
            "seeds: high": number(format="%+.3f", help="95 % t interval over the paired seeds"),
            "p": number(format="%.3g", help="Two-sided paired t test over seeds"),
            "p (Holm)": p,
            "rows: low": gap,
            "rows: high": number(format="%+.3f", help="95 % bootstrap interval over test rows"),
            "better in": number(
                format="%.1f %%", help="Share of the resamples in which it beats the baseline"
            ),
        },
    )
    st.download_button(
        "CSV",
        lambda: as_csv(frame),
        "compare-differences.csv",
        "text/csv",
        key="differences-table-csv",
        on_click="ignore",
        type="tertiary",
        help="This table",
    )


def _explain(rows: Sequence[Difference], each: str) -> None:
    """What was paired, and what to do if nothing was."""
    st.caption(
        f"*Seeds*: scores of the same seed are paired. *Rows*: both are scored on the same "
        f"{RESAMPLES:,} resamples of the test {each}s (seed {SEED}), and the difference is "
        f"averaged over the seeds. *p (Holm)* is corrected for {count(len(rows), 'comparison')}."
    )
    unpaired = [one.name for one in rows if not one.seeds]
    if unpaired:
        st.info(
            f"No seed in common with the baseline: {plain('; '.join(unpaired))}. All seeds of both "
            "are compared, over rows only. Train both with the same seeds for a paired test.",
            icon=":material/casino:",
        )
    few = [one.name for one in rows if len(one.seeds) == 1]
    if few:
        st.info(
            f"Only one paired seed: {plain('; '.join(few))}. Two or more give an interval and a p "
            "over seeds; three to five are usual.",
            icon=":material/casino:",
        )
