import os
import threading

import numpy as np
import pytest

from hamr.errors import BusyError, HamrError, NoSpaceError, SettingError, TrainingError
from hamr.jobs import request_stop, resume, resume_now, run_worker, submit
from hamr.store.locks import held
from tests.fake_run import fake_final, write_fake_run
from tests.jobs.conftest import PATIENCE, settings_of, wait_for
from tests.jobs.double import NoMap, load, trainer


def work(run, stop=lambda: False, report=lambda record: None, **behaviour):
    run_worker(
        run.store,
        run.id,
        train=trainer(**behaviour),
        load=load,
        maps=NoMap,
        stop=stop,
        report=report,
    )


def after(calls):
    """A stop that turns true after that many questions."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= calls


def test_run_is_trained_to_its_end(store):
    run = submit(store, settings_of(3))
    work(run)
    assert run.info.status == "finished"
    assert run.epochs() == [1, 2, 3]
    assert run.final().best_epoch == 2


def test_every_record_is_reported(store):
    heard = []
    work(submit(store, settings_of(2)), report=heard.append)
    kinds = [type(record).__name__ for record in heard]
    assert kinds[0] == "Progress"
    assert (kinds.count("EpochRecord"), kinds[-1]) == (2, "FinalRecord")


def test_progress_is_reported_before_the_rows_are_loaded(store):
    run = submit(store, settings_of(1))

    def slow_load(settings):
        assert run.progress()["phase"] == "loading"
        return load(settings)

    run_worker(store, run.id, train=trainer(), load=slow_load, maps=NoMap)
    assert run.info.status == "finished"


def test_stopped_run_resumes_to_the_same_end(store):
    straight, halting = (submit(store, settings_of(4)) for _ in range(2))
    work(straight)
    work(halting, stop=after(5))
    assert (halting.info.status, halting.epochs()) == ("stopped", [1])
    resume(store, halting.id)
    work(halting)
    assert halting.info.status == "finished"
    for name in ("hardness", "visits"):
        rows = np.arange(60)
        np.testing.assert_array_equal(
            halting.trajectory(name, rows), straight.trajectory(name, rows)
        )


def test_any_process_may_ask_a_running_run_to_stop(store):
    run = submit(store, settings_of(1000))
    worker = threading.Thread(target=work, args=[run], kwargs={"pause": 0.005})
    worker.start()
    assert wait_for(run.epochs)
    request_stop(store, run.id)
    assert run.info.status in ("stopping", "stopped")
    worker.join(timeout=PATIENCE)
    assert run.info.status == "stopped"


def test_queued_run_stops_at_once_and_is_not_trained(store):
    run = submit(store, settings_of(1))
    request_stop(store, run.id)
    assert run.info.status == "stopped"
    work(run)
    assert (run.info.status, run.epochs()) == ("stopped", [])


def test_interrupted_run_can_be_stopped_for_good(store):
    run = submit(store, settings_of(1))
    run.set_status("running")
    request_stop(store, run.id)
    assert run.info.status == "stopped"


def test_stop_of_a_finished_run_changes_nothing(store):
    run = submit(store, settings_of(1))
    work(run)
    request_stop(store, run.id)
    assert run.info.status == "finished"


def test_failure_keeps_sentence_field_and_finished_epochs(store):
    run = submit(store, settings_of(3))
    with pytest.raises(TrainingError):
        work(run, fault=TrainingError("The loss is NaN: lower the rate", field="learning_rate"))
    info = run.info
    assert (info.status, info.error_field, run.epochs()) == ("failed", "learning_rate", [1])
    assert info.error == "The loss is NaN: lower the rate"


def test_fault_of_the_program_is_a_sentence_with_its_trace_in_the_log(store):
    run = submit(store, settings_of(3))
    with pytest.raises(HamrError, match="a fault of ours"):
        work(run, fault=RuntimeError("a fault of ours\nwith more lines"))
    info = run.info
    assert info.status == "failed"
    assert "Traceback" not in info.error
    assert "\n" not in info.error
    assert "Traceback" in run.events()[0][-1]["trace"]


def test_failed_run_resumes_after_its_last_epoch(store):
    run = submit(store, settings_of(3))
    with pytest.raises(TrainingError):
        work(run, fault=TrainingError("no"), fault_epoch=3)
    resume(store, run.id)
    assert run.info.error is None
    work(run)
    assert (run.info.status, run.epochs()) == ("finished", [1, 2, 3])


def test_full_disk_fails_the_run_and_keeps_its_epochs(store, monkeypatch):
    run = submit(store, settings_of(4))
    sync, full = os.fsync, OSError(28, "No space left on device")

    def fsync(descriptor):
        if run.info.epochs_done == 2:
            raise full
        sync(descriptor)

    with monkeypatch.context() as patch, pytest.raises(NoSpaceError):
        patch.setattr(os, "fsync", fsync)
        work(run)
    assert (run.info.status, run.epochs()) == ("failed", [1, 2])
    assert "full" in run.info.error
    resume(store, run.id)
    work(run)
    assert run.epochs() == [1, 2, 3, 4]


def test_damaged_checkpoint_sends_training_back_one_epoch(store):
    run = submit(store, settings_of(5))
    work(run, stop=after(10))
    assert run.epochs() == [1, 2, 3]
    (run.folder / "epochs" / "000003" / "checkpoint.safetensors").write_bytes(b"")
    resume(store, run.id)
    work(run)
    assert run.epochs() == [1, 2, 3, 4, 5]
    assert any("after epoch 2" in event.get("message", "") for event in run.events()[0])


def test_training_that_just_ends_is_a_failure(store):
    run = submit(store, settings_of(2))
    with pytest.raises(TrainingError, match="before its last epoch"):
        run_worker(store, run.id, train=lambda *a, **k: iter(()), load=load, maps=NoMap)
    assert run.info.status == "failed"


def test_run_waits_while_another_process_trains_on_the_home(store):
    run = submit(store, settings_of(1))
    worker = threading.Thread(target=work, args=[run])
    with held(store.home / "training.lock", "busy"):
        worker.start()
        assert wait_for(lambda: run.is_held)
        assert run.info.status == "queued"
    worker.join(timeout=PATIENCE)
    assert run.info.status == "finished"


def test_run_that_waits_for_its_turn_can_be_stopped(store):
    run = submit(store, settings_of(1))
    worker = threading.Thread(target=work, args=[run])
    with held(store.home / "training.lock", "busy"):
        worker.start()
        assert wait_for(lambda: run.is_held)
        request_stop(store, run.id)
        worker.join(timeout=PATIENCE)
    assert (run.info.status, run.epochs()) == ("stopped", [])


def test_run_under_training_is_not_resumed(store):
    run = submit(store, settings_of(1))
    with run.hold():
        run.set_status("running")
        with pytest.raises(BusyError, match="running already"):
            resume(store, run.id)


def test_queued_run_whose_worker_was_killed_is_resumed_from_the_command_line(store):
    run = write_fake_run(store, rows=60, epochs=1)
    run.set_status("queued")
    with run.hold(), pytest.raises(BusyError, match="queued already"):
        resume_now(store, run.id)  # another process waits with it
    resume_now(
        store, run.id, train=lambda *_, **__: iter([fake_final(run.dataset(), best_epoch=1)])
    )
    assert run.info.status == "finished"


def test_finished_run_is_not_resumed(store):
    run = submit(store, settings_of(1))
    work(run)
    with pytest.raises(SettingError, match="start a new run"):
        resume(store, run.id)


def test_rows_are_read_from_their_source_only_once(store):
    run = submit(store, settings_of(2))
    work(run, stop=after(4))
    resume(store, run.id)

    def gone(settings):
        raise AssertionError("the source was read again")

    run_worker(store, run.id, train=trainer(), load=gone, maps=NoMap)
    assert run.info.status == "finished"
