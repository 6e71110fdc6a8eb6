"""Unlabelled sentences in the browser: a file is attached, one key accepts the model's entities,
and an edit on the words is saved in the place of a proposal.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hamr.store import Decisions, Run, Store
from hamr.store.pools import Pool
from tests.browser.eventual import eventually
from tests.browser.on_words import drag
from tests.browser.server import ROOT
from tests.browser.steps import enter_name, settle
from tests.fake_run import write_fake_token_run
from tests.scored_pool import SENTENCES, score_sentences_by_hand


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return write_fake_token_run(Store.open(tmp_path / "home"), rows=40, epochs=2)


@pytest.fixture
def decisions(run: Run) -> Decisions:
    return run.store.decisions(run.info.fingerprint or "")


@pytest.fixture
def page(page: Page, serve_once: Callable[..., str], run: Run) -> Page:
    address = serve_once(ROOT / "app.py", HAMR_HOME=str(run.store.home))
    page.goto(f"{address}/Relabel?run={run.id}&split=unlabelled&strategy=uncertain")
    settle(page, "Relabel")
    enter_name(page, "ada")
    return page


def test_sentences_are_attached_accepted_by_a_key_and_corrected_on_their_words(
    page: Page, run: Run, decisions: Decisions, tmp_path: Path
) -> None:
    path = tmp_path / "new.txt"
    path.write_text("\n".join([*SENTENCES, run.rows().texts([0])[0]]), encoding="utf-8")
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(path)
    page.get_by_role("button", name="Attach rows").click()
    expect(page.get_by_role("button", name="Score rows")).to_be_visible()
    assert Pool(decisions).parts[0].left_out == {"whose text the data has": 1}
    score_sentences_by_hand(run)  # in the place of a process that loads the encoder
    page.reload()
    settle(page, "Relabel")
    expect(page.get_by_text("the model proposes these entities")).to_be_visible()
    page.get_by_test_id("span-words").wait_for()
    page.get_by_role("heading", name="Relabel").click()  # keys are the page's
    page.keyboard.press("a")
    expect(page.get_by_text("“Ada Lovelace” (person)")).to_be_visible()
    settle(page, "Relabel")
    expect(page.get_by_text("new.txt, row 2")).to_be_visible()
    drag(page, 0, 1)
    expect(page.get_by_test_id("span-chooser")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("new.txt, row 3")).to_be_visible()
    kind = run.info.scored[0]
    eventually(lambda: len(decisions.corrections().added) == 2)
    found = {*decisions.corrections().added.values()}
    assert found == {((2, 4, "person"),), ((0, 2, kind), (2, 4, "person"))}
