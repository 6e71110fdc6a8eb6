"""The run store: settings, manifest, per-epoch arrays, checkpoints and the rows themselves.

Metadata lives in a database (SQLite, or PostgreSQL by HAMR_DATABASE_URL), arrays in
immutable files next to it. A file counts only once the manifest lists it with its checksum, so a
process may be killed at any moment and nothing that was listed is lost.
"""

from hamr.store.checkpoints import Checkpoint
from hamr.store.database import PERSON_SECONDS, patience
from hamr.store.decisions import Decisions
from hamr.store.final import Final
from hamr.store.info import RunInfo, SweepInfo
from hamr.store.progress import RunProgress
from hamr.store.rows import RowTable
from hamr.store.run import Run
from hamr.store.seen import Seen, as_seen_by
from hamr.store.store import Store
from hamr.store.sweeps import Sweep
from hamr.store.team import ClassInfo, Team

__all__ = [
    "PERSON_SECONDS",
    "Checkpoint",
    "ClassInfo",
    "Decisions",
    "Final",
    "RowTable",
    "Run",
    "RunInfo",
    "RunProgress",
    "Seen",
    "Store",
    "Sweep",
    "SweepInfo",
    "Team",
    "as_seen_by",
    "patience",
]
