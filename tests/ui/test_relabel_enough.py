"""Relabel says whether enough label errors are found, and draws a random sample to check it."""

from tests.fake_run import write_fake_token_run
from tests.ui.relabelling import PAGE, press, said


def test_before_any_review_one_goes_on_and_no_speed_is_made_up(store, visit):
    write_fake_token_run(store)
    words = said(visit(PAGE, annotator="ada"))
    assert "Go on:" in words
    assert "Your speed is shown once you have reviewed a few rows" in words


def test_a_random_sample_is_drawn_by_one_button_and_left_by_another(store, visit):
    write_fake_token_run(store)
    app = press(visit(PAGE, annotator="ada"), "Draw 50 rows")
    assert "Only the 50 rows of a random sample." in said(app)
    assert app.query_params["sample"] in ("0", ["0"])
    app = press(app, "Show all rows")
    assert "sample" not in app.query_params


def test_a_sample_of_no_version_is_no_sample(store, visit):
    write_fake_token_run(store)
    for asked in ("-1", "x", "99999", "9" * 40):
        assert "random sample." not in said(visit(PAGE, annotator="ada", sample=asked))
