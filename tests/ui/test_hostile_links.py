"""Links with values that nobody would type: each page says a sentence, and none breaks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from hamr.config import DataSettings
from hamr.ui.compare.rows import TEST, TRAIN
from hamr.ui.shell import failure
from hamr.ui.shell.state import FILTERS, LASSOS, LIKE, REGION
from tests.fake_run import write_fake_run
from tests.ui.conftest import ROOT, words

PAGES = ["app.py", *(f"pages/{path.name}" for path in sorted((ROOT / "pages").glob("*.py")))]
SENTENCE = failure.show  # before the fixture of this folder puts the red box in its place
HOSTILE = {
    "a user that is not there": "~nosuchuser/x.csv",
    "a null character": "a\0b.csv",
    "60,000 letters": "x" * 60_000,
    "a large number": "9" * 20,
    "a negative number": "-1",
    "empty": "",
    "a picture": "![](http://127.0.0.1:9/x.png)",
}


def parameters() -> list[str]:
    """Every name that the code reads from the URL."""
    found = {*DataSettings.model_fields, *LASSOS, *FILTERS, LIKE, REGION, TEST, TRAIN}
    found |= {"a", "b", "rows-epoch"}
    for path in (*Path(ROOT, "hamr/ui").rglob("*.py"), *Path(ROOT, "pages").glob("*.py")):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'(?:query|named_in_link)\(\s*"(\w+)"', text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                given = {word.arg: word.value for word in node.keywords}
                key = given.get("key")
                # None: **bound, by which filters are bound to the URL.
                if {"bind", None} & given.keys() and isinstance(key, ast.Constant):
                    found.add(str(key.value))
    return sorted(found)


def test_the_parameters_are_found():
    assert {"run", "epoch", "row", "order", "find", "q", "label", "source"} <= {*parameters()}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("page", PAGES)
def test_a_page_survives_every_parameter_at_once(store, visit, page, value):
    run = write_fake_run(store)
    app = visit(page, **dict.fromkeys(parameters(), value) | {"run": run.id, "new": ""})
    assert not app.exception
    assert "Traceback" not in words(app)
    assert max(map(len, words(app).splitlines())) < 5_000


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", ["source", "validation", "split_seed"])
def test_the_dataset_page_says_what_is_wrong_with_a_link(visit, tmp_path, name, value):
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(40)))
    app = visit("pages/1_Dataset.py", **{"source": str(rows), name: value})
    assert not app.exception
    assert app.error or app.metric or not value


@pytest.mark.parametrize("value", ["x" * 60_000, "![](http://127.0.0.1:9/x.png)", "a\0b"])
@pytest.mark.parametrize("name", ["run", "sweep", "like", "like_sweep"])
def test_a_run_that_is_not_there_is_said_in_one_short_sentence(store, visit, name, value):
    write_fake_run(store)
    page = "pages/3_Hardness.py" if name == "run" else "pages/2_Train.py"
    app = visit(page, **{"new": "1", "mode": "sweep", name: value})
    assert not app.exception
    said = [warning.value for warning in app.warning]
    assert said
    assert all(len(one) < 1_000 for one in said)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all.db",
        "postgresql+psycopg://h:99999/x",
        "postgresql://host:port/x",
        "nosuch://x",
        "not a url",
        "mysql+nosuchdriver://x/y",
    ],
)
def test_a_database_url_that_is_wrong_is_a_sentence(visit, monkeypatch, url):
    monkeypatch.setenv("HAMR_DATABASE_URL", url)
    app = visit("pages/3_Hardness.py")
    assert not app.exception
    assert app.error


def test_a_home_that_is_a_file_is_a_sentence(visit, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HAMR_HOME", str(tmp_path / "file"))
    app = visit("pages/3_Hardness.py")
    assert not app.exception
    assert app.error


def test_an_error_that_nobody_foresaw_is_a_sentence(store, visit, monkeypatch):
    monkeypatch.setattr(failure, "show", SENTENCE)
    run = write_fake_run(store)
    monkeypatch.setattr("hamr.ui.shell.picker.run_labels", lambda infos: 1 / 0)
    app = visit("pages/3_Hardness.py", run=run.id)
    assert not app.exception
    assert "ZeroDivisionError" in app.error[0].value
    assert "Traceback" not in words(app)
