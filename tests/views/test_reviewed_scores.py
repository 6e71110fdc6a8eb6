"""Scores on labels as given and as reviewed: of one run, and of runs side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.base.reviewed_scores import reviewed_scores, side_by_side
from hamr.views.compare import scores as compare_scores
from hamr.views.compare.configurations import configurations
from tests.decided import decide
from tests.fake_run import fake_final, write_fake_run, write_fake_token_run


@pytest.fixture
def run(tmp_path):
    return write_fake_run(Store.open(tmp_path), rows=100, epochs=1)


def corrected(run, split="test"):
    """Every wrong prediction of the split is what people say it is."""
    decisions = run.store.decisions(run.info.label_source)
    table, final = run.rows(split), run.final()
    predicted = final.held_out[split]["top_classes"][:, 0]
    for row in np.flatnonzero(predicted != table.labels).tolist():
        decide(decisions, table.ids([row])[0], run.classes[predicted[row]])
    return int((predicted != table.labels).sum())


@pytest.mark.parametrize("split", ["validation", "test"])
def test_without_reviews_both_scores_are_those_of_the_run(run, split):
    found, final = reviewed_scores(run, split), run.final()
    scores = final.test if split == "test" else final.validation
    for labels in ("given", "reviewed"):
        if split == "test":
            assert found.f1(labels)[0] == pytest.approx(scores.macro_f1)
    assert (found.reviewed, found.held.changed) == (0, 0)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_reviewed_labels_change_the_score_as_reviewed_alone(run, split):
    before = reviewed_scores(run, split).f1("given")
    changed = corrected(run, split)
    found = reviewed_scores(run, split)
    np.testing.assert_array_equal(found.f1("given"), before)
    assert found.f1("reviewed")[0] == 1
    assert found.as_json()["reviewed"] == found.as_json()["changed"] == changed
    assert found.as_json()["macro_f1"] == 1


def test_a_class_that_reviewing_added_has_a_line_of_its_own(run):
    decisions = run.store.decisions(run.info.label_source)
    decide(decisions, run.rows("test").ids([0])[0], "quite new", new_class=True)
    found = reviewed_scores(run, "test")
    table = side_by_side(run, found).set_index("class")
    assert table.loc["quite new", "rows as given"] == 0
    assert table.loc["quite new", "rows as reviewed"] == 1
    assert found.as_json()["per_class_f1"]["quite new"] == 0


def test_predictions_that_an_older_run_did_not_keep_give_no_score(run):
    run.write_final(replace(fake_final(run.dataset(), best_epoch=1), held_out={}))
    decide(
        run.store.decisions(run.info.label_source), run.rows("validation").ids([0])[0], "class a"
    )
    found = reviewed_scores(run, "validation").as_json()
    assert (found["macro_f1"], found["per_class_f1"], found["reviewed"]) == (None, None, 1)
    assert reviewed_scores(run, "test").as_json()["macro_f1"] is not None


def test_a_run_that_goes_on_has_none(tmp_path):
    assert reviewed_scores(write_fake_run(Store.open(tmp_path), status="stopped"), "test") is None


def test_sentences_are_scored_by_their_entities(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path), epochs=1)
    before = reviewed_scores(run, "test")
    assert before.f1("given")[0] == pytest.approx(run.final().test.macro_f1, abs=1e-6)
    table = run.rows("test")
    row = next(row for row in range(len(table)) if table.tags(row).any())
    decide(run.store.decisions(run.info.label_source), table.ids([row])[0], ())
    after = reviewed_scores(run, "test")
    lost = int((table.tags(row) % 2 == 1).sum())
    frame = side_by_side(run, after).set_index("entity type")
    assert frame.loc["macro-F1", "entities as given"] == (
        frame.loc["macro-F1", "entities as reviewed"] + lost
    )


def test_runs_side_by_side_are_scored_by_reviewed_labels_too(run):
    found, _ = configurations([run])
    given = compare_scores.scores(found, "test")
    assert compare_scores.scores(found, "test", "reviewed").mean[0, 0] == pytest.approx(
        given.mean[0, 0]
    )
    corrected(run)
    reviewed = compare_scores.scores(found, "test", "reviewed")
    assert reviewed.mean[0, 0] == 1
    assert reviewed.names == given.names
    table = compare_scores.both(given, reviewed)
    assert table["macro-F1 as reviewed"][0].startswith("1.000")
    assert table["macro-F1 as given"][0].startswith(f"{given.mean[0, 0]:.3f}")
    assert "labels as reviewed" in compare_scores.caption(reviewed, "rows")
