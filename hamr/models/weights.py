"""Weights in safetensors, read within the bounds of their files.

A file is eight bytes, the size of its header; a header in JSON, with type, shape and position by
name; and the numbers. Everything the header declares is checked against the file's size before
memory is allocated. Files are read, not mapped: a file cut short while it is mapped would kill the
process.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hamr.errors import ModelError
from hamr.models.folder import first_line, own_file, read_json, refusal, shown

ALONE, INDEX = "model.safetensors", "model.safetensors.index.json"
LARGEST_HEADER = 100_000_000  # bytes, as the safetensors library has it
FLOATS = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
}  # fmt: skip
# Numbers that are not weights, such as token positions.
COUNTS = {
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
WEIGHTS = (".weight", ".bias", ".gamma", ".beta")
AGAIN = "copy the model again, or save it again with save_pretrained"


@dataclass(frozen=True)
class Stored:
    """One tensor of a file."""

    path: Path
    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int  # byte of the file
    size: int  # bytes

    def read(self) -> torch.Tensor:
        """The numbers."""
        raw = torch.empty(self.size, dtype=torch.uint8)
        own: Any = raw.numpy()
        with self.path.open("rb") as stream:
            stream.seek(self.begin)
            if stream.readinto(own) != self.size:
                raise OSError(f"{self.path.name} became shorter while it was read")
        return raw.view(self.dtype).reshape(self.shape)


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """The tensors of a model's weights by name, not read yet.

    Raises ModelError where weights are missing, where a file is cut or damaged, and for
    types of numbers that can't be trained.
    """
    if own_file(folder, ALONE) is not None:
        found = _tensors(folder, ALONE)
    elif (index := read_json(folder, INDEX, LARGEST_HEADER)) is not None:
        found = _sharded(folder, index)
    else:
        raise ModelError(
            f"the model {shown(folder)} has no safetensors weights, no {ALONE}: save it with "
            "save_pretrained(folder); other formats, such as pytorch_model.bin, can run code "
            "while they load and are not read",
            field="model",
        )
    if not found:
        raise refusal(folder, "its weights hold no tensor", AGAIN)
    return found


def numbers(tensors: Iterable[Stored]) -> int:
    """How many numbers the tensors hold."""
    return sum(math.prod(one.shape) for one in tensors)


def _sharded(folder: Path, index: dict[str, Any]) -> dict[str, Stored]:
    """The tensors of several files, as the index assigns them."""
    places = index.get("weight_map")
    if not isinstance(places, dict) or not places:
        raise refusal(folder, f"its {INDEX} has no weight_map", AGAIN)
    files: dict[str, dict[str, Stored]] = {}
    found = {}
    for tensor, name in places.items():
        if not isinstance(name, str) or Path(name).name != name or "\\" in name:
            raise refusal(
                folder, f"its {INDEX} names {shown(name)}, which is not a file of the folder", AGAIN
            )
        if name not in files:
            files[name] = _tensors(folder, name)
        if tensor not in files[name]:
            raise refusal(folder, f"{name} lacks {shown(tensor)}, which {INDEX} names", AGAIN)
        found[tensor] = files[name][tensor]
    return found


def _tensors(folder: Path, name: str) -> dict[str, Stored]:
    path = own_file(folder, name)
    if path is None or not name.endswith(".safetensors"):
        raise refusal(folder, f"the file {shown(name)} of its weights is missing", AGAIN)
    try:
        header, start, size = _header(path)
        found = {
            key: _stored(path, key, value, start)
            for key, value in header.items()
            if key != "__metadata__"
        }
    except OSError as error:
        why = f"{name} can't be read: {error.strerror}"
        raise refusal(folder, why, "check the file's permissions") from error
    except (ValueError, RecursionError) as error:
        raise refusal(folder, f"{name} is damaged: {first_line(error)}", AGAIN) from error
    ends = [one.begin + one.size - start for one in found.values()]
    declared = max(0, sum(one.size for one in found.values()), *ends)
    if declared > size - start:
        why = f"{name} declares {declared:,} bytes of numbers but holds {size - start:,}"
        raise refusal(folder, why, AGAIN)
    for key, one in found.items():
        if one.dtype not in FLOATS.values() and key.endswith(WEIGHTS):
            raise refusal(
                folder, f"{shown(key)} is stored as {str(one.dtype).removeprefix('torch.')}",
                "save the model in float32, float16 or bfloat16; whole numbers can't be trained",
            )  # fmt: skip
    return found


def _header(path: Path) -> tuple[dict[str, Any], int, int]:
    """The header of a file, where the numbers begin, and the file's size; ValueError if damaged."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > min(size - 8, LARGEST_HEADER):
            raise ValueError(f"its header should have {length:,} bytes, but the file has {size:,}")
        header = json.loads(stream.read(length).decode("utf-8"))
    if not isinstance(header, dict):
        raise ValueError("its header is not a JSON object")
    return header, 8 + length, size


def _stored(path: Path, name: str, value: Any, start: int) -> Stored:
    """One tensor as the header declares it; ValueError where that makes no sense."""
    known = {**FLOATS, **COUNTS}
    if not isinstance(value, dict) or not isinstance(value.get("dtype"), str):
        raise ValueError(f"its header does not describe {shown(name)}")
    if value["dtype"] not in known:
        raise ValueError(
            f"{shown(name)} is stored as {value['dtype'][:20]}, and {', '.join(FLOATS)} can be read"
        )
    dtype = known[value["dtype"]]
    shape, place = _counts(value.get("shape")), _counts(value.get("data_offsets"))
    if shape is None or place is None or len(place) != 2:
        raise ValueError(f"its header gives no shape and position for {shown(name)}")
    begin, size = place[0], place[1] - place[0]
    if size != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{shown(name)} has {size:,} bytes, which is not its shape's size")
    return Stored(path, dtype, shape, start + begin, size)


def _counts(found: Any) -> tuple[int, ...] | None:
    """Whole numbers from 0, or None where it is anything else."""
    good = isinstance(found, list) and all(
        isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**63 for one in found
    )
    return tuple(found) if good else None
