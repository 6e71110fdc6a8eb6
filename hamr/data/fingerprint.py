"""Fingerprints of data sets: two that are equal have the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hamr.records import Rows, Split

_CHUNK = 4096  # strings; part of the fingerprint's definition


def fingerprint(classes: Sequence[str], splits: Iterable[tuple[str, Rows]]) -> str:
    """SHA-256, in hex, of every class name, split, id, text and label, in their order.

    Metadata count where there are some, so that rows with other columns are another data set;
    rows without keep the fingerprint that they had before there were metadata.

    Lengths in bytes go before the strings and a count before each list, so that no two
    different data sets give the same bytes ("ab", "c" against "a", "bc").
    """
    digest = hashlib.sha256(b"hamr-dataset-1")
    _add_strings(digest, classes)
    for name, rows in splits:
        _add_strings(digest, (name,))
        _add_strings(digest, rows.ids)
        _add_strings(digest, rows.texts)
        digest.update(np.ascontiguousarray(rows.labels, dtype="<i4").tobytes())
        for column, own in rows.metadata.items():
            _add_strings(digest, ("metadata", column))
            _add_strings(digest, own.values)
            digest.update(np.ascontiguousarray(own.codes, dtype="<i4").tobytes())
    return digest.hexdigest()


def tagged_fingerprint(classes: tuple[str, ...], rows: Mapping[Split, Rows]) -> str:
    """That of ids, texts and labels, with every word's length and tag, and the source."""
    digest = hashlib.sha256(fingerprint(classes, rows.items()).encode())
    for part in rows.values():
        for words, tags in zip(part.words or (), part.tags or (), strict=True):
            digest.update(np.array([len(words), *map(len, words)], "<i4").tobytes())
            digest.update(tags.astype("<i2").tobytes())
        digest.update("\0".join(part.sources or ()).encode())
    return digest.hexdigest()


def fingerprint_of(classes: tuple[str, ...], rows: Mapping[Split, Rows]) -> str:
    """The fingerprint of a data set, of texts or of tagged sentences."""
    if all(part.tags is None for part in rows.values()):
        return fingerprint(classes, rows.items())
    return tagged_fingerprint(classes, rows)


def content(splits: Iterable[Rows]) -> str:
    """SHA-256, in hex, of what an encoder reads: texts, or the words of each sentence.

    Labels, ids and names do not affect it.
    """
    digest = hashlib.sha256(b"hamr-content-1")
    for rows in splits:
        if rows.words is None:
            _add_strings(digest, rows.texts)
        else:
            digest.update(np.array([len(words) for words in rows.words], "<i4").tobytes())
            _add_strings(digest, [word for words in rows.words for word in words])
    return digest.hexdigest()


def _add_strings(digest: hashlib._Hash, strings: Sequence[str]) -> None:
    """Adds the count, then per chunk all lengths and all bytes: far fewer calls than rows."""
    digest.update(len(strings).to_bytes(8, "little"))
    for start in range(0, len(strings), _CHUNK):
        encoded = [string.encode() for string in strings[start : start + _CHUNK]]
        digest.update(np.array([len(data) for data in encoded], dtype="<i8").tobytes())
        digest.update(b"".join(encoded))
