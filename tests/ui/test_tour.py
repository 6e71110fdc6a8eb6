"""The tour: ten stops over the real pages, and the topic of the guide that holds them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from hamr.resources import ASSETS
from hamr.store import Store
from hamr.ui.shell.navigation import PAGES
from hamr.ui.shell.recording import run_id
from hamr.ui.shell.tour import stops
from hamr.views.guide.stops import stops_of
from tests.fake_run import write_fake_run
from tests.ui.conftest import words

# What a stop says to open first.
OPENED = {"Neighbourhoods": {"row": "0"}}
# Components draw controls of their own: where their words are.
DRAWN = {"hamr_playground": "playground"}


def path_of(page: str) -> str:
    return f"pages/{PAGES[page][0]}" if page in PAGES else "app.py"


def texts(value: Any) -> list[str]:
    """All texts within a message."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


def drawn(app) -> str:
    """The words of the page's own components, from their data and their scripts."""
    found = []
    for element in app.get("bidi_component"):
        found += texts(json.loads(element.proto.json or "{}"))
        folder = ASSETS / DRAWN.get(element.proto.component_name.rsplit(".")[-1], "none")
        found += [path.read_text("utf-8") for path in folder.glob("*.js")]
    return "\n".join(found)


def labels(app) -> set[str]:
    """What is on the page by itself: labels, headings, options, texts."""
    skip = {"tour", "tour-bar"}
    found: set[str] = set()

    def walk(block: Any) -> None:
        key = getattr(getattr(block, "proto", None), "id", "")
        if any(str(key).endswith(name) for name in skip):
            return
        proto = getattr(block, "proto", None)
        if hasattr(proto, "DESCRIPTOR"):
            found.update(texts(MessageToDict(proto)))
        for child in getattr(block, "children", {}).values():
            walk(child)

    for root in (app.main, app.sidebar):
        walk(root)
    return found


def begins(text: str, name: str) -> bool:
    """Whether a label is that name, or the name and its key."""
    return re.match(rf"{re.escape(name)}(\s|$)", text) is not None


@pytest.fixture(scope="module")
def toured(tmp_path_factory) -> Store:
    home = tmp_path_factory.mktemp("toured")
    store = Store.open(home)
    write_fake_run(store)
    return store


@pytest.fixture
def store(toured, monkeypatch) -> Store:
    from hamr.jobs import Driver

    monkeypatch.setenv("HAMR_HOME", str(toured.home))
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    monkeypatch.setattr(Driver, "start", lambda driver: None)
    return toured


@pytest.mark.parametrize("stop", stops(), ids=lambda stop: stop.page)
def test_each_control_that_a_stop_names_is_on_its_page(visit, stop):
    app = visit(path_of(stop.page), annotator="ana", **OPENED.get(stop.page, {}))
    assert not app.exception
    there, own = labels(app), drawn(app)
    missing = [
        name
        for name in stop.controls
        if name not in own and not any(begins(text, name) for text in there)
    ]
    assert missing == []


def test_the_tour_has_ten_stops_and_ends_with_learn_relabel_and_try():
    assert len(stops()) == 10
    assert [stop.page for stop in stops()[-3:]] == ["Learn", "Relabel", "Try"]


def test_a_section_that_is_no_stop_is_refused():
    with pytest.raises(ValueError, match="numbered"):
        stops_of("# Tour\n\n## 1. Home: a\n\n**See.** a\n\n**Try.** b\n\n## Other\n\nText.\n")


def test_next_opens_the_page_of_the_next_stop(visit):
    app = visit(tour="1")
    app.button(key="tour-next").click().run()
    assert app.title[0].value == "Dataset"
    assert "Stop 2 of 10" in words(app)


def test_a_page_off_the_tour_leads_back_to_the_stop(visit):
    app = visit("pages/8_Compare.py", tour="4")
    app.button(key="tour-there").click().run()
    assert app.title[0].value == "Hardness"


def test_the_tour_can_be_left_and_taken_up_again(visit):
    app = visit(tour="1")
    app.button(key="tour-next").click().run()
    app.button(key="tour-leave").click().run()
    assert "tour" not in app.query_params
    again = visit()  # another visitor, or the same one tomorrow
    assert "anybody who uses this home" in again.button(key="home-on").help
    again.button(key="home-on").click().run()
    assert again.title[0].value == "Dataset"


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "9" * 30])
def test_a_link_to_no_stop_is_said_and_shown_the_nearest_one_or_none(visit, number):
    app = visit(tour=number)
    assert not app.exception
    assert ("Stop" in words(app)) == (number in ("0", "99"))
    (said,) = app.warning
    assert "which is a number from 1 to 10" in said.value
    assert ("is shown" in said.value) == (number in ("0", "99"))


def test_the_guide_shows_all_stops_and_starts_the_tour(visit):
    app = visit("pages/11_Guide.py", topic="tour")
    assert "## 10. Try" in words(app)
    app.button(key="guide-start").click().run()
    assert "Stop 1 of 10" in words(app)
    assert app.title[0].value == "Hardness-Aware Meta-Resample"


def test_where_nothing_was_trained_the_tour_shows_the_recorded_run(tmp_path, monkeypatch, visit):
    monkeypatch.setenv("HAMR_HOME", str(tmp_path))
    app = visit(path_of("Hardness"), tour="4")
    assert not app.exception
    assert app.query_params["run"] in (run_id(), [run_id()])
    assert "No run yet" not in words(app)
