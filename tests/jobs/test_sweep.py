"""Sweeps: run, stopped, killed for real and taken up again."""

import sys
import threading

import psutil
import pytest

from hamr.config import DataSettings, TrainingSettings
from hamr.errors import BusyError, DataError, SettingError, TrainingError
from hamr.jobs import Driver, run_sweep, stop_sweep, submit_sweep
from hamr.jobs.child import start
from hamr.store import Store
from hamr.store.locks import held
from hamr.sweeps import sweep_of
from tests.jobs.conftest import PATIENCE, wait_for
from tests.jobs.double import load
from tests.jobs.sweep_double import HURRY, DoubleWorker


def made(store, methods, seeds=(0, 1), epochs=3, **grid):
    training = TrainingSettings(epochs=epochs)
    return store.sweeps.create(sweep_of(DataSettings(), training, methods, seeds, grid))


def go(sweep, **how):
    run_sweep(sweep, **{"jobs": 2, "new_worker": DoubleWorker, "load": load, **how})


def statuses(sweep):
    return [info.status for _, info in sorted(sweep.runs().items())]


def test_all_runs_of_a_sweep_are_trained_as_ordinary_runs_on_the_same_rows(store):
    sweep = made(store, ("erm", "hamr"), tau=(0.5, 0.7))
    go(sweep)
    assert sweep.info.status == "finished"
    assert statuses(sweep) == ["finished"] * 6
    assert {info.fingerprint for info in store.runs()} == {sweep.info.fingerprint}
    names = [info.name for _, info in sorted(sweep.runs().items())]
    assert names[1] == "demo sweep 1, hamr, tau 0.5, seed 0"


def test_workers_stay_for_several_runs(store):
    workers = []

    def new_worker(sweep):
        workers.append(DoubleWorker(sweep))
        return workers[-1]

    sweep = made(store, ("erm", "hamr"))
    go(sweep, new_worker=new_worker, ended=lambda: workers.append(None))
    assert workers.index(None) == 2  # and one more draws the map


def test_a_run_that_fails_leaves_the_others_and_keeps_its_reason(store):
    sweep = made(store, ("dice", "erm"))
    go(sweep)
    assert statuses(sweep) == ["failed", "finished"] * 2
    assert sweep.info.status == "failed"
    assert "NaN" in sweep.runs()[0].error


def test_a_worker_that_dies_fails_its_run_and_the_others_go_on(store):
    sweep = made(store, ("lnr", "erm"))
    go(sweep)
    assert statuses(sweep) == ["failed", "finished"] * 2
    assert "exit code 9" in sweep.runs()[0].error


def test_a_sweep_killed_for_real_continues_where_it_was(store):
    sweep = made(store, ("erm", "focal"), epochs=30)  # focal, which is slow, still trains then
    command = [sys.executable, "-m", "tests.jobs.sweep_double", "run", sweep.id]
    process = start(command, sweep)
    under = psutil.Process(process.pid)

    def half_way():
        known = sweep.runs()
        return 1 in known and known[1].epochs_done >= 2 and "finished" in statuses(sweep)

    assert wait_for(half_way)
    children = under.children(recursive=True)
    process.kill()
    process.communicate()
    assert wait_for(lambda: not any(child.is_running() for child in children))
    assert sweep.info.status == "interrupted"
    before = sweep.runs()
    assert before[1].status == "interrupted"
    (store.home / HURRY).touch()
    go(sweep)
    after = sweep.runs()
    assert statuses(sweep) == ["finished"] * 4
    assert sweep.info.status == "finished"
    done = [place for place, info in before.items() if info.status == "finished"]
    assert all(after[place] == before[place] for place in done)
    said = [event.get("message", "") for event in store.run(after[1].id).events()[0]]
    assert any(line.startswith("Training continues after epoch") for line in said)
    assert after[1].id == before[1].id


def test_a_sweep_stops_when_asked_and_its_runs_keep_what_they_learned(store):
    sweep = made(store, ("focal",), seeds=(0, 1, 2), epochs=500)
    runner = threading.Thread(target=go, args=[sweep])
    runner.start()
    assert wait_for(lambda: any(info.epochs_done for info in sweep.runs().values()))
    stop_sweep(store, sweep.id)
    runner.join(timeout=PATIENCE)
    assert not runner.is_alive()
    assert sweep.info.status == "stopped"
    assert statuses(sweep) == ["stopped", "stopped"]  # the third was never begun


def test_a_deleted_run_is_made_again_and_a_finished_sweep_has_nothing_to_do(store):
    sweep = made(store, ("erm",))
    go(sweep)
    first = sweep.runs()[0]
    store.delete_run(first.id)
    go(sweep)
    assert sweep.runs()[0].id != first.id
    again = sweep.runs()
    go(sweep)
    assert sweep.runs() == again


def test_rows_that_can_not_be_read_end_a_sweep_before_its_first_run(store):
    def broken(settings):
        raise DataError("no such column", field="text_column")

    sweep = made(store, ("erm",))
    with pytest.raises(DataError):
        go(sweep, load=broken)
    found = (sweep.info.status, sweep.info.error, sweep.info.error_field)
    assert found == ("failed", "no such column", "text_column")
    assert store.runs() == []


def test_a_sweep_waits_while_another_process_trains_on_the_home(store):
    sweep = made(store, ("erm",), seeds=(0,))
    reported = []
    with held(store.home / "training.lock", "busy"):
        runner = threading.Thread(target=go, args=[sweep], kwargs={"report": reported.append})
        runner.start()
        assert wait_for(lambda: any(progress.waits for progress in reported))
        assert sweep.info.status == "queued"
    runner.join(timeout=PATIENCE)
    assert sweep.info.status == "finished"


def test_one_process_at_a_time_runs_a_sweep(store):
    sweep = made(store, ("erm",))
    with sweep.hold(), pytest.raises(BusyError):
        go(sweep)


def test_the_app_runs_a_queued_sweep_and_one_that_was_stopped_stays(store):
    training = TrainingSettings(epochs=2)
    first = submit_sweep(store, sweep_of(DataSettings(), training, ("erm",), (0,), {}))
    second = submit_sweep(store, sweep_of(DataSettings(), training, ("erm",), (1,), {}))
    stop_sweep(store, second.id)

    def spawn(job):
        return start([sys.executable, "-m", "tests.jobs.sweep_double", "run", job.id], job)

    driver = Driver(store, spawn=spawn)
    driver.start()
    try:
        assert wait_for(lambda: first.info.status == "finished")
        assert second.info.status == "stopped"
    finally:
        driver.close()


def test_a_sweep_is_found_by_its_specification_name_or_id(store):
    sweep = made(store, ("erm",))
    settings = sweep.info.settings
    assert store.sweeps.like(settings, "any", None).id == sweep.id
    assert Store.open(store.home).sweeps.get("demo sweep 1").id == sweep.id
    assert store.sweeps.get(sweep.id[:6]).id == sweep.id
    with pytest.raises(SettingError, match="choose another name"):
        store.sweeps.create(settings, name="demo sweep 1")


def test_an_error_of_the_program_is_a_sentence_with_its_trace_in_the_log(store):
    def broken(settings):
        raise RuntimeError("a fault of ours")

    sweep = made(store, ("erm",))
    with pytest.raises(TrainingError, match="a fault of ours"):
        go(sweep, load=broken)
    assert sweep.info.status == "failed" and "a fault of ours" in sweep.info.error
    assert "Traceback" in (sweep.folder / "events.jsonl").read_text(encoding="utf-8")


def test_a_sweep_that_waits_can_be_stopped(store):
    sweep, ended = made(store, ("erm",)), []
    with held(store.home / "training.lock", "busy"):
        runner = threading.Thread(
            target=go, args=[sweep], kwargs={"ended": lambda: ended.append(1)}
        )
        runner.start()
        assert wait_for(lambda: sweep.is_held)
        stop_sweep(store, sweep.id)
        runner.join(timeout=PATIENCE)
    assert (sweep.info.status, sweep.runs(), ended) == ("stopped", {}, [1])
