"""Compare in a real browser: from scores to a single row, and the files and links that leave it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from scipy.stats import t, ttest_rel

from hamr.store import Run, Store
from hamr.views.compare.rows import differ, final_sides
from tests.browser.eventual import eventually
from tests.browser.on_map import loneliest, place
from tests.browser.server import ROOT
from tests.browser.steps import (
    COMPARE_TABS,
    HOME,
    Faults,
    cells,
    go,
    open_tab,
    parts_of,
    prepare,
    settle,
    tick,
    told_errors,
)
from tests.fake_run import fake_dataset, write_fake_run

METHODS, SEEDS, EPOCHS = ("erm", "hamr", "focal"), (0, 1, 2), 2
ERM, HAMR, FOCAL = "ERM (plain training)", "HAMR", "Focal loss"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def runs(store: Store) -> dict[str, list[Run]]:
    """Three methods with three seeds each on the same rows, by method."""
    dataset = fake_dataset()
    return {
        method: [
            write_fake_run(
                store, method=method, dataset=dataset, seed=10 * k + seed, run_seed=seed,
                epochs=EPOCHS,
            )
            for seed in SEEDS
        ]
        for k, method in enumerate(METHODS)
    }  # fmt: skip


@pytest.fixture(scope="module")
def other(store: Store, runs: dict[str, list[Run]]) -> Run:
    """A run on other rows, the newest of all."""
    return write_fake_run(store, seed=99, rows=120, epochs=EPOCHS, name="elsewhere")


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], store: Store, other: Run) -> str:
    return serve(ROOT / "app.py", HAMR_HOME=str(store.home))


@pytest.fixture
def visit(page: Page, address: str, runs: dict[str, list[Run]]) -> Callable[..., Page]:
    """`visit("Rows", test_row="3")` opens a tab of Compare on the nine runs of the same rows."""

    def open_it(tab: str, *more: Run, **query: str) -> Page:
        chosen = [*(run for own in runs.values() for run in own), *more]
        query = {"tab": tab, "runs": ",".join(run.id[:8] for run in chosen), **query}
        page.goto(f"{address}/Compare?" + "&".join(f"{k}={v}" for k, v in query.items()))
        settle(page, "Compare")
        return page

    return open_it


def tables(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_test_id("stDataFrame")


def lines_of(table: Locator, least: int) -> list[list[str]]:
    """What a table shows, its head first, once it shows at least so many lines below it."""
    table.locator("canvas [role=row]").nth(least).wait_for(state="attached")
    return cells(table)


def download(page: Page, name: str) -> str:
    """The text of the file that the button of that name below the table of scores gives."""
    with page.expect_download() as waiting:
        page.locator(".st-key-exports-0").get_by_role("button", name=name).click()
    settle(page, "Compare")
    with open(waiting.value.path(), encoding="utf-8", newline="") as file:
        return file.read()


def scores(runs: list[Run]) -> np.ndarray:
    """Macro-F1 on the test rows, seed by seed."""
    return np.array([run.final().test.macro_f1 for run in runs])


def test_seeds_are_grouped_and_scores_have_their_interval(visit, runs) -> None:
    page = visit("Scores")
    expect(page.get_by_text("9 runs, 3 methods or configurations.")).to_be_visible()
    for name in (ERM, HAMR, FOCAL):
        expect(page.locator(".st-key-dots-0")).to_contain_text(f"{name} (3 seeds)")
    head, macro, *_ = lines_of(tables(page).first, 1)
    shown = dict(zip(head, macro, strict=True))
    for name, method in ((ERM, "erm"), (HAMR, "hamr"), (FOCAL, "focal")):
        found = scores(runs[method])
        half = t.ppf(0.975, 2) * found.std(ddof=1) / np.sqrt(3)
        assert shown[name] == f"{found.mean():.3f} ± {half:.3f}"


def test_a_difference_has_the_p_of_its_paired_seeds(visit, runs) -> None:
    page = visit("Differences")
    head, *lines = lines_of(tables(page).first, 2)
    assert [line[0] for line in lines] == [HAMR, FOCAL]
    p = ttest_rel(scores(runs["hamr"]), scores(runs["erm"])).pvalue
    shown = dict(zip(head, lines[0], strict=True))
    assert float(shown["p"]) == pytest.approx(p, rel=0.01)
    gap = scores(runs["hamr"]).mean() - scores(runs["erm"]).mean()
    assert float(shown["difference"]) == pytest.approx(gap, abs=6e-4)


def test_scores_on_other_rows_are_shown_and_not_tested(visit, other) -> None:
    page = visit("Differences", other)
    sentence = page.get_by_text(re.compile("Not comparable with .*HAMR"))
    expect(sentence).to_be_visible()
    assert (
        len(lines_of(tables(page).first, 2)) == 1 + 2
    )  # the head, and the two others on these rows


def test_a_ticked_test_row_is_shown_in_full(visit, runs) -> None:
    page = visit("Rows")
    a, b = runs["hamr"][0], runs["erm"][0]  # the first run, and plain training of its seed
    sides = final_sides(a, b)
    counts = [str(number) for number in np.bincount(sides, minlength=4)]
    expect(page.get_by_test_id("stMetricValue")).to_have_text(counts)
    listed = tables(page).first
    head, _, second, *_ = lines_of(listed, 2)
    text = dict(zip(head, second, strict=True))["text"]
    tick(listed, 1)
    page.wait_for_url("**test_row=*")
    opened = page.locator(".st-key-test_row-open")
    expect(opened).to_contain_text(text)
    row = int(parse_qs(urlsplit(page.url).query)["test_row"][0])
    assert a.rows("test").texts([row]) == [text]
    said = a.classes[a.final().test_prediction[row]]
    expect(opened).to_contain_text(f"A, {HAMR}, seed 0, predicts {said}: P(label)")


def test_a_click_on_the_map_of_disagreement_opens_its_row(visit, runs) -> None:
    page = visit("Rows")
    a, b = runs["hamr"][0], runs["erm"][0]
    both = np.flatnonzero(differ(a, b, EPOCHS, EPOCHS))
    head = page.get_by_text(f"{len(both)} training rows with different predictions")
    expect(head).to_be_visible()
    row = loneliest(a.map())
    page.get_by_test_id("pointmap").scroll_into_view_if_needed()
    page.mouse.click(*place(page, a.map(), row))
    expect(page.get_by_role("heading", name=f"Training row {row}")).to_be_visible()
    expect(page.locator(".st-key-train_row-open")).to_contain_text(a.rows().texts([row])[0])
    expect(head).to_be_visible()  # the list stays as it was


def test_the_files_hold_the_numbers_of_the_table(visit) -> None:
    page = visit("Scores")
    head, *lines = lines_of(tables(page).first, 4)
    shown = {
        (name, line[0]): float(cell.split(" ")[0])
        for line in lines
        for name, cell in list(zip(head, line, strict=True))[2:]
    }
    listed = {
        (line["configuration"], line["score"]): float(line["mean"])
        for line in csv.DictReader(io.StringIO(download(page, "CSV")))
    }
    assert listed == pytest.approx(shown, abs=6e-4)
    first, _, *rows = download(page, "Markdown").splitlines()
    columns = [cell.strip().split(" (")[0] for cell in first.strip("|").split("|")]
    written = {}
    for row in rows[: len(METHODS)]:
        name, *texts = (cell.strip(" *") for cell in row.strip("|").split("|"))
        written |= {(name, column): text for column, text in zip(columns[1:], texts, strict=True)}
    assert written == {
        (name, line[0]): cell
        for line in lines
        for name, cell in list(zip(head, line, strict=True))[2:]
    }


def test_the_address_shows_the_same_to_somebody_else(visit, browser: Browser) -> None:
    page = visit("Rows", **{"rows-epoch": "1"})
    tick(tables(page).first, 2)
    page.wait_for_url("**test_row=*")
    settle(page, "Compare")
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    second = prepare(context.new_page())
    second.goto(page.url)
    settle(second, "Compare")
    for seen in (page, second):
        expect(seen.locator(".st-key-test_row-open")).to_be_visible()
    main = "[data-testid=stMain]"
    seen_here = page.locator(main).inner_text
    assert eventually(lambda: second.locator(main).inner_text() == seen_here())
    both = [tables(one) for one in (page, second)]
    assert eventually(lambda: all_cells(both[0]) == all_cells(both[1]))
    expect(second).to_have_url(page.url)
    context.close()


def all_cells(found: Locator) -> list[list[list[str]]]:
    """What all of these tables show."""
    return [cells(one) for one in found.all()]


def test_ten_runs_are_put_side_by_side_without_a_fault(
    page: Page, address: str, runs: dict[str, list[Run]], other: Run
) -> None:
    faults = Faults(address)
    faults.watch(page)
    page.goto(f"{address}/?run={runs['hamr'][0].id}")
    settle(page, HOME)
    go(page, "Compare")
    page.get_by_role("combobox", name=re.compile("^Runs")).click()
    page.get_by_role("option", name=other.info.name).click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("10 runs, 4 methods or configurations.")).to_be_visible()
    settle(page, "Compare")
    for name in COMPARE_TABS:
        parts = parts_of(open_tab(page, name, "Compare"))
        if name == "Regions":  # these runs kept no neighbours: a button computes them
            expect(page.get_by_role("button", name="Find hard regions")).to_be_visible()
        else:
            assert parts, name
        assert not told_errors(page)
    assert not faults.seen
