"""Backups are written to a folder or a .tar file.

Both get their name when they are complete; what is incomplete is removed.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hamr.errors import DamagedError
from hamr.store.files import sync_folder
from hamr.store.reading import Written

CONTENTS = "backup.json"  # lists all other files
PIECE = 1 << 20


class Archive(ABC):
    """Files by their names within a home, each with its checksum."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.files: dict[str, Written] = {}
        self._part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self._end()
        if kind is None:
            os.replace(self._part, self.target)
            sync_folder(self.target.parent)
        elif self._part.is_dir():
            shutil.rmtree(self._part, ignore_errors=True)
        else:
            self._part.unlink(missing_ok=True)

    def has(self, name: str, written: Written) -> bool:
        """Whether the archive has that very file already."""
        return self.files.get(name) == written

    def put(self, name: str, data: bytes) -> None:
        """Add a file with that content."""
        self.files[name] = self._write(name, io.BytesIO(data), len(data))

    def add(self, name: str, path: Path, expected: Written | None = None) -> None:
        """Add a file from the disk. Raises DamagedError unless it has the expected checksum."""
        try:
            with open(path, "rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                if expected is not None and size != expected.bytes:
                    raise DamagedError("was altered")
                written = self._write(name, file, size, expected)
        except FileNotFoundError:
            raise DamagedError("is missing") from None
        self.files[name] = written

    def add_as_it_is(self, name: str, path: Path) -> None:
        """Add a file that nothing lists, if it can be read: a log up to its last complete line."""
        with suppress(DamagedError):
            if path.suffix == ".jsonl":
                data = path.read_bytes()
                self.put(name, data[: data.rfind(b"\n") + 1])
            elif path.parts[-3:-2] == ("cache",):
                self.add(name, path, Written(path.name.split(".")[1], path.stat().st_size))
            else:
                self.add(name, path)

    def keep_only(self, names: Collection[str]) -> None:
        """Remove files with other names."""
        for name in self.files.keys() - set(names):
            del self.files[name]
            self._remove(name)

    @abstractmethod
    def _begin(self) -> None:
        """Create the file or folder that is written to."""

    @abstractmethod
    def _end(self) -> None:
        """Finish writing."""

    @abstractmethod
    def _write(
        self, name: str, source: IO[bytes], size: int, expected: Written | None = None
    ) -> Written:
        """Write so many bytes under that name; if they are not as expected, write nothing and raise
        DamagedError.
        """

    def _remove(self, name: str) -> None:  # noqa: B027 - nothing can be removed from a .tar
        """Remove a file, if this kind of archive can."""


class FolderArchive(Archive):
    """A backup as a folder."""

    def _begin(self) -> None:
        self._part.mkdir()

    def _end(self) -> None:
        for folder, _, _ in os.walk(self._part):
            sync_folder(Path(folder))

    def _write(
        self, name: str, source: IO[bytes], size: int, expected: Written | None = None
    ) -> Written:
        path = self._part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        reader = Hashing(source, size)
        with open(path, "wb") as file:
            shutil.copyfileobj(reader, file, PIECE)
            file.flush()
            os.fsync(file.fileno())
        try:
            return reader.result(expected)
        except DamagedError:
            path.unlink()
            raise

    def _remove(self, name: str) -> None:
        (self._part / name).unlink(missing_ok=True)


class TarArchive(Archive):
    """A backup as a .tar file. A removed file stays in it, and is not listed."""

    def _begin(self) -> None:
        self._file = open(self._part, "wb+")  # noqa: SIM115  # closed by `_end`
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)

    def _end(self) -> None:
        with self._file:
            self._tar.close()
            self._file.flush()
            os.fsync(self._file.fileno())

    def _write(
        self, name: str, source: IO[bytes], size: int, expected: Written | None = None
    ) -> Written:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        reader = Hashing(source, size)
        begin = self._tar.offset
        try:
            self._tar.addfile(entry, reader)
            return reader.result(expected)
        except (OSError, DamagedError) as error:
            self._file.seek(begin)
            self._file.truncate()
            self._tar.offset = begin
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise DamagedError("was altered while it was read") from None


class Hashing(io.RawIOBase):
    """Reads at most so many bytes of a file, and computes their checksum."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._size, self._left = source, size, size
        self._digest = sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        parts = []
        while wanted > 0 and (part := self._source.read(wanted)):
            parts.append(part)
            wanted -= len(part)
        data = b"".join(parts)
        self._digest.update(data)
        self._left -= len(data)
        return data

    def result(self, expected: Written | None = None) -> Written:
        """What was read. Raises DamagedError if it is incomplete or not what is expected."""
        found = Written(self._digest.hexdigest(), self._size)
        if self._left or (expected is not None and found != expected):
            raise DamagedError("was altered")
        return found
