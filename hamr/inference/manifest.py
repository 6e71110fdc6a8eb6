"""hamr.json: what an exported model is besides its weights, and which versions read its folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hamr.errors import ModelError
from hamr.records import Task

MANIFEST, ONNX_FILE = "hamr.json", "model.onnx"
FORM = 1  # raise it when an older version could misread a folder
KEY = "hamr_model"  # in the manifest, the form
LARGEST = 50_000_000  # bytes of the manifest: it holds the names of all classes


@dataclass(frozen=True)
class Manifest:
    """What is known of an exported model besides its weights."""

    format: str
    task: Task
    outputs: tuple[str, ...]  # what the logits are of: classes, or tags
    classes: tuple[str, ...]
    max_length: int  # tokens of a text, or of a window of a sentence
    of_words: bool
    pooling: str
    unit: bool  # whether the pooled vector is scaled to length 1
    run: str
    run_id: str
    epoch: int
    version: str  # of the program
    details: dict[str, Any] = field(default_factory=dict)  # of the format

    def write(self, folder: Path) -> None:
        """Write it into the folder."""
        json_file(folder / MANIFEST, {KEY: FORM, **asdict(self)})


def read_manifest(folder: Path) -> Manifest:
    """What the folder's hamr.json says.

    Raises ModelError where there is none, where it is damaged, and where a newer version of the
    program wrote it in a form that this one does not know.
    """
    from hamr.models.folder import read_json, refusal, shown

    found = read_json(folder, MANIFEST, LARGEST)
    if found is None:
        raise ModelError(
            f"{shown(folder)} holds no exported model, because it has no {MANIFEST}: name a folder "
            "that hamr export RUN --what model wrote",
            field="model",
        )
    form = found.pop(KEY, None)
    if not isinstance(form, int):
        raise refusal(folder, f"its {MANIFEST} names no form", "export the model again")
    if form > FORM:
        raise refusal(
            folder,
            f"HAMR {str(found.get('version'))[:40]} exported it, in form {form}, and this "
            f"version reads forms up to {FORM}",
            "install the newer version, or load it as its README.md says, which needs no HAMR",
        )
    try:
        for name in ("outputs", "classes"):
            found[name] = tuple(found[name])
        return Manifest(**found)
    except (KeyError, TypeError) as error:
        why = f"its {MANIFEST} lacks what form {form} has"
        raise refusal(folder, why, "export the model again") from error


def json_file(path: Path, content: dict[str, Any], indent: int | None = 2) -> None:
    """Write an object as JSON that people can read; without `indent` on one line."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
