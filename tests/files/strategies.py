"""Random tables as different writers write them: what is in a file, and what it must be read as."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from hypothesis import strategies as st

BOM = b"\xef\xbb\xbf"
# Characters that mean something to a format, and some that don't. Of null characters a few lines
# hold enough to look like UTF-16, so they have tests of their own.
TEXTS = st.text(st.sampled_from("ab ,;|\t\"'\n\r\\é=-[]{}:\u2028\x85"), max_size=10)
LABELS = st.text(st.sampled_from("xyz'é"), min_size=1, max_size=2)
NAMES = ("text", "label", "note, or; more")


@dataclass
class Written:
    """A file, and the table it was made from."""

    name: str
    data: bytes
    header: list[str]
    rows: list[list[Any]]
    places: list[int] = field(default_factory=list)  # of the rows, where a writer knows them


def tables(texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[list[list[str]]]:
    """Rows of text, label and note."""
    return st.lists(st.tuples(texts, LABELS, texts).map(list), min_size=1, max_size=6)


@st.composite
def delimited_files(draw: Callable[..., Any]) -> Written:
    """A table as the csv module or pandas writes it, with quotes wherever they are needed."""
    header, rows = [*NAMES], draw(tables())
    delimiter, end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n"]))
    if end == "\n":
        # Python before 3.11.9 writes a bare carriage return without quotes then.
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    if delimiter == "|":  # no delimiter where another one is in the header
        header[2] = "note"
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    text = io.StringIO(newline="")
    if draw(st.booleans()):
        frame = pd.DataFrame(rows, columns=header, dtype=str)
        frame.to_csv(text, index=False, sep=delimiter, lineterminator=end, quoting=quoting)
    else:
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerows([header, *rows])
    content = text.getvalue()
    if draw(st.booleans()):
        content = f"sep={delimiter}{end}{content}"
    if draw(st.booleans()):
        content = content.removesuffix(end)
    if draw(st.booleans()):
        content = end + content
    ending = "tsv" if delimiter == "\t" and draw(st.booleans()) else "csv"
    return Written(f"a.{ending}", _marked(draw, content), header, rows)


@st.composite
def loose_files(draw: Callable[..., Any]) -> Written:
    """A table without delimiters or line ends in its texts, joined by hand: quotes as they come.

    Some files have blanks behind their delimiters, as people type them.
    """
    texts = st.text(st.sampled_from("ab\"' .é"), max_size=6)
    header, rows = (
        ["text", "label"],
        draw(st.lists(st.tuples(texts, LABELS).map(list), min_size=1, max_size=8)),
    )
    delimiter, end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    blank = draw(st.sampled_from(["", "", " "]))
    content = "".join((delimiter + blank).join(row) + end for row in [header, *rows])
    ending = "tsv" if delimiter == "\t" and draw(st.booleans()) else "csv"
    rows = [[row[0], blank + row[1]] for row in rows]
    places = [*range(2, len(rows) + 2)]
    return Written(f"a.{ending}", _marked(draw, content), header, rows, places)


@st.composite
def json_files(draw: Callable[..., Any]) -> Written:
    """A table as JSON or JSON Lines, with values of every kind and half characters."""
    half = st.text(st.sampled_from("a\ud83d\ud83e\ufffd"), max_size=3)
    value = st.one_of(
        TEXTS, half, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False),
        st.lists(TEXTS | half, max_size=3), st.dictionaries(half, half, max_size=2),
    )  # fmt: skip
    header = ["text", "label", "more"]
    rows = draw(st.lists(st.tuples(TEXTS | half, LABELS | half, value), min_size=1, max_size=5))
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    ascii_only = draw(st.booleans()) or _has_half(objects)
    lines = draw(st.booleans())
    indent = None if lines else draw(st.sampled_from([None, 2, "\t"]))
    written = [json.dumps(row, ensure_ascii=ascii_only, indent=indent) for row in objects]
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    content = end.join(written) + end if lines else f"[{end}" + f" ,{end}".join(written) + f"{end}]"
    endings = ["jsonl", "ndjson"] if lines else ["json", "jsonl"]
    ending = draw(st.sampled_from([*endings, "json"] if len(rows) > 1 else endings))
    step = len(end.replace("\r", "")) if lines else 1
    places = [1 + step * at for at in range(len(rows))]
    return Written(f"a.{ending}", _marked(draw, content), header, [*map(list, rows)], places)


def _marked(draw: Callable[..., Any], content: str) -> bytes:
    return (BOM if draw(st.booleans()) else b"") + content.encode()


def _has_half(value: Any) -> bool:
    return any("\ud800" <= mark <= "\udfff" for mark in json.dumps(value, ensure_ascii=False))
