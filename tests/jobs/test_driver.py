import os
import signal
import subprocess
import sys

import psutil
import pytest

from hamr.jobs import Driver, request_stop, resume, submit
from hamr.jobs.driver import LOOK_SECONDS
from hamr.store import Store
from tests.jobs.conftest import PATIENCE, settings_of, spawn_double, wait_for, wait_for_status


def workers(of=None):
    """The living worker processes below that process.

    Only those: other tests leave processes below this one that later tests need, as the resource
    tracker of multiprocessing.
    """
    below = psutil.Process(of).children(recursive=True)
    living = [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in living if "tests.jobs.double" in p.cmdline()]


def test_queued_runs_are_trained_one_after_the_other(store, driver):
    first, second = (submit(store, settings_of(2), name=f"ends-{n}") for n in (1, 2))
    driver.start()
    assert wait_for_status(second, "finished") == "finished"
    assert first.info.finished <= second.info.started


def test_submitted_run_shows_life_at_once_and_then_progress(store, driver):
    driver.start()
    run = submit(store, settings_of(200), name="lasts")
    assert wait_for(lambda: run.events()[0])
    # By the driver, before the worker can say so: that takes it a second, or many.
    assert run.events()[0][0]["message"] == "A worker process starts"
    assert LOOK_SECONDS < 0.5
    assert wait_for(run.progress)


def test_running_run_stops_when_asked_and_resumes(store, driver):
    driver.start()
    run = submit(store, settings_of(8), name="waits")
    assert wait_for(run.epochs)
    request_stop(store, run.id)
    assert wait_for_status(run, "stopped") == "stopped"
    resume(store, run.id)
    assert wait_for_status(run, "finished") == "finished"
    assert run.epochs() == list(range(1, 9))


def test_failure_reaches_the_run_with_its_field(store, driver):
    run = submit(store, settings_of(3), name="refuses")
    driver.start()
    assert wait_for_status(run, "failed") == "failed"
    assert (run.info.error_field, run.epochs()) == ("learning_rate", [1])


def test_worker_that_can_not_start_fails_its_run_and_the_next_goes_on(store, driver):
    bad = submit(store, settings_of(1), name="dies early")
    good = submit(store, settings_of(1), name="ends")
    driver.start()
    assert wait_for_status(good, "finished") == "finished"
    assert bad.info.status == "failed"
    assert "no module named torch" in bad.info.error


def test_killed_worker_leaves_an_interrupted_run_that_says_so(store, driver):
    driver.start()
    run = submit(store, settings_of(1000), name="lasts")
    assert wait_for(run.epochs)
    for worker in workers():
        worker.kill()
    assert wait_for_status(run, "interrupted") == "interrupted"
    assert wait_for(lambda: "signal 9" in run.events()[0][-1].get("message", ""))


def test_closed_driver_leaves_no_worker(store, driver):
    driver.start()
    run = submit(store, settings_of(1000), name="lasts")
    assert wait_for(run.epochs)
    driver.close()
    assert workers() == []
    assert run.info.status == "interrupted"


def test_second_app_says_that_another_leads_and_takes_over(store, driver):
    driver.start()
    other = Driver(Store.open(store.home), spawn=spawn_double)
    other.start()
    try:
        assert (driver.leader, other.leader) == (True, False)
        assert str(store.home) in other.note
        driver.close()
        assert wait_for(lambda: other.leader)
        assert other.note == ""
        run = submit(store, settings_of(1), name="ends")
        assert wait_for_status(run, "finished") == "finished"
    finally:
        other.close()


def test_starting_twice_starts_one_thread(store, driver):
    driver.start()
    thread = driver._thread
    driver.start()
    assert driver._thread is thread


def test_driver_waits_while_a_run_trains_outside_the_app(store, driver):
    from hamr.store.locks import held

    with held(store.home / "training.lock", "busy"):
        driver.start()
        run = submit(store, settings_of(1), name="ends")
        assert wait_for(lambda: driver.note)
        assert run.info.status == "queued"
    assert wait_for_status(run, "finished") == "finished"
    assert wait_for(lambda: driver.note == "")


def test_run_that_a_terminal_holds_is_left_to_it(store, driver):
    run = submit(store, settings_of(1), name="ends-1")
    with run.hold():
        driver.start()
        other = submit(store, settings_of(1), name="ends-2")
        assert wait_for_status(other, "finished") == "finished"
        assert run.info.status == "queued"


def test_next_run_does_not_wait_for_the_map_of_the_last(store, driver):
    first, second = (submit(store, settings_of(1), name=name) for name in ("ends slowly", "ends"))
    driver.start()
    assert wait_for_status(second, "finished") == "finished"
    assert first.info.status == "finished"
    assert len(workers()) >= 1


def test_driver_outlives_an_error_of_the_store(store, driver, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "queue", lambda self: (_ for _ in ()).throw(OSError("broken")))
        driver.start()
        assert wait_for(lambda: driver.note == "broken")
    run = submit(store, settings_of(1), name="ends")
    assert wait_for_status(run, "finished") == "finished"


APP = """
import sys, time
from hamr.jobs import Driver, submit
from hamr.jobs.driver import LOOK_SECONDS
from hamr.store import Store
from tests.jobs.conftest import settings_of, spawn_double
store = Store.open()
Driver(store, spawn=spawn_double).start()
submit(store, settings_of(1000), name="lasts")
if sys.argv[1] == "SIGTERM":  # as Streamlit does: the handler asks the main thread to leave
    import signal
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(600)
"""


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGKILL"])
def test_app_that_is_ended_leaves_no_orphan_and_a_run_that_resumes(store, ending):
    environment = {**os.environ, "HAMR_HOME": str(store.home)}
    app = subprocess.Popen([sys.executable, "-c", APP, ending], env=environment)
    try:
        assert wait_for(store.runs)
        run = store.run("lasts")
        assert wait_for(run.epochs)
        below = workers(app.pid)
        app.send_signal(getattr(signal, ending))
        app.wait(timeout=PATIENCE)
    finally:
        app.kill()
    assert below
    assert psutil.wait_procs(below, timeout=PATIENCE)[1] == []
    assert run.info.status == "interrupted"
    assert run.checkpoint()[0] == run.epochs()[-1]
