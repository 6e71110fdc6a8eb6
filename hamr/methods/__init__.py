"""The one table of methods: what each is called, does, reads and is for. No torch.

traits     what an entry of the table says of a method
table      the entries that come with HAMR
registry   look-ups, and `register` for a method of your own
plugins    modules that register methods: named in HAMR_METHODS, or installed
fitness    which settings a method reads, and which tasks and presets it is for

Whoever would write a method's name into a comparison or a list reads a trait here instead.
"""

from hamr.methods.fitness import check_suitable, draws_every_row_once, readers, reads
from hamr.methods.plugins import load
from hamr.methods.registry import (
    default_of,
    defaults_for,
    find,
    governed,
    is_built_in,
    listed,
    loss_of,
    meant,
    method_of,
    method_title,
    names,
    position,
    register,
    resolved,
    shown,
    table,
    weights_of,
)
from hamr.methods.table import SUGGESTED
from hamr.methods.traits import LossFactory, Method

__all__ = [
    "SUGGESTED",
    "LossFactory",
    "Method",
    "check_suitable",
    "default_of",
    "defaults_for",
    "draws_every_row_once",
    "find",
    "governed",
    "is_built_in",
    "listed",
    "load",
    "loss_of",
    "meant",
    "method_of",
    "method_title",
    "names",
    "position",
    "readers",
    "reads",
    "register",
    "resolved",
    "shown",
    "table",
    "weights_of",
]
