"""`python -m hamr classes`, and class acts in everything that is exported and imported."""

import csv
import json

import pytest

from hamr.cli import main
from hamr.store import Store, Team
from tests.core.test_decided_data import CSV, export, started, store, table  # noqa: F401
from tests.core.test_replay import homes  # noqa: F401
from tests.decided import decide
from tests.fake_run import write_fake_run

A, B, C = "class a", "class b", "class c"


@pytest.fixture
def known(store):  # noqa: F811
    run = write_fake_run(store, rows=60, epochs=1, classes=3, name="r")
    return store.decisions(run.info.fingerprint)


@pytest.fixture
def command(store, capsys):  # noqa: F811
    """Runs the command; its exit code, standard output and standard error."""

    def run(what, *arguments):
        code = main(["classes", what, "r", *map(str, arguments), "--home", str(store.home)])
        return code, *capsys.readouterr()

    return run


def test_classes_are_renamed_merged_retired_and_shown(known, command):
    assert command("rename", A, "refund", "--annotator", "ada", "--why", "clearer")[0] == 0
    assert command("merge", "refund", B, "--annotator", "ada")[0] == 0
    assert command("retire", C, "--annotator", "bob")[0] == 0
    found = json.loads(command("show", "--json")[1])
    assert [(one["class"], one["state"]) for one in found["classes"]] == [
        (B, "in use"), (C, "retired"),
    ]  # fmt: skip
    assert found["acts"][0] | {"time": ""} == {
        "act": "rename 'class a' to 'refund'", "by": "ada", "why": "clearer", "time": "",
    }  # fmt: skip
    assert "refund" in command("show")[1]


def test_the_last_act_is_undone_and_a_bad_one_refused(known, command):
    code, _, said = command("rename", A, B, "--annotator", "ada")
    assert code == 1 and "merge 'class a' into 'class b'" in said
    command("retire", A, "--annotator", "ada")
    assert "undone: retire 'class a'" in command("undo", "--annotator", "bob")[2]
    assert known.names() == (A, B, C)
    assert command("undo", "--annotator", "bob")[0] == 1


def test_an_exported_file_has_the_new_names_and_every_other_byte(
    tmp_path, table, started, export  # noqa: F811
):  # fmt: skip
    decisions = started(source=table)
    decide(decisions, "3", "pos")
    Team(decisions).act("rename", "pos", "ada", to="positive")
    assert export("--to", str(tmp_path / "out.csv"))[0] == 0
    expected = CSV.replace(b'3, neg ,"a text, 3"', b'3, pos ,"a text, 3"').replace(
        b",pos,", b",positive,"
    ).replace(b"3, pos ,", b"3, positive ,")  # fmt: skip
    assert (tmp_path / "out.csv").read_bytes() == expected


def test_the_audit_has_class_acts_comments_guidelines_and_settings(
    tmp_path, table, started, export  # noqa: F811
):  # fmt: skip
    decisions = started(source=table)
    team = Team(decisions)
    decide(decisions, "3", "pos")
    team.act("merge", "pos", "ada", to="neg", why="=1+1")
    team.comment("3", "=HYPERLINK(1)", "bob")
    team.write_guideline("neg", "all", "ada")
    team.set_blind(True, "ada")
    export("--to", str(tmp_path / "out.csv"))
    with open(tmp_path / "out.audit.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["label", "merge", "comment", "guideline", "setting"]
    assert json.loads(rows[1]["content"]) == {"class": "pos", "why": "=1+1", "to": "neg"}
    assert rows[2]["row"] == "3" and json.loads(rows[2]["content"])["text"] == "=HYPERLINK(1)"
    assert rows[3]["annotator"] == "ada" and rows[3]["time"]


def test_an_import_gives_labels_of_the_same_class_whatever_it_is_called(homes):  # noqa: F811
    one, two = homes()
    team = Team(one.known)
    row = next(f"train:{n}" for n in range(1, 30) if one.known.rows.original(f"train:{n}") != A)
    decide(one.known, row, A)
    team.act("rename", A, "ada", to="refund")
    team.comment(row, "a comment", "ada")
    other = next(f"train:{n}" for n in range(30, 60) if one.known.label(f"train:{n}") != "refund")
    decide(one.known, other, "refund")
    Team(two.known).act("rename", A, "bob", to="money")
    assert two.run("import", "--from", one.export())[0] == 0
    assert {two.labels()[row], two.labels()[other]} == {"money"}
    assert Store.open(two.folder).decisions(two.known.fingerprint).names()[0] == "money"
