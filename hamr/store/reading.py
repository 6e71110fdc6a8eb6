"""Reading files so that damage is an error: no file of a home is mapped into memory.

If a mapped file is truncated, SIGBUS ends the whole process, which is the server of everybody. Here
a missing part is a short read, and an error. What is read counts only if the file is, before and
after, the one whose checksum was compared.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import numpy as np

from hamr.errors import HamrError, StoreError

Complain = Callable[[str], HamrError]  # makes the error from "is missing" or "was altered"
State = tuple[int, int, int]

PUT_BACK = (
    "Restore a backup (python -m hamr restore), or put back a copy: copy it next to the file and "
    "rename it over it (mv), as writing into a file in use (cp) shows readers a mixture"
)
HEADER_BYTES = 128  # of a .npy file as `npy` writes it
LONGEST_HEADER = 100 << 20  # of a safetensors file; the format's own limit
# If more than one value in so many is wanted, reading the whole file is faster.
SPARSE = 512
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What the manifest has on a file."""

    sha256: str
    bytes: int


# The state of each file when its checksum matched, by path and checksum: an altered file has
# another state and is read again. Kept for the life of the process.
_whole: dict[tuple[str, str], State] = {}


def verify(path: Path, expected: Written, complain: Complain) -> Path:
    """The path, after comparing the content with the size and SHA-256 in the manifest."""
    with _errors(complain), open(path, "rb", buffering=0) as file:
        _compare(file, path, expected, complain)
    return path


def read_whole(path: Path, expected: Written, complain: Complain) -> bytes:
    """The content of a file, compared with its checksum. Raises what `complain` returns."""
    with _errors(complain), open(path, "rb", buffering=0) as file:
        before = _state(file)
        data = _pread(file, 0, min(before[1], expected.bytes + 1), complain)
        if len(data) != expected.bytes or before[1] != expected.bytes:
            raise complain("was altered")
        known = _whole.get((str(path), expected.sha256)) == before
        if not known and sha256(data).hexdigest() != expected.sha256:
            raise complain("was altered")
        _check_same(file, before, complain)
        _whole[str(path), expected.sha256] = before
    return data


def read_npy(path: Path, expected: Written, complain: Complain) -> np.ndarray:
    """The array of a .npy file, read-only."""
    data = read_whole(path, expected, complain)
    with _errors(complain):
        shape, dtype, start = _header(data)
        return np.frombuffer(data, dtype, offset=start).reshape(shape)


def read_values(path: Path, expected: Written, complain: Complain, where: np.ndarray) -> np.ndarray:
    """Some values of a one-dimensional array; only those are read."""
    with _errors(complain), open(path, "rb", buffering=0) as file:
        before = _compare(file, path, expected, complain)
        shape, dtype, start = _header(_pread(file, 0, HEADER_BYTES, complain))
        at = np.where(where < 0, where + shape[0], where)
        sparse = len(shape) == 1 and len(where) * SPARSE <= shape[0]
        if not sparse or np.any((at < 0) | (at >= shape[0])):
            values: np.ndarray = read_npy(path, expected, complain)[where]
            return values
        size = dtype.itemsize
        parts = [_pread(file, start + int(place) * size, size, complain) for place in at]
        _check_same(file, before, complain)
        if any(len(part) != size for part in parts):
            raise complain("was altered")
    return np.frombuffer(b"".join(parts), dtype)


class FileRows:
    """An array [n, d] in a .npy file that is too large for memory: rows are read when they are
    asked for, by a slice or by an array of indices.
    """

    def __init__(self, path: Path, expected: Written, complain: Complain) -> None:
        self._path, self._expected, self._complain = path, expected, complain
        with _errors(complain), open(path, "rb", buffering=0) as file:
            _compare(file, path, expected, complain)
            self.shape, self.dtype, self._start = _header(_pread(file, 0, HEADER_BYTES, complain))
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        if isinstance(rows, slice):
            first, end, step = rows.indices(len(self))
            return self._read([(first, max(end, first))])[::step]
        where = np.asarray(rows)
        where = np.where(where < 0, where + len(self), where)
        if np.any((where < 0) | (where >= len(self))):
            raise IndexError(f"rows lie in 0 to {len(self) - 1}")
        # Consecutive rows, such as the words of a sentence, are read at once.
        breaks = (np.flatnonzero(np.diff(where) != 1) + 1).tolist()
        if not len(where):
            return self._read([])
        runs = zip([0, *breaks], [*breaks, len(where)], strict=True)
        return self._read([(int(where[i]), int(where[j - 1]) + 1) for i, j in runs])

    def _read(self, runs: Sequence[tuple[int, int]]) -> np.ndarray:
        width = self.dtype.itemsize * math.prod(self.shape[1:])
        complain = self._complain
        with _errors(complain), open(self._path, "rb", buffering=0) as file:
            before = _compare(file, self._path, self._expected, complain)
            parts = [
                _pread(file, self._start + first * width, (end - first) * width, complain)
                for first, end in runs
            ]
            _check_same(file, before, complain)
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            return np.frombuffer(data, self.dtype).reshape(-1, *self.shape[1:])


def read_tensors(
    path: Path, expected: Written, complain: Complain, names: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file by name: all, or those asked for, else StoreError."""
    with _errors(complain), open(path, "rb", buffering=0) as file:
        before = _compare(file, path, expected, complain)
        length = int.from_bytes(_pread(file, 0, 8, complain), "little")
        if length > min(LONGEST_HEADER, expected.bytes):
            raise complain("was altered")
        header = json.loads(_pread(file, 8, length, complain))
        present = header.keys() - {"__metadata__"}
        missing = set(names or ()) - present
        if missing:
            raise StoreError(f"{path} has no {', '.join(sorted(missing))}")
        wanted = names or sorted(present)
        found = {name: _tensor(file, header[name], 8 + length, complain) for name in wanted}
        _check_same(file, before, complain)
    return found


def _tensor(file: IO[bytes], entry: dict[str, Any], start: int, complain: Complain) -> np.ndarray:
    first, end = entry["data_offsets"]
    dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
    data = _pread(file, start + first, end - first, complain)
    if len(data) != dtype.itemsize * math.prod(shape):
        raise complain("was altered")
    # A copy, which the caller may change.
    return np.frombuffer(bytearray(data), dtype).reshape(shape)


def state_of(path: Path) -> State:
    """What changes with the file: its inode, its size, and when it was last written."""
    stat = os.stat(path)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _compare(file: IO[bytes], path: Path, expected: Written, complain: Complain) -> State:
    """The state of the open file. Raises what `complain` returns unless it is what was written."""
    state = _state(file)
    if _whole.get((str(path), expected.sha256)) == state:
        return state
    digest, size = sha256(), 0
    if state[1] == expected.bytes:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    if size != expected.bytes or digest.hexdigest() != expected.sha256:
        raise complain("was altered")
    _check_same(file, state, complain)
    _whole[str(path), expected.sha256] = state
    return state


def _state(file: IO[bytes]) -> State:
    stat = os.fstat(file.fileno())
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _check_same(file: IO[bytes], before: State, complain: Complain) -> None:
    if _state(file) != before:
        raise complain("was altered while it was read")


def _pread(file: IO[bytes], start: int, count: int, complain: Complain) -> bytes:
    """So many bytes from an offset on; fewer only at the end of the file."""
    parts = []
    while count > 0:
        part = os.pread(file.fileno(), min(count, 1 << 30), start)
        if not part:
            break
        parts.append(part)
        start, count = start + len(part), count - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype, int]:
    """The shape and type of a .npy file's array, and where its values begin."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    if fortran or dtype.hasobject:
        raise ValueError("not an array as this program writes it")
    return shape, dtype, stream.tell()


@contextmanager
def _errors(complain: Complain) -> Iterator[None]:
    """Turn what reading raises into a sentence on the file."""
    try:
        yield
    except HamrError:
        raise
    except FileNotFoundError:
        raise complain("is missing") from None
    except OSError as error:
        raise complain(f"can't be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise complain(f"can't be read as arrays ({error})") from None
