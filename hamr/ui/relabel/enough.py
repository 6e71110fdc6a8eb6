"""How many label errors are left, how long they take, and whether the review may stop."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from hamr.decisions import State
from hamr.store import Decisions, Run, Seen
from hamr.ui.relabel.issues import queue_of
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, duration
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges
from hamr.views.relabel.enough import SAMPLE_ROWS, Enough, Review, Sample, enough

SAMPLE = "sample"  # in the URL: the version of the decisions at which the rows were drawn
MOST_DIGITS = 18
FEWEST = 3  # rows from which a speed is shown
BY_SCORES = "[Yang, Lewis and Frieder 2021](https://doi.org/10.1145/3469096.3469873), rule QuantCI"
WITHOUT_SCORES = "[Callaghan and Müller-Hansen 2020](https://doi.org/10.1186/s13643-020-01521-4)"


def enough_section(
    run: Run,
    decisions: Decisions,
    epoch: int,
    known: AllRows,
    states: Mapping[str, State],
    annotator: str,
) -> None:
    """A button with the number of errors left; behind it, whether that is few enough."""
    queue = queue_of(run, epoch, LabelChanges.none(run))
    if queue.issues is None:
        return
    review = Review.of(decisions, known, states)
    p_wrong = queue.issues.label_errors.p_wrong
    found = _enough(run, p_wrong, review, *_key(run, decisions), epoch)
    left = found.left
    name = f"About {count(left.expected, 'label error')} left ({left.low:,} to {left.high:,})"
    icon = ":material/check_circle:" if found.may_stop else ":material/hourglass_top:"
    with st.popover(name, icon=icon, key="enough", width="content"):
        (st.success if found.may_stop else st.info)(_verdict(found))
        st.markdown(_pace(decisions, annotator, left.expected))
        _sample(run, decisions, known, states, review)
        st.caption(
            f"{found.reviewed:,} of {found.row_count:,} rows of all splits are reviewed; rows that "
            "are skipped, unsure or in conflict still wait. The estimated probability that a label "
            "is wrong is corrected by what review found among rows with similar estimates. In "
            "brackets: the interval that holds the number with a probability of 95 %. Errors that "
            "look right to the model are missed by such an estimate; a random sample counts them."
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def _enough(
    _run: Run, _p_wrong: np.ndarray, _review: Review, run_id: str, version: int, seen_by: str,
    epoch: int,
) -> Enough:  # fmt: skip
    return enough(_run, _p_wrong, _review)


def _key(run: Run, decisions: Decisions) -> tuple[str, int, str]:
    """What a review depends on: in blind mode, on who looks as well."""
    seen_by = decisions.annotator if isinstance(decisions, Seen) else ""
    return run.id, decisions.version, seen_by


def _verdict(found: Enough) -> str:
    """Whether to stop, and by which rule."""
    if found.whatever_the_scores:
        return (
            "**You can stop:** at least 95 % of all label errors are found, with a confidence of "
            f"95 %, whatever the scores are worth ({WITHOUT_SCORES})."
        )
    if found.may_stop:
        return (
            "**You can stop:** at least 95 % of all label errors are found, with a confidence of "
            f"95 % ({BY_SCORES}). This trusts the corrected scores. To check them, review a random "
            "sample."
        )
    share = round(100 * found.left.share_found(found.found))
    return (
        f"**Go on:** {count(found.found, 'label error')} found, and up to {found.left.most:,} may "
        f"be left. So at least {share} % of all are found, with a confidence of 95 %. Stop at 95 % "
        f"({BY_SCORES})."
    )


def _pace(decisions: Decisions, annotator: str, left: int) -> str:
    """How fast the annotator reviews rows, and how long as many rows as errors are left take."""
    work = decisions.progress(annotator) if annotator else None
    if work is None or not work.per_hour or work.timed < FEWEST:
        return "Your speed is shown once you have reviewed a few rows one by one."
    rate = f"You review **{work.per_hour:,.0f} rows an hour**, without pauses and groups."
    if not left:
        return rate
    needed = duration(3600 * left / work.per_hour)
    return f"{rate} That many rows take about {needed}, if each of them is an error."


def _sample(
    run: Run, decisions: Decisions, known: AllRows, states: Mapping[str, State], review: Review
) -> None:
    """The random sample that the URL names, and the button that draws one."""
    drawn = sample_of(decisions, known)
    if drawn is not None:
        seen = drawn.errors_left(review)
        if seen is None:
            st.markdown(f"Random sample of {len(drawn.rows)} rows: none is reviewed yet.")
        else:
            reviewed, errors, low, high = seen
            st.markdown(
                f"Random sample: {reviewed} of {len(drawn.rows)} rows reviewed, "
                f"{count(errors, 'label error')} among them. So **{low:,} to {high:,}** label "
                "errors are left, whatever the scores are worth (95 % interval of Clopper and "
                "Pearson)."
            )
    st.button(
        f"Draw {SAMPLE_ROWS} rows at random",
        key="draw-sample",
        icon=":material/casino:",
        on_click=_draw,
        args=(decisions.version,),
        help="Shows rows drawn from all that are not reviewed yet. Review them in their order: "
        "what you find says how many label errors are left, without any score.",
    )


def _draw(version: int) -> None:
    set_query(SAMPLE, version)
    set_query("row", None)


def drop_sample() -> None:
    """Show all rows again."""
    set_query(SAMPLE, None)


def sample_of(decisions: Decisions, known: AllRows) -> Sample | None:
    """The random sample that the URL names; None where it names none."""
    asked = query(SAMPLE) or ""
    if not asked.isdecimal() or len(asked) > MOST_DIGITS or int(asked) > decisions.version:
        return None
    seen_by = decisions.annotator if isinstance(decisions, Seen) else ""
    return _drawn(decisions, known, decisions.fingerprint, int(asked), seen_by)


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawn(
    _decisions: Decisions, _known: AllRows, fingerprint: str, version: int, seen_by: str
) -> Sample:
    return Sample.of(_known, _decisions.states(at=version), version)
