"""A run of tagged sentences is told in its own words: types and sentences, never classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from hamr.ui.train.start import BUILT_IN
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.test_token_pages import VIEWS

CLASS = re.compile(r"\bclass(es)?\b", re.IGNORECASE)
ALLOWED = re.compile(r"Per-class F1")  # the page's name
UNSEEN = {
    "id", "userKey", "key", "queryParamKey", "formId", "arrowData", "data", "url", "config",
    "jsContent", "cssContent",
}  # fmt: skip
MARKUP = re.compile(r"<style>.*?</style>|<[^>]*>")
PAGES = [view for view in VIEWS if view[0] not in ("app.py", "pages/5_Neighbourhoods.py")]


def strings(value: Any) -> Iterator[str]:
    """Every text in a message as a dict, but for keys and ids."""
    if isinstance(value, str):
        yield MARKUP.sub("", value)
    for name, part in value.items() if isinstance(value, dict) else ():
        if name not in UNSEEN:
            yield from strings(part)
    for part in value if isinstance(value, list) else ():
        yield from strings(part)


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from nodes(child)


def said(app) -> list[str]:
    """All that a page says: texts, labels, helps, tabs, charts' specs and alts, columns."""
    found: list[str] = []
    for node in [*nodes(app.main), *nodes(app.sidebar)]:
        if getattr(node, "proto", None) is not None:
            found += strings(MessageToDict(node.proto))
    for table in app.dataframe:
        found += map(str, table.value.columns)
    return found


def of_classes(app) -> list[str]:
    """What it says of classes, with a few words around it."""
    return [
        text[max(0, found.start() - 60) : found.end() + 40]
        for text in [ALLOWED.sub("", every) for every in said(app)]
        for found in [CLASS.search(text)]
        if found
    ]


@pytest.mark.parametrize(("page", "query"), PAGES)
def test_no_page_speaks_of_classes(visit, store, page, query):
    run = write_fake_token_run(store)
    assert of_classes(visit(page, run=run.id, **query)) == []


@pytest.mark.parametrize(("page", "query"), PAGES[1:])
def test_no_page_speaks_of_classes_while_the_run_trains(visit, store, page, query):
    run = write_fake_token_run(store, epochs=1, status="running", with_map=False)
    with run.hold():
        assert of_classes(visit(page, run=run.id, **query)) == []


def test_the_choice_of_a_file_of_sentences_speaks_of_types(visit, tmp_path):
    path = tmp_path / "news.conll"
    kinds = ("person", "place")
    lines = "".join(f"Ada{i}\tB-{kinds[i % 2]}\nslept\tO\n\n" for i in range(30))
    path.write_text(lines, encoding="utf-8")
    app = visit("pages/1_Dataset.py", source=str(path))
    assert of_classes(app) == []
    assert any("by their rarest entity types" in text for text in said(app))


@pytest.mark.parametrize("view", ["By class", "Draws"])
def test_texts_stand_under_their_class_as_ever(visit, store, view):
    """And so the search finds what it looks for."""
    run = write_fake_run(store)
    assert len(of_classes(visit("pages/4_Weights.py", run=run.id, view=view))) > 3


@pytest.mark.parametrize("name", ["By class", "By rarest type"])
def test_a_link_to_the_tab_of_the_other_task_opens_this_ones(visit, store, name):
    for run, own in ((write_fake_run(store), "class"), (write_fake_token_run(store), "type")):
        app = visit("pages/4_Weights.py", run=run.id, view=name)
        assert len(app.get("plotly_chart")) == 2
        assert any(f"a {own} counts more than the mean" in text for text in said(app))


def test_sentences_without_entities_can_be_put_in_colour(visit, store):
    run = write_fake_token_run(store)
    app = visit("pages/4_Weights.py", run=run.id, view="By rarest type")
    (picker,) = app.multiselect
    assert picker.label == "Types in colour (rarest first)"
    assert "no entity" in picker.options


def test_the_form_of_a_run_on_sentences_speaks_of_their_types(visit):
    app = visit("pages/2_Train.py", new="1")
    entities = next(name for name, data in BUILT_IN.items() if data.task == "token")
    rows = next(one for one in app.segmented_control if one.label == "Rows")
    app = rows.set_value(entities).run()
    captions = [one.value for one in app.caption]
    assert any("sentences that fill up rare types of the meta set" in one for one in captions)
    assert not [one for one in captions if CLASS.search(one)]
