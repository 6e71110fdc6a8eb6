"""The headers that the guide gives a proxy: the app and its map work under them."""

import re

import pytest
from playwright.sync_api import Page, Route

from tests.browser.server import BROWSER_FLAGS, ROOT, chromium
from tests.browser.steps import HEADINGS, HOME, Faults, go, prepare, settle

GUIDE = (ROOT / "assets/guide/serving.md").read_text(encoding="utf-8")
HEADERS = dict(re.findall(r'add_header (\S+) "(.+)" always;', GUIDE))
REPORT = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`${event.effectiveDirective} refuses ${event.blockedURI}`));"""


@pytest.fixture
def page(browser):
    """A tab that takes a page whose headers were changed on the way for one of this machine."""
    flags = [*BROWSER_FLAGS, "--disable-features=LocalNetworkAccessChecks"]
    other = browser.browser_type.launch(executable_path=chromium(), args=flags)
    yield prepare(other.new_page(viewport={"width": 1300, "height": 1000}))
    other.close()


def behind_the_proxy(page: Page, address: str) -> Faults:
    """Give each page the guide's headers, and write down what the browser refuses."""

    def with_headers(route: Route) -> None:
        if route.request.resource_type != "document":  # a policy is that of the page
            return route.continue_()
        answer = route.fetch()
        kept = {k: v for k, v in answer.headers.items() if not k.startswith("content-")}
        kept["content-type"] = "text/html; charset=utf-8"
        return route.fulfill(status=answer.status, body=answer.text(), headers={**kept, **HEADERS})

    page.route(f"{address}/**", with_headers)
    page.add_init_script(REPORT)
    faults = Faults(address)
    faults.watch(page)
    return faults


def test_the_guide_names_what_keeps_other_pages_out():
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert "'unsafe-eval'" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["X-Frame-Options"] == "DENY"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert {"Referrer-Policy", "Permissions-Policy"} <= HEADERS.keys()


def test_a_map_draws_under_the_guide_s_headers(page, serve):
    address = serve(ROOT / "tests/browser/pointmap_app.py")
    faults = behind_the_proxy(page, address)
    page.goto(address)
    page.wait_for_selector("[data-testid=pointmap][data-painted]")
    assert faults.seen == []


def test_pages_open_under_the_guide_s_headers(page, app):
    faults = behind_the_proxy(page, app.address)
    page.goto(app.address)
    settle(page, HOME)
    for name in HEADINGS:
        go(page, name)
    assert faults.seen == []


def test_a_script_from_elsewhere_is_refused_under_them(page, app):
    behind_the_proxy(page, app.address)
    page.goto(app.address)
    settle(page, HOME)
    refusal = "script-src-elem refuses https://example.org/x.js"
    with page.expect_console_message(lambda message: refusal in message.text):
        page.evaluate(
            "document.head.append(Object.assign(document.createElement('script'),"
            "{src: 'https://example.org/x.js'}))"
        )
