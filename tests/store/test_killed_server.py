"""Annotators work on while the process that serves them is killed."""

from tests.benchmarks.annotators import act
from tests.benchmarks.killed_server import kills
from tests.fake_run import fake_dataset


def test_nothing_acknowledged_is_lost_or_doubled(shared):
    found = kills(shared.home, fake_dataset(60, classes=3), act, count=3, seed=0)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"], found["never_sent"]) == (0, 0, 0)
