"""The Dataset page starts with columns that hold rows, and never with an error of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

PAGE = "pages/1_Dataset.py"
TEXTS = [{"n": i, "body": f"a rather long text {i}", "stars": "ab"[i % 2]} for i in range(60)]
LISTS = [{"words": [f"Ada{i}", "slept"], "labels": ["B-person", "O"]} for i in range(60)]
ENDINGS = ["json", "jsonl", "parquet"]


@pytest.fixture
def opened(visit, tmp_path) -> Callable[..., AppTest]:
    """The page with a path typed in, of these rows written in a format."""

    def _opened(rows: list[dict[str, Any]], ending: str = "jsonl") -> AppTest:
        path = tmp_path / f"rows.{ending}"
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        elif ending == "json":
            path.write_text(json.dumps(rows))
        else:
            path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        app = visit(PAGE)
        app.session_state["source_kind"] = "path"
        app.run()
        app.text_input(key="source_path").set_value(str(path)).run()
        assert not app.exception
        return app

    return _opened


def column(app: AppTest, label: str) -> Any:
    return next(box for box in app.selectbox if box.label == label)


def columns(app: AppTest) -> dict[str, str | None]:
    names = ("Text", "Label", "Words", "Tags")
    # The filter of the rows below is called "Label" too.
    boxes = [box for box in app.selectbox if box.label in names and box.key != "rows_label"]
    return {box.label: box.value for box in boxes}


@pytest.mark.parametrize("ending", ENDINGS)
def test_renamed_columns_of_texts_are_found(opened, ending):
    app = opened(TEXTS, ending)
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": "stars"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_renamed_columns_of_lists_are_found(opened, ending):
    app = opened(LISTS, ending)
    assert not app.error
    assert columns(app) == {"Words": "words", "Tags": "labels"}


def test_words_and_tags_called_text_and_label_are_found(opened):
    app = opened([{"text": row["words"], "label": row["labels"]} for row in LISTS])
    assert not app.error
    assert columns(app) == {"Words": "text", "Tags": "label"}


def test_texts_are_found_after_rows_without_values(opened):
    app = opened([{"n": 1, "body": None, "stars": None}] * 55 + TEXTS)
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": "stars"}


def test_texts_called_tokens_and_ner_tags_are_found(opened):
    app = opened([{"tokens": row["body"], "ner_tags": row["stars"]} for row in TEXTS])
    assert not app.error
    assert columns(app) == {"Text": "tokens", "Label": "ner_tags"}


def test_a_list_for_a_label_is_not_guessed_but_asked_for(opened):
    app = opened([{"body": row["body"], "labels": ["a", "b"]} for row in TEXTS])
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": None}
    assert app.info


def test_another_task_starts_with_its_own_columns(opened):
    app = opened([{**row, **lists} for row, lists in zip(TEXTS, LISTS, strict=True)])
    assert columns(app) == {"Words": "words", "Tags": "labels"}
    column(app, "Task").set_value("sequence").run()
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": "stars"}


def test_columns_of_a_link_are_kept(visit, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(
            f"{json.dumps({**row, 'text': 'x', 'label': 'ab'[row['n'] % 2]})}\n" for row in TEXTS
        )
    )
    app = visit(PAGE, source=str(path), text_column="body", label_column="stars")
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": "stars"}


def test_a_link_without_columns_starts_with_a_guess(visit, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in TEXTS))
    app = visit(PAGE, source=str(path))
    assert not app.error
    assert columns(app) == {"Text": "body", "Label": "stars"}
