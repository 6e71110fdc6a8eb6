"""Sweeps: which runs a comparison of methods, settings and seeds consists of. No torch.

plan   a sweep's specification, and the runs that follow from it
words  what people type for it: lists of methods, seeds and grid values, each checked
"""

from hamr.sweeps.plan import Planned, SweepSettings, check_methods, own_settings, plan, unread
from hamr.sweeps.words import Typed, grid_of, methods_of, seeds_of, sweep_of

__all__ = [
    "Planned",
    "SweepSettings",
    "Typed",
    "check_methods",
    "grid_of",
    "methods_of",
    "own_settings",
    "plan",
    "seeds_of",
    "sweep_of",
    "unread",
]
