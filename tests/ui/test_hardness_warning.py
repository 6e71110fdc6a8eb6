"""Pages on which hardness ranks easy rows first say so; other runs are not warned of."""

from __future__ import annotations

import pytest

from hamr.views.base.regions import regions_of
from tests.region_run import region_run

SAID = "Hardness does not mean hard at epoch 3"
PAGES = {
    "pages/3_Hardness.py": "",
    "pages/4_Weights.py": "",
    "pages/5_Neighbourhoods.py": "Regions are ranked by loss.",
    "pages/7_Relabel.py": "This queue is sorted by mean loss.",
    "app.py": "These regions are ranked by loss.",
}


def warnings(app) -> list[str]:
    assert not app.exception
    said = [one.value.replace("\\", "") for one in app.warning]  # as shown, not as Markdown
    return [one for one in said if "Hardness" in one]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_built_on_turned_hardness_says_so_and_what_it_does(store, visit, page):
    run = region_run(store, turned=True, embedded=not page.endswith("Relabel.py"))
    if page == "app.py":
        regions_of(run, 3)
    said = warnings(visit(page, **({} if page == "app.py" else {"run": run.id})))
    assert len(said) == 1
    assert SAID in said[0] and PAGES[page] in said[0]


def test_comparing_hardness_warns_of_the_run_that_is_turned(store, visit):
    runs = region_run(store, name="usual"), region_run(store, turned=True, run_seed=1, name="other")
    app = visit("pages/8_Compare.py", tab="Hardness", runs=",".join(run.id for run in runs))
    said = warnings(app)
    assert len(said) == 1 and said[0].startswith("Run B")


def test_hardness_that_means_hard_is_not_warned_of(store, visit):
    assert warnings(visit("pages/3_Hardness.py", run=region_run(store).id)) == []
