"""`hamr regions`, and what `hamr export --what rows` and Python say of a run's regions."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import hamr
from hamr.cli import main, regions
from hamr.cli.row_columns import row_columns
from hamr.store import Store
from hamr.views.base.regions import cached_regions
from tests.fake_run import write_fake_run
from tests.region_run import region_run

KEYS = {
    "id", "name", "rows", "size", "hardness", "hard_share", "expected_label_errors", "p_value",
    "confusions", "classes", "validation_f1",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    store = Store.open(home)
    region_run(store, name="planted")
    write_fake_run(store, rows=60, epochs=2, name="not embedded")
    write_fake_run(store, rows=60, epochs=0, status="interrupted", name="no epoch")
    return str(home)


def printed(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["regions", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_json_has_the_regions_by_the_ids_of_their_rows(home, capsys):
    code, out, _ = printed(capsys, "planted", "--home", home, "--json")
    found = json.loads(out)
    run = Store.open(home).run("planted")
    assert (code, found["run"], found["epoch"]) == (0, run.id, 3)
    ids = set(run.rows().ids(range(len(run.rows()))))
    for region in found["regions"]:
        assert region.keys() >= KEYS
        assert len(region["rows"]) == region["size"] and ids.issuperset(region["rows"])
        assert all(one.keys() == {"label", "prediction", "rows"} for one in region["confusions"])
        assert sum(region["classes"].values()) == region["size"]


def test_json_has_the_measures_of_each_region_by_epoch(home, capsys):
    _, out, _ = printed(capsys, "planted", "--home", home, "--json", "--epoch", "2")
    for region in json.loads(out)["regions"]:
        over = region["over_epochs"]
        assert over["epochs"] == [1, 2]
        assert over["hardness"][-1] == pytest.approx(region["hardness"], rel=1e-5)
        assert all(0 <= share <= 1 for share in over["mistakes"])


def test_regions_of_an_earlier_epoch_are_found_when_asked_for(home, capsys):
    _, out, _ = printed(capsys, "planted", "--home", home, "--json", "--epoch", "1")
    assert json.loads(out)["epoch"] == 1


def test_a_file_gets_the_same_object(home, capsys, tmp_path):
    target = tmp_path / "regions.json"
    code, out, err = printed(capsys, "planted", "--home", home, "--to", str(target), "--json")
    assert code == 0 and json.loads(target.read_text("utf-8")) == json.loads(out)
    assert "written to" in err


def test_the_table_names_each_region(home, capsys):
    _, out, _ = printed(capsys, "planted", "--home", home)
    run = Store.open(home).run("planted")
    found = cached_regions(run, 3)
    assert all(region.id in out and region.name in out for region in found.found[:3])


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["planted", "--epoch", "9"],
            2,
            "--epoch must be one of the recorded epochs 1 to 3, got 9",
        ),
        (["no epoch"], 1, "has no recorded epoch yet"),
        (["not embedded"], 1, "not in the cache; train again"),
        (["nobody"], 1, "nobody"),
        (["planted", "--to", "/no/such/folder/x.json"], 2, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(home, capsys, arguments, code, sentence):
    found, out, err = printed(capsys, *arguments, "--home", home)
    assert (found, out) == (code, "") and sentence in err


def test_the_reason_is_said_where_there_is_no_region(tmp_path, capsys):
    run = region_run(Store.open(tmp_path), rows=30, name="few")
    _, out, _ = printed(capsys, "few", "--home", str(tmp_path))
    assert "No hard region" in out and "at least 50 training rows" in out
    _, out, _ = printed(capsys, run.id, "--home", str(tmp_path), "--json")
    found = json.loads(out)
    assert found["regions"] == [] and "at least 50" in found["why_none"]


def test_a_worker_keeps_the_regions_of_a_finished_run(tmp_path):
    run = region_run(Store.open(tmp_path))
    regions.keep(tmp_path, run.id)
    assert cached_regions(run, 3) is not None


def test_a_worker_passes_over_what_has_no_regions(tmp_path):
    run = write_fake_run(Store.open(tmp_path), epochs=1)
    regions.keep(tmp_path, run.id)
    assert cached_regions(run, 1) is None


def test_rows_are_exported_with_their_regions_and_label_errors(home, tmp_path):
    target = tmp_path / "rows.parquet"
    assert main(["export", "planted", "--home", home, "--to", str(target)]) == 0
    table = pd.read_parquet(target)
    ids = {region.id for region in hamr.open_run("planted", home).regions().found}
    assert set(table["region"]) <= {"", *ids} and (table["region"] != "").any()
    wrong = table["p_label_error"]
    assert wrong.between(0, 1).all()
    likely = table[table["issue_type"] == "likely mislabelled"]
    assert len(likely) and (likely["suggested_label"] != likely["label"]).all()


def test_confidence_and_variability_are_those_of_the_label_over_the_epochs(home):
    run = Store.open(home).run("planted")
    p = np.stack([run.signal("label_probability", epoch) for epoch in (1, 2)]).astype(float)
    found = row_columns(run, 2)
    np.testing.assert_allclose(found["confidence"], p.mean(0))
    np.testing.assert_allclose(found["variability"], p.std(0))


def test_rows_without_embeddings_are_exported_with_empty_cells(home):
    run = Store.open(home).run("not embedded")
    found = row_columns(run, 2)
    assert set(found["region"]) == {""} and math.isnan(found["p_label_error"][0])


def test_python_gives_the_regions_of_any_epoch(home):
    run = hamr.open_run("planted", home)
    assert run.regions().found[0].rows.max() < len(run.rows())
    assert run.regions(epoch=1).of_row.shape == (len(run.rows()),)
    with pytest.raises(hamr.errors.StoreError, match="no recorded epoch"):
        hamr.open_run("no epoch", home).regions()


def test_a_run_whose_hardness_is_turned_is_warned_of_on_standard_error(tmp_path, capsys):
    region_run(Store.open(tmp_path), name="turned", turned=True)
    home, table = ["--home", str(tmp_path)], str(tmp_path / "rows.csv")
    for command in (["regions", "turned"], ["show", "turned"], ["export", "turned", "--to", table]):
        assert main([*command, *home]) == 0
        assert "Hardness does not mean hard at epoch 3" in capsys.readouterr().err
    assert main(["show", "turned", *home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hardness"]["is"] == "turned"
