"""Rows that settings exclude or draw more often, from a file to training."""

import json

import pytest

from hamr.config import RunSettings, TrainingSettings
from hamr.errors import SettingError
from hamr.jobs import train_now
from hamr.jobs.row_sets import chosen_rows, keep_sets
from tests.fake_run import fake_dataset


def ids_in(store, values, field="exclude_rows"):
    return store.row_sets.get(keep_sets(store, values)[field]).ids


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.txt", "b\n\n a \n"),
        ("rows.csv", "text,id\nx,a\ny,b\n"),
        ("rows.json", '["a", "b"]'),
        ("region.json", '{"id": "r1", "rows": ["a", "b"]}'),
        ("regions.json", '{"run": "x", "regions": [{"rows": ["a"]}, {"rows": ["b"]}]}'),
    ],
)
def test_a_file_of_ids_is_stored_as_a_set(store, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert ids_in(store, {"exclude_rows": str(path)}) == ("a", "b")


def test_a_factor_may_follow_the_file(store, tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text("a")
    found = keep_sets(store, {"draw_more": f"{path}:3"})
    assert TrainingSettings(**found).draw_more_factor == 3
    assert store.row_sets.get(found["draw_more"]).name == "rows.txt"


def test_ids_and_keys_are_taken_as_they_are(store):
    key = keep_sets(store, {"exclude_rows": ["b", "a"]})["exclude_rows"]
    assert keep_sets(store, {"exclude_rows": key, "tau": 1}) == {"exclude_rows": key, "tau": 1}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("rows.csv", "text\nx\n", "no column id"),
        ("rows.json", '{"a": 1}', "neither a list"),
        ("rows.json", "{", "can't be read"),
        ("rows.txt", "\n", "names no row"),
    ],
)
def test_a_file_without_ids_is_refused_in_a_sentence(store, tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(SettingError, match=reason) as caught:
        keep_sets(store, {"exclude_rows": str(path)})
    assert caught.value.field == "exclude_rows"


def test_a_missing_file_is_refused(store, tmp_path):
    with pytest.raises(SettingError, match="can't be read"):
        keep_sets(store, {"exclude_rows": str(tmp_path / "none.txt")})


def test_without_sets_nothing_is_chosen(store):
    assert chosen_rows(store, fake_dataset(20, 2), TrainingSettings()) is None


def test_training_gets_the_rows_that_the_settings_name(store):
    dataset, got = fake_dataset(20, 2), {}
    ids = dataset.train.ids
    own = keep_sets(store, {"exclude_rows": ids[:2], "draw_more": ids[2:4], "draw_more_factor": 4})

    def train(dataset, settings, **options):
        got.update(options)
        return iter(())

    settings = RunSettings(training=TrainingSettings(epochs=1, **own))
    train_now(store, settings, train=train, load=lambda data: dataset, stop=lambda: True)
    assert got["chosen"].excluded.nonzero()[0].tolist() == [0, 1]
    assert got["chosen"].factor[:5].tolist() == [1, 1, 4, 4, 1]


def test_a_set_that_does_not_fit_the_rows_fails_the_run_at_its_setting(store):
    own = keep_sets(store, {"exclude_rows": ["nobody"]})
    settings = RunSettings(training=TrainingSettings(epochs=1, **own))
    with pytest.raises(SettingError, match="'nobody', which no training row"):
        train_now(store, settings, load=lambda data: fake_dataset(20, 2))
    (info,) = store.runs()
    assert (info.status, info.error_field) == ("failed", "exclude_rows")


def test_settings_with_a_set_survive_the_database(store):
    own = keep_sets(store, {"exclude_rows": ["a"]})
    run = store.create_run(RunSettings(training=TrainingSettings(**own)))
    assert run.info.settings.training.exclude_rows == own["exclude_rows"]
    assert json.loads(run.info.settings.model_dump_json())["training"]["draw_more"] == ""
