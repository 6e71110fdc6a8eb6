"""Which run and epoch a page looks at, on a page that does nothing else."""

import pytest
from streamlit.testing.v1 import AppTest

from hamr.config import RunSettings
from tests.fake_run import write_fake_run
from tests.ui.conftest import words


def page():
    import streamlit as st

    from hamr.ui.shell.page import open_page
    from hamr.ui.shell.picker import choose_epoch, choose_run
    from hamr.ui.shell.router import run_page

    def body():
        open_page("Hardness", "A page for tests.")
        run = choose_run()
        epoch = choose_epoch(run)
        st.text(f"shows {run.info.name} at epoch {epoch}")

    run_page("Hardness", body)


@pytest.fixture
def visit_page(store):
    def open_it(**query):
        app = AppTest.from_function(page, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_it


def test_without_a_run_the_page_offers_the_demo(visit_page):
    app = visit_page()
    assert not app.exception
    assert [button.label for button in app.button] == ["Run the demo"]


def test_without_a_link_the_newest_run_with_an_epoch_is_shown_at_its_newest_epoch(
    visit_page, store
):
    run = write_fake_run(store, rows=40, epochs=3)
    store.create_run(RunSettings())  # newer, but nothing to show
    app = visit_page()
    assert f"shows {run.info.name} at epoch 3" in words(app)
    assert app.query_params["run"] == run.id


def test_a_link_names_run_and_epoch(visit_page, store):
    first = write_fake_run(store, rows=40, epochs=3)
    write_fake_run(store, rows=40, epochs=3, seed=1)
    app = visit_page(run=first.id, epoch="2")
    assert f"shows {first.info.name} at epoch 2" in words(app)


def test_an_epoch_that_the_run_does_not_have_gives_the_newest(visit_page, store):
    run = write_fake_run(store, rows=40, epochs=2)
    app = visit_page(run=run.id, epoch="99")
    assert f"shows {run.info.name} at epoch 2" in words(app)
    assert "epoch" not in app.query_params


def test_the_slider_puts_the_epoch_into_the_link(visit_page, store):
    run = write_fake_run(store, rows=40, epochs=3)
    app = visit_page()
    app.select_slider(key="epoch_slider").set_value(1).run()
    assert f"shows {run.info.name} at epoch 1" in words(app)
    assert app.query_params["epoch"] == "1"


def test_another_run_drops_the_epoch_and_the_rows_of_the_last_one(visit_page, store):
    first = write_fake_run(store, rows=40, epochs=3)
    second = write_fake_run(store, rows=40, epochs=2, seed=1)
    app = visit_page(run=first.id, epoch="1", rows="3,4")
    app.sidebar.selectbox[0].set_value(second.id).run()
    assert f"shows {second.info.name} at epoch 2" in words(app)
    assert set(app.query_params) == {"run"}


def test_the_page_stays_at_its_epoch_when_a_newer_one_lands(visit_page, store):
    from tests.fake_run import fake_dataset, fake_epoch

    run = write_fake_run(store, rows=40, epochs=2)
    app = visit_page(run=run.id)
    run.write_epoch(fake_epoch(fake_dataset(40), 3))
    app.run()
    assert f"shows {run.info.name} at epoch 2" in words(app)


def test_a_run_without_an_epoch_says_so_and_links_to_train(visit_page, store):
    run = store.create_run(RunSettings())
    app = visit_page(run=run.id)
    assert not app.exception
    assert "opens by itself" in words(app)
    assert "shows" not in words(app)


def test_a_failed_run_without_an_epoch_says_why(visit_page, store):
    run = store.create_run(RunSettings())
    run.set_status("failed", error="There is no file rows.csv")
    app = visit_page(run=run.id)
    assert "There is no file rows.csv" in words(app).replace("\\", "")
