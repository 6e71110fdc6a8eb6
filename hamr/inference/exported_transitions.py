"""transitions.json: how an exported model chooses the tags of a sentence together.

Formats such as ONNX have no place for it, so it lies beside the weights, in a form that is read
without this program: scores are added to the logarithms of the words' probabilities
(`hamr.tag_transitions`). With T tags:

    tags [T]    their names, as the columns of the probabilities
    first [T]   score of a tag at the first word
    step [T, T] score of the tag of a column after that of a row
    last [T]    score of a tag at the last word
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hamr.inference.manifest import Manifest, json_file

FILE = "transitions.json"
LARGEST = 500_000_000  # bytes: the square of the number of tags
HOW = (
    "Add first to the log probabilities of the first word, step between two words, last after the "
    "last one, and take the tags with the largest sum (Viterbi)."
)


def write_transitions(
    transitions: np.ndarray, tags: Sequence[str], folder: Path
) -> dict[str, object]:
    """Write the matrix [T + 1, T + 1]; what hamr.json says of it."""
    count = len(tags)
    content = {
        "how": HOW,
        "tags": list(tags),
        "first": transitions[count, :count].tolist(),
        "step": transitions[:count, :count].tolist(),
        "last": transitions[:count, count].tolist(),
    }
    json_file(folder / FILE, content, indent=None)
    return {"transitions": FILE}


def read_transitions(folder: Path, manifest: Manifest) -> np.ndarray | None:
    """The matrix; None of a model that tags each word alone. Raises ModelError for damage."""
    from hamr.models.folder import read_json, refusal

    if not manifest.details.get("transitions"):
        return None
    found, count = read_json(folder, FILE, LARGEST) or {}, len(manifest.outputs)
    matrix = np.zeros((count + 1, count + 1), np.float32)
    try:
        matrix[:count, :count] = np.array(found["step"], np.float32).reshape(count, count)
        matrix[count, :count] = np.array(found["first"], np.float32).reshape(count)
        matrix[:count, count] = np.array(found["last"], np.float32).reshape(count)
    except (KeyError, TypeError, ValueError) as error:
        why = f"its {FILE} lacks the scores of {count} tags"
        again = "export the model again, or copy its folder again"
        raise refusal(folder, why, again) from error
    return matrix
