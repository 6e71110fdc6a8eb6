"""`export --what steps`: the kept steps of a run as a table."""

from __future__ import annotations

import pandas as pd
import pytest

from hamr.cli import main
from hamr.store import Store
from tests.fake_run import write_fake_run


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def export(home, target, *more):
    where = ["--to", str(target), "--home", str(home)]
    return main(["export", "r", "--what", "steps", *where, *more])


def test_each_draw_of_each_kept_step_has_a_line(home, tmp_path, capsys):
    run = write_fake_run(Store.open(home), name="r")
    assert export(home, tmp_path / "steps.csv") == 0
    assert "48 draws of kept steps" in capsys.readouterr().err
    table = pd.read_csv(tmp_path / "steps.csv")
    step = run.step(2, 1)
    own = table[(table["epoch"] == 2) & (table["step"] == 4)]
    assert own["row"].tolist() == step.rows.tolist()
    assert own["text"].tolist() == run.rows().texts(step.rows)
    assert own["gradient_products"].tolist() == pytest.approx(step.gradient_products.tolist())


def test_an_epoch_can_be_chosen(home, tmp_path):
    write_fake_run(Store.open(home), name="r")
    assert export(home, tmp_path / "steps.parquet", "--epoch", "3") == 0
    assert set(pd.read_parquet(tmp_path / "steps.parquet")["epoch"]) == {3}


def test_a_run_without_kept_steps_is_refused_in_a_sentence(home, tmp_path, capsys):
    write_fake_run(Store.open(home), name="r", steps=False)
    assert export(home, tmp_path / "steps.csv") != 0
    assert "has no kept step. Training keeps" in capsys.readouterr().err
    assert not (tmp_path / "steps.csv").exists()
