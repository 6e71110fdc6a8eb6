"""`hamr issues` and `run.issues()`: the queue of Relabel as a file, a stream and a table."""

import csv
import io
import json
import subprocess
import sys

import pytest

import hamr
from hamr.cli import main
from hamr.cli.merge import answers_in
from hamr.records import SPLITS
from hamr.store import Store, Team
from hamr.views.relabel.issue_list import COLUMNS, IssueList
from tests.decided import decision
from tests.fake_run import fake_dataset, write_fake_run, write_fake_token_run
from tests.metadata_rows import annotator, with_metadata
from tests.region_run import PLANTED, embed, planted_dataset, region_run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    store = Store.open(home)
    region_run(store, name="texts", dataset=with_metadata(planted_dataset(), who=annotator))
    write_fake_token_run(store, rows=60, epochs=2, name="sentences")
    write_fake_run(store, rows=40, epochs=2, name="not embedded")
    write_fake_run(store, rows=40, epochs=0, status="interrupted", name="no epoch")
    return str(home)


def reviewed(store, run):
    """The ids of the planted rows, whose labels are corrected."""
    ids, known = run.rows().ids(range(PLANTED)), store.decisions(run.info.label_source)
    known.record([decision(known, one, "class a") for one in ids])
    return ids


def called(capsys, home, *arguments):
    code = main(["issues", *arguments, "--home", home])
    said = capsys.readouterr()
    return code, said.out, said.err


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_csv_file_has_all_rows_in_the_order_of_relabel(home, capsys, tmp_path):
    target = tmp_path / "issues.csv"
    code, out, err = called(capsys, home, "texts", "--to", str(target))
    run = hamr.open_run("texts", home)
    found = IssueList.of(run, 3)
    rows = table(target.read_text("utf-8"))
    assert (code, out) == (0, "")
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [found.rows.ids[row] for row in found.queue.order]
    assert "estimated number of label errors: " in err


def test_planted_errors_are_at_the_top_with_the_right_suggestion(home):
    found = hamr.open_run("texts", home).issues(split="train").head(PLANTED)
    assert (found["suggested_label"] == "class a").mean() > 0.8
    assert found["p_label_error"].is_monotonic_decreasing or (found["p_label_error"] > 0.5).any()


def test_a_split_is_part_of_the_same_order(home):
    run = hamr.open_run("texts", home)
    every, part = run.issues(), run.issues(split="test")
    assert list(part["id"]) == [one for one in every["id"] if one.startswith("test:")]


def test_json_is_the_last_line_with_the_number_and_its_interval(home, capsys, tmp_path):
    _, out, _ = called(capsys, home, "texts", "--to", str(tmp_path / "a.jsonl"), "--json")
    number = json.loads(out)["label_errors"]
    assert number["low"] <= number["estimate"] <= number["high"]
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert tuple(json.loads(lines[0])) == COLUMNS
    assert len(lines) == json.loads(out)["rows"]


def test_a_stream_has_only_the_list_and_the_number_is_on_standard_error(home, capfdbinary):
    assert main(["issues", "texts", "--to", "-", "--json", "--home", home]) == 0
    said = capfdbinary.readouterr()
    assert len(table(said.out.decode())) == len(hamr.open_run("texts", home).issues())
    assert json.loads(said.err.decode().splitlines()[-1])["label_errors"]["estimate"] >= 0


def test_before_a_review_the_number_is_that_of_relabel(home):
    found = IssueList.of(hamr.open_run("texts", home), 3)
    estimate = found.estimate()
    assert estimate.errors == found.queue.likely_errors
    assert (estimate.low, estimate.high) == found.queue.error_interval
    parts = [found.estimate(split).errors for split in SPLITS]
    assert sum(parts) == estimate.errors


def test_the_number_is_also_with_the_table(home):
    number = hamr.open_run("texts", home).issues().attrs["label_errors"]
    assert number["low"] <= number["estimate"] <= number["high"]


def test_a_sentence_is_one_row_with_tags_and_the_words_concerned(home):
    found = hamr.open_run("sentences", home).issues(split="train")
    assert len(found) == 60 and found["id"].is_unique
    for row in found.itertuples():
        assert 0 < len(row.label) <= len(row.text.split(" "))
        assert row.evidence.startswith("most doubtful: “")
        if row.suggested_label is not None:
            assert len(row.suggested_label) == len(row.label)
            assert row.suggested_label != row.label


def test_decisions_import_reads_the_suggestions_of_a_written_file(home, tmp_path):
    run = hamr.open_run("sentences", home)
    rows = run.issues()
    rows = rows[rows["suggested_label"].notna()]
    assert len(rows)
    path = tmp_path / "answers.jsonl"
    lines = (json.dumps({"id": r.id, "label": r.suggested_label}) for r in rows.itertuples())
    path.write_text("\n".join(lines))
    answers, faults = answers_in(
        path, run.store.decisions(run.info.label_source), new_classes=False
    )
    assert len(answers) == len(rows) and not faults


def test_without_a_file_the_top_is_printed(home, capsys):
    code, out, _ = called(capsys, home, "texts")
    assert code == 0 and len(out.splitlines()) == 23 and "more rows: write all" in out


def test_errors_by_column_are_those_of_relabel(home, capsys):
    code, out, _ = called(capsys, home, "texts", "--by", "who", "--json")
    run = hamr.open_run("texts", home)
    values, frame = json.loads(out)["values"], run.issues(by="who")
    assert code == 0
    assert {one["value"] for one in values} == {"ann 0", "ann 1", "ann 2", "(no value)"}
    assert [one["likely errors"] for one in values] == list(frame["likely errors"])


@pytest.mark.parametrize("name", ["by.csv", "by.jsonl"])
def test_errors_by_column_are_written_to_a_file(home, capsys, tmp_path, name):
    code, _, err = called(capsys, home, "texts", "--by", "who", "--to", str(tmp_path / name))
    assert code == 0 and "4 values of 'who' written to" in err
    assert "likely errors" in (tmp_path / name).read_text()


def test_rows_without_embeddings_are_sorted_by_hardness_and_the_command_says_why(home, capsys):
    code, out, err = called(capsys, home, "not embedded", "--json")
    assert code == 0 and json.loads(out)["label_errors"] is None
    assert "Sorted by hardness, labels are not scored: " in err and "train again" in err


def test_reviewed_rows_count_with_what_was_found_in_them(tmp_path):
    store = Store.open(tmp_path)
    run = region_run(store, name="r")
    before = IssueList.of(run, 3).estimate()
    reviewed(store, run)
    found = IssueList.of(run, 3).estimate()
    assert (before.reviewed, found.reviewed, found.found) == (0, PLANTED, PLANTED)
    assert found.low >= PLANTED


def test_current_labels_are_listed_and_reviewed_ones_count_as_right(tmp_path):
    store = Store.open(tmp_path)
    run = region_run(store, name="r")
    ids = reviewed(store, run)
    found = IssueList.of(run, 3, current=True)
    labels = {line.id: line.label for line in found.lines(found.order("train"))}
    assert {labels[one] for one in ids} == {"class a"}
    assert (found.estimate().found, found.estimate().reviewed) == (0, PLANTED)


def test_a_renamed_class_is_called_as_it_is_now(tmp_path):
    store = Store.open(tmp_path)
    run = region_run(store, name="r")
    known = store.decisions(run.info.label_source)
    before = IssueList.of(run, 3).frame()
    Team(known).act("rename", "class a", "Ada", to="kind a")
    after = IssueList.of(run, 3).frame()
    assert list(before["id"]) == list(after["id"])
    assert "class a" not in {*after["label"], *after["suggested_label"].dropna()}
    assert "kind a" in {*after["suggested_label"].dropna()}


def test_a_class_without_rows_is_never_suggested(tmp_path):
    names = ("class a", "class b", "class c", "class unused")
    run = region_run(
        Store.open(tmp_path), dataset=planted_dataset().__class__(
            **{**vars(planted_dataset()), "classes": names, "fingerprint": "f" * 64}
        ),
    )  # fmt: skip
    found = IssueList.of(run, 3).frame()
    assert "class unused" not in {*found["suggested_label"].dropna()}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["texts", "--split", "dev"], "--split must be train, validation or test, got 'dev'"),
        (["texts", "--to", "a.xlsx"], "--to must end in .csv or .jsonl, got 'a.xlsx'"),
        (["texts", "--to", "nowhere/a.csv"], "the folder nowhere does not exist"),
        (["texts", "--to", "."], "--to is the folder ."),
        (["texts", "--by", "where"], "got 'where': the rows of 'texts' have the columns who"),
        (["not embedded", "--by", "who"], "have no column of metadata"),
        (["texts", "--epoch", "9"], "--epoch must be one of the recorded epochs 1 to 3, got 9"),
    ],
)
def test_a_bad_request_is_a_sentence_and_code_2(home, capsys, arguments, sentence):
    code, _, err = called(capsys, home, *arguments)
    assert code == 2 and sentence in err


def test_before_the_first_epoch_it_says_what_to_wait_for(home, capsys):
    code, _, err = called(capsys, home, "no epoch")
    assert code == 1 and "has no recorded epoch yet" in err


def test_an_existing_file_is_replaced_whole(home, capsys, tmp_path):
    target = tmp_path / "issues.csv"
    target.write_text("old " * 100_000)
    assert called(capsys, home, "texts", "--to", str(target))[0] == 0
    assert len(table(target.read_text("utf-8"))) == len(hamr.open_run("texts", home).issues())


def test_a_reader_that_has_seen_enough_is_no_error(home):
    command = f"{sys.executable} -m hamr issues texts --to - --home {home} | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("id,text") and "Traceback" not in done.stderr


def test_very_many_labels_are_listed(tmp_path):
    names = tuple(f"class {number}" for number in range(150))
    store = Store.open(tmp_path)
    run = write_fake_run(
        store, dataset=fake_dataset(200, 150, class_names=names), epochs=1, name="many"
    )
    embed(run)
    assert len(IssueList.of(run, 1).frame("train")) == 200
