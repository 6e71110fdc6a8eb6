"""`decisions import` reads what `decisions export` writes: the same current labels."""

import csv
import io
import json

import pytest

from hamr.cli import main
from hamr.store import Store
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run

NAMES = (
    "=1+1", "'quoted", "-1", "a", "two\nlines", "\U0001f642", "a, \"b\"; c", "'=x", "@at", "é",
    "tab\there", "+49 1", "old\rmac", "dos\r\nline", "'",
)  # fmt: skip


class Home:
    """A store with one run of the same rows, and the command on it."""

    def __init__(self, folder, capsys, **data):
        self.store, self.folder, self.capsys = Store.open(folder), folder, capsys
        make = write_fake_token_run if data.pop("tagged", False) else write_fake_run
        run = make(self.store, rows=60, epochs=1, name="r", **data)
        self.known = self.store.decisions(run.info.fingerprint)

    def export(self):
        path = self.folder / "decisions.csv"
        assert self.run("export", "--to", path)[0] == 0
        return path

    def run(self, what, *arguments):
        given = ["decisions", what, "r", *map(str, arguments), "--home", str(self.folder)]
        code = main(given)
        return code, *self.capsys.readouterr()

    def labels(self):
        return {row: state.label for row, state in self.known.states().items() if state.label}


@pytest.fixture
def homes(tmp_path, monkeypatch, capsys):
    """Two homes with the same rows."""
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)

    def make(**data):
        return [Home(tmp_path / name, capsys, **data) for name in ("one", "two")]

    return make


def named(**more):
    return {"class_names": NAMES, "classes": len(NAMES), **more}


def test_names_of_all_kinds_are_imported_unchanged(homes):
    one, two = homes(**named())
    for row, name in enumerate(NAMES, 1):
        decide(one.known, f"train:{row}", name)
    assert two.run("import", "--from", one.export())[0] == 0
    assert two.labels() == one.labels() == {f"train:{n}": name for n, name in enumerate(NAMES, 1)}


def test_what_was_undone_skipped_or_replaced_does_not_count(homes):
    one, two = homes()
    decide(one.known, "train:1", "class a")
    decide(one.known, "train:1", "class b")
    decide(one.known, "train:2", "class a")
    one.known.undo(one.known.last_act("ada"), "ada", "u")
    decide(one.known, "train:3", kind="skip")
    decide(one.known, "train:4", "class a")
    decide(one.known, "train:4", kind="unsure")
    _, printed, _ = two.run("import", "--from", one.export(), "--json")
    assert json.loads(printed)["recorded"] == 1
    assert two.labels() == one.labels() == {"train:1": "class b"}


def test_a_conflict_stays_one_and_what_was_settled_stays_settled(homes):
    one, two = homes()
    for row in ("train:1", "train:2"):
        decide(one.known, row, "class a", "ada")
        decide(one.known, row, "class b", "bob")
    decide(one.known, "train:2", "class c", "eve", kind="resolve")
    assert two.run("import", "--from", one.export())[0] == 0
    assert [state.row_id for state in two.known.conflicts()] == ["train:1"]
    assert two.labels() == one.labels() == {"train:2": "class c"}
    assert two.known.history("train:1")[0].annotator == "ada"


def test_a_label_that_a_resolve_had_not_seen_stays_in_conflict(homes):
    one, two = homes()
    decide(one.known, "train:1", "class a", "ada")
    base = one.known.state("train:1").version
    decide(one.known, "train:1", "class b", "bob")
    decide(one.known, "train:1", "class a", "eve", kind="resolve", base=base)
    assert one.known.state("train:1").conflict
    two.run("import", "--from", one.export())
    assert two.known.state("train:1").conflict


def test_under_one_name_rows_in_conflict_are_left_out(homes):
    one, two = homes()
    decide(one.known, "train:1", "class a", "ada")
    decide(one.known, "train:1", "class b", "bob")
    decide(one.known, "train:2", "class b", "bob")
    code, _, said = two.run("import", "--from", one.export(), "--annotator", "me")
    assert code == 0 and "annotators differ on them: 1 row." in said
    assert two.labels() == one.labels()
    assert [event.annotator for event in two.known.history("train:2")] == ["me"]


def test_a_second_import_and_one_into_the_same_home_add_nothing(homes):
    one, two = homes()
    decide(one.known, "train:1", "class a")
    path = one.export()
    for home in (one, two, two):
        assert home.run("import", "--from", path)[0] == 0
    assert one.known.count == two.known.count == 1


def test_new_classes_come_with_the_decisions_that_made_them(homes):
    one, two = homes()
    decide(one.known, "train:1", "brand new", new_class=True)
    assert two.run("import", "--from", one.export())[0] == 0
    assert "brand new" in two.known.names()


def test_a_class_that_a_spreadsheet_has_changed_is_not_made(homes):
    one, two = homes(class_names=("true", "false"), classes=2)
    decide(one.known, "train:1", "true")
    path = one.export()
    path.write_text(path.read_text().replace(",true,label", ",TRUE,label"))
    code, _, said = two.run("import", "--from", path)
    assert code == 1 and "'TRUE' looks like the class 'true'" in said
    assert two.known.count == 0


def test_entities_are_imported_unchanged(homes):
    one, two = homes(tagged=True)
    decide(one.known, "train.conll:1", ((0, 1, "place"),))
    decide(one.known, "train.conll:2", ())
    assert two.run("import", "--from", one.export())[0] == 0
    labels = {row: state.label for row, state in two.known.states().items()}
    assert labels == {"train.conll:1": ((0, 1, "place"),), "train.conll:2": ()}


def test_decisions_on_other_data_are_refused_by_line(homes, tmp_path, capsys):
    one, _ = homes()
    other = Home(tmp_path / "three", capsys, seed=5)
    row = next(
        f"train:{n}" for n in range(1, 60)
        if one.known.rows.original(f"train:{n}") != other.known.rows.original(f"train:{n}")
    )  # fmt: skip
    decide(one.known, row, "class c")
    code, _, said = other.run("import", "--from", one.export())
    assert code == 1 and "decisions.csv, line 2" in said and "same data" in said
    assert other.known.count == 0


def test_a_text_that_differs_is_refused_by_its_hash(homes):
    one, two = homes()
    decide(one.known, "train:1", "class c")
    path = one.export()
    digest = one.known.history("train:1")[0].text_hash
    path.write_text(path.read_text().replace(digest, "0" * 64))
    code, _, said = two.run("import", "--from", path)
    assert code == 1 and "the text of row 'train:1' is not the one" in said


def test_files_of_earlier_versions_are_read(homes):
    one, two = homes()
    decide(one.known, "train:1", "class a", "ada")
    decide(one.known, "train:1", "class b", "bob")
    decide(one.known, "train:1", "class c", "eve", kind="resolve")
    rows = list(csv.DictReader(one.export().open()))
    text = io.StringIO()
    kept = [name for name in rows[0] if name not in ("base", "text hash")]
    writer = csv.DictWriter(text, kept, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    (one.folder / "old.csv").write_text(text.getvalue(), newline="")
    assert two.run("import", "--from", one.folder / "old.csv")[0] == 0
    assert two.labels() == {"train:1": "class c"}


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("version", "x", "not a whole number"), ("version", "1", "is there twice"),
        ("kind", "maybe", "not a kind of event"), ("time", "soon", "not a time"),
        ("row", "nowhere", "there is no row 'nowhere'"), ("annotator", "", "annotator's name"),
        ("base", "-1", "not a whole number"),
    ],
)  # fmt: skip
def test_an_edited_line_is_named(homes, column, value, words):
    one, two = homes()
    decide(one.known, "train:1", "class a")
    decide(one.known, "train:2", "class a")
    path = one.export()
    rows = list(csv.DictReader(path.open()))
    rows[1][column] = value
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    code, _, said = two.run("import", "--from", path)
    assert code == 1 and "decisions.csv, line 3: " in said and words in said
    assert two.run("import", "--from", path, "--skip-bad")[0] == 0
    assert two.labels() == {"train:1": "class a"}


def test_answers_need_an_annotator(homes):
    one, _ = homes()
    path = one.folder / "a.csv"
    path.write_text("id,label\ntrain:1,class a\n")
    code, _, said = one.run("import", "--from", path)
    assert code == 2 and "--annotator is missing" in said
