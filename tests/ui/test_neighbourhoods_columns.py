"""Colours by metadata on the map of Neighbourhoods."""

from tests.fake_run import write_fake_run
from tests.metadata_rows import annotator, with_metadata
from tests.ui.conftest import words

PAGE = "pages/5_Neighbourhoods.py"


def test_a_column_colours_the_map_and_is_in_the_link(visit, store):
    run = write_fake_run(store, dataset=with_metadata(who=annotator))
    app = visit(PAGE, run=run.id, by="who")
    assert not app.exception
    assert app.selectbox(key="by").value == "who"
    app.selectbox(key="by").set_value(None).run()
    assert not app.exception


def test_a_column_that_the_run_lacks_is_ignored(visit, store):
    run = write_fake_run(store, dataset=with_metadata(who=annotator))
    app = visit(PAGE, run=run.id, by="nobody")
    assert not app.exception
    assert "Similar rows lie close together" in words(app)


def test_a_run_without_metadata_has_no_such_choice(visit, store):
    app = visit(PAGE, run=write_fake_run(store).id)
    assert not app.exception
    assert all(box.key != "by" for box in app.selectbox)
