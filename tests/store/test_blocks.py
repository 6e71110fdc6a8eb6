"""A part of a word signal is read and checked without the rest of its file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import delete

from hamr.errors import DamagedError, StoreError
from hamr.records import ROW_SIGNALS, WORD_SIGNALS
from hamr.store import Store
from hamr.store.blocks import BLOCK_BYTES, BLOCKS, Blocks, blocks_file
from hamr.store.files import npy, write_files
from hamr.store.tables import FileRow
from tests.fake_run import fake_epoch, write_fake_token_run
from tests.views.fake_words import fake_token_dataset

PER_BLOCK = BLOCK_BYTES // 2  # values of two bytes
WORDS = 40 * PER_BLOCK + 100  # the last block is a short one
ROW = 7 * PER_BLOCK - 4, 7 * PER_BLOCK + 9  # a sentence that lies in two blocks


@pytest.fixture
def run(store):
    """Two epochs with words enough for many blocks."""
    run = write_fake_token_run(store, rows=30, epochs=1, name="my run")
    record = fake_epoch(fake_token_dataset(30), 2)
    random = np.random.default_rng(2)
    words = {
        name: random.integers(0, 9, WORDS).astype(signal.dtype)
        for name, signal in WORD_SIGNALS.items()
    }
    run.write_epoch(replace(record, signals={**record.signals, **words}))
    return run


def epoch_file(run, name):
    return run.folder / "epochs" / "000002" / name


def alter(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def alter_word(run, word, name="word_loss"):
    alter(epoch_file(run, f"{name}.npy"), word * 2 - WORDS * 2)


def read_so_far():
    """Bytes that this process asked of the system by read()."""
    return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])


@given(
    count=st.integers(0, 3 * PER_BLOCK),
    first=st.integers(0, 3 * PER_BLOCK),
    length=st.integers(0, 2 * PER_BLOCK),
)
@example(count=2 * PER_BLOCK, first=PER_BLOCK, length=PER_BLOCK)
@example(count=2 * PER_BLOCK, first=PER_BLOCK - 1, length=2)
@example(count=2 * PER_BLOCK + 1, first=2 * PER_BLOCK, length=1)
@example(count=0, first=0, length=0)
def test_a_part_is_that_of_the_whole(count, first, length):
    values = np.random.default_rng(count).integers(-9, 9, count).astype(np.int16)
    chunks = npy(values)
    with TemporaryDirectory() as folder:
        array, blocks = Path(folder, "x.npy"), Path(folder, BLOCKS)
        written = write_files(Path(folder), {array: chunks, blocks: blocks_file({"x": chunks})})
        own = Blocks.of("x", blocks, written[blocks], DamagedError)
        part = own.part(array, written[array].bytes, first, first + length, DamagedError)
    assert part.dtype == values.dtype
    np.testing.assert_array_equal(part, values[first : first + length])


@pytest.mark.parametrize("name", WORD_SIGNALS)
def test_a_part_of_each_word_signal_is_that_of_the_whole(run, name):
    np.testing.assert_array_equal(run.signal_part(name, 2, *ROW), run.signal(name, 2)[slice(*ROW)])


@pytest.mark.parametrize("name", ROW_SIGNALS)
def test_a_part_of_a_row_signal_is_that_of_the_whole(run, name):
    np.testing.assert_array_equal(run.signal_part(name, 2, 3, 9), run.signal(name, 2)[3:9])


def test_a_part_is_read_only(run):
    with pytest.raises(ValueError, match="read-only"):
        run.signal_part("word_loss", 2, *ROW)[0] = 1


@pytest.mark.parametrize("word", [ROW[0], ROW[1] - 1, 6 * PER_BLOCK, 8 * PER_BLOCK - 1])
def test_an_altered_byte_in_the_blocks_of_a_part_is_noticed_and_named(run, word):
    alter_word(run, word)
    with pytest.raises(DamagedError, match=r"my run.*was altered.*word_loss\.npy.*another epoch"):
        run.signal_part("word_loss", 2, *ROW)


@pytest.mark.parametrize("word", [0, 6 * PER_BLOCK - 1, 8 * PER_BLOCK, WORDS - 1])
def test_an_altered_byte_in_another_block_is_left_to_whoever_reads_the_whole(run, word):
    expected = run.signal_part("word_loss", 2, *ROW)
    alter_word(run, word)
    np.testing.assert_array_equal(run.signal_part("word_loss", 2, *ROW), expected)
    with pytest.raises(DamagedError, match="was altered"):
        run.signal("word_loss", 2)


def test_alteration_after_a_first_good_look_is_noticed_though_the_file_looks_as_old(run):
    run.signal_part("word_loss", 2, *ROW)
    path = epoch_file(run, "word_loss.npy")
    before = path.stat()
    alter_word(run, ROW[0])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DamagedError, match="was altered"):
        run.signal_part("word_loss", 2, *ROW)


def test_a_file_of_another_epoch_in_its_place_is_noticed(run):
    other = run.folder / "epochs" / "000001" / "word_loss.npy"
    epoch_file(run, "word_loss.npy").write_bytes(other.read_bytes())
    with pytest.raises(DamagedError, match="was altered"):
        run.signal_part("word_loss", 2, *ROW)


def test_a_file_cut_short_behind_the_part_is_noticed(run):
    path = epoch_file(run, "word_loss.npy")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedError, match="was altered"):
        run.signal_part("word_loss", 2, *ROW)


@pytest.mark.parametrize("name", ["word_loss.npy", BLOCKS])
def test_a_missing_file_is_named(run, name):
    epoch_file(run, name).unlink()
    with pytest.raises(DamagedError, match=f"is missing: .*{name}"):
        run.signal_part("word_loss", 2, *ROW)


def test_damaged_checksums_are_noticed_and_named(run):
    alter(epoch_file(run, BLOCKS), -1)
    with pytest.raises(DamagedError, match=f"was altered: .*{BLOCKS}"):
        run.signal_part("word_loss", 2, *ROW)


def without_blocks(run):
    """The run as a version before blocks wrote it."""
    with run.store.database.write() as session:
        session.execute(delete(FileRow).where(FileRow.name == BLOCKS))
    epoch_file(run, BLOCKS).unlink()
    return Store.open(run.store.home).run(run.id)


def test_an_epoch_without_checksums_of_blocks_is_read(run):
    expected = run.signal_part("word_loss", 2, *ROW)
    np.testing.assert_array_equal(without_blocks(run).signal_part("word_loss", 2, *ROW), expected)


def test_an_epoch_without_checksums_of_blocks_is_checked_whole(run):
    alter_word(run, 0)
    with pytest.raises(DamagedError, match="was altered"):
        without_blocks(run).signal_part("word_loss", 2, *ROW)


def test_an_epoch_without_word_signals_has_no_checksums_of_blocks(run):
    record = fake_epoch(fake_token_dataset(30), 3)
    rows_only = {name: record.signals[name] for name in ROW_SIGNALS}
    run.write_epoch(replace(record, signals=rows_only))
    assert not (run.folder / "epochs" / "000003" / BLOCKS).exists()
    with pytest.raises(StoreError, match=r"no word_loss\.npy at epoch 3"):
        run.signal_part("word_loss", 3, 0, 1)


def test_a_part_of_an_epoch_that_is_not_there_says_which_are(run):
    with pytest.raises(StoreError, match="no epoch 9: it has 1 to 2"):
        run.signal_part("word_loss", 9, *ROW)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no system that counts reads")
def test_a_first_look_at_a_part_reads_little_of_the_file(run):
    run.signal_part("word_loss", 1, 0, 1)  # loads the libraries
    before = read_so_far()
    run.signal_part("word_loss", 2, *ROW)
    assert read_so_far() - before < epoch_file(run, "word_loss.npy").stat().st_size / 8
