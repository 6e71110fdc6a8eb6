"""`python -m hamr decisions`: shown, exported, and imported exactly once."""

import csv
import json

import pytest

from hamr.cli import main
from hamr.store import Store
from tests.decided import decide
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
def command(store, capsys):
    """Runs the command; its exit code, standard output and standard error."""

    def run(what, *arguments):
        code = main(["decisions", what, "r", *map(str, arguments), "--home", str(store.home)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def take(tmp_path, command):
    """Imports a file of that text."""

    def run(text, *arguments, annotator="eve", name="answers.csv"):
        path = tmp_path / name
        path.write_text(text)
        return command("import", "--from", path, "--annotator", annotator, *arguments)

    return run


def test_answers_are_imported_as_decisions(known, take):
    code, _, said = take(f"id,label\ntrain:1,{A}\ntest:2,{B}\n")
    assert code == 0 and "2 decisions recorded" in said
    assert (known.state("train:1").label, known.state("test:2").label) == (A, B)
    event = known.history("test:2")[0]
    assert (event.annotator, event.split) == ("eve", "test")
    assert event.evidence == {"imported": "answers.csv", "place": 3}


def test_the_same_file_counts_once(known, take):
    take(f"id,label\ntrain:1,{A}\n")
    code, printed, _ = take(f"id,label\ntrain:1,{A}\n", "--json")
    assert code == 0 and known.count == 1
    assert json.loads(printed)["known"] == 1 and json.loads(printed)["recorded"] == 0


def test_an_import_is_one_act(known, take):
    take(f"id,label\ntrain:1,{A}\ntrain:2,{B}\n")
    known.undo(known.last_act("eve"), "eve", "u")
    assert all(state.label is None for state in known.states().values())


def test_an_import_that_differs_from_others_is_a_conflict(known, take):
    decide(known, "train:1", A)
    _, printed, _ = take(f"id,label\ntrain:1,{B}\n", "--json")
    assert json.loads(printed)["conflicts"] == 1
    assert known.state("train:1").conflict


BAD = f"""id,label,text
train:1,{A},train text 0 about <b>class a</b>
nowhere,{A},
train:2,no class,
train:3,{A},another text
train:4,{A},
train:4,{B},
train:5,,
"""


def test_all_that_does_not_fit_is_named_and_nothing_is_imported(known, take):
    code, _, said = take(BAD)
    assert code == 1 and known.count == 0
    for words in (
        "line 3: there is no row 'nowhere'",
        "line 4: 'no class', for row 'train:2', is no class",
        "line 5: the text of row 'train:3' is not the one",
        "--skip-bad",
    ):
        assert words in said


def test_two_answers_for_a_row_are_named_with_their_lines(known, take):
    code, _, said = take(f"id,label\ntrain:4,{A}\ntrain:4,{B}\n")
    assert code == 1 and "lines 2 and 3: row 'train:4' has two answers, 'class a' and" in said


def test_the_same_answer_twice_is_one(known, take):
    assert take(f"id,label\ntrain:4,{A}\ntrain:4,{A}\n")[0] == 0
    assert known.count == 1


def test_an_empty_label_is_named(known, take):
    code, _, said = take("id,label\ntrain:5,\n")
    assert code == 1 and "line 2: the label of row 'train:5' is empty" in said


def test_lines_that_do_not_fit_can_be_skipped(known, take):
    text = f"id,label\ntrain:1,{A}\nnowhere,{A}\ntrain:4,{A}\ntrain:4,{B}\n"
    code, _, said = take(text, "--skip-bad")
    assert code == 0 and "left out: answers.csv, line 3" in said
    assert {*known.states()} == {"train:1"}


def test_new_classes_are_made_on_purpose_only(known, take):
    code, _, said = take("id,label\ntrain:1,brand new\n")
    assert code == 1 and "or make it a new class on purpose with --new-classes" in said
    assert take("id,label\ntrain:1,brand new\n", "--new-classes")[0] == 0
    assert known.names()[-1] == "brand new"


@pytest.mark.parametrize("text", ["id,text\nx,y\n", "row,label\nx,y\n"])
def test_a_missing_column_is_named(known, take, text):
    code, _, said = take(text)
    assert code == 1 and "needs a column" in said


def test_a_missing_file_is_named(known, command, tmp_path):
    code, _, said = command("import", "--from", tmp_path / "no.csv", "--annotator", "eve")
    assert code == 1 and "no file" in said


def test_an_annotator_needs_a_name(known, take):
    code, _, said = take(f"id,label\ntrain:1,{A}\n", annotator=" ")
    assert code == 1 and "annotator's name" in said


def test_entities_are_imported_as_json(store, take):
    run = write_fake_token_run(store, rows=40, epochs=1, name="r")
    known = store.decisions(run.info.fingerprint)
    text = 'id,label\ntrain.conll:1,"[[0, 1, ""place""]]"\ntrain.conll:2,[]\n'
    assert take(text)[0] == 0
    assert known.state("train.conll:1").label == ((0, 1, "place"),)
    assert known.state("train.conll:2").label == ()
    code, _, said = take("id,label\ntrain.conll:1,place\n")
    assert code == 1 and "not a list of entities" in said


def test_lines_of_json_are_imported_too(known, take):
    assert take(json.dumps({"id": "train:1", "label": A}), name="answers.jsonl")[0] == 0
    assert known.state("train:1").label == A


def test_all_decisions_are_exported(known, command, tmp_path):
    decide(known, "train:1", A)
    decide(known, "train:1", kind="unsure", annotator="bob")
    assert command("export", "--to", tmp_path / "audit.csv")[0] == 0
    rows = list(csv.DictReader((tmp_path / "audit.csv").open()))
    assert [(row["version"], row["annotator"], row["kind"]) for row in rows] == [
        ("1", "ada", "label"), ("2", "bob", "unsure"),
    ]  # fmt: skip
    assert command("export", "--to", tmp_path / "audit.txt")[0] == 2


def test_who_decided_what_and_how_far_they_agree_is_shown(known, command):
    for row, label in (("train:1", A), ("train:2", B), ("train:3", B)):
        decide(known, row, label, "ada")
    for row, label in (("train:1", A), ("train:2", B), ("train:3", A)):
        decide(known, row, label, "bob", base=0)  # had not seen ada's
    found = json.loads(command("show", "--json")[1])
    assert [who["annotator"] for who in found["annotators"]] == ["ada", "bob"]
    assert found["pairs"][0] | {"kappa": round(found["pairs"][0]["kappa"], 3)} == {
        "first": "ada", "second": "bob", "rows": 3, "same": 2, "kappa": 0.4,
    }  # fmt: skip
    assert found["conflicts"][0]["labels"] == {"ada": "'class b'", "bob": "'class a'"}
    _, printed, _ = command("show")
    assert "Cohen's kappa of ada and bob: 0.400 (2 of 3 rows have the same label)" in printed
    assert "conflict on train:3: ada: 'class b'; bob: 'class a'" in printed


def test_a_run_without_decisions_has_0_events(known, command):
    code, printed, _ = command("show")
    assert code == 0 and "0 events" in printed
