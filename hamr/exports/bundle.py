"""One download: the corrected data, all decisions that made it, and a note on what is in it.

A download is of one version of the decisions. What is decided while it is made belongs to the next
one, so that file, audit and note always agree.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from hamr.data import csv_text
from hamr.data.heads import is_file
from hamr.decisions import Corrections, CurrentLabels, State
from hamr.errors import StoreError
from hamr.exports import added, audit, data
from hamr.exports.audit import as_cell
from hamr.exports.data import AsItCame, Part
from hamr.legible import legible_name
from hamr.records import SPLITS
from hamr.store import Decisions, Run

AUDIT, ADDED, CONFLICTS, README = "audit.csv", "added.csv", "conflicts.csv", "README.txt"
CONFLICT_COLUMNS = ("row", "split", "label kept", "annotator", "label given")
STORED = {".csv": "rows.csv", ".jsonl": "rows.jsonl"}  # rows as the store has them


@dataclass(frozen=True)
class Download:
    """The data of a run with the labels decided on up to a version."""

    run: Run
    version: int

    @classmethod
    def of(cls, run: Run, version: int | None = None) -> Download:
        """That of a version, the newest by default. Raises StoreError if the run has no rows."""
        data.check_rows(run)
        found = cls(AsItCame(run), 0)
        return cls(found.run, found.decisions.version if version is None else version)

    @property
    def decisions(self) -> Decisions:
        """The decisions on its rows, later ones included."""
        return self.run.store.decisions(self.run.info.label_source or "")

    @property
    def corrections(self) -> Corrections:
        """The labels that the decisions up to the version have changed."""
        return self.decisions.corrections(at=self.version)

    @property
    def single(self) -> str:
        """The name of the only file; "" where rows come from several, or from none."""
        parts = data.parts(self.run)
        return parts[0][0] if len(parts) == 1 and is_file(parts[0][1].source) else ""

    def name(self, ending: str = ".zip") -> str:
        """What the download is called: it names the data and the version."""
        source = self.run.info.settings.data.source
        stem = PurePath(source).stem if is_file(source) else PurePath(source).name
        return f"{stem}-corrected-{self.version}{ending}"

    def file(self) -> bytes:
        """The only file with corrected labels, every other byte as it was.

        Raises DataError if it has changed or can't hold a label, StoreError where there is none.
        """
        if not self.single:
            raise StoreError(f"the rows of {self.run.info.name!r} are not of one file")
        return self._files()[self.single]

    def archive(self) -> bytes:
        """A .zip file: each file with corrected labels, audit, conflicts if any, and a note.

        Raises DataError if a file has changed or can't hold a label.
        """
        files = self._files()
        if any(is_file(part.source) for _, part in data.parts(self.run)):
            what = "as it was read, with corrected labels; nothing else is changed"
        else:
            what = "rows that were not read from a file, as a table with corrected labels"
        return self._zipped(files, dict.fromkeys(files, what))

    def stored(self, ending: str) -> bytes:
        """A .zip file of the rows as the store has them, for data whose file has changed since."""
        name = STORED[ending]
        text = data.stored(self.run, self.corrections.current, ending)
        what = "the rows as they were when the run was started, with corrected labels"
        return self._zipped({name: text.encode()}, {name: what})

    def _files(self) -> dict[str, bytes]:
        """The data by file name; names that occur twice are put into a folder for each split."""
        parts = data.parts(self.run)
        names = [name for name, _ in parts]
        current = self.corrections.current
        return {
            name if names.count(name) == 1 else f"{part.splits[0]}/{name}": _written(
                self.run, part, name, current
            )
            for name, part in parts
        }

    def _zipped(self, files: Mapping[str, bytes], what: Mapping[str, str]) -> bytes:
        conflicts = [s for s in self.decisions.states(at=self.version).values() if s.conflict]
        files, what = dict(files), dict(what)
        if rows := added.text(self.decisions, self.corrections):
            files[ADDED] = rows.encode()
            what[ADDED] = "rows that came without a label and were given one: train on them too"
        files[AUDIT] = audit.text(self.decisions, self.version).encode()
        what[AUDIT] = f"all decisions up to version {self.version:,}: who, when, from what to what"
        if conflicts:
            files[CONFLICTS] = self._conflicts(conflicts).encode()
            what[CONFLICTS] = "rows on which annotators disagree; they keep their labels"
        files[README] = self._note(what).encode()
        return _zip(files, self._time())

    def _conflicts(self, conflicts: Sequence[State]) -> str:
        rows = self.decisions.rows
        lines = [
            (s.row_id, rows.split(s.row_id), as_cell(rows.original(s.row_id)), own.annotator,
             as_cell(own.label))
            for s in conflicts
            for own in s.open
        ]  # fmt: skip
        return csv_text(CONFLICT_COLUMNS, lines)

    def _note(self, what: Mapping[str, str]) -> str:
        rows, labels = self.decisions.rows, self.corrections.labels
        split = {name: sum(rows.split(row) == name for row in labels) for name in SPLITS}
        counts = ", ".join(f"{count:,} in {name}" for name, count in split.items())
        width = max(map(len, what))
        lines = [
            f"The data of {legible_name(self.run.info.name)} with corrected labels",
            "",
            *(f"{name:<{width}}  {about}" for name, about in what.items()),
            "",
            f"Decisions up to version {self.version:,}.",
            f"Labels corrected: {len(labels):,} ({counts}).",
            *([f"Rows added: {count:,}."] if (count := len(self.corrections.added)) else []),
            f"Rows in conflict, which keep their labels: {self.corrections.conflicts:,}.",
            "",
        ]
        return "\n".join(lines)

    def _time(self) -> datetime:
        """When the last decision was made: the same download is the same bytes."""
        last = [e for e in self.decisions.events(self.version - 1) if e.version <= self.version]
        return last[-1].time.astimezone(UTC) if last else self.run.info.created.astimezone(UTC)


def _written(run: Run, part: Part, name: str, current: CurrentLabels) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        data.put(run, part, name, current)(path)
        return path.read_bytes()


def _zip(files: Mapping[str, bytes], time: datetime) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(
                name, max(time, datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6]
            )
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return made.getvalue()
