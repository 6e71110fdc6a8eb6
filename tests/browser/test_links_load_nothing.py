"""Nothing in a link or a name loads a picture, becomes a link or looks other than it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from hamr.decisions import Decision, text_hash
from hamr.store import Run, Store
from tests.browser.eventual import at_rest
from tests.browser.hostile import IMAGE, TEXTS
from tests.browser.server import ROOT
from tests.browser.steps import HEADINGS, HOME, prepare, settle
from tests.fake_run import write_fake_run
from tests.ui.test_hostile_links import parameters
from tests.views.fake_words import fake_token_dataset

PAGES = {"": HOME} | {name: title for name, title in HEADINGS.items() if name != "Home"}
# Those that a page answers one by one, each with where it leads.
ALONE = [
    ("Dataset", {"source": "hub:{}"}), ("Dataset", {"source": "{}"}), ("Train", {"source": "{}"}),
    ("Dataset", {"source": "{}.csv", "text_column": "{}"}), ("Hardness", {"run": "{}"}),
    ("Neighbourhoods", {"find": "{}"}), ("Neighbourhoods", {"row": "{}"}),
    ("Neighbourhoods", {"find": "{}", "map": "Entity mentions", "token": "1"}),
    ("Relabel", {"order": "{}"}), ("Relabel", {"annotator": "{}"}), ("Relabel", {"q": "{}"}),
    ("Compare", {"test_row": "{}", "tab": "Rows"}), ("Compare", {"runs": "{}"}),
    ("Train", {"sweep": "{}"}), ("Train", {"new": "1", "like": "{}"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def bait() -> Iterator[tuple[str, list[str]]]:
    """The address of a picture on this machine, and who asked for it."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x.png", asked
    server.shutdown()


@pytest.fixture(scope="module")
def runs(tmp_path_factory, bait) -> dict[str, Run]:
    """Runs whose names, classes, texts and annotator all are pictures."""
    store, picture = Store.open(tmp_path_factory.mktemp("hostile")), f"![]({bait[0]})"
    names = tuple(f"{picture}{letter}" for letter in "abcde")
    found = {
        "texts": write_fake_run(store, rows=60, name=picture, class_names=names),
        "tokens": write_fake_run(store, rows=60, dataset=fake_token_dataset(60)),
        "other": write_fake_run(store, rows=60, name=f"{picture} 2", class_names=names, run_seed=1),
    }
    run = found["texts"]
    row_id, text = run.rows().ids([0])[0], run.rows().texts([0])[0]
    store.decisions(run.info.fingerprint or "").record(
        [Decision(row_id, "train", text_hash(text), "label", picture, new=names[1])]
    )
    return found


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], runs: dict[str, Run]) -> str:
    return serve(ROOT / "app.py", HAMR_HOME=str(runs["texts"].store.home))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = prepare(browser.new_page(viewport={"width": 1300, "height": 1000}))
    yield page
    page.close()


def visit(page: Page, address: str, name: str, query: dict[str, str]) -> None:
    page.goto(f"{address}/{name.replace('-', '_').replace(' ', '_')}?{urlencode(query)}")
    settle(page, PAGES[name])
    page.wait_for_timeout(300)  # for a picture to be asked for


def nothing_acts(page: Page, bait: tuple[str, list[str]]) -> None:
    assert not bait[1], "a picture was asked for"
    assert not page.locator(f"img[src^='{bait[0]}'], a[href^='{bait[0]}']").count()
    assert not page.locator("[data-testid=stException]").count()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_a_picture_in_every_parameter_and_name_loads_none(
    page, address, runs, bait, name
):
    query = dict.fromkeys(parameters(), f"![]({bait[0]})")
    given = {"run": runs["texts"].id, "new": "", "sweep": "", "like": "", "like_sweep": ""}
    visit(page, address, name, query | given)
    nothing_acts(page, bait)


@pytest.mark.parametrize(("name", "query"), ALONE)
def test_a_parameter_that_is_a_picture_loads_none(page, address, runs, bait, name, query):
    run = runs["tokens" if "token" in query else "texts"].id
    given = {part: value.replace("{}", f"![]({bait[0]})") for part, value in query.items()}
    visit(page, address, name, {"run": run} | given)
    nothing_acts(page, bait)


def test_hostile_texts_are_shown_letter_by_letter(browser: Browser, serve: Callable[..., str]):
    page = prepare(browser.new_page())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(serve(ROOT / "tests/browser/plain_app.py"))
    expect(page.get_by_text("That is all.")).to_be_visible()
    at_rest(page)
    for number, text in enumerate(TEXTS):
        places = page.locator(f".st-key-place{number} [data-testid=stMarkdownContainer]")
        for shown in places.all():
            said = shown.inner_text()
            if said in ("Choose", "other", "1"):
                continue
            assert letters(said) == letters(text)
            tags = set(re.findall(r"<(\w+)", shown.inner_html())) - {"p", "div", "span"}
            assert not tags, (text, tags)
    assert not [url for url in asked if url.startswith(IMAGE) or "example" in url]
    page.close()


def letters(text: str) -> str:
    """A text without what takes no ink."""
    return re.sub(r"\s+", " ", text.replace("\u2060", "")).strip()
