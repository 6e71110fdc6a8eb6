"""What the command line says of settings and of probes."""

import csv
import json

import pytest

from hamr.cli import main
from hamr.config import ONLY_IN, TrainingSettings, choices_of
from hamr.store import Store
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a run that was probed and one that was not."""
    home = tmp_path_factory.mktemp("home")
    store = Store.open(home)
    write_fake_run(store, rows=60, epochs=2, name="plain")
    write_fake_run(
        store, rows=60, epochs=2, name="probed", probes=2, preset="full", meta_gradient="upper"
    )
    return str(home)


@pytest.fixture
def help_text(capsys) -> str:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    return capsys.readouterr().out


def test_help_shows_the_choices_of_every_setting_that_has_any(help_text):
    for name in TrainingSettings.model_fields:
        choices = choices_of(TrainingSettings, name)
        if choices:
            assert f"--{name.replace('_', '-')} {'|'.join(choices)}" in help_text


def test_help_names_a_setting_that_takes_any_value_by_itself(help_text):
    assert "--group-column GROUP_COLUMN" in help_text
    assert "--tau TAU" in help_text


def test_help_says_which_settings_one_preset_alone_reads(help_text):
    words = " ".join(help_text.split())
    assert words.count("full preset only") == list(ONLY_IN.values()).count("full")
    assert "default exact; full preset only" in words
    assert "default 32 (full preset: 8)" in words


def test_show_tells_mean_and_5th_percentile_of_the_probes(home, capsys):
    assert main(["show", "probed", "--home", home]) == 0
    assert "Meta-gradient upper against exact: cosine mean 0.9" in capsys.readouterr().out
    main(["show", "probed", "--home", home, "--json"])
    probes = json.loads(capsys.readouterr().out)["probes"]
    assert probes["count"] == 4
    assert probes["p5"] <= probes["mean"] <= 1


def test_show_says_nothing_of_probes_where_there_are_none(home, capsys):
    main(["show", "plain", "--home", home])
    assert "Meta-gradient" not in capsys.readouterr().out
    main(["show", "plain", "--home", home, "--json"])
    assert "probes" not in json.loads(capsys.readouterr().out)


def test_the_json_of_a_run_has_scores_by_reviewed_labels_and_how_many_there_are(home, capsys):
    main(["show", "plain", "--home", home, "--json"])
    result = json.loads(capsys.readouterr().out)["result"]
    reviewed = result["test"]["reviewed"]
    assert reviewed["macro_f1"] == pytest.approx(result["test"]["macro_f1"])
    assert reviewed["per_class_f1"].keys() <= result["test"]["per_class_f1"].keys()
    assert (reviewed["reviewed"], reviewed["changed"]) == (0, 0)
    assert result["validation"]["reviewed"]["macro_f1"] is not None


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_predicted_classes_are_those_of_the_test_rows(home, tmp_path, ending):
    target = tmp_path / f"p.{ending}"
    arguments = ["export", "plain", "--what", "predictions", "--to", str(target)]
    assert main([*arguments, "--home", home]) == 0
    with target.open() as file:
        rows = list(csv.DictReader(file) if ending == "csv" else map(json.loads, file))
    run = Store.open(home).run("plain")
    assert list(rows[0]) == ["id", "text", "label", "predicted", "probability"]
    predicted = run.final().test_prediction
    assert [row["predicted"] for row in rows] == [run.classes[place] for place in predicted]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "p.conll"], "classifies texts, so --to must end in .jsonl or .csv"),
        (["--to", "p.csv", "--split", "validation"], "only the test predictions are kept"),
    ],
)
def test_predictions_that_texts_do_not_have_are_told(home, capsys, arguments, said):
    command = ["export", "plain", "--what", "predictions", *arguments, "--home", home]
    assert main(command) == 2
    assert said in capsys.readouterr().err
