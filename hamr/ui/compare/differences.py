"""Compare's tab of tests: is a difference more than luck, of seeds or of rows?"""

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
from hamr.views.compare import differences as compare_differences
from hamr.views.compare import scores as compare_scores
from hamr.views.compare.configurations import Candidate
from hamr.views.compare.differences import Difference
from hamr.views.compare.tests import RESAMPLES, SEED


def differences_section(found: Sequence[Candidate]) -> None:
    """A baseline is chosen; all that were tested on its rows are set against it."""
    finished = [one for one in found if one.finished]
    if len(finished) < 2:
        st.info(
            "A difference needs two finished candidates: other settings or another "
            "method. Seeds of one candidate are taken together.",
            icon="🆚",
        )
        return
    left, right = st.columns(2)
    with left:
        baseline = _baseline(finished)
    group = next(part for part in Groups.of(finished, "test").parts if baseline in part)
    _left_out(finished, group, baseline)
    if len(group) < 2:
        return
    scores = together(compare_scores.scores, group, "test")
    with right:
        k = choose_score(scores.names, scores.counts)
    title = scores.titles[k]
    rows = together(compare_differences.differences, group, baseline.name, k)
    show(
        compare_differences.chart(rows, baseline.name, f"F1 of {title}" if k else title),
        key="differences",
        image=image(),
        how_to_read="Right of the dashed line a candidate is better than the baseline; an "
        "interval that leaves the line on one side tells a difference from luck.",
        alt=f"Differences to {baseline.name} with 95 % intervals over seeds and over rows",
        table=lambda: compare_differences.table(rows),
    )
    _table(rows)
    _explain(rows, scores.each)


def _baseline(finished: Sequence[Candidate]) -> Candidate:
    """That of the run in ?baseline=, else the usual one.

    The URL names a run, since a candidate's name depends on what it is compared with.
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


def _usual(finished: Sequence[Candidate]) -> Candidate:
    """The first that has others on its rows to be tested against, plain training before all."""
    rows = Counter(one.info.fingerprint for one in finished)

    def fitness(one: Candidate) -> tuple[bool, bool]:
        return rows[one.info.fingerprint] > 1, one.info.settings.training.is_plain

    return max(finished, key=fitness)


def _left_out(
    finished: Sequence[Candidate], group: Sequence[Candidate], baseline: Candidate
) -> None:
    others = [one.name for one in finished if one not in group]
    if others:
        st.warning(
            f"Tested on other rows than {plain(baseline.name)}, so not to be tested against it: "
            f"{plain('; '.join(others))}.",
            icon="🗂️",
        )


def _table(rows: Sequence[Difference]) -> None:
    number = st.column_config.NumberColumn
    gap, p = number(format="%+.3f"), number(format="%.3g")
    table = compare_differences.table(rows)
    show_table(
        table,
        placeholder="–",
        key="differences-table",
        alt="Differences to the baseline, their intervals and p",
        column_config={
            "candidate": st.column_config.TextColumn(pinned=True),
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
        lambda: as_csv(table),
        "compare-differences.csv",
        "text/csv",
        key="differences-table-csv",
        on_click="ignore",
        type="tertiary",
        help="This table",
    )


def _explain(rows: Sequence[Difference], each: str) -> None:
    """What was paired, and what to do where nothing was."""
    st.caption(
        f"*Seeds*: scores of the same seed are paired. *Rows*: the same {RESAMPLES:,} resamples of "
        f"the test {each}s (seed {SEED}) for both, the difference averaged over the seeds. *p "
        f"(Holm)* allows for {count(len(rows), 'comparison')}."
    )
    unpaired = [one.name for one in rows if not one.seeds]
    if unpaired:
        st.info(
            f"No seed in common with the baseline: {plain('; '.join(unpaired))}. All their seeds "
            "are compared with all of its, over rows only; train both with the same seeds for a "
            "paired test.",
            icon="🎲",
        )
    few = [one.name for one in rows if len(one.seeds) == 1]
    if few:
        st.info(
            f"One paired seed: {plain('; '.join(few))}. Two or more give an interval and p over "
            "seeds; three to five are usual.",
            icon="🎲",
        )
