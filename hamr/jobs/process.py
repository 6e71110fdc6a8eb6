"""The processes that the app and a sweep start: `python -m hamr work RUN`, `map RUN`,
`work-sweep SWEEP`, `sweep-workers SWEEP` and `pool-scores RUN`.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hamr.errors import BusyError, HamrError
from hamr.jobs.child import CHILD
from hamr.jobs.maps import draw_map
from hamr.jobs.sweep import run_sweep
from hamr.jobs.worker import run_worker
from hamr.jobs.worker_pool import serve
from hamr.store import Run, Store

DONE, FAILED, PARENT_GONE, BUSY = 0, 1, 3, 75


def work(home: str | Path | None, run_id: str, **options: Any) -> int:
    """Train a queued run as the app's worker, and exit when the app is gone; the exit code.

    `options` go to `run_worker`.
    """
    leave_with_parent()
    return _exit_code(lambda: run_worker(Store.open(home), run_id, **options))


def work_sweep(home: str | Path | None, sweep_id: str, **options: Any) -> int:
    """Run a queued sweep for the app, and exit when the app is gone; the exit code.

    `options` go to `run_sweep`.
    """

    def run() -> None:
        run_sweep(Store.open(home).sweeps.get(sweep_id), expected=("queued",), **options)

    leave_with_parent()
    return _exit_code(run)


def _exit_code(do: Callable[[], object]) -> int:
    """What the process exits with after that; an error is written to standard error."""
    try:
        do()
    except BusyError as error:
        print(error, file=sys.stderr)
        return BUSY
    except HamrError as error:
        print(error, file=sys.stderr)
        return FAILED
    return DONE


def serve_pool(home: str | Path | None, **options: Any) -> int:
    """Carry out the orders of a sweep on standard input, until that ends; the exit code.

    `options` go to `serve`.
    """
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=[orders], name="orders", daemon=True).start()
    serve(Store.open(home), iter(orders.get, None), **options)
    return DONE


def _read_orders(orders: queue.SimpleQueue[str]) -> None:
    with suppress(OSError):
        for line in sys.stdin:
            orders.put(line)
    os._exit(PARENT_GONE)  # at once, as in `_wait_and_exit`


def draw(home: str | Path | None, run_id: str, **options: Any) -> int:
    """Draw a run's maps at low priority, and exit when the worker is gone; the exit code.

    `options` go to `draw_map`.
    """
    leave_with_parent()
    with suppress(OSError):
        os.nice(19)  # training goes first
    try:
        store = Store.open(home)
        if draw_map(store, run_id, **options):
            return DONE
        print(_last_message(store.run(run_id)), file=sys.stderr)
        return FAILED
    except HamrError as error:
        print(error, file=sys.stderr)
        return FAILED


def score_unlabelled(home: str | Path | None, run_id: str) -> int:
    """Score a run's unlabelled rows for the app, and exit when it is gone; the exit code."""
    from hamr.jobs.pool_scores import score_pool

    leave_with_parent()
    with suppress(OSError):
        os.nice(10)  # the app and training go first
    return _exit_code(lambda: score_pool(Store.open(home).run(run_id)))


def _last_message(run: Run) -> str:
    """The last sentence of a run's log."""
    messages = [event["message"] for event in run.events()[0] if event["kind"] == "log"]
    return str(messages[-1]) if messages else "The log has no reason"


def leave_with_parent() -> None:
    """End this process once its standard input ends, which is when its parent is gone.

    Not if a person or a job scheduler started it: the end of its input means nothing then.
    """
    if not os.environ.get(CHILD):
        return
    threading.Thread(target=_wait_and_exit, name="parent", daemon=True).start()


def _wait_and_exit() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    # At once, even inside a step: whatever the store lists is whole at every moment, and a normal
    # exit would wait for torch's threads.
    os._exit(PARENT_GONE)
