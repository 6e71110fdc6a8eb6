"""A home of its own for each test, and pages run by AppTest."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit import error_util
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from hamr.jobs import Driver, helper, playing
from hamr.store import Store
from hamr.ui.relabel.annotator import CONFIRMED
from hamr.ui.shell import failure

ROOT = Path(__file__).resolve().parents[2]
_SCAN = manifest_scanner.scan_component_manifests
RED_BOX = error_util.show_uncaught_app_exception  # before the app puts a sentence in its place


@pytest.fixture(scope="module", autouse=True)
def components_are_looked_up_once():
    """Streamlit looks through all installed packages for components whenever a page opens in a
    test. That took a third of these tests' time, and finds the same each time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", _components)
        yield


@cache
def _components():
    return _SCAN()


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    """An empty store that the pages use too. Queued runs stay queued."""
    monkeypatch.setenv("HAMR_HOME", str(tmp_path))
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    monkeypatch.setattr(Driver, "start", lambda driver: None)
    return Store.open(tmp_path)


@pytest.fixture(autouse=True)
def playground_here(monkeypatch):
    """The helper process' steps of the playground, without a process that loads torch per test."""
    own = playing.Playgrounds()

    class Here:
        pid = 1

        def ask(self, do, **message):
            assert do == "playground"
            return json.loads(json.dumps(own.step(**message)))

    monkeypatch.setattr(playing, "helper_of", lambda home: Here())


@pytest.fixture(autouse=True)
def helpers_end(monkeypatch):
    """A helper process that a test starts ends with it: each holds half a gigabyte."""
    own: dict[Path, helper.Helper] = {}
    monkeypatch.setattr(helper, "_helpers", own)
    yield
    for one in own.values():
        one.close()


@pytest.fixture(autouse=True)
def errors_show(monkeypatch):
    """Errors that nothing catches stay visible to tests, which would else see a sentence."""
    monkeypatch.setattr(failure, "show", RED_BOX)


@pytest.fixture
def visit(store) -> Callable[..., AppTest]:
    """Open a page: visit("pages/2_Train.py", run="..."), or "app.py" for the first page."""

    def open_it(page: str = "app.py", /, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        if page != "app.py":
            app.switch_page(page)
        for name, value in query.items():
            app.query_params[name] = value
        if "annotator" in query:  # who has said before that the name is theirs
            app.session_state[CONFIRMED] = query["annotator"]
        return app.run()

    return open_it


def on_map(app: AppTest) -> dict[str, Any]:
    """What the map of the page is drawn with: its description, palette, legend."""
    found: dict[str, Any] = json.loads(app.get("bidi_component")[0].proto.json)
    return found


def words(app: AppTest) -> str:
    """All that the page says in plain elements, for looking a sentence up in it."""
    kinds = (app.title, app.subheader, app.caption, app.text, app.markdown)
    boxes = (app.info, app.warning, app.error, app.success)
    return "\n".join(element.value for kind in (*kinds, *boxes) for element in kind)
