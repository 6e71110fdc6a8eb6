"""Pages show scores on labels as given and as reviewed, side by side."""

from __future__ import annotations

import pytest

from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import words

F1, COMPARE, TEST = "pages/6_Per_class_F1.py", "pages/8_Compare.py", "Test, best epoch"


def reviewed(store, run, split="test"):
    label = () if run.rows().has_words else run.classes[0]
    decide(store.decisions(run.info.label_source), run.rows(split).ids([0])[0], label)


@pytest.mark.parametrize("write", [write_fake_run, write_fake_token_run])
def test_per_class_f1_has_both_scores_once_a_label_was_reviewed(store, visit, write):
    run = write(store)
    assert "has been reviewed yet" in words(visit(F1, run=run.id, on=TEST))
    reviewed(store, run)
    app = visit(F1, run=run.id, on=TEST)
    assert not app.exception
    tables = [table.value for table in app.dataframe]
    both = next(table for table in tables if "F1 as reviewed" in table)
    assert both.iloc[0, 0] == "macro-F1"
    assert "1 row reviewed" in words(app) or "1 sentence reviewed" in words(app)


def test_compare_scores_runs_by_either_kind_of_label(store, visit):
    run = write_fake_run(store)
    write_fake_run(store, method="erm", seed=0)
    app = visit(COMPARE, tab="Scores", labels="as reviewed")
    assert not app.exception and not app.error
    reviewed(store, run)
    app = visit(COMPARE, tab="Scores")
    assert any("macro-F1 as reviewed" in table.value for table in app.dataframe)
