"""Figures and tables of rows that are not trained on yet."""

import numpy as np

from hamr.data import inspect
from hamr.records import Dataset, Rows
from hamr.views.dataset.summary import (
    class_counts_figure,
    finding_frame,
    lengths_figure,
    lengths_frame,
    search,
)


def rows(name, texts, labels):
    ids = tuple(f"{name}:{i}" for i in range(len(texts)))
    return Rows(ids, tuple(texts), np.array(labels, np.int32))


def small_dataset():
    return Dataset(
        name="small",
        task="sequence",
        classes=("often", "rare <b>"),
        train=rows(
            "train", ["one two", "One Two", "three"] + ["four five six"] * 3, [0, 1, 0, 0, 0, 0]
        ),
        validation=rows("validation", ["seven", "eight"], [0, 1]),
        test=rows("test", ["nine", "ten"], [0, 1]),
        fingerprint="0" * 64,
    )


def test_bars_run_from_the_largest_class_to_the_rarest():
    counts = {"train": np.array([1, 9, 5]), "test": np.array([1, 1, 1])}
    fig = class_counts_figure(counts, ("a", "b", "c"))
    assert list(fig.layout.yaxis.ticktext) == ["b", "c", "a"]
    assert list(fig.data[0].x) == [9, 5, 1]


def test_of_very_many_classes_the_rarest_are_drawn_and_the_title_says_so():
    names = tuple(str(c) for c in range(100))
    fig = class_counts_figure({"train": np.arange(100)}, names)
    assert len(fig.data[0].x) == 60
    assert "rarest 60 of 100" in fig.layout.title.text


def test_a_class_name_is_no_markup():
    fig = class_counts_figure({"train": np.array([1, 2])}, ("a", "rare <b>"))
    assert "rare &lt;b&gt;" in fig.layout.yaxis.ticktext


def test_every_row_is_in_a_bar_or_said_to_be_beyond():
    words = inspect(small_dataset()).words
    assert lengths_frame(words)["rows"].sum() + words.beyond == 10
    assert lengths_figure(words).layout.xaxis.title.text == "length (words)"


def test_rows_of_one_text_stand_together_with_their_labels():
    data = small_dataset()
    report = inspect(data)
    conflict = next(finding for finding in report.findings if finding.kind == "conflict")
    frame = finding_frame(data, report, conflict)
    assert frame["group"].tolist() == [1, 1]
    assert frame["label"].tolist() == ["often", "rare <b>"]
    assert frame["id"].tolist() == ["train:0", "train:1"]


def test_every_finding_with_rows_has_a_table_of_them():
    data = small_dataset()
    report = inspect(data)
    for finding in report.findings:
        if finding.ids:
            assert set(finding.ids) <= set(finding_frame(data, report, finding)["id"])


def test_search_looks_into_texts_and_ids_and_keeps_to_split_and_label():
    data = small_dataset()
    assert {s: i.tolist() for s, i in search(data, "TWO", None, None).items()} == {
        "train": [0, 1],
        "validation": [],
        "test": [],
    }
    assert search(data, "test:1", None, None)["test"].tolist() == [1]
    assert search(data, "", "train", "rare <b>") == {"train": np.array([1])}
