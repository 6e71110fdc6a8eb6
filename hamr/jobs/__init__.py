"""Training in the background: the queue, the worker process, and the thread that drives it.

What is to be done and how it went stand in the store, and nowhere else: an app, a worker
and a command line on one home work together through it, and any of them may die.
"""

from hamr.jobs.driver import Driver
from hamr.jobs.maps import draw_map
from hamr.jobs.process import draw, work
from hamr.jobs.queue import request_stop, resume, submit
from hamr.jobs.worker import resume_now, run_worker, train_now

__all__ = [
    "Driver",
    "draw",
    "draw_map",
    "request_stop",
    "resume",
    "resume_now",
    "run_worker",
    "submit",
    "train_now",
    "work",
]
