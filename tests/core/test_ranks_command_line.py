"""`accelerate launch -m hamr`: two processes, as a user starts them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from hamr.cli.ranks import single_process_warning
from hamr.store import Store
from tests.core.small_data import save_tiny_encoder

ROOT = Path(__file__).parents[2]
LAUNCH = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
PATIENCE = 300  # seconds


def start(*arguments):
    """Two processes of `hamr` with those arguments; a port of their own."""
    command = [sys.executable, *LAUNCH, "--main_process_port", "0", "-m", "hamr"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment["CUDA_VISIBLE_DEVICES"] = ""
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process):
    """(exit code, standard output, standard error); fails if it hangs."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """The flags of a run that fine-tunes a tiny encoder."""
    folder = tmp_path_factory.mktemp("data")
    lines = ["text,label"]
    lines += [f"text of {n},{'good' if n % 4 else 'bad'}" for n in range(80)]
    (folder / "rows.csv").write_text("\n".join(lines))
    model = save_tiny_encoder(folder)
    short = ["--preset", "full", "--max-length", 16, "--neighbours", 3, "--seed", 1]
    return ["--data", folder / "rows.csv", "--model", model, *short]


def until_epoch(home, number, process):
    """The run on that home, once it has recorded the epoch."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        time.sleep(0.3)
        runs = Store.open(home).runs() if (home / "hamr.db").exists() else []
        if runs and runs[0].epochs_done >= number:
            return Store.open(home).run(runs[0].id)
    raise AssertionError(f"no epoch {number}: {finish(process)}")


def test_rank_0_alone_writes_and_speaks(flags, tmp_path):
    code, out, err = finish(start("train", *flags, "--epochs", 1, "--home", tmp_path, "--json"))
    assert code == 0, err
    result = json.loads(out)  # one line, of one process
    (info,) = Store.open(tmp_path).runs()
    assert (info.id, info.status) == (result["run"], "finished")
    assert err.count("epoch 1: macro-F1") == 1


@pytest.fixture(scope="module")
def interrupted(flags, tmp_path_factory):
    """(the run that two processes trained, what they said) after a Ctrl-C."""
    home = tmp_path_factory.mktemp("home")
    process = start("train", *flags, "--epochs", 1000, "--patience", 0, "--home", home)
    run = until_epoch(home, 1, process)
    process.send_signal(signal.SIGINT)
    return run, finish(process)[2]


def test_ctrl_c_stops_all_ranks_after_a_step(interrupted):
    run, said = interrupted
    assert run.info.status == "stopped", said
    assert said.count("Stopping after this step") == 1


def test_all_ranks_resume_and_end_when_one_is_killed(interrupted):
    run, _ = interrupted
    done = run.info.epochs_done
    process = start("resume", run.id, "--home", run.store.home)
    until_epoch(run.store.home, done + 1, process)
    ranks = [p for p in psutil.Process(process.pid).children() if "hamr" in p.cmdline()]
    next(rank for rank in ranks if rank.environ()["RANK"] == "1").kill()
    code, _, said = finish(process)
    assert code != 0
    assert run.info.status in ("failed", "stopped"), said  # "stopped": the launcher was quicker
    assert run.info.epochs_done > done


def test_an_error_before_training_is_said_once_and_ends_all(flags, tmp_path):
    missing = ["--data", tmp_path / "nowhere.csv", "--home", tmp_path]
    code, _, err = finish(start("train", *flags, *missing))
    assert code != 0
    assert err.count("there is no file") == 1
    assert "hamr/cli" not in err  # no trace of the program's own


def test_a_launcher_that_starts_one_process_of_several_is_told_on(monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert single_process_warning() is None
    # What `accelerate launch --cpu --num_processes 2` leaves behind.
    monkeypatch.setenv("ACCELERATE_USE_CPU", "True")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    assert "--multi_gpu" in single_process_warning()


def test_the_quick_preset_embeds_with_all_ranks_and_trains_with_one(flags, tmp_path):
    own = [*flags, "--preset", "quick", "--epochs", 1, "--home", tmp_path]
    code, _, err = finish(start("train", *own))
    assert code == 0, err
    (info,) = Store.open(tmp_path).runs()
    assert info.status == "finished"
    assert "all 2 embed the rows, then one trains" in err
