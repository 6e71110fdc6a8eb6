"""Training that continues from the weights of another run."""

import numpy as np
import pytest

from hamr.errors import SettingError, TrainingError
from hamr.jobs.again import Retraining, retrain
from hamr.jobs.warm import warm_start
from hamr.models import Head
from hamr.store import Store
from hamr.store.team import Team
from hamr.training import WarmStart, train
from hamr.training.warm_start import warm_weights
from tests.core.small_data import CLASSES, epochs_of, quick, small_cache, small_dataset
from tests.fake_run import write_fake_run


def trained(settings, **options):
    dataset = small_dataset()
    return list(train(dataset, settings, cache=small_cache(dataset, settings), **options))


def test_it_begins_where_the_other_run_ended():
    whole = trained(quick(epochs=30, method="erm"))
    start = WarmStart(whole[-1].model, CLASSES)
    again = trained(quick(epochs=1, method="erm"), start=start)
    cold = epochs_of(trained(quick(epochs=1, method="erm")))[0].scalars["train_loss"]
    assert epochs_of(again)[0].scalars["train_loss"] < cold


def test_a_class_keeps_its_row_wherever_it_stands_and_a_new_one_gets_one():
    old, new = Head(4, 3, 2), Head(4, 3, 3)
    weights = {name: value.numpy() for name, value in old.state_dict().items()}
    built = new.state_dict()["upper.weight"].numpy().copy()
    found = warm_weights(WarmStart(weights, ("a", "b")), new, ("b", "quite new", "a"))
    np.testing.assert_array_equal(found["upper.weight"][[2, 0]], weights["upper.weight"])
    np.testing.assert_array_equal(found["upper.weight"][1], built[1])
    np.testing.assert_array_equal(found["lower.weight"], weights["lower.weight"])


def test_the_weights_of_another_model_are_refused():
    weights = {name: value.numpy() for name, value in Head(5, 3, 2).state_dict().items()}
    with pytest.raises(TrainingError, match=r"lower.weight needs the shape \[3, 4\]"):
        warm_weights(WarmStart(weights, ("a", "b")), Head(4, 3, 2), ("a", "b"))


def test_the_weights_of_a_finished_run_are_read_and_of_a_deleted_one_missed(tmp_path):
    store = Store.open(tmp_path)
    parent = write_fake_run(store, rows=60, epochs=2, name="p")
    settings = parent.info.settings.model_copy(update={"start_from": parent.id})
    run = store.create_run(settings, name="r", status="stopped")
    found = warm_start(run)
    assert found.outputs == parent.classes and found.weights
    store.delete_run(parent.id)
    with pytest.raises(SettingError, match="was deleted: start a run from new weights"):
        warm_start(run)


def test_a_class_that_was_renamed_keeps_its_weights(tmp_path):
    store = Store.open(tmp_path)
    parent = write_fake_run(store, rows=60, epochs=2, name="p")
    Team(store.decisions(parent.info.fingerprint)).act("rename", "class a", "ada", to="class z")
    run = retrain(store, parent.id, Retraining(warm=True))[0]
    assert warm_start(run).outputs == run.classes
    assert run.classes[0] == "class z"
