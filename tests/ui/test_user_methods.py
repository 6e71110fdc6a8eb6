"""Methods of users on the pages, and runs whose method or a setting of theirs is gone."""

from __future__ import annotations

import sys

import pytest

from hamr.methods import plugins, register, registry
from hamr.store import Store
from hamr.store.tables import RunRow
from tests.fake_run import write_fake_run
from tests.ui.conftest import words as escaped

TRAIN = "pages/2_Train.py"
PAGES = (
    (TRAIN, {}),
    ("pages/3_Hardness.py", {"view": "Distribution"}),
    ("pages/4_Weights.py", {"view": "Weight curve"}),
    ("pages/4_Weights.py", {"view": "Before and after"}),
    ("pages/4_Weights.py", {"view": "Draws"}),
    ("pages/6_Per_class_F1.py", {}),
)


def words(app) -> str:
    """What the page says, without the escapes of Markdown."""
    return escaped(app).replace("\\", "")


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes the module that HAMR_METHODS names."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.setattr(plugins, "_asked", set())
    monkeypatch.setattr(plugins, "_failed", {})

    def write(text: str) -> None:
        (tmp_path / "named_by_test.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv(plugins.VARIABLE, "named_by_test")
        monkeypatch.delitem(sys.modules, "named_by_test", raising=False)

    return write


def test_the_forms_offer_a_method_of_a_module_that_is_named(module, visit):
    module("from hamr.methods import register\nregister('mine', title='My loss', loss=None)\n")
    assert "My loss" in visit(TRAIN, new="1").selectbox(key="setting_method").options
    assert "My loss" in visit(TRAIN, new="1", mode="Sweep").multiselect(key="compared").options


def test_a_module_that_fails_is_told_on_the_page_of_the_form(module, visit):
    module("import nothing_of_that_name")
    app = visit(TRAIN, new="1")
    assert not app.exception
    assert "HAMR_METHODS names the module 'named_by_test', which can't be imported" in words(app)


@pytest.fixture(params=[True, False], ids=["learned weights", "no weights"])
def forgotten(request, store, monkeypatch):
    """A run of a method that nobody registers any more."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    register("gone-by", title="Gone by", loss=None, learns_weights=request.param)
    run = write_fake_run(store, method="gone-by", status="interrupted")
    registry._known.pop("gone-by")
    return run


@pytest.mark.parametrize(("page", "query"), PAGES)
def test_every_page_shows_a_run_whose_method_is_not_registered(forgotten, visit, page, query):
    app = visit(page, run=forgotten.id, **query)
    assert not app.exception
    assert not app.error


def test_a_run_whose_method_is_not_registered_has_its_name_and_no_resume(forgotten, visit):
    app = visit(TRAIN, run=forgotten.id)
    assert "The method gone-by is not registered here" in words(app)
    assert "resume" not in [button.key for button in app.button]


def test_a_run_that_can_not_be_repeated_does_not_fill_the_form(store: Store, visit):
    run = write_fake_run(store, tau=0.25)
    with store.database.write() as session:
        row = session.get_one(RunRow, run.id)
        training = {**row.settings["training"], "alignment_strength": 0.5}
        row.settings = {**row.settings, "training": training}
    app = visit(TRAIN, new="1", like=run.id)
    assert not app.exception
    assert "alignment_strength 0.5, which this version no longer has" in words(app)
    assert app.text_input(key="setting_tau").value == "0.7"
