"""Renamed and merged classes in the queue, the impact and the scores: no change of any label."""

import numpy as np
import pytest

from hamr.jobs.again import retrain
from hamr.store import Store, Team
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import current_classes, label_changes
from hamr.views.base.reviewed import called_now, held_out
from hamr.views.relabel.context import Suggestion, as_called
from hamr.views.relabel.impact import class_counts
from hamr.views.relabel.queue import queue
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.views.test_queue import around

A, B, C = "class a", "class b", "class c"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return write_fake_run(Store.open(tmp_path), rows=60)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def changes_of(run, decisions):
    return label_changes(run, decisions, AllRows.of(run), decisions.states())


def test_a_rename_is_no_change_and_leaves_the_order_as_it_was(run, decisions):
    before = queue(run, 3, around(run))
    Team(decisions).act("rename", A, "ada", to="refund")
    changes = changes_of(run, decisions)
    after = queue(run, 3, around(run), changes)
    assert not changes.by_row and changes.renames(run)
    np.testing.assert_array_equal(before.order, after.order)
    assert after.classes[0] == "refund"
    there = set(current_classes(run, AllRows.of(run), changes))
    assert "refund" in there and A not in there


def test_a_row_of_a_merged_class_that_the_model_takes_for_the_other_looks_right(run, decisions):
    rows, first = AllRows.of(run), run.classes.index(A)
    second = run.classes.index(B)
    top = run.arrays(3, ["top_classes"])["top_classes"]
    labels = np.asarray(run.rows().labels)
    row = int(np.flatnonzero((labels == first) & (top[:, 0] == second))[0])
    before = queue(run, 3, around(run))
    Team(decisions).act("merge", A, "ada", to=B)
    changes = changes_of(run, decisions)
    assert max(first, second) not in changes.every_label(rows)
    evidence = around(run, changes.every_label(rows), len(changes.names))
    after = queue(run, 3, evidence, changes)
    assert after.score[row] < before.score[row]
    assert A not in set(current_classes(run, rows, changes))


def test_counts_add_the_rows_of_merged_classes(run, decisions):
    known = class_counts(run, changes_of(run, decisions)).set_index("class")["after"]
    Team(decisions).act("merge", A, "ada", to=B)
    merged = class_counts(run, changes_of(run, decisions)).set_index("class")
    assert merged.loc[B, "after"] == known[A] + known[B] and A not in merged.index
    assert not merged["change"].any()


def test_scores_on_reviewed_labels_do_not_change_by_a_rename(run, decisions):
    def held():
        return held_out(run.store.dataset(run.info.label_source), decisions, "test", [run])

    before = held().tally(run, "test", "reviewed")
    Team(decisions).act("rename", A, "ada", to="refund")
    found = held()
    after = found.tally(run, "test", "reviewed")
    assert found.changed == 0 and "refund" in found.names and A not in found.names
    np.testing.assert_array_equal(before.hits, after.hits)
    np.testing.assert_array_equal(before.sizes, after.sizes)


def test_a_run_on_renamed_classes_shows_the_old_name_once_the_rename_is_undone(run, decisions):
    act = Team(decisions).act("rename", A, "ada", to="refund").act_id
    decide(decisions, run.rows().ids([0])[0], B)
    after = retrain(run.store, run.id)[0]
    assert "refund" in after.classes and A not in after.classes
    assert not changes_of(after, decisions).by_row
    decisions.undo(act, "ada", "u")
    changes = changes_of(after, decisions)
    assert not changes.by_row and A in changes.names and "refund" not in changes.names


def test_a_run_on_merged_classes_shows_what_the_undo_of_the_merge_changed(run, decisions):
    act = Team(decisions).act("merge", A, "ada", to=B).act_id
    after = retrain(run.store, run.id)[0]
    decisions.undo(act, "ada", "u")
    changes = changes_of(after, decisions).by_row
    assert {(c.before, c.after) for c in changes.values()} == {(B, A)}


def test_suggestions_have_present_names_and_the_sum_of_merged_classes(run, decisions):
    team = Team(decisions)
    team.act("merge", A, "ada", to=B)
    team.act("retire", C, "ada")
    found = (Suggestion(C, 0.4), Suggestion(A, 0.3), Suggestion(B, 0.2))
    called, retired = called_now(decisions, run), decisions.class_names().retired_names()
    assert as_called(found, called, retired) == (Suggestion(B, pytest.approx(0.5)),)
    assert as_called(found, {}) == found
