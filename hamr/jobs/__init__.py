"""Training in the background: the queue, the worker process, and the thread that drives it.

The store alone has what is to be done and how it went: an app, a worker and a command line on one
home work together through it, and any of them may die.
"""

from hamr.jobs.current import (
    CurrentData,
    current_data,
    prepare_current,
    submit_current,
    submit_current_sweep,
)
from hamr.jobs.driver import Driver
from hamr.jobs.maps import draw_map
from hamr.jobs.paths import absolute, absolute_sweep
from hamr.jobs.process import draw, serve_pool, work, work_sweep
from hamr.jobs.queue import request_stop, resume, submit
from hamr.jobs.scheduler import SweepProgress, default_jobs
from hamr.jobs.sweep import (
    resume_sweep,
    rows_of,
    run_sweep,
    stop_sweep,
    submit_sweep,
)
from hamr.jobs.worker import resume_now, run_worker, train_now

__all__ = [
    "CurrentData",
    "Driver",
    "SweepProgress",
    "absolute",
    "absolute_sweep",
    "current_data",
    "default_jobs",
    "draw",
    "draw_map",
    "prepare_current",
    "request_stop",
    "resume",
    "resume_now",
    "resume_sweep",
    "rows_of",
    "run_sweep",
    "run_worker",
    "serve_pool",
    "stop_sweep",
    "submit",
    "submit_current",
    "submit_current_sweep",
    "submit_sweep",
    "train_now",
    "work",
    "work_sweep",
]
