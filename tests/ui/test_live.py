"""The live charts' data: read as they are written, bounded, undone by a resume."""

import json
import math

import numpy as np

from hamr.config import TrainingSettings
from hamr.views.train.live import class_f1_option, loss_option, macro_f1_option, weights_option
from hamr.views.train.livelog import LiveLog, thin


class Events:
    """A run as far as LiveLog knows it: events after an offset."""

    def __init__(self):
        self.events_so_far = []

    def add(self, **event):
        self.events_so_far.append({"time": 1.0, **event})

    def events(self, after=0):
        return self.events_so_far[after:], len(self.events_so_far)


def step(number, loss=1.0, meta=1.0):
    return {
        "kind": "step",
        "step": number,
        "epoch": 1,
        "loss": loss,
        "meta_loss": meta,
        "weight_percentiles": [0.1, 0.5, 1.0, 1.5, 3.0],
        "rows_per_second": 9000.0,
    }


def test_a_second_update_reads_only_what_is_new():
    run, log = Events(), LiveLog()
    run.add(**step(10))
    log.update(run)
    run.add(**step(20))
    log.update(run)
    assert [point[0] for point in log.curve()] == [10, 20]


def test_steps_that_a_resumed_run_repeats_take_the_place_of_the_lost_ones():
    run, log = Events(), LiveLog()
    for number in (10, 20, 30):
        run.add(**step(number, loss=9.0))
    run.add(**step(15, loss=1.0))
    log.update(run)
    assert [(point[0], point[1]) for point in log.curve()] == [(10, 9.0), (15, 1.0)]


def test_erm_has_no_meta_loss_and_no_line_for_it():
    run, log = Events(), LiveLog()
    run.add(**step(10, meta=None))
    log.update(run)
    names = [series["name"] for series in loss_option(log.curve())["series"]]
    assert names == ["training rows"]


def test_a_loss_that_is_no_number_leaves_a_gap():
    run, log = Events(), LiveLog()
    run.add(**step(10, loss=None))
    log.update(run)
    assert math.isnan(log.curve()[0][1])


def test_the_log_keeps_messages_in_order_and_says_none_twice_in_a_row():
    run, log = Events(), LiveLog()
    for message in ("reading", "reading", "training"):
        run.add(kind="progress", phase="loading", done=0, total=1, message=message)
    log.update(run)
    assert [line for _, line in log.log()] == ["reading", "training"]


def test_progress_that_goes_on_after_a_checkpoint_is_not_told_again():
    run, log = Events(), LiveLog()
    doing = {"kind": "progress", "phase": "training", "done": 1, "total": 9, "message": "epoch 1"}
    for event in (doing, {"kind": "checkpoint", "epoch": 1, "step": 5}, doing):
        run.add(**event)
    log.update(run)
    assert [line for _, line in log.log()] == ["epoch 1", "checkpoint at step 5, within epoch 1"]


def test_a_checkpoint_within_an_epoch_is_told_and_kept_in_mind_until_the_epoch_ends():
    run, log = Events(), LiveLog()
    run.add(kind="checkpoint", epoch=2, step=1240)
    log.update(run)
    assert log.log()[-1][1] == "checkpoint at step 1,240, within epoch 2"
    assert log.checkpoint == (2, 1240)
    run.add(kind="epoch", epoch=2, step=2000)
    log.update(run)
    assert log.checkpoint is None


def test_the_notice_of_training_on_its_device_is_kept():
    from hamr.training.devices import choose

    run, log = Events(), LiveLog()
    notice = choose(TrainingSettings(preset="full", device="cpu", precision="float32")).notice
    run.add(kind="progress", phase="loading", done=1, total=1, message=notice)
    run.add(kind="progress", phase="training", done=1, total=9, message="epoch 1")
    log.update(run)
    assert log.place == notice == "training on the CPU in float32"


def test_a_thinned_curve_is_bounded_and_keeps_its_level_and_its_ends():
    points = [[float(i), 2.0, math.nan] for i in range(10_001)]
    thinned = thin(points, 300)
    assert len(thinned) <= 600
    assert thinned[-1][0] == 10_000
    assert {point[1] for point in thinned} == {2.0}
    assert all(math.isnan(point[2]) for point in thinned)


def test_a_missing_value_is_taken_from_its_pair():
    assert thin([[1.0, math.nan], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]], 1) == [
        [2.0, 4.0],
        [4.0, 7.0],
    ]


def test_the_best_epoch_is_marked_once_it_is_there():
    scalars = [{"epoch": 1, "macro_f1": 0.5, "accuracy": 0.6}]
    assert "markLine" in macro_f1_option(scalars, 10, 1)["series"][0]
    assert "markLine" not in macro_f1_option([], 10, None)["series"][0]


def test_of_many_classes_the_rarest_are_drawn():
    support = np.arange(40)[::-1]
    names = tuple(f"class {c}" for c in range(40))
    option = class_f1_option(np.zeros((2, 40)), [1, 2], support, 2, names)
    assert [series["name"] for series in option["series"]] == list(names[24:])
    assert "16 rarest of 40" in option["title"]["text"]


def test_options_of_a_run_that_has_just_begun_are_plain_json_without_points():
    option = class_f1_option(np.zeros((0, 3)), [], np.zeros(3), 10, ("a", "b", "c"))
    assert json.loads(json.dumps(option, allow_nan=False))["series"][0]["data"] == []
    assert weights_option([], 0.1, 8)["dataset"]["source"].empty
