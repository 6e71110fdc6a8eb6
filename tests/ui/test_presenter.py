"""Presenting: pages without the sidebar, changed by buttons that keys press."""

from __future__ import annotations

import json

import pytest

from hamr.ui.shell.presenter import keys_of

LAST = "pages/11_Guide.py"


def listeners(app):
    """The data of the components that listen for keys, the tour's before the presenter's."""
    found = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    return [data for data in found if "copies" in data]


def test_a_link_opens_presented(visit):
    app = visit(present="1")
    assert not app.exception
    assert app.button(key="present-leave")
    assert listeners(app)[0]["copies"]


def test_the_next_page_is_presented_too(visit):
    app = visit(present="1")
    app.button(key="present-next").click().run()
    assert app.title[0].value == "Dataset"
    assert app.query_params["present"] in ("1", ["1"])


def test_it_starts_from_the_sidebar_and_is_left_by_its_button(visit):
    app = visit()
    app.button(key="present-start").click().run()
    assert app.query_params["present"] in ("1", ["1"])
    app.button(key="present-leave").click().run()
    assert "present" not in app.query_params
    assert app.button(key="present-start")


def test_the_first_and_the_last_page_end_it(visit):
    assert visit(present="1").button(key="present-back").disabled
    assert visit(LAST, present="1").button(key="present-next").disabled


@pytest.mark.parametrize("value", ["0", "yes", ""])
def test_another_value_presents_nothing(visit, value):
    app = visit(present=value)
    assert not app.exception
    assert app.button(key="present-start")


def test_pages_with_a_stepper_keep_its_keys():
    assert keys_of("Learn", back="b", forward="f") == {}
    assert keys_of("Relabel", back="b", forward="f") == {"PageDown": "f", "PageUp": "b"}
    assert keys_of("Weights", back="b", forward="f")["ArrowRight"] == "f"


def test_on_a_tour_keys_go_from_stop_to_stop(visit):
    app = visit(present="1", tour="1")
    keys = [data["keys"] for data in listeners(app)]
    assert {"PageDown": "tour-next"}.items() <= keys[0].items()
    assert keys[1] == {"Escape": "present-leave"}
