"""Checksums of blocks: a part of a long array is checked without reading the rest.

The manifest has one checksum for a file, and one file holds the words of all sentences. So that
a page that shows one sentence reads little more than that, an epoch with word signals has the
file BLOCKS, listed in the manifest and checked as a whole like all others. It has, for each word
signal,

    NAME         [blocks, 32] uint8, SHA-256 of every BLOCK_BYTES of the values in NAME.npy
    NAME.header  [bytes] uint8, the header of NAME.npy: type and number of the values

Each part of NAME.npy that is read is compared with these. Damage to other blocks is found when the
whole file is read (`Run.signal`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from hamr.errors import HamrError
from hamr.store.files import Chunks, tensors
from hamr.store.reading import Written, read_tensors

BLOCKS = "blocks.safetensors"
# A first read takes a block or two and 32 bytes for each block of the file. The sum is smallest
# with blocks of 4 KiB in a file of 0.5 MB and 32 KiB in one of 30 MB, and changes little between.
BLOCK_BYTES = 16 * 1024


def blocks_file(signals: Mapping[str, Chunks]) -> Chunks:
    """The chunks of BLOCKS for signals by name, each as the header and values of `npy`."""
    arrays = {}
    for name, (header, values) in signals.items():
        arrays[name] = _digests(values)
        arrays[f"{name}.header"] = np.frombuffer(header, np.uint8)
    return tensors(arrays)


@dataclass(frozen=True)
class Blocks:
    """The layout of an array in its .npy file, and the checksums of its blocks."""

    dtype: np.dtype
    count: int  # values, W
    start: int  # offset of the first value in bytes
    digests: np.ndarray  # [blocks, 32] uint8

    @classmethod
    def of(
        cls, name: str, path: Path, expected: Written, complain: Callable[[str], HamrError]
    ) -> Blocks:
        """The blocks of a signal, from a BLOCKS file."""
        names = [name, f"{name}.header"]
        digests, header = read_tensors(path, expected, complain, names).values()
        stream = io.BytesIO(header.tobytes())
        np.lib.format.read_magic(stream)
        (count,), _, dtype = np.lib.format.read_array_header_1_0(stream)
        return cls(dtype, count, len(header), digests)

    def part(
        self, path: Path, size: int, first: int, end: int, complain: Callable[[str], HamrError]
    ) -> np.ndarray:
        """The values [first:end] of the file, which must have that size, [n], read-only.

        `complain` returns the error for "is missing" or "was altered", as for `verify`.
        """
        first, end, _ = slice(first, end).indices(self.count)
        byte, width = first * self.dtype.itemsize, max(0, end - first) * self.dtype.itemsize
        block, after = byte // BLOCK_BYTES, -(-(byte + width) // BLOCK_BYTES)
        place = self.start + block * BLOCK_BYTES
        data = _read(path, size, place, (after - block) * BLOCK_BYTES, complain)
        if not np.array_equal(_digests(data), self.digests[block:after]):
            raise complain("was altered")
        skipped = byte - block * BLOCK_BYTES
        return np.frombuffer(data[skipped : skipped + width], self.dtype)


def _digests(values: bytes | memoryview) -> np.ndarray:
    """SHA-256 of each block of BLOCK_BYTES, the last one shorter, [blocks, 32] uint8."""
    view = memoryview(values)
    blocks = (view[at : at + BLOCK_BYTES] for at in range(0, len(view), BLOCK_BYTES))
    digests = b"".join(sha256(block).digest() for block in blocks)
    return np.frombuffer(digests, np.uint8).reshape(-1, sha256().digest_size)


def _read(
    path: Path, size: int, place: int, count: int, complain: Callable[[str], HamrError]
) -> bytes:
    """So many bytes from an offset on; fewer only at the end of the file."""
    try:
        # No buffer, which would read more than it is asked for.
        with open(path, "rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size != size:
                raise complain("was altered")
            file.seek(place)
            return file.read(count)
    except FileNotFoundError:
        raise complain("is missing") from None
    except OSError as error:
        raise complain(f"can't be read ({error.strerror})") from None
