import random
from multiprocessing import get_context
from pathlib import Path
from time import sleep

import pytest

from hamr.jobs import resume, run_worker, submit
from hamr.records import EPOCH_ARRAYS, ROW_SIGNALS
from hamr.store import Store
from tests.jobs.conftest import settings_of, wait_for
from tests.jobs.double import NoMap, load, trainer, work_on

TRIES = 10


# A forked process has these at once; importing them anew for each try would take seconds.
PRELOADED = ["tests.jobs.double", "hamr.jobs", "pandas", "pyarrow.compute", "safetensors.numpy"]


@pytest.fixture
def start_worker(monkeypatch):
    """Starts a worker in a process of its own, forked from one that has imported all."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)

    def start(run):
        process = context.Process(target=work_on, args=(run.store.home, run.id), daemon=True)
        process.start()
        return process

    return start


def read_everything(run):
    """Read, and so verify, every file that the store lists of every epoch."""
    for epoch in run.epochs():
        run.arrays(epoch, list(EPOCH_ARRAYS))
        for name in ROW_SIGNALS:
            assert len(run.signal(name, epoch)) == run.info.train_rows


def test_killed_at_any_moment_loses_no_listed_epoch(store, start_worker):
    run = submit(store, settings_of(1000))
    moments, listed = random.Random(5), []
    for _ in range(TRIES):
        worker = start_worker(run)
        before = len(listed)
        assert wait_for(lambda before=before: len(run.epochs()) > before)
        sleep(moments.uniform(0, 0.15))
        worker.kill()
        worker.join()
        assert run.info.status == "interrupted"
        assert run.epochs()[: len(listed)] == listed
        listed = run.epochs()
        assert run.checkpoint()[0] == listed[-1]
        resume(store, run.id)
    read_everything(run)
    Store.open(store.home)
    assert list((store.home / "tmp").iterdir()) == []  # what the dead left is swept


def test_run_killed_after_its_last_epoch_still_gets_its_final_scores(store):
    run = submit(store, settings_of(2))

    def dies_at_the_end(*arguments, **options):
        for record in trainer()(*arguments, **options):
            if type(record).__name__ == "FinalRecord":
                raise KeyboardInterrupt
            yield record

    with pytest.raises(KeyboardInterrupt):
        run_worker(store, run.id, train=dies_at_the_end, load=load, maps=NoMap)
    assert (run.info.status, run.info.epochs_done) == ("interrupted", 2)
    resume(store, run.id)
    run_worker(store, run.id, train=trainer(), load=load, maps=NoMap)
    assert (run.info.status, run.epochs()) == ("finished", [1, 2])
