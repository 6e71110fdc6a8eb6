"""The list of label errors in the formats of cleanlab and Argilla, and back."""

import csv
import io
import json

import pytest

import hamr
from hamr.cli import main
from hamr.store import Store
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.region_run import region_run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    store = Store.open(home)
    region_run(store, name="texts")
    write_fake_token_run(store, rows=60, epochs=2, name="sentences")
    write_fake_run(store, rows=40, epochs=2, name="not embedded")
    return str(home)


def written(home, path, run, form, *more):
    arguments = ["issues", run, "--to", str(path), "--format", form, "--home", home, *more]
    assert main(arguments) == 0
    return path.read_text("utf-8")


def test_the_table_of_cleanlab_is_in_the_order_of_the_data(home, tmp_path):
    rows = list(csv.DictReader(io.StringIO(written(home, tmp_path / "a.csv", "texts", "cleanlab"))))
    assert list(rows[0]) == [
        "id", "is_label_issue", "label_score", "given_label", "predicted_label"
    ]  # fmt: skip
    run = hamr.open_run("texts", home)
    table = run.issues().set_index("id")
    assert [row["id"] for row in rows][: run.info.train_rows] == list(
        run.rows().ids(range(run.info.train_rows))
    )
    for row in rows:
        own = table.loc[row["id"]]
        assert float(row["label_score"]) == pytest.approx(1 - own["p_label_error"], abs=1e-4)
        assert (row["is_label_issue"] == "True") == (own["issue"] == "likely mislabelled")
        assert row["given_label"] == own["label"]


def test_the_table_of_cleanlab_can_be_imported_again(home, tmp_path, capsys):
    written(home, tmp_path / "a.csv", "texts", "cleanlab", "--split", "train")
    arguments = ["--suggestions", "--annotator", "hamr", "--json", "--home", home]
    path = str(tmp_path / "a.csv")
    assert main(["decisions", "import", "texts", "--from", path, *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == 0


def test_records_of_argilla_hold_what_a_label_should_be_as_a_suggestion(home, tmp_path):
    records = json.loads(written(home, tmp_path / "a.json", "texts", "argilla"))
    table = hamr.open_run("texts", home).issues()
    instead = table["suggested_label"].fillna(table["label"])
    assert [one["suggestions"]["label"]["value"] for one in records] == list(instead)
    assert [one["id"] for one in records] == list(table["id"])
    for one, row in zip(records, table.itertuples(), strict=True):
        assert set(one) == {
            "id", "fields", "metadata", "suggestions", "responses", "vectors", "_server_id"
        }  # fmt: skip
        assert one["fields"] == {"text": row.text} and one["metadata"]["label"] == row.label


def test_spans_of_argilla_are_read_as_the_tags_that_they_were(home, tmp_path, capsys):
    path = tmp_path / "a.json"
    written(home, path, "sentences", "argilla", "--split", "train")
    arguments = ["--suggestions", "--annotator", "hamr", "--home", home]
    assert main(["decisions", "import", "sentences", "--from", str(path), *arguments]) == 0
    run = hamr.open_run("sentences", home)
    known = run.store.decisions(run.info.label_source)
    assert 0 < known.count < 60  # a suggestion of the tags that a sentence has decides nothing
    for record in json.loads(path.read_text("utf-8")):
        spans = record["suggestions"]["label"]["value"]
        assert len(known.label(record["id"])) == len(spans)


def test_a_list_without_rows_is_an_empty_array(home, tmp_path):
    from hamr.cli.issue_formats import argilla_records
    from hamr.views.relabel.issue_list import IssueList

    found = IssueList.of(hamr.open_run("texts", home), 3)
    assert json.loads("".join(argilla_records(found, found.order()[:0]))) == []


@pytest.mark.parametrize(
    ("run", "arguments", "code", "sentence"),
    [
        ("sentences", ["--format", "cleanlab"], 2, "--format cleanlab is for texts"),
        ("not embedded", ["--format", "cleanlab"], 1, "labels are not scored"),
        ("texts", ["--format", "argilla", "--by", "who"], 2, "have no column of metadata"),
    ],
)
def test_what_a_format_cannot_hold_is_a_sentence(
    home, tmp_path, capsys, run, arguments, code, sentence
):
    to = ["--to", str(tmp_path / "a.csv"), "--home", home]
    assert main(["issues", run, *arguments, *to]) == code
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
