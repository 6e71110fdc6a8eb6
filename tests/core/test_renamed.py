"""Names of earlier versions: stored runs and sweeps, flags, grids and Python code that say them."""

import warnings

import pytest

from hamr.cli import main
from hamr.cli.sweep import settings_of
from hamr.cli.train import settings_of as asked_for
from hamr.cli.verbs import build_parser
from hamr.config import RunSettings, TrainingSettings
from hamr.config.renamed import BEFORE, METHODS, REMOVED, SETTINGS
from hamr.errors import SettingError
from hamr.jobs import resume, resume_sweep
from hamr.methods import names
from hamr.store import Store
from hamr.store.tables import RunRow
from hamr.sweeps import SweepSettings, grid_of, methods_of, plan
from tests.fake_run import write_fake_run

OLD = {
    "method": "no-surroundings", "tau": 0.5, "surroundings": 0.3, "surroundings_last": 0.1,
    "alignment_strength": 0.0,
}  # fmt: skip


def stored(**training):
    return RunSettings.stored({"data": {}, "training": training})


def stored_sweep(grid, **training):
    values = {"data": {}, "training": training, "methods": ["erm", "no-surroundings", "hamr"]}
    return SweepSettings.stored({**values, "seeds": [0, 1], "grid": grid})


def test_present_names_are_settings_and_methods_and_old_ones_are_not():
    fields = TrainingSettings.model_fields.keys()
    assert set(SETTINGS.values()) <= fields
    assert not (SETTINGS.keys() | REMOVED.keys()) & fields
    assert {name for pair in METHODS.values() for name in pair} <= set(names())
    assert METHODS.keys() & set(names()) == {"hamr"}


def test_a_stored_run_with_old_names_has_their_values():
    found = stored(**OLD)
    training = found.training
    assert (training.method, training.tau) == ("hamr-plus-no-soft-targets", 0.5)
    assert (training.soft_target_weight, training.soft_target_weight_last) == (0.3, 0.1)
    assert found.untrainable == ""


def test_a_stored_run_with_a_setting_that_is_gone_says_so_and_forgets_it_when_copied():
    found = stored(method="hamr", alignment_strength=0.5)
    assert "alignment_strength 0.5, which this version no longer has" in found.untrainable
    assert "removed" not in found.model_dump(mode="json")
    assert found.training == stored(method="hamr").training


def test_python_code_with_old_names_works_and_is_told_the_new_ones():
    with pytest.warns(DeprecationWarning, match="surroundings is now called soft_target_weight"):
        found = TrainingSettings(surroundings=0.2)
    assert found.soft_target_weight == 0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stored(**OLD)  # nobody can change what is stored


def test_python_code_with_a_setting_that_is_gone_is_refused():
    with pytest.raises(SettingError, match=r"alignment_strength no longer exists.*leave it out"):
        TrainingSettings(alignment_strength=0.5)


def test_a_stored_sweep_with_old_names_has_the_same_runs_in_the_same_order():
    found = stored_sweep({"surroundings": [0.1, 0.2]}, surroundings_last=0.0)
    assert found.methods == ("erm", "hamr-plus-no-soft-targets", "hamr-plus")
    assert [(run.method, run.grid) for run in plan(found)][:4] == [
        ("erm", {}),
        ("hamr-plus-no-soft-targets", {}),
        ("hamr-plus", {"soft_target_weight": 0.1}),
        ("hamr-plus", {"soft_target_weight": 0.2}),
    ]


def test_a_stored_sweep_over_a_setting_that_is_gone_keeps_its_numbering_and_is_not_trained():
    found = stored_sweep({"alignment_strength": [0.0, 1.0]})
    runs = plan(found)
    named = ["erm", *["hamr-plus-no-soft-targets"] * 2, *["hamr"] * 2]
    assert [run.method for run in runs][:5] == named
    assert [bool(run.settings.untrainable) for run in runs][:5] == [False, False, True, False, True]
    assert "alignment_strength 1.0" in found.untrainable


def test_old_words_of_a_sweep_work_and_are_told_the_new_ones():
    methods = methods_of("erm, no-surroundings, no-surroundings")
    assert methods.value == ("erm", "hamr-plus-no-soft-targets")
    assert methods.notices[0] == "method no-surroundings is now called hamr-plus-no-soft-targets"
    grid = grid_of(["surroundings = 0.1, 0.2", "alignment-strength = 0"])
    assert grid.value == {"soft_target_weight": (0.1, 0.2)}
    assert grid.notices[0] == "grid: surroundings is now called soft_target_weight"
    assert "alignment_strength no longer exists" in grid.notices[1]
    with pytest.raises(SettingError, match="alignment_strength no longer exists") as refused:
        grid_of(["alignment_strength = 0, 1"])
    assert refused.value.field == "grid"


@pytest.mark.parametrize(
    ("flags", "name", "value", "said"),
    [
        (["--surroundings", "0.2"], "soft_target_weight", "0.2",
         "--surroundings is now called --soft-target-weight"),
        (["--surroundings-last", "0"], "soft_target_weight_last", "0",
         "--surroundings-last is now called --soft-target-weight-last"),
    ],
)  # fmt: skip
def test_an_old_flag_works_and_says_its_new_name_once(flags, name, value, said, capsys):
    arguments = build_parser().parse_args(["train", *flags])
    assert getattr(arguments, name) == value
    assert capsys.readouterr().err == f"hamr: {said}\n"


def test_the_flag_of_a_setting_that_is_gone_is_accepted_where_it_is_off(capsys):
    arguments = build_parser().parse_args(["train", "--alignment-strength", "0"])
    assert not hasattr(arguments, "alignment_strength")
    assert "alignment_strength no longer exists" in capsys.readouterr().err


def test_the_flag_of_a_setting_that_is_gone_is_refused_where_it_is_not_off(capsys):
    with pytest.raises(SystemExit) as left:
        main(["train", "--alignment-strength", "0.5"])
    assert left.value.code == 2
    assert "did not improve any score, got 0.5; leave it out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "method", "said"),
    [
        ("--method no-boost", "hamr-plus-no-boost",
         "method no-boost is now called hamr-plus-no-boost"),
        ("--method no-boost --preset paper", "hamr-no-boost",
         "method no-boost is now called hamr-no-boost"),
        ("--method hamr", "hamr",
         "hamr is the method as published; what earlier versions called hamr is now hamr-plus"),
        ("--method hamr --preset paper", "hamr", ""),
        ("--preset paper", "hamr", ""),
        ("--method hamr-plus --soft-target-weight 0.2", "hamr-plus", ""),
        ("--method erm --class-balance 1 --epochs 2", "erm", "erm does not read class_balance"),
    ],
)  # fmt: skip
def test_a_command_says_what_a_method_is_called_now_and_reads(
    flags, method, said, tmp_path, capsys
):
    arguments = build_parser().parse_args(["train", "--data", "demo", *flags.split()])
    assert asked_for(Store.open(tmp_path), arguments).training.method == method
    assert capsys.readouterr().err == (f"hamr: {said}\n" if said else "")


@pytest.mark.parametrize(
    ("named", "said"), [("erm,hamr", "is now hamr-plus"), ("erm,hamr,hamr-plus", "")]
)
def test_a_sweep_of_hamr_without_hamr_plus_is_told_what_hamr_is_now(named, said, tmp_path, capsys):
    arguments = build_parser().parse_args(["sweep", "--data", "demo", "--methods", named])
    found = settings_of(Store.open(tmp_path), arguments)
    assert found.by_method["hamr"]["weight_high"] == 8.0
    assert said in capsys.readouterr().err


def test_old_flags_are_not_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    assert "--soft-target-weight" in shown
    assert not any(word in shown for word in ("surroundings", "alignment-strength"))


# ---- runs and sweeps of a home that an earlier version wrote ------------------------------


def rewritten(run, **training):
    """The run, with settings in the database as an earlier version wrote them."""
    with run.store.database.write() as session:
        row = session.get_one(RunRow, run.id)
        kept = {k: v for k, v in row.settings["training"].items() if k not in BEFORE}
        known = {k: v for k, v in row.settings.items() if k != "version"}
        row.settings = {**known, "training": {**kept, **training}}
    return run


def test_a_home_with_old_names_opens_with_everything_in_it(tmp_path):
    run = rewritten(write_fake_run(Store.open(tmp_path), rows=60, epochs=2), **OLD)
    run.set_status("stopped")
    info = run.info
    assert (info.method, info.damaged, info.can_resume) == (
        "hamr-plus-no-soft-targets",
        False,
        True,
    )
    assert run.signal("hardness", 2).shape == (60,)


def test_a_run_with_a_setting_that_is_gone_opens_and_is_not_resumed(tmp_path):
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=2)
    rewritten(run, alignment_strength=0.5).set_status("stopped")
    assert not run.info.damaged
    with pytest.raises(SettingError, match=r"alignment_strength 0\.5, which this version no"):
        resume(run.store, run.id)


def test_a_sweep_over_a_setting_that_is_gone_opens_and_is_not_resumed(tmp_path):
    store = Store.open(tmp_path)
    sweep = store.sweeps.create(stored_sweep({"alignment_strength": [0.0, 1.0]}), status="stopped")
    assert not sweep.info.can_resume
    assert len(sweep.plan) == 10
    with pytest.raises(SettingError, match=r"alignment_strength 1\.0, which this version no"):
        resume_sweep(store, sweep.id)
