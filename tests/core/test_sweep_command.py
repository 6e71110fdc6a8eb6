"""`python -m hamr sweep`, as a user types it."""

import csv
import json

import pytest

from hamr.cli import main
from hamr.cli.verbs import build_parser
from hamr.store import Store
from tests.core.test_command_line import hamr

FLAGS = ("--methods", "erm,hamr", "--seeds", 2, "--grid", "tau=0.5,0.7", "--epochs", 2)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """(home, data, the JSON of a sweep, what it said) with the built-in encoder."""
    folder = tmp_path_factory.mktemp("sweep")
    data = folder / "reviews.csv"
    lines = ["text,label"]
    lines += [f"a fine and happy film number {n},good" for n in range(60)]
    lines += [f"a dull and sad film number {n},bad" for n in range(20)]
    data.write_text("\n".join(lines))
    done = hamr(folder / "home", "sweep", "--data", data, *FLAGS, "--json")
    assert done.returncode == 0, done.stderr
    return folder / "home", data, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


def test_the_last_line_is_one_object_with_a_row_for_each_run(swept):
    _, _, found, said = swept
    assert len(found["rows"]) == 6
    wanted = {"method", "grid", "seed", "run", "status", "macro_f1", "rare_f1"}
    assert found["rows"][0].keys() == wanted | {"validation_macro_f1", "best_epoch", "seconds"}
    assert [row["grid"] for row in found["rows"][:3]] == [{}, {"tau": 0.5}, {"tau": 0.7}]
    assert {row["status"] for row in found["rows"]} == {"finished"}
    assert "erm never reads tau" in said


def test_rows_are_embedded_once_and_every_run_gets_the_map(swept):
    home, _, found, _ = swept
    store = Store.open(home)
    runs = [store.run(row["run"]) for row in found["rows"]]
    events = [event for run in runs for event in run.events()[0]]
    assert sum(event.get("message") == "loading the encoder" for event in events) == 1
    assert all(run.map() is not None for run in runs)


def test_the_same_command_again_trains_nothing_again(swept):
    home, data, found, _ = swept
    done = hamr(home, "sweep", "--data", data, *FLAGS, "--json")
    assert 'Continuing "reviews.csv sweep 1"' in done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1]) == found


def test_show_prints_a_table_and_writes_it(swept, tmp_path, capsys):
    home, _, found, _ = swept
    table = tmp_path / "table.csv"
    arguments = ["sweep", "--show", "reviews.csv sweep 1", "--home", str(home)]
    assert main([*arguments, "--to", str(table)]) == 0
    shown = capsys.readouterr().out
    assert "HAMR" in shown
    assert "tau 0.7" in shown
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["Runs"] for row in rows] == ["2 of 2"] * 3
    assert main([*arguments, "--to", str(tmp_path / "table.md")]) == 0
    assert (tmp_path / "table.md").read_text(encoding="utf-8").startswith("| Method | Settings |")
    assert found["sweep"][:8] not in shown


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--methods", "erm,magic"], "methods has no 'magic'"),
        ([], "methods is empty"),
        (["--methods", "hamr", "--seeds", "0"], "seeds must be between 1 and 1,000, got 0"),
        (["--methods", "hamr", "--grid", "tau="], "names no value for tau"),
        (["--methods", "hamr", "--grid", "tau=1", "--tau", "2"], "given as a flag too"),
        (["--methods", "smote", "--preset", "full"], "Leave smote out of the sweep"),
        (["--methods", "erm,lnr", "--task", "token"], "Leave lnr out of the sweep"),
        (["--methods", "erm", "--jobs", "0"], "--jobs must be 1 or more, got 0"),
        (["--methods", "erm", "--to", "a.xlsx"], "--to must end in .csv or .md"),
        (["--show", "nothing"], 'No sweep answers to "nothing"'),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(tmp_path, capsys, flags, said):
    assert main(["sweep", *flags, "--home", str(tmp_path)]) in (1, 2)
    assert said in capsys.readouterr().err
    assert Store.open(tmp_path).runs() == []
    assert Store.open(tmp_path).sweeps.all() == []


def test_a_sweep_of_the_version_before_still_gets_its_workers():
    old, new = (build_parser().parse_args([verb, "sweep-id"]) for verb in ("crew", "sweep-workers"))
    assert (old.function, old.sweep) == (new.function, new.sweep)
