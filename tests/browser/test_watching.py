"""Train while a run goes on: it is watched until enough has been seen, and then stopped."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import LOOK_SECONDS, WINDOW, Demo
from tests.browser.server import Server
from tests.browser.steps import Look, look, outcome, prepare, press, settle, start_run

# The page looks once a second: no machine is through with these before it has looked five times.
EPOCHS = 300
ENOUGH = 5  # different epochs
SECONDS = 300
LABELS = 12  # pixels by which the curve moves to the left where labels of its axis get shorter


@pytest.fixture(scope="module")
def home(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the embeddings of the demo's rows."""
    return demo.copy(tmp_path_factory.mktemp("watched"))


def losses_of(looks: list[Look]) -> list[float]:
    """The points of the loss that were seen, in their order, each once."""
    return list(dict.fromkeys(one.loss for one in looks if one.loss is not None))


def enough(looks: list[Look]) -> bool:
    """Whether the curve, the loss and the bar were seen at enough places."""
    reach = [one.reach for one in looks if one.reach]
    return (
        len(set(reach)) >= ENOUGH
        and reach[-1] > reach[0] + LABELS
        and len(losses_of(looks)) >= ENOUGH
        and len({one.percent for one in looks if one.percent is not None}) >= 2
    )


@pytest.fixture(scope="module")
def looks(browser: Browser, app_server: Server) -> list[Look]:
    """Looks at a run from its start on until enough epochs have been seen."""
    app_server.start()
    page = prepare(browser.new_page(viewport=WINDOW))
    start_run(page, app_server.address, EPOCHS)
    found = [look(page)]
    deadline = time.monotonic() + SECONDS
    while not enough(found):
        assert time.monotonic() < deadline, f"too little was seen: {found}"
        page.wait_for_timeout(1000 * LOOK_SECONDS)
        found.append(look(page))
    press(page, "Stop")
    outcome(page, "The run is stopped")
    settle(page, "Train")
    found.append(look(page))
    page.close()
    return found


def test_points_of_the_loss_come_in_while_a_run_trains(looks: list[Look]) -> None:
    losses = losses_of(looks)
    assert len(losses) >= ENOUGH
    assert losses[-1] < losses[0]


def test_the_curve_grows_with_each_epoch_that_is_shown(looks: list[Look]) -> None:
    epochs = [one.epoch for one in looks]
    assert epochs == sorted(epochs)
    reach = [one.reach for one in looks]
    assert all(then > before - LABELS for before, then in pairwise(reach))
    assert len(set(reach)) >= ENOUGH
    assert reach[-1] > next(filter(None, reach)) + LABELS


def test_the_bar_moves_with_the_epochs(looks: list[Look]) -> None:
    bar = [one.percent for one in looks if one.percent is not None]
    assert bar == sorted(bar)
    assert len(set(bar)) >= 2


def test_the_charts_stay_in_their_places_while_a_run_trains_and_when_it_is_stopped(
    looks: list[Look],
) -> None:
    """Built again, they would be blank for a moment, and counters with them."""
    assert [one.charts for one in looks] == sorted(one.charts for one in looks)
    assert looks[-1].charts == 4
    drawings = [one.drawing for one in looks]
    assert drawings == sorted(drawings)
    assert drawings[-1] == 1
