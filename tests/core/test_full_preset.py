"""Fine-tuning a whole (tiny) encoder, through transformers' own loading code."""

import json

import numpy as np
import pytest

from hamr.errors import ModelError
from hamr.models import encoder_folder, fingerprint, load_encoder
from hamr.records import FinalRecord
from hamr.training import train
from tests.core.small_data import DictCache, full, small_dataset


@pytest.mark.parametrize("method", ["hamr", "erm"])
def test_the_whole_encoder_is_trained(tiny_encoder, method):
    found = list(train(small_dataset(), full(tiny_encoder, method=method), cache=DictCache()))
    assert isinstance(found[-1], FinalRecord)
    before = load_encoder(tiny_encoder, 16).model.state_dict()
    name = "embeddings.word_embeddings.weight"
    assert not np.array_equal(found[-1].model[f"encoder.{name}"], before[name].numpy())


def test_a_model_that_is_no_folder_is_named():
    with pytest.raises(ModelError, match="'nowhere/at-all' is not a folder") as caught:
        encoder_folder("nowhere/at-all")
    assert caught.value.field == "model"


def test_a_model_without_safetensors_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    with pytest.raises(ModelError, match="no safetensors weights"):
        encoder_folder(str(tmp_path))


def test_damaged_weights_are_a_sentence(tiny_encoder, tmp_path):
    for path in tiny_encoder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(ModelError, match="can't be loaded"):
        load_encoder(encoder_folder(str(tmp_path)), 16)


def test_the_fingerprint_changes_with_the_weights(tiny_encoder, tmp_path):
    for path in tiny_encoder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = fingerprint(tmp_path)
    with (tmp_path / "model.safetensors").open("ab") as stream:
        stream.write(b"\0")
    assert same == fingerprint(tiny_encoder) != fingerprint(tmp_path)
