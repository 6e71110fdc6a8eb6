"""Tagged sentences: refused with file and line, repaired, trained, and read as sentences."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.eventual import eventually
from tests.browser.server import Server
from tests.browser.steps import (
    Faults,
    below,
    fill,
    go,
    open_tab,
    outcome,
    press,
    settle,
    told_errors,
)

PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Noether", "Curie", "Emmy", "Tim Lee")
PLACES = ("London", "Paris", "New York", "Rome", "Oslo")
FIRMS = ("Acme", "Globex Ltd", "Initech")
GRAMMAR = (
    (("person", PEOPLE), "lives in", ("place", PLACES)),
    (("person", PEOPLE), "works for", ("firm", FIRMS), "in", ("place", PLACES)),
    ("Yesterday", ("person", PEOPLE), "was at home"),
    ("Nobody came to", ("place", PLACES)),
    ("It rained all day",),
)
EPOCHS = 8
TRAINING_SECONDS = 300  # on a busy machine


def sentences() -> list[list[str]]:
    """All that the grammar can say, each as lines of word and tag."""
    found = []
    for pattern in GRAMMAR:
        slots = [part[1] if isinstance(part, tuple) else (part,) for part in pattern]
        for chosen in product(*slots):
            lines = []
            for part, words in zip(pattern, chosen, strict=True):
                kind = part[0] if isinstance(part, tuple) else None
                for place, word in enumerate(words.split()):
                    lines.append(f"{word}\t{'BI'[place > 0]}-{kind}" if kind else f"{word}\tO")
            found.append(lines)
    return found


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, int]:
    """About 160 sentences, and the line of the one I that continues nothing."""
    lines = [line for sentence in sentences() for line in (*sentence, "")]
    broken = len(lines) + 2
    path = tmp_path / "people.conll"
    path.write_text("\n".join([*lines, "Then\tO", "Rome\tI-place", "slept\tO", ""]), "utf-8")
    return path, broken


def upload(page: Page, path: Path) -> None:
    page.get_by_text("Upload a file", exact=True).click()
    settle(page, "Dataset")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(path)


def test_a_file_of_entities_is_repaired_trained_and_read_as_sentences(
    page: Page, app: Server, file: tuple[Path, int]
) -> None:
    path, broken = file
    faults = Faults(app.address)
    faults.watch(page)
    page.goto(app.address)
    settle(page, "Hardness-Aware Meta-Resample")
    go(page, "Dataset")
    upload(page, path)
    box = page.get_by_test_id("stCheckbox").filter(has_text="Repair tags")
    sentence = page.get_by_test_id("stAlertContentError")
    expect(sentence).to_contain_text(f"people.conll, line {broken:,}: I-place breaks the scheme")
    assert eventually(lambda: 0 <= below(box, sentence) < 60)  # beside its control
    box.locator("label").click()
    expect(sentence).to_be_hidden()
    repaired = f"are repaired: people.conll, line {broken:,} (I-place)"
    expect(page.get_by_text(repaired, exact=False)).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Entity types")).to_contain_text("3")
    settle(page, "Dataset")

    press(page, "Train on this data")
    settle(page, "Train")
    fill(page.get_by_role("spinbutton", name="Epochs"), str(EPOCHS))
    settle(page, "Train")
    press(page, "Start the run")
    ended = page.get_by_test_id("stAlert").filter(has_text="Finished in").first
    ended.wait_for(timeout=1000 * TRAINING_SECONDS)
    assert "on the test rows" in outcome(page, "Finished in")
    settle(page, "Train")

    go(page, "Hardness")
    open_tab(page, "Rows", "Hardness")
    fill(page.get_by_label("Search text or id"), "lives in London")
    expect(page.get_by_text(re.compile(r"^Rows 1 to \d of \d$"))).to_be_visible()
    settle(page, "Hardness")  # the table comes after its heading
    tick(page, 0)
    assert_a_sentence(page)

    go(page, "Per-class F1")
    expect(page.get_by_text("One chart per entity type")).to_be_visible()
    for kind in ("person", "place", "firm"):
        expect(page.get_by_test_id("stPlotlyChart").first).to_contain_text(kind)
    add_on_try(page)
    assert not told_errors(page)
    assert not faults.seen


def add_on_try(page: Page) -> None:
    """A typed sentence is added to the data with the entities that are on its words."""
    go(page, "Try")
    field = page.get_by_role("textbox", name="Sentences, one a line")
    field.fill("Grace Hopper lives in Madrid")
    field.press("Control+Enter")
    expect(page.get_by_test_id("span-words")).to_contain_text("Madrid")
    # What is typed while the page is drawn again, as it is when the words are there, may be lost.
    expect(page.get_by_text("Word by word")).to_be_visible()
    settle(page, "Try")
    page.get_by_label("Your name").fill("ana")
    page.get_by_label("Your name").press("Enter")
    expect(page.get_by_role("button", name="Add to data")).to_be_enabled()
    settle(page, "Try")
    press(page, "Add to data")
    expect(page.get_by_text("Added with")).to_be_visible()


def tick(page: Page, line: int) -> None:
    """Tick a line of the table, counted from 0; the table is a canvas."""
    table = page.get_by_test_id("stDataFrame").first
    table.click(position={"x": 15, "y": 52 + 35 * line})
    page.wait_for_url(re.compile("rows="))
    settle(page, "Hardness")


def assert_a_sentence(page: Page) -> None:
    """One row is open: its words, marks of gold and predicted entities, the framed word."""
    shown = page.locator(".hs")
    expect(shown).to_have_count(1)
    words = " ".join(shown.locator("b").all_inner_texts())
    assert words in {f"{person} lives in London" for person in PEOPLE}
    expect(shown.locator("b.top")).to_have_count(1)
    assert float(css(shown.locator("b.top"), "outlineWidth").removesuffix("px")) >= 2
    gold, predicted = shown.locator("i.g"), shown.locator("i.p")
    names = [name.split(" · ")[0] for name in gold.all_inner_texts()]
    assert names == ["person", "place"]
    assert css(gold.first, "borderTopStyle") == "solid"
    assert css(predicted.first, "borderBottomStyle") == "dashed"  # learnt, if not yet all
    expect(page.get_by_text("sets the loss")).to_be_visible()


def css(element: Locator, name: str) -> str:
    """A computed style of an element."""
    return str(element.evaluate("(element, name) => getComputedStyle(element)[name]", name))
