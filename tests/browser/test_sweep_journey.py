"""A sweep on Train: started from the form, watched to its end, read in its table and on Compare."""

from __future__ import annotations

import csv
import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hamr.store import Store, Sweep
from hamr.store.status import ACTIVE
from tests.browser.conftest import WINDOW
from tests.browser.server import Server
from tests.browser.steps import (
    COMPARE_TABS,
    TRAINS,
    below,
    cells,
    fill,
    open_tab,
    outcome,
    parts_of,
    prepare,
    press,
    settle,
    tick,
    told_errors,
)

COLOURS, ROWS = ("red", "green", "blue"), 180
EPOCHS = 60  # so that it goes on while somebody asks for a run of their own


@pytest.fixture(scope="module")
def form(app_server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the form of a sweep on a small file."""
    path = tmp_path_factory.mktemp("paints") / "paints.csv"
    rows = random.Random(0)
    with path.open("w", newline="", encoding="utf-8") as sink:
        lines = csv.writer(sink)
        lines.writerow(("text", "label"))
        for number in range(ROWS):
            colour, other = rows.choices(COLOURS, (4, 2, 1))[0], rows.choice(COLOURS)
            lines.writerow((f"Wall {number} was {other} and was painted {colour}.", colour))
    app_server.start()
    return f"{app_server.address}/Train?new=1&source={path}"


@dataclass(frozen=True)
class Swept:
    """What somebody saw who started a sweep, then a run of its own, and watched both."""

    sweep: Sweep
    link: str
    bars: list[int]  # percent
    end: str  # the sentence of its end
    asked: str  # what the page of the single run said while the sweep trained
    was: str  # the sweep's status a moment after
    run: str  # id of that run


@pytest.fixture(scope="module")
def swept(browser: Browser, form: str, home: Path) -> Swept:
    # The form of the run is there before the sweep trains, so that the sweep can't end first.
    second = prepare(browser.new_page(viewport=WINDOW))
    second.goto(form)
    settle(second, "Train")
    page = prepare(browser.new_page(viewport=WINDOW))
    fill_in(page, form)
    press(page, "Start the sweep")
    page.wait_for_url("**/Train?sweep=*")
    sweep = Store.open(home).sweeps.get(page.url.split("sweep=")[1].split("&")[0])
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text(re.compile("[12] running"), timeout=TRAINS)
    bars = [percent(page)]
    press(second, "Start the run")
    second.wait_for_url("**/Train?run=*")
    asked = outcome(second, "In the queue")
    was = sweep.info.status
    while bar.count():
        bars.append(percent(page))
        page.wait_for_timeout(200)
    end = outcome(page, "Finished|is stopped|failed")
    settle(page, "Train")
    outcome(second, "Finished in")
    run = second.url.split("run=")[1].split("&")[0]
    link = page.url
    page.close()
    second.close()
    return Swept(sweep, link, bars, end, asked, was, run)


def fill_in(page: Page, form: str) -> None:
    """Ask for a sweep of two methods with two seeds each."""
    page.goto(f"{form}&mode=Sweep")
    settle(page, "Train")
    fill(page.get_by_role("spinbutton", name="Epochs"), str(EPOCHS))
    for name in ("Remove Focal loss", "Remove HAMR"):
        settle(page, "Train")
        page.get_by_role("button", name=name, exact=True).click()
    settle(page, "Train")
    fill(page.get_by_label("Seeds", exact=True), "2")
    expect(page.get_by_text("4 runs", exact=True)).to_be_visible()
    settle(page, "Train")


def percent(page: Page) -> int:
    """Where the bar is; 100 once it is gone. Read at one moment, since it may go at any."""
    bar = page.get_by_test_id("stProgress").get_by_role("progressbar")
    found: list[str] = bar.evaluate_all("bars => bars.map(bar => bar.ariaValueNow ?? '0')")
    return int(found[0]) if found else 100


def test_the_bar_of_a_sweep_moves_to_its_end(swept: Swept) -> None:
    assert swept.bars == sorted(swept.bars)
    assert len(set(swept.bars)) >= 2
    assert swept.end.endswith("Finished: 4 runs.")
    assert swept.sweep.info.status == "finished"


def test_a_run_asked_for_meanwhile_waits_for_the_sweep_and_trains_then(
    swept: Swept, home: Path
) -> None:
    name = swept.sweep.info.name
    assert f"the run starts when the sweep {name} has ended" in swept.asked
    assert swept.was in ACTIVE
    run = Store.open(home).run(swept.run).info
    assert run.status == "finished"
    assert run.started >= max(info.finished for info in swept.sweep.runs().values())


def test_the_table_of_a_sweep_has_a_line_for_each_method(page: Page, swept: Swept) -> None:
    page.goto(swept.link)
    settle(page, "Train")
    table, runs = page.get_by_test_id("stDataFrame").all()
    head, *lines = cells(table)
    shown = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    assert list(shown) == ["ERM (plain training)", "HAMR+"]
    for line in shown.values():
        assert line["Runs"] == "2 of 2"
        assert re.fullmatch(r"0\.\d{3} ± \d\.\d{3}|1\.000 ± 0\.000", line["Test macro-F1"]), line
    assert len(cells(runs)) == 1 + 4


def test_a_run_of_a_sweep_leads_to_compare_with_all_of_them(
    page: Page, app: Server, swept: Swept
) -> None:
    page.goto(swept.link)
    settle(page, "Train")
    tick(page.get_by_test_id("stDataFrame").nth(1), 3)
    link = page.get_by_test_id("stMain").get_by_role("link", name="Compare")
    # Whatever was compared before: all runs beside this one.
    expect(link).to_have_attribute("href", re.compile("beside="))
    settle(page, "Train")
    link.click()
    settle(page, "Compare")
    # The single run differs from HAMR+ in its epochs.
    expect(page.get_by_text("5 runs, 3 methods or configurations.")).to_be_visible()
    for name in COMPARE_TABS:
        shown = open_tab(page, name, "Compare")
        if name == "Regions":  # they come by themselves, with the maps that follow training
            page.get_by_role("tabpanel").get_by_test_id("stDataFrame").wait_for(timeout=TRAINS)
            shown = settle(page, "Compare")
        assert parts_of(shown), name
        assert not told_errors(page)


def test_an_empty_choice_and_a_bad_grid_are_told_beside_their_controls(
    page: Page, form: str
) -> None:
    page.goto(f"{form}&mode=Sweep")
    settle(page, "Train")
    start = page.get_by_role("button", name=re.compile("Start the sweep"))
    errors = page.get_by_test_id("stAlertContentError")
    page.get_by_role("button", name="Clear all").click()
    expect(errors).to_contain_text("methods is empty: name one or more of hamr")
    settle(page, "Train")
    assert 0 <= below(page.locator(".st-key-compared"), errors) < 60
    expect(start).to_be_disabled()
    page.get_by_role("combobox", name="Methods").click()
    page.get_by_role("option", name="HAMR", exact=True).click()
    page.keyboard.press("Escape")
    expect(errors).to_be_hidden()
    expect(start).to_be_enabled()
    settle(page, "Train")
    fill(page.get_by_role("textbox", name="Grid search: one setting per line"), "tau = 11")
    expect(errors).to_contain_text("tau must be between 0 and 10, got '11'")
    settle(page, "Train")
    assert 0 <= below(page.locator(".st-key-grid"), errors) < 60
    expect(start).to_be_disabled()
