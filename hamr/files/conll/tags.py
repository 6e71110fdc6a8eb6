"""A sentence's piece of a CoNLL file: where its tags are, and the piece with other tags.

Usually each line except comments ends with its tag. Otherwise the piece is kept with the places of
its tags before it, so that it can be written without the rest of its file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from hamr.files.conll.lines import BLANKS, fields_of, tag_in
from hamr.files.schemes import is_tag

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SPOTS = "\0"  # begins a source that says where its tags are


def source_of(text: str, spots: list[tuple[int, int]]) -> str:
    """The piece as it is kept, with the first character and the end of each of its tags."""
    if _plain_spots(text) == spots:
        return text
    return f"{_SPOTS}{json.dumps(spots, separators=(',', ':'))}\n{text}"


def with_tags(source: str, tags: Sequence[str]) -> str:
    """A sentence's piece of its file with these tags; everything else stays unchanged."""
    text, spots = _spots(source)
    parts, done = [], 0
    for (start, end), tag in zip(spots, tags, strict=False):
        if tag.strip(BLANKS) != text[start:end]:
            parts += [text[done:start], tag]
            done = end
    return "".join([*parts, text[done:]])


def tags_in(source: str) -> list[str]:
    """The tags in a sentence's piece of its file."""
    text, spots = _spots(source)
    return [text[start:end] for start, end in spots]


def _spots(source: str) -> tuple[str, list[tuple[int, int]]]:
    """The piece of the file, and where in it each tag is."""
    if not source.startswith(_SPOTS):
        return source, _plain_spots(source)
    spots, _, text = source.removeprefix(_SPOTS).partition("\n")
    return text, [(start, end) for start, end in json.loads(spots)]


def _plain_spots(text: str) -> list[tuple[int, int]]:
    """Where the tags are if each line except comments ends with one."""
    found, place = [], 0
    for line in _LINES.findall(text):
        fields = fields_of(line)
        if fields and (fields[0][:1] != "#" or is_tag(fields[-1])):
            start, end = tag_in(line, -1)
            found.append((place + start, place + end))
        place += len(line)
    return found
