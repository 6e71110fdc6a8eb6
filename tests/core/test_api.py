"""What `import hamr` offers works as its documentation says."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hamr
from hamr.api import Run
from hamr.errors import DataError, RunNotFound, SettingError
from hamr.jobs.maps import MapMaker

ROOT = Path(__file__).parents[2]


def write_reviews(folder: Path) -> None:
    lines = ["body,stars"]
    lines += [f"a fine and happy film number {n},good" for n in range(30)]
    lines += [f"a dull and sad film number {n},bad" for n in range(10)]
    (folder / "reviews.csv").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder, which holds a file of reviews."""
    write_reviews(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HAMR_HOME", raising=False)
    monkeypatch.setattr(MapMaker, "start", lambda *_: None)  # maps take seconds, and are not shown
    return tmp_path


def run_examples(text: str, name: str) -> None:
    test = doctest.DocTestParser().get_doctest(text, {"hamr": hamr}, name, None, None)
    assert test.examples
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert not said, "".join(said)


def test_the_examples_of_the_functions_run_as_written(folder):
    # All after hamr.train open what it trained.
    for function in (
        hamr.load,
        hamr.train,
        hamr.open_run,
        hamr.load_model,
        Run.predict,
        Run.regions,
        Run.steps,
        Run.step,
    ):
        run_examples(function.__doc__ or "", function.__name__)


@pytest.mark.parametrize("settings", [hamr.DataSettings, hamr.TrainingSettings])
def test_the_examples_of_the_settings_run_as_written(settings):
    run_examples(settings.__doc__ or "", settings.__name__)


def test_the_readme_s_example_runs(folder):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    exec(compile(block.replace("epochs=10", "epochs=1"), "README.md", "exec"), {})


def test_a_source_is_loaded_by_train_itself(folder):
    run = hamr.train(
        Path("reviews.csv"), text_column="body", label_column="stars", method="erm", epochs=1
    )
    assert (run.info.status, run.info.method, run.info.data_name) == (
        "finished", "erm", "reviews.csv",
    )  # fmt: skip
    assert run.info.settings.data.source == str(folder / "reviews.csv")
    assert hamr.open_run(run.id[:8]).id == run.id


def test_every_record_is_handed_on(folder):
    data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    kinds: set[str] = set()
    hamr.train(data, epochs=1, home="h", on_record=lambda one: kinds.add(type(one).__name__))
    assert {"Progress", "StepRecord", "EpochRecord", "FinalRecord"} <= kinds


def test_a_data_set_of_elsewhere_is_refused_in_a_sentence(folder):
    with pytest.raises(SettingError, match=r"what hamr\.load returned, or a source, got dict"):
        hamr.train({"texts": []}, home="h")  # type: ignore[arg-type]


def test_a_setting_of_the_rows_that_are_loaded_already_is_refused(folder):
    data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    with pytest.raises(SettingError, match="text_column"):
        hamr.train(data, text_column="other", home="h")


def test_a_run_that_is_not_there_is_an_error(folder):
    with pytest.raises(RunNotFound, match="nobody"):
        hamr.open_run("nobody", home="h")


def test_every_name_is_offered_and_no_other():
    assert {"DataSettings", "TrainingSettings", "load", "methods", "open_run", "train"} < {
        *dir(hamr)
    }
    assert all(getattr(hamr, name) for name in hamr.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        hamr.nothing  # noqa: B018


def test_the_settings_load_nothing_heavy():
    script = "import sys, hamr; hamr.DataSettings; print({'numpy', 'torch'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_run_s_name_is_loaded_as_its_model_and_a_file_s_as_rows(folder):
    data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    hamr.train(data, epochs=1, home="h", name="first")
    assert hamr.load("first", home="h").predict("a happy film")["prediction"][0] in data.classes
    (folder / "first").write_text((folder / "reviews.csv").read_text())
    with pytest.raises(DataError):  # a file without an ending that is known
        hamr.load("first")


def test_a_name_of_nothing_is_refused_and_makes_no_home(folder):
    with pytest.raises(DataError, match=r"nothing\.csv"):
        hamr.load("nothing.csv")
    assert not (folder / ".hamr").exists()
