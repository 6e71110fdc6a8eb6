"""*Download model*: offered where a run is finished, prepared by another process."""

from __future__ import annotations

import sys

import pytest
from streamlit.testing.v1 import AppTest

from hamr.jobs import model_export
from hamr.jobs.model_export import ModelExport, ModelExports
from hamr.ui.widgets import model_download
from tests.fake_run import write_fake_run
from tests.ui.conftest import words

GOOD = "import sys; open(sys.argv[-1], 'wb').write(b'model')"
BAD = "import sys; print('hamr: no room: make some', file=sys.stderr); sys.exit(1)"


@pytest.fixture
def exporting(monkeypatch):
    """Has exports run this script in the place of `hamr export`."""
    known = ModelExports()
    monkeypatch.setattr(model_download, "exports", known)

    def run(script):
        def made(home, arguments):
            return ModelExport(home, arguments, [sys.executable, "-c", script])

        monkeypatch.setattr(model_export, "ModelExport", made)

    yield run
    known.close()


def labels(app):
    return [button.label for button in app.button]


def test_only_a_finished_run_offers_its_model(store, visit):
    run = write_fake_run(store, rows=60, epochs=2, name="r")
    assert "Download model" in labels(visit("pages/2_Train.py", run=run.id))
    stopped = write_fake_run(store, rows=60, epochs=2, name="s", status="stopped")
    assert "Download model" not in labels(visit("pages/2_Train.py", run=stopped.id))


def test_the_dialog_offers_the_formats_that_fit(store, visit):
    run = write_fake_run(store, rows=60, epochs=2, name="r")
    app = visit("pages/2_Train.py", run=run.id)
    app.button(key="model").click().run()
    assert [one for one in app.radio(key="model.format").options] == [
        "ONNX",
        "Sentence Transformers",
    ]
    assert "Prepare the download" in labels(app)
    assert "can't hold the model of such a run" in words(app).replace("\\", "")


def page(run_id):
    """What the dialog holds, as a page of its own: AppTest closes a dialog at each click."""
    from hamr.ui.shell.server import store
    from hamr.ui.widgets.model_download import choose

    choose(store().run(run_id), "model")


@pytest.fixture
def dialog(store):
    run = write_fake_run(store, rows=60, epochs=2, name="r")
    return AppTest.from_function(page, args=(run.id,), default_timeout=120).run()


def test_a_prepared_model_is_offered_as_a_file(dialog, exporting):
    exporting(GOOD)
    app = dialog.button(key="model.start").click().run()
    assert [one.proto.label for one in app.get("download_button")] == ["Download (0 MB)"]


def test_why_an_export_failed_is_a_sentence(dialog, exporting):
    exporting(BAD)
    app = dialog.button(key="model.start").click().run()
    assert "no room: make some" in app.error[0].value.replace("\\", "")
