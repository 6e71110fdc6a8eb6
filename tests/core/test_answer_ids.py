"""An answer is about the row that has its id to the letter, and no other."""

from __future__ import annotations

import json

import pytest

from hamr.cli.merge import answers_in
from hamr.config import DataSettings, RunSettings
from hamr.data import load
from hamr.store import Store

IDS = ("a", "A", "a ", "a\u0301", "\uff41", "=b", "'=b", "=c", "1", "01", "1.0", "test/1")


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The decisions on rows with ids that look alike."""
    folder = tmp_path_factory.mktemp("ids")
    rows = [{"id": name, "text": f"t {n}", "label": "xy"[n % 2]} for n, name in enumerate(IDS)]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HAMR_DATABASE_URL", raising=False)
        store = Store.open(folder / "home")
    settings = RunSettings(data=DataSettings(source=str(folder / "rows.jsonl")))
    run = store.create_run(settings)
    run.attach_dataset(load(settings.data))
    return store.decisions(run.info.label_source or "")


@pytest.mark.parametrize("row", IDS)
def test_an_answer_in_json_is_about_the_row_of_exactly_that_id(tmp_path, known, row):
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"id": row, "label": "x"}))
    (answer,), faults = answers_in(path, known, new_classes=False)
    assert (answer.row_id, faults) == (row, [])


@pytest.mark.parametrize("row", ["B", "a  ", "á", "2", "1.00", "test/2"])
def test_an_id_that_only_looks_like_a_row_s_is_refused(tmp_path, known, row):
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"id": row, "label": "x"}))
    answers, (fault,) = answers_in(path, known, new_classes=False)
    assert not answers and "there is no row" in fault


def test_an_apostrophe_for_spreadsheets_is_taken_off_where_one_row_can_be_meant(tmp_path, known):
    path = tmp_path / "answers.csv"
    path.write_text("id,label\n'=c,x\n=b,x\n''=b,x\n")
    answers, faults = answers_in(path, known, new_classes=False)
    assert ([answer.row_id for answer in answers], faults) == (["=c", "=b", "'=b"], [])


def test_an_apostrophe_that_may_belong_to_the_id_is_refused(tmp_path, known):
    path = tmp_path / "answers.csv"
    path.write_text("id,label\n'=b,x\n")
    answers, (fault,) = answers_in(path, known, new_classes=False)
    assert not answers and "line 2" in fault and ".jsonl" in fault
