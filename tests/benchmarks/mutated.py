"""Small whole files of every format that is read, and mutations of them."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = (
    "refund",
    "late",
    "ünïcode",
    "émoji 🙂",
    "a, b",
    'say "hi"',
    "two\nlines",
    "",
    "x;y",
    "t\tab",
)
CLASSES = ("billing", "shipping", "other")
TAGS = (["B-per", "I-per", "O"], ["O", "B-loc", "O"], ["B-per", "O", "B-loc"])
ODD = (b"\0", b"\xff", b'"', b"\n", b"\r", b",", b"\t", b"[", b"{", b"\\ud83d", b"\xef\xbb\xbf",
       b"-1", b"99999999999999999999", b"NaN", b" ", b"\xc2\xa0")  # fmt: skip


def rows(count: int = 24) -> list[tuple[str, str, str]]:
    """Ids, texts and labels."""
    return [
        (f"r{i}", f"{WORDS[i % len(WORDS)]} {i} words", CLASSES[i % len(CLASSES)])
        for i in range(count)
    ]


def whole_files() -> dict[str, list[tuple[str, bytes]]]:
    """By format: names and contents of files that load as they are."""
    return {
        "csv": [("a.csv", _csv(",", "\n")), ("b.csv", _csv(";", "\r\n")),
                ("c.csv", _csv(",", "\n", csv.QUOTE_ALL))],
        "tsv": [("a.tsv", _csv("\t", "\n")), ("b.tsv", _plain_tsv())],
        "json": [("a.json", _json(None)), ("b.json", _json(2)), ("c.json", _tagged_json())],
        "jsonl": [("a.jsonl", _jsonl()), ("b.ndjson", _jsonl()), ("c.jsonl", _tagged_jsonl())],
        "conll": [("a.conll", _conll(" ")), ("b.bio", _conll("\t")), ("c.conllu", _conllu())],
        "parquet": [
            ("a.parquet", _parquet(_texts())),
            ("b.parquet", _parquet(_all_types(), compression="zstd", data_page_version="2.0")),
            ("c.parquet", _parquet(_tagged(), compression="gzip")),
            ("d.parquet", _parquet(_texts(), use_dictionary=False, compression="none")),
        ],
        "answers": [
            ("a.csv", _answers_csv()),
            ("b.jsonl", _answers_jsonl()),
            ("c.parquet", _parquet(_answers())),
        ],
    }  # fmt: skip


def mutate(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """The bytes with one to four changes of the kinds that transport, disks and people make."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(found) + 1)
        length = chance.choice((1, 2, 8, 64))
        kind = chance.randrange(8)
        if kind <= 1 and found:
            found[min(at, len(found) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 2 and found:
            found[min(at, len(found) - 1)] = chance.randrange(256)
        elif kind == 3:
            del found[at : at + length]
        elif kind == 4:
            found[at:at] = found[at : at + length]
        elif kind == 5:
            found[at:at] = chance.choice(ODD)
        elif kind == 6:
            del found[at:]
        else:
            begin = chance.randrange(len(other) + 1)
            found[at : at + length] = other[begin : begin + length]
    return bytes(found)


def _csv(delimiter: str, end: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("id", "text", "label"), *rows()])
    return text.getvalue().encode()


def _plain_tsv() -> bytes:
    lines = ["text\tlabel"]
    lines += [f'say "{i}\t{CLASSES[i % 3]}' for i in range(20)]
    return "\n".join(lines).encode()


def _objects() -> list[dict[str, object]]:
    return [{"id": i, "text": text, "label": label, "n": 1.5} for i, text, label in rows()]


def _json(indent: int | None) -> bytes:
    return json.dumps(_objects(), indent=indent).encode()


def _jsonl() -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in _objects()).encode()


def _sentences() -> list[dict[str, object]]:
    return [
        {"id": f"s{i}", "tokens": ["Ada", "saw", f"Rome{i}"], "ner_tags": TAGS[i % 3]}
        for i in range(18)
    ]


def _tagged_json() -> bytes:
    return json.dumps(_sentences()).encode()


def _tagged_jsonl() -> bytes:
    return "".join(json.dumps(one) + "\n" for one in _sentences()).encode()


def _conll(blank: str) -> bytes:
    blocks = []
    for i in range(18):
        words = ("Ada", "saw", f"Rome{i}")
        lines = [f"{word}{blank}{tag}" for word, tag in zip(words, TAGS[i % 3], strict=True)]
        blocks.append("\n".join(lines))
    return ("\n\n".join(blocks) + "\n").encode()


def _conllu() -> bytes:
    blocks = []
    for i in range(18):
        lines = [f"# sent_id = {i}"]
        words = ("Ada", "saw", f"Rome{i}")
        for at, (word, tag) in enumerate(zip(words, TAGS[i % 3], strict=True), 1):
            lines.append(f"{at}\t{word}\t{tag}")
        blocks.append("\n".join(lines))
    return ("\n\n".join(blocks) + "\n").encode()


def _texts() -> dict[str, list[object]]:
    ids, texts, labels = zip(*rows(), strict=True)
    return {"id": [*ids], "text": [*texts], "label": [*labels]}


def _all_types() -> dict[str, list[object]]:
    return _texts() | _typed()


def _typed() -> dict[str, list[object]]:
    count = len(rows())
    return {
        "when": [datetime(2020, 1, 1) + timedelta(days=i) for i in range(count)],
        "day": [date(2020, 1, 1) + timedelta(days=i) for i in range(count)],
        "price": [Decimal("1.50") * i for i in range(count)],
        "flag": [i % 2 == 0 for i in range(count)],
        "score": [None if i % 5 == 0 else i / 3 for i in range(count)],
        "nested": [{"a": [i], "b": str(i)} for i in range(count)],
        "raw": [bytes([i]) for i in range(count)],
    }


def _tagged() -> dict[str, list[object]]:
    found = _sentences()
    return {name: [one[name] for one in found] for name in ("id", "tokens", "ner_tags")}


def _parquet(columns: dict[str, list[object]], **options: object) -> bytes:
    target = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), target, row_group_size=10, **options)
    return target.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _answers() -> dict[str, list[object]]:
    return {"id": [f"r{i}" for i in range(12)], "label": [CLASSES[(i + 1) % 3] for i in range(12)]}


def _answers_csv() -> bytes:
    lines = [f"{i},{label}\n" for i, label in zip(*_answers().values(), strict=True)]
    return ("id,label\n" + "".join(lines)).encode()


def _answers_jsonl() -> bytes:
    pairs = zip(*_answers().values(), strict=True)
    return "".join(json.dumps({"id": i, "label": label}) + "\n" for i, label in pairs).encode()
