"""Decisions from the files of Argilla and cleanlab."""

import json

import pandas as pd
import pytest

from hamr.cli import main
from hamr.store import Store
from tests.fake_run import write_fake_run, write_fake_token_run

A, B = "class a", "class b"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    return Store.open(tmp_path / "home")


@pytest.fixture
def known(store):
    run = write_fake_run(store, rows=60, epochs=1, classes=3, name="r")
    return store.decisions(run.info.fingerprint)


@pytest.fixture
def take(store, tmp_path, capsys):
    """Imports a table or records; the exit code and standard error."""

    def run(content, *arguments, name="file.json"):
        path = tmp_path / name
        if path.suffix == ".csv":
            content.to_csv(path)
        elif path.suffix == ".parquet":
            pd.DataFrame(content).to_parquet(path)
        else:
            path.write_text(json.dumps(content))
        code = main(
            ["decisions", "import", "r", "--from", str(path), *arguments, "--home", str(store.home)]
        )
        return code, capsys.readouterr().err

    return run


def record(row_id, *answers, text=None, suggestion=None, question="label"):
    """A record as Argilla's `records.to_json` writes it."""
    suggested = {"value": suggestion, "score": 0.9, "agent": "model"}
    return {
        "id": row_id,
        "fields": {"text": text} if text else {},
        "metadata": {},
        "suggestions": {question: suggested} if suggestion else {},
        "responses": {question: [dict(zip(("value", "user_id"), a, strict=True)) for a in answers]},
        "vectors": {},
        "_server_id": None,
    }


def flat(row_id, values, users, states, suggestion=None):
    """The same as `to_list(flatten=True)` writes it."""
    return {
        "id": row_id, "status": "completed", "_server_id": None,
        "label.responses": values, "label.responses.users": users, "label.responses.status": states,
        "label.suggestion": suggestion, "label.suggestion.score": 0.5,
    }  # fmt: skip


def issues(known, *flagged, predicted=B, score="label_score"):
    """cleanlab's table of the first ten training rows."""
    ids = [f"train:{n}" for n in range(1, 11)]
    return pd.DataFrame(
        {
            "id": ids,
            "is_label_issue": [one in flagged for one in ids],
            score: 0.5,
            "given_label": [known.rows.original(one) for one in ids],
            "predicted_label": predicted,
        }
    )


def test_responses_are_decisions_of_their_users(known, take):
    code, said = take([record("train:1", (A, "u1"), (A, "u2")), record("test:2", (B, "u1"))])
    assert code == 0 and "3 decisions recorded" in said
    assert {one.annotator for one in known.state("train:1").open} == {"u1", "u2"}
    assert known.state("test:2").label == B


def test_the_same_records_count_once(known, take):
    records = [record("train:1", (A, "u1"))]
    take(records)
    code, said = take(records)
    assert code == 0 and "0 decisions recorded, 1 already known" in said


def test_users_who_differ_are_in_conflict_and_under_one_name_left_out(known, take):
    records = [record("train:1", (A, "u1"), (B, "u2")), record("train:2", (A, "u1"), (A, "u2"))]
    take(records)
    assert known.state("train:1").conflict
    _, said = take(records, "--annotator", "Ada")
    assert "left out, because annotators differ on them: 1 row" in said


@pytest.mark.parametrize("name", ["flat.json", "flat.parquet"])
def test_flat_records_count_where_they_are_submitted(known, take, name):
    rows = [
        flat("train:1", [A, B], ["u1", "u2"], ["submitted", "draft"]),
        flat("train:2", [B], ["u1"], ["submitted"]),
    ]
    code, said = take(rows, name=name)
    assert code == 0 and "left out: 1 response that is not submitted" in said
    assert (known.state("train:1").label, known.state("train:2").label) == (A, B)


def test_suggestions_are_no_decisions_unless_they_are_asked_for(known, take):
    records = [record("train:1", suggestion=B)]
    code, said = take(records)
    assert code == 1 and "no submitted response to 'label': nobody has reviewed" in said
    code, said = take(records, "--suggestions")
    assert code == 2 and "--annotator is missing" in said
    take(records, "--suggestions", "--annotator", "model")
    assert known.state("train:1").label == B


def test_a_suggestion_of_the_label_that_the_row_has_reviews_nothing(known, take):
    labels = {row: known.rows.original(row) for row in ("train:1", "train:2")}
    other = next(name for name in known.names() if name != labels["train:2"])
    records = [record("train:1", suggestion=labels["train:1"]), record("train:2", suggestion=other)]
    code, said = take(records, "--suggestions", "--annotator", "model")
    assert code == 0 and "1 decision recorded" in said
    assert "1 suggestion that is the label of the row already" in said
    assert known.state("train:1") is None and known.label("train:2") == other


def test_records_without_a_submitted_response_are_counted_as_not_reviewed(known, take):
    rows = [
        flat("train:1", [A], ["u1"], ["submitted"]),
        flat("train:2", [B], ["u1"], ["draft"], suggestion=B),
        flat("train:3", [], [], [], suggestion=B),
    ]
    code, said = take(rows)
    assert code == 0 and "not reviewed: 2 of 3 records" in said
    assert known.state("train:2") is None and known.state("train:3") is None


def test_responses_without_a_status_are_said_to_count(known, take):
    _, said = take([record("train:1", (A, "u1"))])
    assert "1 response has no status, and drafts among them would count as submitted" in said


def test_of_several_questions_one_has_to_be_named(known, take):
    one = record("train:1", (A, "u1"))
    one["responses"]["tone"] = [{"value": B, "user_id": "u1"}]
    code, said = take([one])
    assert code == 2 and "has the questions label, tone: name the one" in said
    assert take([one], "--question", "tone")[0] == 0
    assert known.state("train:1").label == B


def test_a_record_with_another_text_is_refused(known, take):
    code, said = take([record("train:1", (A, "u1"), text="some other text")])
    assert code == 1 and "row 1" in said and known.count == 0


def test_spans_count_the_characters_of_whole_words(store, take):
    run = write_fake_token_run(store, rows=40, epochs=1, name="r")
    known = store.decisions(run.info.fingerprint)
    row_id = run.rows().ids([0])[0]
    words, text = run.rows().words(0), run.rows().texts([0])[0]
    first = len(words[0]) + 1
    kind = run.info.scored[0]
    span = {"label": kind, "start": first, "end": first + len(words[1])}
    assert take([record(row_id, ([span], "u1"), text=text, question="spans")])[0] == 0
    assert known.state(row_id).label == ((1, 2, kind),)
    code, said = take([record(row_id, ([{**span, "start": first + 1}], "u2"), text=text)])
    assert code == 1 and "does not begin and end with words" in said


@pytest.mark.parametrize("score", ["label_score", "label_quality"])
def test_flagged_rows_of_cleanlab_get_the_predicted_label(known, take, score):
    table = issues(known, "train:3", "train:7", score=score)
    code, said = take(table, "--suggestions", "--annotator", "cleanlab", name="issues.csv")
    assert code == 0 and "2 decisions recorded" in said
    assert known.state("train:3").label == B and known.state("train:1") is None


def test_cleanlab_decides_nothing_by_itself(known, take):
    code, said = take(issues(known, "train:3"), "--annotator", "Ada", name="issues.csv")
    assert code == 2 and "no decisions of a person" in said and known.count == 0


def test_cleanlab_without_ids_says_how_to_add_them(known, take):
    table = issues(known, "train:3").drop(columns="id")
    code, said = take(table, "--suggestions", "--annotator", "c", name="issues.csv")
    assert code == 1 and "needs a column 'id'" in said and "issues.insert(0" in said


def test_labels_of_other_rows_are_refused(known, take):
    table = issues(known, "train:3")
    table["given_label"] = A
    code, said = take(table, "--suggestions", "--annotator", "c", name="issues.csv")
    assert code == 1 and "given_label of row 'train:3' is 'class a'" in said


def test_columns_of_nobody_name_what_is_there_and_what_is_wanted(known, take):
    code, said = take(pd.DataFrame({"a": [1], "b": [2]}), "--annotator", "x", name="odd.csv")
    assert code == 1 and "'a'" in said and "name the columns id and label" in said
