"""Tagged sentences on Dataset and Train: the task, the repair of tags, the form's defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hamr.ui.dataset.task import AUTOMATIC, TAGGED
from tests.ui.conftest import words

DATASET, TRAIN = "pages/1_Dataset.py", "pages/2_Train.py"


def button(app, label):
    return next(button for button in app.button if button.label == label)


def labels(elements) -> list[str]:
    return [element.label for element in elements]


@pytest.fixture
def conll(tmp_path) -> str:
    """Thirty sentences of two entity types."""
    kinds = ("person", "place")
    sentences = [f"Ada{i}\tB-{kinds[i % 2]}\nslept\tO\nwell\tO\n" for i in range(30)]
    path = tmp_path / "news.conll"
    path.write_text("\n".join(sentences), encoding="utf-8")
    return str(path)


@pytest.fixture
def broken(tmp_path) -> str:
    """Sentences of which one has an I that continues nothing."""
    sentences = [f"Ada{i} B-person\nByron I-person\nslept O\n" for i in range(30)]
    path = tmp_path / "broken.conll"
    path.write_text("\n".join([*sentences, "Paris I-person\nslept O\n"]), encoding="utf-8")
    return str(path)


@pytest.fixture
def jsonl(tmp_path) -> str:
    lines = [
        {"tokens": [f"Ada{i}", "slept"], "ner_tags": ["B-person", "O"], "text": f"Ada{i} slept",
         "label": "ab"[i % 2]}
        for i in range(30)
    ]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return str(path)


def test_the_endings_are_those_that_are_read():
    from hamr.files.conll.reader import ENDINGS

    assert {f".{ending}" for ending in TAGGED} == set(ENDINGS)


def test_a_conll_file_shows_its_entities_and_asks_for_no_column(visit, conll):
    app = visit(DATASET, source=conll)
    assert not app.exception
    assert not app.error
    assert not {"Text", "Label", "Words"} & set(labels(app.selectbox))
    assert app.dataframe[-1].value["entities"].str.fullmatch(r"Ada\d+ \((person|place)\)").all()
    assert [metric.value for metric in app.metric if metric.label == "Entity types"] == ["2"]


def test_the_built_in_sentences_are_shown_with_their_caveat(visit):
    app = visit(DATASET)
    app.segmented_control(key="task demo").set_value("token").run()
    assert not app.exception
    assert "nobody annotated them" in words(app)
    assert [metric.value for metric in app.metric if metric.label == "Sentences"] == ["4,000"]
    button(app, "Train on this data").click().run()
    assert app.query_params["task"] in ("token", ["token"])


def test_the_form_knows_the_built_in_sentences(visit):
    app = visit(TRAIN, new="1", source="demo", task="token")
    assert not app.exception
    assert app.segmented_control[0].value == "Entity demo: 4,000 sentences"
    assert app.text_input(key="setting_boost_strength").value == "0.1"


def test_broken_tags_are_refused_until_the_repair_is_ticked(visit, broken):
    app = visit(DATASET, source=broken)
    assert any("breaks the scheme" in error.value.replace("\\", "") for error in app.error)
    app.checkbox[0].check().run()
    assert not app.error
    assert "are repaired" in words(app)
    assert app.query_params["repair"] in ("True", ["True"])


def test_the_repair_of_the_link_is_ticked(visit, broken):
    app = visit(DATASET, source=broken, repair="True")
    assert app.checkbox[0].value
    assert not app.error


def test_jsonl_of_sentences_can_be_read_as_texts_with_a_class(visit, jsonl):
    app = visit(DATASET, source=jsonl)
    assert {"Words", "Tags"} <= set(labels(app.selectbox))
    task = next(box for box in app.selectbox if box.label == "Task")
    task.set_value("sequence").run()
    assert not app.exception
    assert {"Text", "Label", "Group"} <= set(labels(app.selectbox))
    assert "entities" not in app.dataframe[-1].value


def test_a_table_asked_for_entities_tells_what_it_lacks(visit, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\none,a\ntwo,b\n", encoding="utf-8")
    app = visit(DATASET, source=str(path), task="token")
    assert not app.exception
    assert "Words" in labels(app.selectbox)


def test_the_form_starts_with_the_tasks_own_defaults(visit, conll):
    app = visit(TRAIN, new="1", source=conll)
    assert not app.exception
    assert app.text_input(key="setting_boost_strength").value == "0.1"
    assert "entities in tagged sentences" in words(app)
    app.selectbox(key="setting_preset").set_value("full").run()
    assert app.text_input(key="setting_learning_rate").value == "2e-05"
    assert app.number_input(key="setting_meta_every").value == 4


def test_defaults_follow_the_rows_and_what_was_typed_stays(visit, conll):
    app = visit(TRAIN, new="1")
    assert app.text_input(key="setting_boost_strength").value == "0.7"
    app.query_params["source"] = conll
    app.run()
    assert app.text_input(key="setting_boost_strength").value == "0.1"
    app.text_input(key="setting_boost_strength").set_value("0.3").run()
    app.query_params["source"] = "demo"
    app.run()
    assert app.text_input(key="setting_boost_strength").value == "0.3"


def test_start_queues_a_token_run_with_its_repair(visit, store, broken):
    app = visit(TRAIN, new="1", source=broken, repair="True")
    button(app, "Start the run").click().run()
    settings = store.runs()[0].settings
    assert (settings.data.repair, settings.training.boost_strength) == (True, 0.1)


@pytest.fixture
def nested(tmp_path) -> str:
    """Numbered sentences with two columns of tags."""
    sentence = "1\tAda\tB-person\tO\n2\tof\tI-person\tO\n3\tRome\tI-person\tB-place\n"
    path = tmp_path / "nested.conllu"
    path.write_text("\n".join([sentence] * 30), encoding="utf-8")
    return str(path)


def test_one_of_several_columns_of_tags_can_be_chosen(visit, nested):
    app = visit(DATASET, source=nested)
    assert not app.exception
    assert "columns 3 (B-person, I-person) and 4 (B-place)" in words(app).replace("\\", "")
    box = next(box for box in app.selectbox if box.label == "Tag column")
    assert box.options == ["Automatic: 4", "3: B-person, I-person", "4: B-place"]
    box.set_value(3).run()
    assert not app.exception
    assert app.query_params["tag_column"] in ("3", ["3"])
    assert app.dataframe[-1].value["entities"].iloc[0] == "Ada of Rome (person)"
    box.set_value(AUTOMATIC).run()
    assert "tag_column" not in app.query_params


def test_the_column_of_the_link_is_chosen_and_goes_into_the_run(visit, store, nested):
    app = visit(DATASET, source=nested, tag_column="3")
    assert next(box for box in app.selectbox if box.label == "Tag column").value == 3
    app = visit(TRAIN, new="1", source=nested, tag_column="3")
    button(app, "Start the run").click().run()
    assert store.runs()[0].settings.data.tag_column == 3


def test_a_column_that_holds_no_tags_is_refused_and_can_be_unchosen(visit, conll):
    app = visit(DATASET, source=conll, tag_column="1")
    assert any("has in column 1" in error.value for error in app.error)
    box = next(box for box in app.selectbox if box.label == "Tag column")
    box.set_value(AUTOMATIC).run()
    assert not app.error


def test_one_column_of_tags_asks_nothing(visit, conll):
    assert "Tag column" not in labels(visit(DATASET, source=conll).selectbox)


def test_a_tsv_of_words_and_tags_is_shown_as_sentences(visit, conll):
    path = Path(conll).rename(Path(conll).with_suffix(".tsv"))
    app = visit(DATASET, source=str(path))
    assert not app.exception
    assert not app.error
    assert "entities" in app.dataframe[-1].value
