"""The Dataset page: ids and metadata, files of Excel, and texts in several splits."""

import pytest

from hamr.ui.shell.state import data_query
from tests.ui.conftest import words
from tests.ui.test_dataset import PAGE, button, column


@pytest.fixture
def tickets(tmp_path):
    """Sixty rows of two classes with a number, an annotator, and some texts twice."""
    lines = ["no,text,label,who"]
    lines += [f"N{i},ticket {i % 50} about é,{'ab'[i % 2]},ann {i % 3}" for i in range(60)]
    path = tmp_path / "tickets.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_id_and_metadata_are_chosen_shown_and_put_into_the_link(visit, tickets):
    app = visit(PAGE, source=str(tickets))
    column(app, "Id").set_value("no")
    app.multiselect(key=f"metadata {tickets}").set_value(["who"]).run()
    assert not app.exception and not app.error
    rows = app.dataframe[-1].value
    assert set(rows["id"]) == {f"N{i}" for i in range(60)}
    assert set(rows["who"]) == {"ann 0", "ann 1", "ann 2"}
    assert app.query_params["id_column"] == ["no"] or app.query_params["id_column"] == "no"
    app.text_input(key="rows_search").set_value("ANN 2").run()
    assert set(app.dataframe[-1].value["who"]) == {"ann 2"}


def test_a_link_brings_id_and_metadata_back(visit, tickets):
    app = visit(PAGE, source=str(tickets), id_column="no", metadata="who")
    assert not app.exception
    assert column(app, "Id").value == "no"
    assert app.multiselect(key=f"metadata {tickets}").value == ["who"]


def test_an_id_that_repeats_is_told_beside_its_control(visit, tickets):
    app = visit(PAGE, source=str(tickets), id_column="who")
    assert not app.exception
    assert any("have the same id" in error.value for error in app.error)


def test_a_file_of_excel_is_read_after_asking_and_the_way_back_is_there(visit, tickets):
    tickets.write_bytes(tickets.read_text("utf-8").encode("cp1252"))
    app = visit(PAGE, source=str(tickets))
    assert not app.exception
    assert any("is not UTF" in error.value for error in app.error)
    assert "ticket 0 about é" in words(app)
    button(app, "Read as Windows-1252 (Excel)").click().run()
    assert not app.error
    assert "about é" in app.dataframe[-1].value["text"][0]
    assert "cp1252" in app.query_params["encoding"]
    button(app, "Read as UTF-8").click().run()
    assert any("is not UTF" in error.value for error in app.error)


def test_a_link_that_asks_for_cp1252_of_utf8_is_refused_in_a_sentence(visit, tickets):
    app = visit(PAGE, source=str(tickets), encoding="cp1252")
    assert not app.exception
    assert any("would be read wrongly" in error.value for error in app.error)
    button(app, "Read as UTF-8").click().run()
    assert not app.error


@pytest.mark.parametrize(
    ("label", "name", "notice"),
    [
        ("Keep duplicates together", "keep_duplicates_together", "stay in one split"),
        ("Remove leaks", "remove_leaks", "left out"),
    ],
)
def test_leaks_are_dealt_with_in_one_click_and_it_can_be_undone(
    visit, tickets, label, name, notice
):
    def leaks(app):
        return [box for box in app.expander if "training and evaluation" in box.label]

    app = visit(PAGE, source=str(tickets))
    assert leaks(app)
    button(app, label).click().run()
    assert not app.exception
    assert not leaks(app)
    assert notice in words(app)
    assert "True" in app.query_params[name]
    app.checkbox(key=f"{name} {tickets}").uncheck().run()
    assert leaks(app)
    assert name not in app.query_params


def test_with_files_of_their_own_leaks_can_only_be_removed(visit, tickets, tmp_path):
    for split in ("validation", "test"):
        (tmp_path / f"{split}.csv").write_text(
            "text,label\n" + "".join(f"ticket {i} about é,{'ab'[i % 2]}\n" for i in range(4))
        )
    files = {split: str(tmp_path / f"{split}.csv") for split in ("validation", "test")}
    app = visit(PAGE, source=str(tickets), **files)
    labels = {one.label for one in app.button}
    assert "Remove leaks" in labels and "Keep duplicates together" not in labels


def test_all_settings_of_the_data_survive_a_link():
    from hamr.config import DataSettings

    data = DataSettings(
        source="a.csv", metadata=("a", "b, c"), id_column="x", encoding="cp1252", remove_leaks=True,
        keep_duplicates_together=True,
    )  # fmt: skip
    assert DataSettings(**data_query(data)) == data
