"""Rows with the same text: kept in one split, or left out of training."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.config import DataSettings
from hamr.data import inspect, load
from hamr.data.origin import check, origins
from hamr.data.sametext import text_key, together
from hamr.data.splits import split_rows
from hamr.errors import DataError
from hamr.records import SPLITS


def rows_file(path, texts):
    """A file of these texts with two classes in turn."""
    rows = [{"text": text, "label": "ab"[i % 2]} for i, text in enumerate(texts)]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


TEXTS = [f"text {i % 20}" if i % 3 == 0 else f"text  {i}" for i in range(60)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=30, max_size=60), st.integers(0, 9), st.data()
)
def test_no_text_is_in_two_splits(letters, seed, data):
    groups = data.draw(st.none() | st.just([f"g{i // 3}" for i in range(len(letters))]))
    texts = [letter.upper() if i % 2 else f" {letter}" for i, letter in enumerate(letters)]
    kin = together(texts, groups, DataSettings(keep_duplicates_together=True))
    labels = np.arange(len(texts), dtype=np.int32) % 2
    parts = split_rows(labels, [0.7, 0.15, 0.15], seed=seed, groups=kin.groups)
    for keys in ([text_key(text) for text in texts], *([groups] if groups else [])):
        where = {}
        for key, part in zip(keys, parts.tolist(), strict=True):
            assert where.setdefault(key, part) == part


def test_duplicates_part_unless_asked_and_the_report_then_finds_no_leak(tmp_path):
    source = rows_file(tmp_path / "a.json", TEXTS)
    assert inspect(load(DataSettings(source=source))).leaks
    kept = load(DataSettings(source=source, keep_duplicates_together=True))
    assert not inspect(kept).leaks
    assert any("share their text with another row" in notice for notice in kept.notices)
    assert sum(len(kept.split(split)) for split in SPLITS) == len(TEXTS)


def test_texts_that_look_alike_stay_together():
    texts = ["cafe\u0301 a", "caf\u00e9 a", "caf\u00e9\u200b A", "other"]
    kin = together(texts, None, DataSettings(keep_duplicates_together=True))
    assert len({*kin.groups[:3]}) == 1
    assert kin.groups[3] != kin.groups[0]


def test_texts_without_duplicates_are_split_as_ever(tmp_path):
    source = rows_file(tmp_path / "a.json", [f"text {i}" for i in range(40)])
    prints = {
        load(DataSettings(source=source, keep_duplicates_together=keep)).fingerprint
        for keep in (False, True)
    }
    assert len(prints) == 1


def test_leaks_are_left_out_of_training_and_listed(tmp_path):
    source = rows_file(tmp_path / "a.json", [f"text {i}" for i in range(30)])
    test = rows_file(tmp_path / "test.json", ["Text  4", "text 7", "new"])
    plain = load(DataSettings(source=source, test=test))
    clean = load(DataSettings(source=source, test=test, remove_leaks=True))
    held = {text_key(text) for split in SPLITS[1:] for text in clean.split(split).texts}
    assert not held & {text_key(text) for text in clean.train.texts}
    gone = {*plain.train.ids} - {*clean.train.ids}
    assert gone == {row_id for row_id, reason in clean.left_out if "also in" in reason}
    assert any(f"{len(gone)} training row" in notice for notice in clean.notices)
    assert clean.validation.ids == plain.validation.ids


def test_a_class_that_would_lose_all_its_rows_is_an_error(tmp_path):
    source = rows_file(tmp_path / "a.json", [f"text {i}" for i in range(30)])
    odd = [f"text {i}" for i in range(1, 30, 2)]
    (tmp_path / "t.json").write_text(json.dumps([{"text": t, "label": "b"} for t in odd]))
    wanted = DataSettings(source=source, test=str(tmp_path / "t.json"), remove_leaks=True)
    with pytest.raises(DataError, match="'b' would have no training row") as caught:
        load(wanted)
    assert caught.value.field == "remove_leaks"


def test_a_file_whose_leaks_were_left_out_is_still_the_file_of_the_run(tmp_path):
    source = rows_file(tmp_path / "a.json", [f"text {i}" for i in range(30)])
    test = rows_file(tmp_path / "test.json", ["text 4", "text 7", "new"])
    wanted = DataSettings(source=source, test=test, remove_leaks=True)
    rows = load(wanted)
    for origin in origins(wanted, "sequence"):
        check(origin, rows)


def test_sentences_are_kept_together_and_leaks_left_out(tmp_path):
    rows = [{"tokens": ["Ada", f"x{i % 9}"], "ner_tags": ["B-p", "O"]} for i in range(40)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = str(tmp_path / "a.jsonl")
    assert inspect(load(DataSettings(source=source))).leaks
    for way in ("keep_duplicates_together", "remove_leaks"):
        try:
            found = load(DataSettings(source=source, **{way: True}))
        except DataError as error:  # every sentence may be in the evaluation data
            assert error.field == way
            continue
        assert not inspect(found).leaks
