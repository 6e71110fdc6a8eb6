"""The recorded first epoch is what the library computes today; else it has to be made again."""

import gzip
import json
from dataclasses import fields

import numpy as np
import pytest

from hamr.playground import recorded
from hamr.playground.recorded import FILE, METHODS, STEPS, recorded_step
from hamr.playground.stages import StepView, decoded

PLANES = ("before", "virtual", "after")
BYTE = 1.01 / recorded.LEVELS
AGAIN = "the library computes other steps now: run `python -m hamr.playground.recorded`"


@pytest.fixture(scope="module")
def today():
    return json.loads(json.dumps(recorded.recorded()))


def compare(name, kept, now):
    if kept is None or isinstance(kept, int):
        assert kept == now, (name, AGAIN)
    elif isinstance(kept, float):
        assert kept == pytest.approx(now, rel=1e-3), (name, AGAIN)
    elif not isinstance(kept, np.ndarray):
        for field in fields(kept):
            compare(field.name, getattr(kept, field.name), getattr(now, field.name))
    elif name in PLANES:
        assert np.allclose(kept, now / recorded.LEVELS, atol=BYTE), (name, AGAIN)
    else:  # another processor adds up in another order
        assert np.allclose(kept, now, rtol=1e-3, atol=1e-4, equal_nan=True), (name, AGAIN)


@pytest.mark.parametrize("method", METHODS)
def test_each_recorded_step_is_what_the_library_computes(today, method):
    for step in range(1, STEPS + 1):
        view, classes, last = recorded_step(method, step)
        now = decoded(today[method]["steps"][step - 1])
        assert isinstance(view, StepView)
        compare("view", view, now)
        assert (classes, last) == (tuple(today[method]["classes"]), today[method]["last"])


def test_a_changed_library_is_noticed(today):
    view, _, _ = recorded_step(METHODS[0], 3)
    other = decoded(today[METHODS[0]]["steps"][3])
    with pytest.raises(AssertionError, match="run `python -m"):
        compare("view", view, other)


def test_other_steps_and_methods_are_not_recorded():
    assert recorded_step(METHODS[0], STEPS + 1) is None
    assert recorded_step(METHODS[0], 0) is None
    assert recorded_step("nothing", 1) is None


@pytest.mark.parametrize("harm", ["missing", "cut", "garbage", "another"])
def test_a_missing_or_damaged_file_means_that_steps_are_computed(tmp_path, harm):
    whole, file = FILE.read_bytes(), tmp_path / "first.json.gz"
    if harm != "missing":
        file.write_bytes(
            {"cut": whole[:9000], "garbage": b"x" * 99, "another": gzip.compress(b"[1]")}[harm]
        )
    assert recorded_step(METHODS[0], 1, file) is None


def test_the_recording_is_small():
    assert FILE.stat().st_size < 400_000
