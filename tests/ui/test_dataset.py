"""The Dataset page: choosing rows, the report, and the way to Train."""

import pytest

from tests.fake_run import write_fake_run
from tests.ui.conftest import words

PAGE = "pages/1_Dataset.py"


@pytest.fixture
def reviews(tmp_path):
    """Sixty rows of two classes: one text twice, one with two labels, an odd column order."""
    lines = ["stars,body,author"]
    lines += [
        f"{'good' if i % 3 else 'bad'},review number {i} of a thing,a{i % 7}" for i in range(60)
    ]
    lines += [
        "good,the same words,a1",
        "good,the same words,a2",
        "bad,review number 1 of a thing,a1",
    ]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def metric(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


def column(app, label):
    return next(box for box in app.selectbox if box.label == label)


def button(app, label):
    return next(button for button in app.button if button.label == label)


def test_the_demo_is_shown_with_its_licence_at_once(visit):
    app = visit(PAGE)
    assert not app.exception
    assert (metric(app, "Rows"), metric(app, "Classes")) == ("4,000", "14")
    assert "MITRE" in words(app)


def test_columns_of_a_file_are_guessed(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="body", label_column="stars")
    assert not app.exception
    assert (column(app, "Text").value, column(app, "Label").value) == ("body", "stars")
    assert metric(app, "Rows") == "63"


def test_a_path_typed_in_is_read_and_its_columns_are_guessed(visit, reviews):
    app = visit(PAGE)
    app.session_state["source_kind"] = "path"
    app.run()
    app.text_input(key="source_path").set_value(reviews).run()
    assert not app.exception
    assert (column(app, "Text").value, column(app, "Label").value) == ("body", "stars")


def test_contradictions_are_counted_and_named(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="body", label_column="stars")
    assert metric(app, "Contradictions") == "1"
    assert any("conflicting labels" in box.label for box in app.expander)


def test_train_on_this_takes_the_choice_to_train(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="body", label_column="stars")
    button(app, "Train on this data").click().run()
    assert "text from 'body', label from 'stars'" in words(app)


def test_a_file_that_is_not_there_is_told_in_a_sentence(visit):
    app = visit(PAGE, source="/nowhere/rows.csv")
    assert not app.exception
    assert any("nowhere" in error.value for error in app.error)


def test_one_column_for_text_and_label_is_told_in_a_sentence(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="stars", label_column="body")
    assert not app.exception
    assert len(app.error) == 1


def test_a_share_out_of_range_is_told_beside_its_control(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="body", label_column="stars")
    app.number_input(key="data_test_share").set_value(0.7).run()
    assert any("test_share" in error.value.replace("\\", "") for error in app.error)


def test_search_narrows_the_rows(visit, reviews):
    app = visit(PAGE, source=reviews, text_column="body", label_column="stars")
    app.text_input(key="rows_search").set_value("SAME words").run()
    assert app.dataframe[-1].value["text"].tolist() == ["the same words"] * 2


def test_the_rows_of_a_run_are_shown_as_the_run_has_them(visit, store):
    run = write_fake_run(store, rows=80, classes=4)
    app = visit(PAGE, **{"from": "run", "run": run.id})
    assert not app.exception
    assert metric(app, "Classes") == "4"
    assert "made-up rows, the data of" in words(app).replace("\\", "")


def test_a_range_error_in_the_link_is_told_and_the_demo_shown(visit):
    app = visit(PAGE, source="demo", test_share="3")
    assert not app.exception
    assert any("test_share" in error.value.replace("\\", "") for error in app.error)


def test_classes_that_look_alike_are_pointed_out_with_their_rows(visit, tmp_path):
    path = tmp_path / "rows.csv"
    labels = ("spam", "spam\u200b", "ham")
    path.write_text("text,label\n" + "".join(f"t{i},{labels[i % 3]}\n" for i in range(60)))
    app = visit(PAGE, source=str(path))
    assert not app.error
    assert any("look alike" in box.label and "u200b" in box.label for box in app.expander)
    assert "classes look alike" in words(app)
