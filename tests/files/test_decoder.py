"""What a decoding process can do and can't: its limits, and what is heard when it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hamr.errors import ColumnError, DataError
from hamr.files import process
from hamr.files.reading import head_of, open_file
from tests.benchmarks.mutated import whole_files

ROOT = Path(__file__).parents[2]

# A decoding process whose one operation is the test's own.
ALONE = """
import socket, sys
from hamr.files import decoder
decoder.SECONDS = 1
decoder.OPERATIONS["own"] = lambda path: {operation}
with socket.socket(fileno=0) as own, own.makefile("rwb") as stream:
    decoder.answer(stream)
"""


def said_by(operation: str, path: Path) -> tuple[list[dict], int]:
    """The messages of a decoding process that runs this expression, and how it ended."""
    ours, theirs = process.socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [sys.executable, "-c", ALONE.format(operation=operation)],
            stdin=theirs.fileno(), stderr=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
    with ours, ours.makefile("rwb") as stream:
        stream.write(json.dumps({"operation": "own", "path": str(path)}).encode() + b"\n")
        stream.flush()
        messages = [json.loads(line) for line in stream]
    return messages, child.wait()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\na,b\n")
    return path


def test_what_an_operation_yields_is_sent_and_then_the_end(small):
    messages, code = said_by("iter([1, 'two'])", small)
    assert messages == [{"value": 1}, {"value": "two"}, {"end": True}]
    assert code == 0


def test_memory_beyond_the_limit_is_told_as_such(small):
    messages, code = said_by("(len(bytearray(2 << 30)) for _ in [0])", small)
    assert "MB of memory" in messages[0]["error"][1]
    assert code == 0


def test_computing_without_an_answer_is_ended_by_the_system(small):
    messages, code = said_by("(value for value in iter(int, 1) if value)", small)
    assert messages == []
    assert code == -signal.SIGXCPU


def test_an_unexpected_exception_is_a_sentence_about_the_file(small):
    messages, _ = said_by("(1 / 0 for _ in [0])", small)
    kind, sentence, _ = messages[-1]["error"]
    assert kind == "DataError"
    assert "rows.csv can't be decoded (ZeroDivisionError: division by zero)" in sentence


def test_a_process_that_dies_is_a_sentence_about_the_file(small):
    ours, theirs = process.socket.socketpair()
    theirs.close()
    with ours, ours.makefile("rwb") as stream, pytest.raises(DataError, match=r"rows\.csv can't"):
        process._received(stream, small)


def test_native_code_that_aborts_ends_its_own_process_alone(small):
    messages, code = said_by("(__import__('os').abort() for _ in [0])", small)
    assert messages == []
    assert code == -signal.SIGABRT


def test_flipped_bits_in_statistics_are_read_or_refused_in_a_sentence(tmp_path):
    """pyarrow aborts on some of them, where it is asked for the statistics."""
    whole = whole_files()["parquet"][0][1]
    path, said = tmp_path / "rows.parquet", []
    for at in range(1290, 1340):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
            try:
                for _ in open_file(str(path)).rows(["text", "label"]):
                    pass
            except DataError as error:
                said.append(str(error))
    assert all(sentence.startswith("rows.parquet") for sentence in said)
    assert said


def test_column_errors_keep_their_kind_and_field(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('[{"text": "a", "text": "b"}]')
    with pytest.raises(ColumnError, match="'text' twice"):
        open_file(str(path))


def test_a_killed_server_is_started_again(small):
    assert head_of(small).columns == ("text", "label")
    server = process._SERVER._process
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    small.write_text("text,label,more\na,b,c\n")
    assert head_of(small).columns == ("text", "label", "more")


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(small):
    first = head_of(small)
    assert head_of(small) is first
    small.write_text("a,b\n1,2\n")
    assert head_of(small).columns == ("a", "b")


def test_many_threads_read_at_once(tmp_path):
    found: dict[int, list] = {}

    def read(number: int) -> None:
        path = tmp_path / f"{number}.csv"
        path.write_text("text,label\n" + f"row {number},x\n" * 3000)
        found[number] = [values for _, values in open_file(str(path)).rows(["text", "label"])]

    threads = [threading.Thread(target=read, args=[n]) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[n] == [(f"row {n}", "x")] * 3000 for n in range(12))


def test_reading_that_is_given_up_leaves_no_process(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "some words,x\n" * 300_000)
    rows = open_file(str(path)).rows(["text", "label"])
    next(rows)
    rows.close()
    server = process._SERVER._process
    assert server is not None
    deadline = time.monotonic() + 120
    while psutil.Process(server.pid).children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert psutil.Process(server.pid).children() == []


def test_a_text_that_repeats_travels_once(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + f"{'long ' * 2000},x\n" * 4000)
    messages = list(process.decode("rows", path, wanted=["text", "label"]))
    assert sum(len(json.dumps(message)) for message in messages) < path.stat().st_size / 50
    texts = {values[0] for _, values in open_file(str(path)).rows(["text"])}
    assert texts == {"long " * 2000}


def test_a_file_that_decodes_to_far_more_than_its_size_is_refused(tmp_path):
    path = tmp_path / "rows.parquet"
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 9000, pa.int32()), ["y" * 20_000])
    pq.write_table(pa.table({"text": long}), path, compression="zstd")
    with pytest.raises(DataError, match="which no file of texts does"):
        list(open_file(str(path)).rows(["text"]))


@pytest.mark.parametrize("value", ["y" * 20_000_001, ["y"] * 1_000_001], ids=["text", "list"])
def test_one_value_that_is_too_long_is_refused_by_row(tmp_path, value):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a"}\n' + json.dumps({"text": value}) + "\n")
    with pytest.raises(DataError, match=r"rows\.jsonl, line 2: column 'text' holds"):
        list(open_file(str(path)).rows(["text"]))


def test_values_come_through_as_they_are(tmp_path):
    path = tmp_path / "rows.parquet"
    values = {
        "text": ["a", None, "é\U0001f600"],
        "list": [["a", None], [], None],
        "bytes": [b"ok", b"\xff", None],
        "number": [1.0, None, 2.5],
    }
    pq.write_table(pa.table(values), path)
    assert [row for _, row in open_file(str(path)).rows([*values])] == [
        ("a", ["a", None], "ok", "1"),
        (None, [], b"", None),
        ("é\U0001f600", None, None, "2.5"),
    ]
