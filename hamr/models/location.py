"""Finds the folder of an encoder: built in, on this machine, or on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hamr.allowed import check_hub, check_path
from hamr.errors import ModelError
from hamr.models.description import read_description
from hamr.models.folder import FINGERPRINTED, LONGEST_SHOWN, builtin_folder, first_line, shown
from hamr.models.weights import stored_tensors


def encoder_folder(name: str) -> Path:
    """The local folder of an encoder: "builtin", a folder, or "hub:NAME" (downloaded once).

    Raises ModelError when there is no such model, when it has no safetensors weights (other
    formats can run code while they load), or when it needs code of its own.
    """
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


def _local(name: str) -> Path:
    wanted = (
        "name a folder that holds config.json and model.safetensors, or write hub:NAME for a model "
        "of the Hugging Face hub"
    )
    try:
        folder = Path(name).expanduser()
        _check(lambda title, error: check_path(folder, title, error), name)
        if name.strip() and folder.is_dir():
            next(folder.iterdir(), None)  # proves the right to read it
            return folder
        why = "is a file, not a folder" if folder.is_file() else "is not a folder"
    except OSError as error:
        why = f"can't be read ({error.strerror})"
    except (ValueError, RuntimeError):  # bytes that no name holds; ~ and an unknown user
        why = "is not a folder"
    raise ModelError(f"{shown(name)} {why}: {wanted}", field="model")


def _check(allow: Callable[[str, type[ModelError]], None], name: str) -> None:
    """Raises ModelError, for the field `model`, where the server does not allow this model."""
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
            f"hub:{name[:LONGEST_SHOWN]} can't be downloaded ({first_line(error)}): check the "
            "spelling and the connection, or name a local folder",
            field="model",
        ) from error
