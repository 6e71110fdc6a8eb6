"""What the report finds in rows before they are trained on."""

import time

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


def test_the_whole_built_in_set_takes_less_than_a_second():
    dataset = load(DataSettings(source="builtin"))
    start = time.process_time()
    report = inspect(dataset)
    assert time.process_time() - start < 1
    assert sum(int(np.sum(c)) for c in report.counts.values()) == 13_621


@pytest.fixture
def tagged(write):
    """Forty sentences with a person, of which three have a place too, and three with nothing."""
    person, both, bare = "Ada\tB-person\n\n", "Ada\tB-person\nRome\tB-place\n\n", "hello\tO\n\n"
    settings = DataSettings(
        source=write("news.conll", person * 37 + both * 3 + bare * 3),
        validation=write("v.conll", (person + both) * 6),
        test=write("t.conll", (person + both) * 6 + bare),
    )
    return inspect(load(settings))


def test_a_type_is_as_frequent_as_the_sentences_that_hold_it(tagged):
    assert tagged.imbalance_ratio == pytest.approx(40 / 3)


def test_a_starved_type_is_found_and_sentences_without_entities_are_none(tagged):
    rare = [finding for finding in tagged.findings if finding.kind == "rare"]
    assert [finding.sentence for finding in rare] == [
        "Fewer than 10 train sentences with 'place': little to learn from."
    ]
    assert len(rare[0].ids) == 3
