"""Data sets of the hub. The hub itself is never asked: what `datasets` gives is made here."""

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, IterableDataset, Value

from hamr.config import DataSettings
from hamr.data import guess_columns, hub, load, read_columns
from hamr.data.peek import Guess
from hamr.errors import DataError
from tests.data.conftest import ROWS

FEATURES = Features({"text": Value("string"), "label": ClassLabel(names=["cold", "warm"])})


def made(count: int = 40, hidden: bool = False) -> Dataset:
    labels = [-1 if hidden else i % 2 for i in range(count)]
    return Dataset.from_dict(
        {"text": [f"text {i}" for i in range(count)], "label": labels}, features=FEATURES
    )


@pytest.fixture
def on_hub(monkeypatch):
    """Puts splits in the place of what the hub would give."""

    def _on_hub(**splits):
        monkeypatch.setattr(hub, "_fetch", lambda *_: DatasetDict(splits))

    return _on_hub


def test_class_numbers_become_class_names(on_hub):
    on_hub(train=made())
    assert load(DataSettings(source="hub:some/set")).classes == ("cold", "warm")


def test_the_publisher_s_splits_are_used(on_hub):
    on_hub(train=made(40), dev=made(6), test=made(8))
    dataset = load(DataSettings(source="hub:some/set"))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (40, 6, 8)


def test_a_test_split_with_hidden_labels_is_left_out_with_a_notice(on_hub):
    on_hub(train=made(40), test=made(8, hidden=True))
    dataset = load(DataSettings(source="hub:some/set"))
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 40
    assert any("not public" in notice for notice in dataset.notices)


def test_columns_and_first_rows_are_read_from_a_stream(on_hub):
    stream = IterableDataset.from_generator(lambda: ({"text": t, "label": x} for t, x in ROWS))
    on_hub(train=stream)
    assert read_columns("hub:some/set") == ["text", "label"]
    assert guess_columns("hub:some/stream") == Guess("sequence", "text", "label")


def test_a_set_without_training_rows(on_hub, refused):
    on_hub(test=made())
    assert "no split called train (it has test)" in str(refused("hub:some/set"))


@pytest.mark.parametrize("source", ["hub:", "hub: "])
def test_no_name(refused, source):
    assert "needs a name" in str(refused(source))


def test_a_name_that_can_t_be_one(refused):
    error = refused("hub:../x y")
    assert error.field == "source"
    assert "can't be loaded" in str(error)


def test_a_hub_out_of_reach_is_told_in_one_sentence(monkeypatch):
    def down(*_):
        raise ConnectionError("[Errno -2] Name or service not known")

    monkeypatch.setattr(hub, "_fetch", down)
    with pytest.raises(DataError, match="can't be reached") as caught:
        read_columns("hub:some/set")
    assert caught.value.field == "source"


def test_a_connection_lost_half_way_is_told(monkeypatch):
    class Broken(list):
        features = FEATURES

        def select_columns(self, names):
            return self

        def __iter__(self):
            raise OSError("connection reset")

    monkeypatch.setattr(hub, "_fetch", lambda *_: {"train": Broken()})
    with pytest.raises(DataError, match="connection reset"):
        load(DataSettings(source="hub:some/set"))


def streamed(*rows):
    return IterableDataset.from_generator(lambda: iter(rows))


def test_half_characters_are_mended_with_a_notice(on_hub):
    rows = [{"text": f"t{i} \ud83d", "label": "ab"[i % 2] + "\ud83d"} for i in range(12)]
    on_hub(train=streamed(*rows))
    dataset = load(DataSettings(source="hub:some/halves"))
    assert dataset.classes == ("a\ufffd", "b\ufffd")
    assert any("half a character" in notice for notice in dataset.notices)


def test_ids_that_mending_would_make_the_same_are_not_used(on_hub):
    rows = [{"id": f"x{chr(0xD800 + i)}", "text": f"t{i}", "label": "ab"[i % 2]} for i in range(12)]
    on_hub(train=streamed(*rows))
    dataset = load(DataSettings(source="hub:some/ids"))
    assert all(row_id.startswith("hub:some/ids/train:") for row_id in dataset.train.ids)
    assert any("repeats" in notice for notice in dataset.notices)


def test_whatever_a_row_raises_is_said_in_a_sentence(on_hub):
    def broken():
        yield {"text": "a", "label": "b"}
        raise RuntimeError("Traceback: a library's own words")

    on_hub(train=IterableDataset.from_generator(broken))
    with pytest.raises(DataError, match="can't be loaded"):
        load(DataSettings(source="hub:some/broken"))


def test_columns_of_lists_are_a_token_task_whatever_their_names(on_hub):
    rows = [{"words": ["in", "Rome"], "labels": ["O", "B-place"]} for _ in range(12)]
    on_hub(train=streamed(*rows))
    assert guess_columns("hub:some/lists") == Guess("token", "words", "labels")
