"""What makes two data sets the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from hamr.records import Rows


def fingerprint(classes: Sequence[str], splits: Iterable[tuple[str, Rows]]) -> str:
    """SHA-256, in hex, of every class name, split, id, text and label, in their order.

    Each string is preceded by its length in bytes and each list by its count, so that no
    two different data sets give the same bytes ("ab", "c" against "a", "bc").
    """
    digest = hashlib.sha256(b"hamr-dataset-1")
    _add_strings(digest, classes)
    for name, rows in splits:
        _add_strings(digest, (name,))
        _add_strings(digest, rows.ids)
        _add_strings(digest, rows.texts)
        digest.update(np.ascontiguousarray(rows.labels, dtype="<i4").tobytes())
    return digest.hexdigest()


def _add_strings(digest: hashlib._Hash, strings: Sequence[str]) -> None:
    digest.update(len(strings).to_bytes(8, "little"))
    for string in strings:
        data = string.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
