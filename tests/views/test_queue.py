"""The queue of rows worth a look: its order, filters, suggestions and neighbours."""

import numpy as np
import pytest

from hamr.decisions import State
from hamr.store import Store
from hamr.triage import ISSUE_TYPES, SENTENCE_ISSUE_TYPES, neighbour_evidence
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import label_changes
from hamr.views.base.issue_signals import tag_statistics
from hamr.views.relabel.context import BY_EMBEDDING, evidence, near, suggestions
from hamr.views.relabel.filters import (
    ALL,
    CONFLICTS,
    REVIEWED,
    TO_REVIEW_BY_ME,
    UNSURE,
    Wanted,
    matching,
)
from hamr.views.relabel.impact import class_counts, neighbour_agreement
from hamr.views.relabel.queue import queue
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run

ROWS = 60


@pytest.fixture
def run(tmp_path):
    return write_fake_run(Store.open(tmp_path), rows=ROWS)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def around(run, labels=None, class_count=None):
    """Neighbour evidence of made-up embeddings."""
    random = np.random.default_rng(0)
    rows = AllRows.of(run)
    near = np.stack([random.permutation(ROWS)[:12] for _ in range(len(rows))]).astype(np.int32)
    similar = -np.sort(-random.uniform(0.2, 0.9, near.shape), axis=1).astype(np.float32)
    vectors = random.normal(size=(len(rows), 5)).astype(np.float32)
    labels = rows.labels if labels is None else labels
    known = rows.of_split("test").start
    return neighbour_evidence(
        vectors, labels, near, similar, class_count or len(run.classes), giving=known, trained=ROWS
    )


def now(run, decisions):
    return label_changes(run, decisions, AllRows.of(run), decisions.states())


def wanted(run, decisions, annotator="ada", **options):
    return matching(
        run,
        queue(run, 3),
        AllRows.of(run),
        decisions.states(),
        now(run, decisions),
        Wanted(**options),
        annotator,
    )


def test_without_neighbour_evidence_the_hardest_rows_come_first(run):
    found = queue(run, 3)
    hardness = run.signal("hardness", 3)
    assert (np.diff(hardness[found.order[:ROWS]]) <= 0).all()
    assert found.likely_errors == 12  # the hardest fifth
    np.testing.assert_array_equal(found.rank[found.order], np.arange(len(found.order)))


def test_rows_of_equal_hardness_come_by_loss(tmp_path):
    run = write_fake_run(Store.open(tmp_path), rows=ROWS, method="erm")
    found = queue(run, 3)
    assert (np.diff(run.signal("loss", 3)[found.order[:ROWS]]) <= 0).all()
    assert found.likely_errors == 0


def test_with_neighbour_evidence_the_score_orders_and_sentences_explain(run):
    found = queue(run, 3, around(run))
    assert found.issue_types == ISSUE_TYPES
    assert (np.diff(found.score[found.order]) <= 0).all()
    assert found.diagnosis(int(found.order[0])) == "likely mislabelled"
    sentences = evidence(run, 3, int(found.order[0]), found)
    assert "neighbours are class" in sentences[0]
    assert "`" not in "".join(sentences)


def test_tagged_sentences_are_ordered_and_explained_by_their_words(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    found = queue(run, 3, tag_statistics(run))
    first = int(found.order[0])
    assert found.issue_types == SENTENCE_ISSUE_TYPES
    assert (np.diff(found.score[found.order]) <= 0).all()
    assert found.diagnosis(first) == "likely mislabelled"
    sentences = evidence(run, 3, first, found)
    assert sentences[0].startswith("most doubtful: “")
    assert "`" not in "".join(sentences)


def test_a_ranked_sentence_has_neighbours_where_they_are_known(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    found, seeds = queue(run, 3, tag_statistics(run)), run.array("seeds", 3)
    assert near(run, 3, int(seeds[0]), found).how == BY_EMBEDDING


def test_a_reviewed_row_leaves_the_queue_and_a_skipped_one_goes_to_its_end(run, decisions):
    order = queue(run, 3).order
    ids = AllRows.of(run).ids
    ids = [ids[row] for row in order]
    decide(decisions, ids[0], kind="skip")
    decide(decisions, ids[1], run.classes[0])
    rows = wanted(run, decisions)
    assert rows.tolist() == [*order[2:].tolist(), order[0]]


def test_rows_that_others_reviewed_are_left_for_me(run, decisions):
    row = queue(run, 3).order[0]
    decide(decisions, run.rows().ids([row])[0], run.classes[0], "bob")
    assert row not in wanted(run, decisions)
    assert row in wanted(run, decisions, shown=TO_REVIEW_BY_ME)
    assert row not in wanted(run, decisions, "bob", shown=TO_REVIEW_BY_ME)


@pytest.mark.parametrize(
    ("shown", "rows"),
    [(CONFLICTS, {2}), (UNSURE, {1}), (REVIEWED, {0, 1, 2})],
)
def test_what_is_shown_follows_the_decisions(run, decisions, shown, rows):
    ids = run.rows().ids([0, 1, 2, 3])
    decide(decisions, ids[0], run.classes[0])
    decide(decisions, ids[1], kind="unsure")
    decide(decisions, ids[2], run.classes[0])
    decide(decisions, ids[2], run.classes[1], "bob", base=0)
    decide(decisions, ids[3], kind="skip")
    assert set(wanted(run, decisions, shown=shown).tolist()) == rows


def test_the_class_filter_goes_by_the_current_label(run, decisions):
    row = int(np.flatnonzero(run.rows().labels == 0)[0])
    decide(decisions, run.rows().ids([row])[0], "class e")
    assert row in wanted(run, decisions, labels=("class e",), shown=ALL)
    assert row not in wanted(run, decisions, labels=("class a",), shown=ALL)


def test_a_lasso_and_a_search_narrow_together(run, decisions):
    rows = wanted(run, decisions, rows=np.array([5, 50, 51]), query="text 5")
    assert set(rows.tolist()) == {5, 50, 51}
    assert set(wanted(run, decisions, rows=np.array([4, 5]), query="text 5").tolist()) == {5}


def test_the_models_top_three_are_suggested_best_first(run):
    found = suggestions(run, 3, AllRows.of(run), 7)
    assert len(found) == 3
    assert found[0].label == run.classes[run.array("top_classes", 3)[7][0]]
    assert [one.probability for one in found] == sorted(
        (one.probability for one in found), reverse=True
    )


def test_a_hard_seed_has_its_neighbours_and_another_row_those_on_the_map(run):
    found, seeds = queue(run, 3), run.array("seeds", 3)
    seed = near(run, 3, int(seeds[0]), found)
    assert seed.how == BY_EMBEDDING
    assert seed.rows.tolist() == run.array("neighbours", 3)[0][:8].tolist()
    other = next(row for row in range(ROWS) if row not in seeds)
    nearest = near(run, 3, other, found)
    assert nearest.similarity is None
    assert other not in nearest.rows
    xy = run.map()
    away = ((xy - xy[other]) ** 2).sum(1)
    away[other] = np.inf
    assert nearest.rows[0] == away.argmin()


def test_with_neighbour_evidence_every_row_has_its_neighbours_among_the_training_rows(run):
    found = queue(run, 3, around(run))
    nearest = near(run, 3, 7, found)
    assert nearest.how == BY_EMBEDDING
    assert nearest.rows.tolist() == found.issues.evidence.neighbours[7][:8].tolist()


def test_class_counts_before_and_after(run, decisions):
    row = int(np.flatnonzero(run.rows().labels == 0)[0])
    decide(decisions, run.rows().ids([row])[0], "quite new", new_class=True)
    table = class_counts(run, now(run, decisions)).set_index("class")
    assert table.loc["quite new", ["rows before", "after", "change"]].tolist() == [0, 1, 1]
    assert table.loc["class a", "change"] == -1
    assert table["after"].sum() == ROWS


def test_entity_counts_before_and_after(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path))
    decisions = run.store.decisions(run.info.fingerprint)
    row_id = run.rows().ids([0])[0]
    had = decisions.rows.original(row_id)
    decide(decisions, row_id, ((0, 1, "place"),))
    table = class_counts(run, now(run, decisions)).set_index("entity type")
    change = {kind: -sum(span[2] == kind for span in had) for kind in table.index}
    change["place"] += 1
    assert table["change"].to_dict() == change


def test_neighbours_agree_more_with_a_label_that_is_theirs(run, decisions):
    labels, known = run.rows().labels, AllRows.of(run)
    row, like = int(np.flatnonzero(labels == 0)[0]), int(np.flatnonzero(labels == 1)[0])
    near = np.full((ROWS, 12), -1, np.int32)
    near[row, :3] = like, np.flatnonzero(labels == 1)[1], np.flatnonzero(labels == 2)[0]
    decide(decisions, known.ids[row], "class b")
    assert neighbour_agreement(run, now(run, decisions), near) == pytest.approx((0, 2 / 3))


def test_a_state_without_decisions_has_no_kind():
    state = State("r", 3, (), (), ())
    assert state.kind is None
