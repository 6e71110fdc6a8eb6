"""The decoding process: reads one file within limits and answers one request in messages.

A message is a line of JSON: {"value": ...} for each thing yielded, then {"end": true}; or
{"error": [kind, sentence, field]}. A process that dies sends neither, which its caller reads as
"the file can't be decoded" (see `hamr.files.process`).

Limits, where the system supports them (Linux; on other systems only the caller's limits on bytes):

    memory   MEMORY beyond what the libraries take, and MEMORY_PER_BYTE of the file
    seconds  of computing between two messages: SECONDS, and one for each BYTES_A_SECOND of the file
    decoded  DECODED characters, and DECODED_PER_BYTE of the file: a few hundred bytes of Parquet
             can decode to gigabytes
"""

from __future__ import annotations

import json
import resource
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BufferedRWPair
from pathlib import Path
from typing import Any

from hamr.errors import DataError, HamrError
from hamr.files import plain, textfile
from hamr.files.conll.layout import Like
from hamr.files.conll.reader import ConllFile, looks_tagged
from hamr.files.conll.words import sentences_of
from hamr.files.encoding import UTF8, reading_as
from hamr.files.formats import reader_of
from hamr.files.json.reader import JsonFile
from hamr.files.table import MAX_ROWS, Reader, too_large

MEMORY, MEMORY_PER_BYTE = 512 << 20, 4
SECONDS, BYTES_A_SECOND = 8, 2_000_000
DECODED, DECODED_PER_BYTE = 100_000_000, 200  # characters
BATCH_ROWS, BATCH_CHARACTERS = 4096, 4_000_000
LONGEST_TEXT, LONGEST_LIST = 20_000_000, 1_000_000  # of one value
PREVIEW_ROWS, PREVIEW_VALUES = 50, 200_000
LACK_OF_MEMORY = "malloc of size"  # as pyarrow says it


def head(path: Path) -> Iterator[Any]:
    """What is needed to choose columns: the unit of places, the columns, and the first rows.

    Columns whose name occurs twice can't be chosen and have no values here. The rows end before
    one that can't be read; reading them all reports what is wrong with it. If that is the first
    one, there are no rows to choose by, and `fault` says why.
    """
    reader = reader_of(path)
    columns = reader.columns()
    single = [name for name, count in Counter(columns).items() if count == 1]
    most = max(1, min(PREVIEW_ROWS, PREVIEW_VALUES // max(1, len(single))))
    found: list[list[Any]] = []
    fault = ""
    try:
        for _, values in reader.rows(single):
            found.append([_sendable(value) for value in values])
            if len(found) == most:
                break
    except DataError as error:
        fault = "" if found else str(_known(path, error))
    yield {
        "unit": reader.unit, "columns": columns, "single": single, "rows": found, "fault": fault,
    }  # fmt: skip


def rows(path: Path, wanted: list[str], numbers: bool = False) -> Iterator[Any]:
    """The rows in batches of columns, then the notices; `numbers` of JSON as numbers, not texts."""
    reader = reader_of(path)
    if numbers and isinstance(reader, JsonFile):
        reader.keep_numbers()
    reader.columns()
    yield from _batches(reader, wanted, path.stat().st_size)
    yield {"notices": [*reader.notices, *textfile.notices(path)]}


def sentences(
    path: Path,
    tag_column: int | None = None,
    like: list[int] | None = None,
    keys: Sequence[str] = (),
) -> Iterator[Any]:
    """The sentences of a CoNLL file, in lists, then its notices and which column was read."""
    file = ConllFile(path, tag_column, Like(*like) if like else None, keys)
    found: list[Any] = []
    characters, count = 0, 0
    for count, sentence in enumerate(file.sentences(), 1):
        own = [sentence.line, sentence.words, sentence.tags, sentence.source]
        found.append([*own, list(sentence.lines), sentence.about])
        characters += len(sentence.source)
        if len(found) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield found
            found, characters = [], 0
        if count > MAX_ROWS:
            raise too_large(path.name)
    yield found
    said = [*file.notices(), *textfile.notices(path)]
    yield {"notices": said, "used": [file.layout.columns, file.layout.tags]}


def words(path: Path) -> Iterator[Any]:
    """The sentences of a CoNLL file with all of its lines, in lists; it need not have tags."""
    found: list[Any] = []
    characters = 0
    for sentence in sentences_of(path):
        found.append(list(sentence))
        characters += sum(map(len, sentence.lines))
        if len(found) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield found
            found, characters = [], 0
    yield found


def lines(path: Path) -> Iterator[Any]:
    """The lines of a file of plain text with their numbers, in lists."""
    found: list[Any] = []
    characters = 0
    for number, line in plain.lines_of(path):
        found.append([number, line])
        characters += len(line)
        if len(found) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield found
            found, characters = [], 0
    yield found


def holds_words(path: Path) -> Iterator[Any]:
    """Whether the first lines of a file hold a word each, not a sentence."""
    yield plain.holds_words(path)


def joined(path: Path, columns: str, target: str) -> Iterator[Any]:
    """Write a Parquet file with the columns of another one to `target`."""
    from hamr.files.parquet.join import join

    join(path, Path(columns), Path(target))
    yield True


def tag_columns(path: Path) -> Iterator[Any]:
    """The columns of a CoNLL file that hold tags, counted from 1, with some tags of each.

    And the keys of its comments.
    """
    file = ConllFile(path)
    tagged = [[at + 1, tags] for at, tags in file.layout.tagged.items()]
    yield {"tagged": tagged, "used": file.layout.tags + 1, "keys": file.comment_keys()}


def tagged(path: Path) -> Iterator[Any]:
    """Whether the first lines of a file are tagged words."""
    yield looks_tagged(path)


def as_cp1252(path: Path) -> Iterator[Any]:
    """The first lines with other signs than ASCII, read as Windows-1252."""
    yield textfile.preview(path)


def rewritten(path: Path, column: str, changes: list[list[Any]], target: str) -> Iterator[Any]:
    """Write the file with new labels to `target`; see `hamr.files.rewrite`."""
    from hamr.files.rewrite import rewrite

    rewrite(path, column, {place: new for place, new in changes}, Path(target))
    yield True


OPERATIONS: dict[str, Callable[..., Iterator[Any]]] = {
    "head": head,
    "rows": rows,
    "sentences": sentences,
    "words": words,
    "lines": lines,
    "holds_words": holds_words,
    "joined": joined,
    "tag_columns": tag_columns,
    "tagged": tagged,
    "as_cp1252": as_cp1252,
    "rewritten": rewritten,
}


def answer(stream: BufferedRWPair) -> None:
    """Read one request, {"operation", "path", ...}, and write the messages that answer it."""
    wanted = json.loads(stream.readline())
    path = Path(wanted.pop("path"))
    operation, encoding = OPERATIONS[wanted.pop("operation")], wanted.pop("encoding", UTF8)
    with suppress(ConnectionError), reading_as(encoding):  # the caller may need no more
        try:
            _answer(operation(path, **wanted), path.stat().st_size, stream)
        except HamrError as error:
            known = _known(path, error)
            _send(stream, {"error": [type(known).__name__, str(known), known.field]})
        except Exception as error:  # a library failed on what it did not expect
            _send(stream, {"error": ["DataError", str(unexpected(path, error)), None]})


def _answer(values: Iterator[Any], size: int, stream: BufferedRWPair) -> None:
    _limit_memory(size)
    _limit_seconds(size)
    for value in values:
        _send(stream, {"value": value})
        _limit_seconds(size)
    _send(stream, {"end": True})


def _known(path: Path, error: HamrError) -> HamrError:
    """The error; pyarrow's lack of memory comes as one of the ways in which a file is damaged."""
    return _too_large(path) if LACK_OF_MEMORY in str(error) else error


def unexpected(path: Path, error: Exception) -> DataError:
    """The error for a file on which a library fails in a way that has no message of its own."""
    if isinstance(error, MemoryError) or LACK_OF_MEMORY in str(error):
        return _too_large(path)
    reason = " ".join(str(error).split())[:200].rstrip(".")
    kind = type(error).__name__
    return DataError(
        f"{path.name} can't be decoded ({kind}{': ' if reason else ''}{reason}): it may be "
        "damaged; write or copy it again"
    )


def _send(stream: BufferedRWPair, message: dict[str, Any]) -> None:
    # Only ASCII, so that half a character travels as well as a whole one.
    stream.write(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
    stream.flush()


def _batches(reader: Reader, wanted: Sequence[str], size: int) -> Iterator[dict[str, Any]]:
    """Rows by columns; a batch ends after so many rows or characters."""
    places: list[int] = []
    columns: list[list[Any]] = [[] for _ in wanted]
    characters, total, most = 0, 0, DECODED + DECODED_PER_BYTE * size
    for place, values in reader.rows(wanted):
        places.append(place)
        for name, column, value in zip(wanted, columns, values, strict=True):
            length = len(value) if isinstance(value, str | list | dict | bytes) else 1
            if length > (LONGEST_TEXT if isinstance(value, str | bytes) else LONGEST_LIST):
                raise _too_long(reader, place, name, value, length)
            column.append(value)
            characters += length
        if len(places) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            total += characters
            if total > most:
                raise DataError(
                    f"{reader.name} holds more than {most:,} characters in {size:,} bytes, which "
                    "no file of texts does: write it again from its source, or give a part of it"
                )
            yield _batch(places, columns)
            places, columns, characters = [], [[] for _ in wanted], 0
    if places:
        yield _batch(places, columns)


def _batch(places: list[int], columns: list[list[Any]]) -> dict[str, Any]:
    return {"places": places, "columns": [_packed(column) for column in columns]}


def _packed(values: list[Any]) -> dict[str, Any]:
    """A column, each text once where they repeat, and where it holds bytes that are not text."""
    raw = [at for at, value in enumerate(values) if isinstance(value, bytes)]
    if raw:
        values = [None if isinstance(value, bytes) else value for value in values]
    if all(value is None or type(value) is str for value in values):
        different = {value: at for at, value in enumerate(dict.fromkeys(values))}
        if 2 * len(different) < len(values):
            at = [different[value] for value in values]
            return {"texts": list(different), "at": at, "bytes": raw}
    return {"values": [_sendable(value) for value in values], "bytes": raw}


def _sendable(value: Any) -> Any:
    """A value as JSON can hold it: what is neither text, number nor list becomes its text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple):
        return [_sendable(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _sendable(one) for key, one in value.items()}
    return str(value)


def _too_long(reader: Reader, place: int, column: str, value: Any, length: int) -> DataError:
    kind, most = ("characters", LONGEST_TEXT) if isinstance(value, str) else ("items", LONGEST_LIST)
    return DataError(
        f"{reader.name}, {reader.unit} {place:,}: column {column!r} holds {length:,} {kind}, and "
        f"at most {most:,} are read: shorten it, or remove the row"
    )


def _too_large(path: Path) -> DataError:
    size = path.stat().st_size
    allowed = (MEMORY + MEMORY_PER_BYTE * size) // 1_000_000
    return DataError(
        f"{path.name} needs more than {allowed:,} MB of memory to decode, though it has only "
        f"{size:,} bytes: it may be damaged; write it again from its source, or give a part of it"
    )


def _limit_memory(size: int) -> None:
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + MEMORY + MEMORY_PER_BYTE * size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_seconds(size: int) -> None:
    """Limit the seconds from now on; the system ends a process that computes longer."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + SECONDS + size // BYTES_A_SECOND
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
