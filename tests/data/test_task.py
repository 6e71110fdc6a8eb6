"""The task and the columns of a table are known by its values, whatever the names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.config import DataSettings
from hamr.data import Guess, guess_columns, load, task_of
from hamr.errors import ColumnError

TEXTS = [{"body": f"a rather long text {i}", "stars": "ab"[i % 2]} for i in range(20)]
LISTS = [{"words": ["in", "Rome"], "labels": ["O", "B-place"]} for _ in range(20)]
ENDINGS = ["json", "jsonl", "ndjson", "parquet"]


@pytest.fixture
def source(tmp_path) -> Callable[..., str]:
    """Writes objects in a format and gives the file's path."""

    def _source(rows: list[dict[str, Any]], ending: str = "jsonl") -> str:
        path = tmp_path / f"rows.{ending}"
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        elif ending == "json":
            path.write_text(json.dumps(rows))
        else:
            path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return str(path)

    return _source


def task(source: str, text: str = "text", label: str = "label") -> str:
    return task_of(DataSettings(source=source, text_column=text, label_column=label))


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_renamed_columns_of_texts_are_texts(source, ending):
    found = load(
        DataSettings(source=source(TEXTS, ending), text_column="body", label_column="stars")
    )
    assert (found.task, found.classes) == ("sequence", ("a", "b"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_renamed_columns_of_lists_are_tagged_sentences(source, ending):
    found = load(
        DataSettings(source=source(LISTS, ending), text_column="words", label_column="labels")
    )
    assert (found.task, found.classes[:-1]) == ("token", ("place",))


def test_lists_called_text_and_label_are_tagged_sentences(source):
    rows = [{"text": row["words"], "label": row["labels"]} for row in LISTS]
    assert load(DataSettings(source=source(rows))).task == "token"


def test_one_renamed_column_of_lists_is_enough(source):
    rows = [{"words": row["words"], "label": row["labels"]} for row in LISTS]
    found = load(DataSettings(source=source(rows), text_column="words"))
    assert found.train.words[0] == ("in", "Rome")


def test_texts_called_as_words_and_tags_usually_are_stay_texts(source):
    rows = [{"tokens": row["body"], "ner_tags": row["stars"]} for row in TEXTS]
    path = source(rows)
    assert task(path) == "sequence"
    assert task(path, "tokens", "ner_tags") == "sequence"


def test_gaps_before_the_first_lists_do_not_hide_them(source):
    rows = [{"words": None, "labels": None}] * 70 + LISTS
    assert task(source(rows), "words", "labels") == "token"


def test_gaps_before_the_first_texts_do_not_hide_them(source):
    path = source([{"body": None, "stars": None}] * 70 + TEXTS)
    found = load(DataSettings(source=path, text_column="body", label_column="stars"))
    assert (found.task, len(found.left_out)) == ("sequence", 70)


def test_a_list_among_texts_is_blamed_as_such(source):
    rows = [*TEXTS, {"body": ["a", "b"], "stars": "a"}]
    with pytest.raises(ColumnError, match="line 21: column 'body' holds a list"):
        load(DataSettings(source=source(rows), text_column="body", label_column="stars"))


def test_words_with_a_class_are_refused_as_a_list_where_a_text_should_be(source):
    rows = [{"words": ["in", "Rome"], "topic": "ab"[i % 2]} for i in range(20)]
    with pytest.raises(ColumnError, match="holds a list"):
        load(DataSettings(source=source(rows), text_column="words", label_column="topic"))


def test_texts_with_several_labels_are_refused_as_a_list_where_a_label_should_be(source):
    rows = [{"body": "a text", "topics": ["a", "b"]} for _ in range(20)]
    with pytest.raises(ColumnError, match="column 'topics' holds a list"):
        load(DataSettings(source=source(rows), text_column="body", label_column="topics"))


def test_a_list_written_as_a_text_is_a_text(write):
    lines = "".join(f"\"['a', 'b{i}']\",{'xy'[i % 2]}\n" for i in range(20))
    found = load(DataSettings(source=write("rows.csv", "text,label\n" + lines)))
    assert found.task == "sequence"


def test_columns_are_guessed_by_usual_names(write):
    path = write("t.csv", "id,Category,Tweet\n1,a,hello there\n2,b,good morning\n")
    assert guess_columns(path) == Guess("sequence", "Tweet", "Category")


def test_columns_are_guessed_by_content_where_names_say_nothing(write):
    lines = "".join(f"{i},{'pq'[i % 2]},a rather long sentence {i}\n" for i in range(9))
    assert guess_columns(write("t.csv", "k,m,n\n" + lines)) == Guess("sequence", "n", "m")


def test_the_columns_of_the_built_in_rows_are_known():
    assert guess_columns("builtin") == Guess("sequence", "text", "label")


@pytest.mark.parametrize("ending", ENDINGS)
def test_columns_of_lists_are_guessed_by_value(source, ending):
    assert guess_columns(source(LISTS, ending)) == Guess("token", "words", "labels")


def test_tags_with_a_mark_are_guessed_before_other_lists(source):
    rows = [
        {"id": i, "pos": ["IN", "NNP"], "n": ["1", "2"], "zz": ["O", "B-place"], "aa": ["in", "x"]}
        for i in range(9)
    ]
    guess = guess_columns(source(rows))
    assert (guess.task, guess.label) == ("token", "zz")


def test_a_vector_next_to_text_and_label_changes_nothing(source):
    rows = [{**row, "vector": [0.1, 0.2], "mask": [1, 0]} for row in TEXTS]
    assert guess_columns(source(rows)) == Guess("sequence", "body", "stars")


def test_a_column_of_a_usual_name_that_holds_lists_is_no_guess_for_a_label(source):
    rows = [{**row, "label": ["x"], "text": {"en": "y"}} for row in TEXTS]
    assert guess_columns(source(rows)) == Guess("sequence", "body", "stars")


def test_a_column_without_values_is_no_guess(source):
    rows = [{**row, "text": None, "label": ""} for row in TEXTS]
    assert guess_columns(source(rows)) == Guess("sequence", "body", "stars")


def test_columns_are_guessed_where_the_first_rows_have_gaps(source):
    path = source([{"body": None, "stars": None}] * 70 + TEXTS)
    assert guess_columns(path) == Guess("sequence", "body", "stars")


def test_columns_are_guessed_for_the_task_that_is_asked_for(source):
    path = source([{**a, **b} for a, b in zip(TEXTS, LISTS, strict=True)])
    assert guess_columns(path, "sequence") == Guess("sequence", "body", "stars")
    assert guess_columns(path, "token") == Guess("token", "words", "labels")


def test_nothing_is_guessed_of_columns_that_stand_twice(write):
    assert guess_columns(write("d.csv", "a,a,b\n1,2,3\n")) == Guess("sequence", "b", None)


@pytest.mark.parametrize("value", ["x", None, ["O"], ["in"]])
def test_a_guess_among_thousands_of_columns_takes_no_time(source, value):
    wide = {f"column {i}": value for i in range(1000)}
    path = source([{**wide, "label": "ab"[i % 2], "text": f"a text {i}"} for i in range(60)])
    guess_columns(path, "sequence")
    start = time.thread_time()  # of the processor: other work on the machine counts for nothing
    assert guess_columns(path) == Guess("sequence", "text", "label")
    assert time.thread_time() - start < 2


def test_a_usual_name_of_one_value_in_all_rows_is_no_label(source):
    rows = [{**row, "label": "train"} for row in TEXTS * 4]
    assert guess_columns(source(rows)) == Guess("sequence", "body", "stars")


def test_a_file_that_is_sorted_by_its_labels_keeps_its_label_column(source):
    rows = [{"body": f"t {i}", "part": "xy"[i % 2], "label": "ab"[i // 100]} for i in range(200)]
    assert guess_columns(source(rows)).label == "label"


def test_a_usual_name_whose_values_never_repeat_is_no_label(source):
    rows = [{**row, "target": i / 7} for i, row in enumerate(TEXTS * 2)]
    assert guess_columns(source(rows)).label == "stars"


def test_a_label_is_not_guessed_where_a_class_would_have_a_single_row(source):
    rows = [{"body": f"text {i}", "x": "aaab"[i]} for i in range(4)]
    assert guess_columns(source(rows)) == Guess("sequence", "body", None)
