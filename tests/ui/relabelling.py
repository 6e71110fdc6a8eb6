"""What tests of the page Relabel have in common: presses of its buttons, what it shows."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from hamr.decisions import State
from tests.ui.conftest import words

PAGE = "pages/7_Relabel.py"


def button(app: AppTest, begins: str):
    """The button whose words begin so."""
    found = [one for one in app.button if one.label.startswith(begins)]
    assert found, f"no button {begins!r} among {[one.label for one in app.button]}"
    return found[0]


def press(app: AppTest, begins: str) -> AppTest:
    """Press it and let the page be drawn again."""
    app = button(app, begins).click().run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    """All that the page says, without the backslashes that keep Markdown from acting."""
    return words(app).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def shown(app: AppTest) -> int:
    """The row on screen."""
    row = app.query_params["row"]
    return int(row if isinstance(row, str) else row[0])


def state_of(store, run, row: int) -> State | None:
    """The state of a row in the database."""
    return store.decisions(run.info.fingerprint).state(run.rows().ids([row])[0])
