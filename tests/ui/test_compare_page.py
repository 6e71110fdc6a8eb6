"""Compare: which runs it shows, what it says of them, and its address."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.packing import Frame
from hamr.views.compare import rows as compare_rows
from tests.fake_run import fake_dataset, write_fake_run, write_fake_token_run
from tests.ui.conftest import words
from tests.views.fake_words import fake_token_dataset

COMPARE = "pages/8_Compare.py"
VIEWS = (
    "Scores", "Differences", "Curves", "Rows", "Regions", "Hardness", "Weight curves", "Settings",
)  # fmt: skip


def write_runs(store, dataset=None, methods=("erm", "hamr"), seeds=(1, 2)):
    """Runs of two methods with two seeds on the same rows."""
    dataset = dataset or fake_dataset()
    return [
        write_fake_run(store, method=method, dataset=dataset, seed=seed, run_seed=seed, epochs=2)
        for method in methods
        for seed in seeds
    ]


def shown(app) -> list[str]:
    return app.multiselect(key="compare_runs").value


def test_a_store_without_runs_offers_the_demo(visit):
    app = visit(COMPARE)
    assert not app.exception
    assert "No run yet" in words(app)


def test_runs_without_an_epoch_can_not_be_compared_yet(store, visit):
    write_fake_run(store, status="queued")
    assert "completed an epoch" in words(visit(COMPARE))


def test_one_run_is_shown_and_asks_for_another(store, visit):
    app = visit(COMPARE, run=write_runs(store, methods=("erm",), seeds=(1,))[0].id)
    assert not app.exception
    assert "Add another one" in words(app)


@pytest.mark.parametrize("token", [False, True])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_two_methods_with_two_seeds(store, visit, view, token):
    write_runs(store, fake_token_dataset() if token else None)
    app = visit(COMPARE, tab=view)
    assert not app.exception
    assert not app.error
    assert "4 runs, 2 methods or configurations" in words(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_runs_on_other_rows_and_of_another_task(store, visit, view):
    runs = [*write_runs(store), write_fake_token_run(store), write_fake_run(store, seed=9)]
    app = visit(COMPARE, tab=view, runs=",".join(run.id for run in runs))
    assert not app.exception
    assert not app.error
    assert "3 different sets of test rows" in words(app)


def test_the_same_test_rows_with_other_training_rows_are_pointed_out(store, visit):
    dataset = fake_dataset()
    train = dataclasses.replace(dataset.train, texts=("changed", *dataset.train.texts[1:]))
    other = dataclasses.replace(dataset, train=train, fingerprint="f" * 64)
    runs = [*write_runs(store, dataset), *write_runs(store, other, ("erm",))]
    app = visit(COMPARE, runs=",".join(run.id for run in runs))
    assert "the same test rows" in words(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_while_a_run_trains(store, visit, view):
    write_fake_run(store, epochs=1, with_map=False)
    run = write_fake_run(store, epochs=1, status="running", with_map=False, method="erm")
    with run.hold():
        app = visit(COMPARE, tab=view)
    assert not app.exception
    assert not app.error


def test_the_address_keeps_the_choice(store, visit):
    runs = write_runs(store)
    app = visit(COMPARE)
    app.multiselect(key="compare_runs").set_value([runs[3].id, runs[0].id]).run()
    address = app.query_params["runs"]
    address = address if isinstance(address, str) else address[0]
    assert shown(visit(COMPARE, runs=address)) == [runs[3].id, runs[0].id]


def test_removing_all_runs_leaves_none(store, visit):
    write_runs(store)
    app = visit(COMPARE)
    app.multiselect(key="compare_runs").set_value([]).run()
    assert "Choose the runs" in words(app)
    app.button(key="all_of_data").click().run()
    assert len(shown(app)) == 4


def test_a_run_that_is_gone_is_named_and_the_others_are_shown(store, visit):
    runs = write_runs(store)
    app = visit(COMPARE, runs=f"{runs[0].id[:8]},0000beef")
    assert shown(app) == [runs[0].id]
    assert "0000beef" in words(app)


def test_a_link_to_a_run_shows_all_runs_on_its_data(store, visit):
    other, runs = write_fake_run(store, seed=5), write_runs(store, seeds=(1,))
    app = visit(COMPARE, beside=runs[0].id, runs=other.id)
    assert sorted(shown(app)) == sorted(run.id for run in runs)
    assert "beside" not in app.query_params


def test_two_runs_and_a_class_are_chosen_by_the_address(store, visit):
    runs = write_runs(store)
    app = visit(COMPARE, tab="Rows", a=runs[2].id[:8], b=runs[3].id[:8])
    assert app.selectbox(key="rows-A").value == runs[2].id
    assert app.selectbox(key="rows-B").value == runs[3].id
    app.selectbox(key="rows-B").set_value(runs[0].id).run()
    assert "".join(app.query_params["b"]) == runs[0].id[:8]


def test_rows_of_other_data_are_not_compared(store, visit):
    runs = [write_fake_run(store, seed=seed) for seed in (1, 2)]
    for tab in ("Rows", "Hardness", "Differences"):
        app = visit(COMPARE, tab=tab, runs=",".join(run.id for run in runs))
        assert not app.exception
        assert "n't be" in words(app) or "Not comparable" in words(app)


@pytest.mark.parametrize("lone", ["erm", "hamr"])
def test_by_default_runs_on_the_same_rows_are_compared(store, visit, lone):
    runs = [*write_runs(store), write_fake_run(store, method=lone, seed=9, name="alone")]
    ids = ",".join(run.id for run in runs)
    for tab, boxes in (("Rows", ("rows-A", "rows-B")), ("Hardness", ("hardness-A", "hardness-B"))):
        app = visit(COMPARE, tab=tab, runs=ids)
        assert runs[-1].id not in [app.selectbox(key=box).value for box in boxes]
    app = visit(COMPARE, tab="Differences", runs=ids)
    assert app.selectbox(key="baseline_picker").value.startswith("ERM")
    assert any("p (Holm)" in table for table in tables(app))


def test_methods_without_hardness_say_so(store, visit):
    write_runs(store, methods=("erm",))
    assert "equally hard" in words(visit(COMPARE, tab="Hardness"))


def test_seeds_that_do_not_match_are_pointed_out(store, visit):
    write_runs(store, methods=("erm",), seeds=(1,))
    write_runs(store, methods=("hamr",), seeds=(2,))
    assert "No seed in common" in words(visit(COMPARE, tab="Differences"))


def test_the_baseline_of_the_address_is_a_run_of_it(store, visit):
    runs = write_runs(store)
    app = visit(COMPARE, tab="Differences", baseline=runs[3].id[:8])
    assert app.selectbox(key="baseline_picker").value == "HAMR"
    app.selectbox(key="baseline_picker").set_value("ERM (plain training)").run()
    assert "".join(app.query_params["baseline"]) == runs[0].id[:8]


def address(app, name):
    """A part of the URL; None where it has none of that name."""
    return "".join(app.query_params[name]) if name in app.query_params else None


def tables(app):
    return [element.value for element in app.dataframe]


@pytest.mark.parametrize("token", [False, True])
def test_rows_in_the_address_are_shown_in_full(store, visit, token):
    run = write_runs(store, fake_token_dataset() if token else None)[0]
    app = visit(COMPARE, tab="Rows", test_row="3", train_row="11")
    assert not app.exception
    each = "sentence" if token else "row"
    assert [h.value for h in app.subheader if h.value.endswith((" 3", " 11"))] == [
        f"Test {each} 3",
        f"Training {each} 11",
    ]
    assert run.rows("test").texts([3])[0] in words(app)
    assert run.rows().texts([11])[0] in words(app)
    assert "A, HAMR, seed 1, predicts" in words(app)


def test_an_open_row_leads_to_either_run_and_is_closed(store, visit):
    write_runs(store)
    app = visit(COMPARE, tab="Rows", train_row="11")
    links = [link.proto.label for link in app.get("page_link")]
    assert links == ["Why A drew it", "Why B drew it", "Relabel this row"]
    app.button(key="train_row-close").click().run()
    assert address(app, "train_row") is None
    assert not app.get("page_link")


@pytest.mark.parametrize(
    ("name", "said"), [("test_row", "There is no test row '4000'"), ("train_row", "no row '4000'")]
)
def test_a_row_that_is_not_there_is_named_and_removed_of_the_address(store, visit, name, said):
    write_runs(store)
    app = visit(COMPARE, tab="Rows", **{name: "4000"})
    assert not app.exception
    assert said in words(app)
    assert address(app, name) is None


def test_a_lasso_in_the_address_lists_its_rows_with_different_predictions(store, visit):
    left = [(-1000, -1000), (32768, -1000), (32768, 70000), (-1000, 70000)]
    dataset = fake_dataset()
    a, b = (
        write_fake_run(store, dataset=dataset, seed=seed, run_seed=seed, epochs=2)
        for seed in (1, 2)
    )
    app = visit(COMPARE, tab="Rows", a=a.id[:8], b=b.id[:8], lasso=lasso_text(left))
    xy = a.map()
    held = inside(Frame.around(xy).to_data(left), xy) & compare_rows.differ(a, b, 2, 2)
    assert 0 < held.sum() < len(xy)
    assert sorted(tables(app)[1]["row"]) == np.flatnonzero(held).tolist()


def test_chosen_rows_stay_with_their_data_and_go_with_others(store, visit):
    runs, other = write_runs(store), write_fake_run(store, seed=9)
    chosen = ",".join(run.id for run in [*runs, other])
    app = visit(COMPARE, tab="Rows", runs=chosen, a=runs[2].id[:8], train_row="11")
    app.selectbox(key="rows-A").set_value(runs[3].id).run()
    assert address(app, "train_row") == "11"
    app.selectbox(key="rows-A").set_value(other.id).run()
    assert address(app, "train_row") is None


@pytest.mark.parametrize(("tab", "name"), [("Rows", "rows-epoch"), ("Hardness", "hardness-epoch")])
def test_the_epoch_of_both_is_in_the_address(store, visit, tab, name):
    write_runs(store, methods=("hamr",))
    for asked, shown_epoch in (("1", 1), ("7", 2)):  # where there is no epoch 7, the newest
        app = visit(COMPARE, tab=tab, **{name: asked})
        assert not app.exception
        assert app.select_slider(key=name).value == shown_epoch


def test_the_regions_of_a_run_that_lacks_them_are_found_at_a_click(store, visit, monkeypatch):
    started = []

    def spawn(verb, run, **limits):
        started.append(run.id)
        return SimpleNamespace(poll=lambda: None)  # goes on

    monkeypatch.setattr("hamr.ui.shell.region_search.spawn", spawn)
    run, other, *_ = write_runs(store)
    app = visit(COMPARE, tab="Regions", a=run.id, b=other.id)
    assert "the neighbours of run A's rows are not computed" in words(app)
    app.button(key="find-regions").click().run()
    assert started == [run.id]
    assert "Computing the neighbours" in words(app)


@pytest.mark.parametrize(("with_map", "said"), [(False, "with its map"), (True, "not computed")])
def test_regions_are_announced_while_the_map_of_an_ended_run_is_drawn(store, visit, with_map, said):
    run = write_fake_run(store, with_map=with_map)
    other = write_fake_run(store, method="erm", run_seed=1)
    app = visit(COMPARE, tab="Regions", a=run.id, b=other.id)
    assert said in words(app)
    assert ("by themselves" in words(app)) is not with_map


def test_regions_that_another_process_finds_meanwhile_are_shown(store, visit, monkeypatch):
    answers = iter(["not computed"])
    monkeypatch.setattr("hamr.ui.shell.region_search.missing", lambda run: next(answers, ""))
    write_runs(store)
    app = visit(COMPARE, tab="Regions")
    assert not app.exception
    assert "No hard regions yet" not in words(app)
