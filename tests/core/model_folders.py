"""Helpers for tests that spoil a model's folder: open it, change its files, see what is said."""

from __future__ import annotations

import json

import pytest
from safetensors.torch import load_file, save_file

from hamr.errors import ModelError
from hamr.models import encoder_folder, load_encoder

ONE = "embeddings.word_embeddings.weight"


def opened(folder, max_length=16):
    return load_encoder(encoder_folder(str(folder)), max_length)


def refused(folder):
    """The error message for the folder."""
    with pytest.raises(ModelError) as caught:
        opened(folder)
    assert caught.value.field == "model"
    assert len(str(caught.value)) < 900
    return str(caught.value)


def edit(folder, name="config.json", **changes):
    """Changes entries of a JSON file of the folder; None removes one."""
    path = folder / name
    found = json.loads(path.read_text()) if path.exists() else {}
    found.update(changes)
    path.write_text(json.dumps({k: v for k, v in found.items() if v is not None}))


def tensors(folder, change):
    """Stores the weights as `change` returns them."""
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)


def header(folder, change):
    """Writes what `change` makes of the header, with the numbers as they were."""
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    changed = change(json.loads(whole[8 : 8 + length]))
    new = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
    path.write_bytes(len(new).to_bytes(8, "little") + new + whole[8 + length :])
