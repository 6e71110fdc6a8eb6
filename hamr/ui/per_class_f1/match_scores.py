"""How many entities are found nearly right: exact, partial and type-only match."""

from __future__ import annotations

import streamlit as st

from hamr.matching import MEANINGS
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import distinct
from hamr.ui.widgets.tables import show_table
from hamr.views.base.labels import Scored
from hamr.views.per_class_f1.matches import match_table, type_matches

ALL = "All types"


def match_scores(run: Run, which: str) -> None:
    """Scores in which borders or types may be wrong, of sentences whose run has finished."""
    if not features(run.info.task).entities or run.final() is None:
        return
    with st.expander("Nearly right: exact, partial and type-only match", key="matching"):
        scored = Scored.of(run)
        names = [scored.names[c] for c in scored.rarest_first()]
        chosen = st.selectbox(
            "Count", (ALL, *names), key="match", bind="query-params",
            format_func=distinct((ALL, *names)),
        )  # fmt: skip
        of_type = chosen if chosen in names else None
        score = st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1)
        show_table(
            view(match_table, run, which, of_type),
            key=f"match-{which}",
            csv=f"matching-{which}",
            alt=f"Precision, recall and F1 on {which} by four ways of counting a match",
            column_config=dict.fromkeys(("precision", "recall", "F1"), score),
        )
        show_table(
            view(type_matches, run, which),
            key=f"type-match-{which}",
            csv=f"matching-by-type-{which}",
            alt=f"F1 of each type on {which} by four ways of counting a match, rarest type first",
            column_config={name: score for name in view(type_matches, run, which).columns[1:]},
        )
        st.markdown(
            "An entity counts as found where\n"
            "- **words and type** are both the same (seqeval, and macro-F1);\n"
            + ";\n".join(f"- **{way}**: {meaning}" for way, meaning in MEANINGS.items())
            + "."
        )
        st.caption(
            f"All {scored.unit} of {which} at the best epoch. Compare the lines: where partial is "
            "far above the first line, borders are the problem; where exact is, types are. "
            "Counted as in SemEval-2013 task 9.1 by nervaluate. A type's scores look at its own "
            "entities alone."
        )
