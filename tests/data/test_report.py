"""What the report finds in rows before they are trained on."""

import numpy as np
import pytest

from hamr.config import DataSettings
from hamr.data import inspect, load
from tests.data.conftest import CSV


@pytest.fixture
def report(write):
    """The report on a training file with some rows, and a test file with others."""

    def _report(training: str = "", test: str = "text,label\nnew one,a\nnew two,b\n"):
        settings = DataSettings(
            source=write("rows.csv", CSV + training),
            validation=write("v.csv", "text,label\nother,a\nanother,b\n"),
            test=write("t.csv", test),
        )
        return inspect(load(settings))

    return _report


def kinds(report) -> set[str]:
    return {finding.kind for finding in report.findings}


def test_counts_are_per_split_and_class(report):
    counts = report("x,a\n").counts
    assert counts["train"].tolist() == [7, 6]
    assert counts["test"].tolist() == [1, 1]


def test_the_imbalance_ratio_is_the_largest_class_over_the_smallest(report):
    found = report("".join(f"more {i},a\n" for i in range(60)))
    assert found.imbalance_ratio == 11
    assert "imbalance" in kinds(found)


def test_repeats_are_found_whatever_their_capitals_and_blanks(report):
    (same,) = report("Some  Text,a\nsome text,a\n").duplicates
    assert same.ids == ("rows.csv:14", "rows.csv:15")
    assert same.labels == ("a", "a")


def test_one_text_with_two_labels_is_a_conflict_and_no_repeat(report):
    found = report("some text,a\nsome text,b\n")
    assert [same.ids for same in found.conflicts] == [("rows.csv:14", "rows.csv:15")]
    assert not found.duplicates


def test_a_text_in_training_and_test_leaks(report):
    (leak,) = report("some text,a\n", "text,label\nsome text,a\nx,b\n").leaks
    assert leak.splits == ("train", "test")
    assert leak.indices == (12, 0)


def test_rows_left_out_are_listed_by_id(report):
    found = report(",a\n")
    assert found.empty == ("rows.csv:14",)
    assert "left out" in kinds(found)


def test_lengths_count_every_row_once(report):
    found = report("x" * 100_000 + ",a\n")
    for lengths in (found.characters, found.words):
        assert lengths.counts.sum() + lengths.beyond == 17
        assert len(lengths.edges) == len(lengths.counts) + 1
    assert found.characters.quantiles[1.0] == 100_000


def test_long_texts_point_at_the_setting_that_cuts_them(report):
    found = next(f for f in report("word " * 200 + ",a\n").findings if f.kind == "long")
    assert found.ids == ("rows.csv:14",)
    assert "max_length" in found.sentence


def test_few_rows_of_a_class_are_a_finding_with_its_rows(report):
    rare = [f for f in report("y,c\nz,c\n").findings if f.kind == "rare" and "train" in f.sentence]
    assert {"rows.csv:14", "rows.csv:15"} <= set(rare[0].ids)


def test_clean_rows_give_no_findings(write):
    lines = "".join(f"text number {i},{'ab'[i % 2]}\n" for i in range(200))
    dataset = load(DataSettings(source=write("rows.csv", "text,label\n" + lines)))
    assert inspect(dataset).findings == ()


def test_the_report_counts_every_row_of_the_whole_built_in_set():
    report = inspect(load(DataSettings(source="builtin")))
    assert sum(int(np.sum(c)) for c in report.counts.values()) == 13_621


@pytest.fixture
def tagged(write):
    """The report on sentences of which two are alike but for their entities."""
    lines = "Ada B-person\nslept O\n\n" + "Ada O\nslept O\n\n"
    many = "".join(f"Bo{i} B-person\nsaw O\nRome B-place\n\n" for i in range(20))
    return inspect(load(DataSettings(source=write("a.conll", lines + many * 2))))


def test_of_tagged_sentences_entities_are_counted(tagged):
    assert (tagged.classes, tagged.unit) == (("person", "place"), "entities")
    assert sum(counts.sum() for counts in tagged.counts.values()) == 1 + 2 * 40


def test_sentences_that_differ_in_their_entities_contradict_each_other(tagged):
    (conflict,) = tagged.conflicts
    assert {*conflict.labels} == {"Ada (person)", "no entity"}
    assert len(tagged.duplicates) == 20


def test_a_long_sentence_is_said_to_be_read_in_windows(write):
    lines = "Ada B-person\n" + "slept O\n" * 5000 + "\n" + "Bo B-person\n\n" * 9
    report = inspect(load(DataSettings(source=write("a.conll", lines))))
    (finding,) = (finding for finding in report.findings if finding.kind == "long")
    assert finding.ids == ("a.conll:1",)
    assert "read in overlapping windows" in finding.sentence


def test_classes_that_look_alike_are_found_with_the_rows_of_the_rarer(report):
    (found,) = [one for one in report("x,A\ny,A\n").findings if one.kind == "alike"]
    assert "'A' and 'a'" in found.sentence
    assert found.ids == ("rows.csv:14", "rows.csv:15")
