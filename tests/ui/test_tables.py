"""Tables: how they are saved, and that Streamlit's own way is closed."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pandas as pd

from hamr.ui.widgets.tables import LONGEST_CELL, _cut
from tests.ui.conftest import ROOT

PAGES = [*Path(ROOT, "hamr/ui").rglob("*.py"), *Path(ROOT, "pages").glob("*.py")]


def test_the_download_without_the_guard_is_switched_off():
    config = tomllib.loads(Path(ROOT, ".streamlit/config.toml").read_text("utf-8"))
    assert config["client"]["disableDataExport"] is True


def test_every_table_goes_by_the_one_function():
    drawn = {
        path.name
        for path in PAGES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("dataframe", "data_editor")
    }
    assert drawn == {"tables.py"}


def test_a_text_of_ten_megabytes_is_cut_on_its_way_to_the_browser():
    frame = pd.DataFrame({"text": ["x" * 10_000_000, "short"], "row": [1, 2]})
    assert [len(text) for text in _cut(frame)["text"]] == [LONGEST_CELL, 5]
    assert len(frame["text"][0]) == 10_000_000  # what is saved stays whole


def test_a_table_of_short_texts_is_not_copied():
    frame = pd.DataFrame({"text": ["short"]})
    assert _cut(frame) is frame
