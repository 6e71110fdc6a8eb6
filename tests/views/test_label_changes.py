"""How current labels differ from those of a run, and its signals for the current ones."""

import numpy as np
import pytest

from hamr.store import Store
from hamr.triage import evidence_sentences
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import (
    Change,
    LabelChanges,
    current_classes,
    label_changes,
    trained_on,
    with_current_labels,
)
from hamr.views.base.issue_signals import run_signals
from hamr.views.relabel.context import evidence
from hamr.views.relabel.queue import queue
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.views.test_queue import ROWS, around


@pytest.fixture
def run(tmp_path):
    return write_fake_run(Store.open(tmp_path), rows=ROWS, epochs=3)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def changes_of(run, decisions, at=None) -> LabelChanges:
    return label_changes(run, decisions, AllRows.of(run), decisions.states(at=at))


def relabel(run, decisions, row: int, label: str, **more):
    return decide(decisions, run.rows().ids([row])[0], label, **more)


def test_only_rows_with_another_label_are_changed(run, decisions):
    own = run.classes[run.rows().labels[3]]
    relabel(run, decisions, 3, own)
    relabel(run, decisions, 4, "quite new", new_class=True)
    found = changes_of(run, decisions)
    assert list(found.by_row) == [4]
    assert found.by_row[4].before == run.classes[run.rows().labels[4]]
    assert found.names == (*run.classes, "quite new")
    assert found.labels(run)[4] == len(run.classes)


def test_changes_can_be_those_of_an_earlier_version(run, decisions):
    version = relabel(run, decisions, 3, "class e").version
    relabel(run, decisions, 4, "class e")
    assert set(changes_of(run, decisions, at=version).by_row) == {3}
    assert not changes_of(run, decisions, at=0).by_row


def test_an_undone_decision_changes_nothing(run, decisions):
    act = relabel(run, decisions, 3, "class e").act_id
    decisions.undo(act, "ada", "turn")
    assert not changes_of(run, decisions).by_row


def test_entities_are_compared_by_words_and_types(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    decisions = run.store.decisions(run.info.fingerprint)
    for row, label in enumerate([decisions.rows.original(run.rows().ids([0])[0]), ()]):
        relabel(run, decisions, row, label)
    assert set(changes_of(run, decisions).by_row) <= {1}


def test_a_row_that_keeps_its_label_keeps_its_trajectory(run, decisions):
    relabel(run, decisions, 3, "quite new", new_class=True)
    before = run_signals(run, 3)
    after = with_current_labels(run, 3, before, changes_of(run, decisions))
    others = np.delete(np.arange(ROWS), 3)
    np.testing.assert_array_equal(before.loss[:, others], after.loss[:, others])
    np.testing.assert_array_equal(before.margin[:, others], after.margin[:, others])


def test_a_new_label_among_the_top_classes_of_an_epoch_has_the_probability_of_the_last_one(
    run, decisions
):
    second, third = run.array("top_classes", 2), run.array("top_classes", 3)
    lost = (second[:, :, None] != third[:, None, :]).all(2)  # named by the second epoch alone
    lost &= second != run.rows().labels[:, None]
    row, place = np.argwhere(lost)[0]
    relabel(run, decisions, row, run.classes[second[row, place]])
    after = with_current_labels(run, 3, run_signals(run, 3), changes_of(run, decisions))
    chance = float(run.array("top_probabilities", 2)[row, place])
    np.testing.assert_allclose(after.loss[:, row], -np.log(chance), rtol=1e-5)
    assert np.isnan(after.margin[:, row]).all()


def test_a_new_label_among_no_epochs_top_classes_has_an_even_share_of_the_rest(run, decisions):
    relabel(run, decisions, 3, "quite new", new_class=True)
    after = with_current_labels(run, 3, run_signals(run, 3), changes_of(run, decisions))
    rest = 1 - run.array("top_probabilities", 3)[3].astype(float).sum()
    np.testing.assert_allclose(after.loss[:, 3], -np.log(rest / 3), rtol=1e-5)


def test_the_queue_ranks_a_row_by_its_current_label(run, decisions):
    before = queue(run, 3, around(run))
    row = int(before.order[0])
    best = run.classes[int(before.issues.other[row])]
    relabel(run, decisions, row, best)
    now = changes_of(run, decisions)
    after = queue(run, 3, around(run, now.every_label(AllRows.of(run)), len(now.names)), now)
    assert after.score[row] < before.score[row]
    sentences = " ".join(evidence_sentences(after.issues, row, after.classes))
    assert "mean margin" not in sentences
    assert f"`{best}` has" in sentences


def test_a_class_that_decisions_added_is_named_in_the_evidence(run, decisions):
    relabel(run, decisions, 3, "quite new", new_class=True)
    now = changes_of(run, decisions)
    found = queue(run, 3, around(run, now.every_label(AllRows.of(run)), len(now.names)), now)
    assert "quite new has 1 of 60 training rows" in " ".join(evidence(run, 3, 3, found))


def test_a_sentence_counts_under_its_rarest_current_type(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    decisions, names = run.store.decisions(run.info.fingerprint), run.info.scored
    relabel(run, decisions, 0, ())
    relabel(run, decisions, 1, ((0, 1, names[0]), (1, 2, "quite_new")), new_class=True)
    found = current_classes(run, AllRows.of(run), changes_of(run, decisions))
    assert found[:2].tolist() == ["no entity", "quite_new"]
    np.testing.assert_array_equal(found[2:], np.array(run.classes)[AllRows.of(run).labels[2:]])


def test_the_rarest_type_is_the_one_that_loading_finds(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    rows = range(len(run.rows()))
    same = LabelChanges({row: Change((), trained_on(run, row)) for row in rows}, run.classes)
    np.testing.assert_array_equal(
        current_classes(run, AllRows.of(run), same)[: len(run.rows())],
        np.array(run.classes)[run.rows().labels],
    )
