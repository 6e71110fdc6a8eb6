"""The regions on Neighbourhoods: their list, one of them, and the way to relabel its rows."""

from __future__ import annotations

import json

import pytest

from hamr.decisions import Decision, text_hash
from hamr.store import Run
from tests.fake_regions import fake_region, fake_regions
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import words

PAGE, RELABEL = "pages/5_Neighbourhoods.py", "pages/7_Relabel.py"
FIRST = fake_region("aa11", range(10, 20))
SECOND = fake_region("bb22", range(30, 60), hardness=1.2, p_value=0.04, expected_label_errors=9.5,
                     score=5.0, gain=20.0, parent="aa11")  # fmt: skip


@pytest.fixture(autouse=True)
def found(monkeypatch):
    """Every run has these two regions."""

    def regions_of(run: Run, epoch: int):
        return fake_regions(200, FIRST, SECOND)

    for place in ("hamr.ui.neighbourhoods.found", "hamr.ui.relabel.filters"):
        monkeypatch.setattr(f"{place}.regions_of", regions_of)
    for place in ("neighbourhoods.found", "shell.region_search"):
        monkeypatch.setattr(f"hamr.ui.{place}.missing", lambda run: "")


class Runs:
    """A process that goes on."""

    def poll(self) -> None:
        return None


def region_entries(app, part: str = "regions") -> list[dict]:
    for one in app.get("bidi_component"):
        data = json.loads(one.proto.json or "null")
        if isinstance(data, dict) and "regions" in data:
            return data[part]
    return []


def in_url(app, name: str) -> str:
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


def html(app) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def review(run: Run, *rows: int) -> None:
    known, decisions = run.rows(), run.store.decisions(run.info.label_source)
    for row in rows:
        label = run.classes[int(known.labels[row])]
        row_id, text = known.ids([row])[0], known.texts([row])[0]
        decision = Decision(row_id=row_id, split="train", text_hash=text_hash(text), kind="label",
                            annotator="ana", new=label, old=label)  # fmt: skip
        decisions.record([decision])


def test_the_page_opens_with_the_regions_the_most_important_first(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id)
    assert not app.exception
    assert [entry["id"] for entry in region_entries(app)] == ["aa11", "bb22"]
    assert "2 hard regions beyond chance, 0 fully reviewed" in words(app)
    first = region_entries(app)[0]
    assert first["lines"][0] == "10 rows · hardness 1.50, rest 0.90"
    assert first["lines"][1] == "4.2 label errors · class a → class b in 3"
    assert first["note"] == "beyond chance (p < 0.01)"


def chance(monkeypatch, *regions):
    """Every run has these regions, of which some could be chance."""
    for place in ("hamr.ui.neighbourhoods.found", "hamr.ui.relabel.filters"):
        monkeypatch.setattr(f"{place}.regions_of", lambda *_: fake_regions(200, *regions))


DOUBTFUL = fake_region("cc33", range(70, 80), p_value=0.4, hardness=9)


def test_regions_that_could_be_chance_are_folded_below_the_others(store, visit, monkeypatch):
    chance(monkeypatch, DOUBTFUL, FIRST)
    app = visit(PAGE, run=write_fake_run(store).id, order="hardness")
    assert [entry["id"] for entry in region_entries(app)] == ["aa11"]
    folded = region_entries(app, "folded")
    assert [entry["note"] for entry in folded] == ["could be chance (p = 0.40)"]
    assert "1 hard region beyond chance" in words(app)


def test_without_a_region_beyond_chance_the_page_says_so(store, visit, monkeypatch):
    chance(monkeypatch, DOUBTFUL)
    app = visit(PAGE, run=write_fake_run(store).id)
    assert not app.exception
    assert "No hard region is beyond chance" in words(app)
    assert not region_entries(app)
    assert region_entries(app, "line") == "1 group that could be chance"


@pytest.mark.parametrize(
    ("order", "first"), [("hardness", "aa11"), ("label errors", "bb22"), ("gain", "bb22")]
)
def test_a_link_names_the_order_of_the_regions(store, visit, order, first):
    app = visit(PAGE, run=write_fake_run(store).id, order=order)
    assert region_entries(app)[0]["id"] == first
    assert app.selectbox(key="order-of-regions").value == order


def test_another_order_is_in_the_link(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id)
    app.selectbox(key="order-of-regions").set_value("label errors").run()
    assert in_url(app, "order") == "label errors"
    assert region_entries(app)[0]["id"] == "bb22"


def test_an_order_that_there_is_not_is_the_first_one(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, order="12")
    assert not app.exception
    assert region_entries(app)[0]["id"] == "aa11"


def test_a_region_says_how_many_of_its_rows_are_reviewed(store, visit):
    run = write_fake_run(store)
    review(run, 10, 11, 150)
    app = visit(PAGE, run=run.id)
    assert region_entries(app)[0]["reviewed"] == "2 of 10 reviewed"
    assert region_entries(app)[1]["reviewed"] == "0 of 30 reviewed"
    review(run, *range(12, 20))
    assert "1 fully reviewed" in words(visit(PAGE, run=run.id))


def test_a_region_in_the_link_is_open_with_its_figures_and_rows(store, visit):
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id, region="bb22")
    assert not app.exception
    assert "bb22" in app.subheader[0].value
    assert "Region 2 of 2" in words(app)
    assert "class a → class b" in html(app)
    assert sorted(app.dataframe[-1].value["row"]) == list(range(30, 60))
    assert any("30 rows in this region" in one.value for one in app.text)


def test_the_regions_before_and_after_are_one_click_away(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, region="aa11")
    assert app.button(key="region-previous").disabled
    app.button(key="region-next").click().run()
    assert in_url(app, "region") == "bb22"
    assert app.button(key="region-next").disabled
    app.button(key="region-parent").click().run()
    assert in_url(app, "region") == "aa11"


def test_a_region_that_there_is_not_is_reported_in_a_sentence(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, region="<b>zz")
    assert not app.exception
    assert "There is no region" in words(app)
    assert len(region_entries(app)) == 2


def test_without_regions_the_page_says_why_and_what_to_do(store, visit, monkeypatch):
    def none(run: Run, epoch: int):
        return fake_regions(200, why_none="All rows are equally hard.")

    monkeypatch.setattr("hamr.ui.neighbourhoods.found.regions_of", none)
    app = visit(PAGE, run=write_fake_run(store).id)
    assert not app.exception
    assert "All rows are equally hard" in words(app)
    assert "Draw a lasso" in words(app)


def test_an_older_run_offers_to_find_its_regions(store, visit, monkeypatch):
    started = []
    for place in ("neighbourhoods.found", "shell.region_search"):
        monkeypatch.setattr(f"hamr.ui.{place}.missing", lambda run: "not computed")
    monkeypatch.setattr(
        "hamr.ui.shell.region_search.spawn", lambda *a, **b: started.append(a) or Runs()
    )
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id)
    app.button(key="find-regions").click().run()
    assert not app.exception
    assert [(verb, job.id) for verb, job in started] == [("map", run.id)]


def test_very_many_rows_are_searched_by_a_process_of_its_own(store, visit, monkeypatch):
    started = []
    monkeypatch.setattr("hamr.views.base.label_errors.MOST_AT_ONCE", 100)
    monkeypatch.setattr(
        "hamr.ui.shell.region_search.start", lambda *given: started.append(given[0]) or Runs()
    )
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id)
    assert "Searching 200 rows takes about 1 minute of one core" in words(app)
    app.button(key="find-regions").click().run()
    assert not app.exception
    assert started[0][2:] == ["hamr", "regions", run.id, "--epoch", "3"]
    assert "for 0:00 minutes so far" in words(app)


def test_a_run_without_a_map_has_its_regions(store, visit):
    app = visit(PAGE, run=write_fake_run(store, with_map=False).id, region="aa11")
    assert not app.exception
    assert "The map is not drawn yet" in words(app)
    assert "aa11" in app.subheader[-1].value


def test_a_row_leads_to_its_region(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, row="12")
    app.button(key="row-region").click().run()
    assert in_url(app, "region") == "aa11"
    assert "row" not in app.query_params
    assert "Region 1 of 2" in words(app)


def test_the_link_to_relabel_has_the_region_and_relabel_shows_exactly_its_rows(store, visit):
    run = write_fake_run(store)
    app = visit(PAGE, run=run.id, region="aa11")
    first, second = [
        link.proto.query_string for link in app.get("page_link") if "Rel" in link.proto.page
    ][:2]
    assert "region=aa11" in first
    assert "judge=As+a+group" in first
    assert "judge" not in second
    app = visit(RELABEL, run=run.id, region="aa11", judge="As a group", annotator="ana")
    assert not app.exception
    assert "Only the 10 rows of the region" in words(app)
    assert sorted(app.dataframe[0].value["id"]) == sorted(run.rows().ids(range(10, 20)))


def test_relabel_leads_back_to_the_region(store, visit):
    app = visit(RELABEL, run=write_fake_run(store).id, region="aa11", annotator="ana")
    (back,) = [one.proto for one in app.get("page_link") if one.proto.label == "Back to the map"]
    assert "region=aa11" in back.query_string
    app.button(key="no-lasso").click().run()
    assert "region" not in app.query_params


def test_the_rows_that_the_map_shows_filter_nothing_on_relabel(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, region="aa11")
    assert "split" not in app.query_params
    assert "split" not in app.session_state


def test_relabel_says_where_the_region_is_not_there(store, visit):
    app = visit(RELABEL, run=write_fake_run(store).id, region="zz", annotator="ana")
    assert not app.exception
    assert "There is no region" in words(app)


def test_regions_of_mentions_hold_their_sentences(store, visit):
    run = write_fake_token_run(store)
    app = visit(PAGE, run=run.id, region="aa11")
    assert not app.exception
    assert "10 mentions" in region_entries(visit(PAGE, run=run.id))[0]["lines"][0]
    relabel = visit(RELABEL, run=run.id, region="aa11", judge="As a group", annotator="ana")
    assert not relabel.exception
    assert "of the region" in words(relabel)
