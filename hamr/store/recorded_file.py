"""The file of the recording that comes with the program: arrays in reduced precision, and a text.

A zip archive of `recording.json` and one .npy file an array. Floats are kept as float16, whole
numbers in the smallest type that holds them, embeddings in 63 steps with one scale a row; each
is read back in the type that it was given in.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from lzma import LZMAError
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from hamr.errors import DataError

TEXT = "recording.json"
MOST_BYTES = 64 << 20  # of one array, unpacked
_EMBEDDINGS = "cache/embeddings/"  # how the names of embeddings [A, D] begin
_STEPS = 31  # from 0 to a row's largest value: an error of 3 % of the length of a vector


def write_recording(
    path: Path, content: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write the file; `content` is JSON and names what the arrays belong to."""
    dtypes = {name: array.dtype.str for name, array in arrays.items()}
    packed: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        packed |= _packed(name, array)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        _add(archive, TEXT, json.dumps({**content, "dtypes": dtypes}).encode())
        for name, array in packed.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            _add(archive, f"{name}.npy", stream.getvalue())


def read_recording(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays. Raises DataError where the file is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read(TEXT))
            names = {info.filename for info in archive.infolist()}
            read = {
                name: _read(archive, name, dtype, names)
                for name, dtype in content["dtypes"].items()
            }
    except FileNotFoundError:
        raise DataError(f"The recording {path} is missing: install the program again") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, LZMAError) as error:
        raise damaged(path, error) from None
    return content, read


def damaged(path: Path, error: Exception) -> DataError:
    """The sentence on a file that does not hold a recording."""
    return DataError(
        f"The recording {path} is damaged ({type(error).__name__}): install the program again"
    )


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # Of a fixed date, so that the same recording is the same file.
    archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_LZMA)


def _packed(name: str, array: np.ndarray) -> dict[str, np.ndarray]:
    if name.startswith(_EMBEDDINGS):
        scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-12) / _STEPS
        return {name: np.round(array / scale).astype(np.int8), f"{name}.scale": scale}
    if array.dtype.kind == "f":
        return {name: array.astype(np.float16)}
    if array.dtype.kind in "iu" and array.size:
        low, high = int(array.min()), int(array.max())
        smallest = np.promote_types(np.min_scalar_type(low), np.min_scalar_type(high))
        return {name: array.astype(smallest)}
    return {name: array}


def _read(archive: zipfile.ZipFile, name: str, dtype: str, names: set[str]) -> np.ndarray:
    values = _array(archive, name)
    if f"{name}.scale.npy" in names:
        values = values * _array(archive, f"{name}.scale")
    return values.astype(np.dtype(dtype))


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    entry = f"{name}.npy"
    if archive.getinfo(entry).file_size > MOST_BYTES:
        raise ValueError("too large")
    data = io.BytesIO(archive.read(entry))
    found: np.ndarray = np.lib.format.read_array(data, allow_pickle=False)
    return found
