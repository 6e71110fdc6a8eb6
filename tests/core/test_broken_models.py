"""Damaged and unsuitable models: each is refused in a sentence that names what is wrong."""

import json
import random

import pytest
import torch

from hamr.errors import ModelError
from tests.core.model_folders import ONE, edit, header, opened, refused, tensors

pytestmark = pytest.mark.usefixtures("offline")


def without(name):
    return lambda folder: (folder / name).unlink()


def written(name, content):
    return lambda folder: (folder / name).write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )


def config(**changes):
    return lambda folder: edit(folder, **changes)


def weights(change):
    return lambda folder: tensors(folder, change)


def heads(change):
    return lambda folder: header(folder, change)


def declared(shape, dtype="F32", offsets=(0, 64)):
    return heads(
        lambda found: {
            **found,
            ONE: {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)},
        }
    )


def spoilt(value):
    def change(found):
        found["encoder.layer.0.output.dense.bias"][3] = value
        return found

    return change


def cut(share):
    def change(folder):
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    return change


def huge(name):
    def change(folder):
        with (folder / name).open("ab") as stream:
            stream.truncate(500_000_000)  # a hole: it takes no room

    return change


def tokenizer(change):
    def changed(folder):
        found = json.loads((folder / "tokenizer.json").read_text())
        change(found)
        (folder / "tokenizer.json").write_text(json.dumps(found))

    return changed


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_tokenizer(folder):
    for name in ("tokenizer.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)


def panicking(found):
    """A template whose special token has no id."""
    found["post_processor"] = {
        "type": "TemplateProcessing", "pair": [], "special_tokens": {},
        "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}],
    }  # fmt: skip


ENDLESS = {
    "type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated", "invert": False,
}  # fmt: skip
MORE = {"type": "Replace", "pattern": {"String": "x"}, "content": "x" * 1000}
GROWING = {"type": "Sequence", "normalizers": [MORE] * 3}
PLAIN = {"tokenizer_class": "PreTrainedTokenizerFast"}
WRONG = {
    "config: none": (without("config.json"), "no readable config.json"),
    "config: empty": (written("config.json", ""), "is not JSON"),
    "config: broken": (written("config.json", "{"), "is not JSON"),
    "config: a list": (written("config.json", "[]"), "not a JSON object"),
    "config: null": (written("config.json", "null"), "not a JSON object"),
    "config: bytes": (written("config.json", b"\xff\xfe\0"), "is not JSON"),
    "config: deep": (written("config.json", '{"a":' * 100_000), "nested too deeply"),
    "config: rather deep": (written("config.json", '{"a":' * 300 + "1" + "}" * 300), "nested too"),
    "config: long number": (written("config.json", '{"a":' + "9" * 9999 + "}"), "is not JSON"),
    "config: 500 MB": (huge("config.json"), "larger than 10 MB"),
    "config: no type": (config(model_type=None), "names no model_type"),
    "config: type is a number": (config(model_type=7), "names no model_type"),
    "config: unknown type": (config(model_type="nosuch"), "has no text model"),
    "config: a picture's type": (config(model_type="vit"), "has no text model"),
    "config: a path as type": (config(model_type="../../x"), "has no text model"),
    "config: translator": (config(model_type="t5"), ""),
    "config: no layers": (config(num_hidden_layers=0), "without layers"),
    "config: minus a layer": (config(num_hidden_layers=-1), "without layers"),
    "config: fewer layers": (config(num_hidden_layers=1), "layers that config.json leaves out"),
    "config: more layers": (config(num_hidden_layers=3), "are missing: encoder.layer.2"),
    "config: a million layers": (config(num_hidden_layers=10**6), "at most 1,000 layers"),
    "config: endless groups": (
        config(model_type="albert", num_hidden_groups=10**8), "more than 30,000 parts",
    ),
    "config: huge": (config(hidden_size=10**9, num_attention_heads=1), "describes a model of"),
    "config: huger": (config(vocab_size=10**18), ""),
    "config: hugest": (config(hidden_size=10**30), ""),
    "config: wide": (config(intermediate_size=10**8), "describes a model of"),
    "config: many places": (config(max_position_embeddings=10**10), "describes a model of"),
    "config: no places": (config(max_position_embeddings=0), ""),
    "config: one place": (config(max_position_embeddings=1), "another shape"),
    "config: another width": (config(hidden_size=32), "have another shape"),
    "config: no heads": (config(num_attention_heads=0), ""),
    "config: odd heads": (config(num_attention_heads=3), ""),
    "config: a word as width": (config(hidden_size="wide"), ""),
    "config: unknown activation": (config(hidden_act="nosuch"), ""),
    "config: dropout of 5": (config(hidden_dropout_prob=5.0), ""),
    "config: epsilon is NaN": (config(layer_norm_eps=float("nan")), "finite"),
    "config: few pieces": (config(vocab_size=5), "have another shape"),
    "config: quantised": (config(quantization_config={"quant_method": "awq"}), "are quantised"),
    "config: compressed": (config(compression_config={"a": 1}), "are quantised"),
    "config: another kind": (config(model_type="distilbert"), ""),
    "adapter": (written("adapter_config.json", '{"base_model_name_or_path": "a/b"}'), "adapter"),
    "weights: none": (without("model.safetensors"), "no safetensors weights"),
    "weights: pickled": (pickled, "pytorch_model.bin, can run code"),
    "weights: empty": (written("model.safetensors", b""), "is damaged"),
    "weights: no header": (written("model.safetensors", b"\xff" * 64), "is damaged"),
    "weights: no tensors": (weights(lambda found: {}), "hold no tensor"),
    "weights: cut": (cut(0.5), "declares"),
    "weights: cut in the header": (cut(0.05), "is damaged"),
    "weights: header is a list": (heads(lambda found: []), "not a JSON object"),
    "weights: header is deep": (heads(lambda found: b'{"a":' * 100_000), "is damaged"),
    "weights: huge shape": (declared([10**9, 10**9]), "not its shape's size"),
    "weights: overflowing shape": (declared([2**62, 4]), "not its shape's size"),
    "weights: negative shape": (declared([-1, 16]), "no shape and position"),
    "weights: places backwards": (declared([4, 4], offsets=(64, 0)), "not its shape's size"),
    "weights: places outside": (declared([4, 4], offsets=(10**9, 10**9 + 64)), "declares"),
    "weights: no shape": (declared(None), "no shape and position"),
    "weights: unknown numbers": (declared([16], "F3"), "stored as F3"),
    "weights: eight-bit floats": (declared([64], "F8_E4M3"), "stored as F8_E4M3"),
    "weights: whole numbers": (
        weights(lambda found: {name: one.to(torch.int32) for name, one in found.items()}),
        "whole numbers can't be trained",
    ),
    "weights: all in one place": (
        heads(lambda found: {**found, **{f"x{n}": found[ONE] for n in range(50)}}),
        "declares",
    ),
    "weights: other names": (
        weights(lambda found: {f"other.{name}x": one for name, one in found.items()}),
        "tensors that config.json describes are missing: embeddings.",
    ),
    "weights: one is missing": (
        weights(lambda found: {name: one for name, one in found.items() if name != ONE}),
        f"1 of the 39 tensors that config.json describes are missing: {ONE}",
    ),
    "weights: NaN": (weights(spoilt(torch.nan)), "1 of its tensors hold NaN"),
    "weights: infinite": (weights(spoilt(torch.inf)), "1 of its tensors hold NaN"),
    "tokenizer: none": (no_tokenizer, "it has no tokenizer"),
    "tokenizer: broken": (written("tokenizer.json", "{"), "can't be used"),
    "tokenizer: a list": (written("tokenizer.json", "[]"), "can't be used"),
    "tokenizer: bytes": (written("tokenizer.json", b"\xff\xfe"), "can't be used"),
    "tokenizer: deep": (written("tokenizer.json", '{"a":' * 10**6), "can't be used"),
    "tokenizer: 500 MB": (huge("tokenizer.json"), "larger than 100 MB"),
    "tokenizer: no model": (tokenizer(lambda found: found.pop("model")), "can't be used"),
    "tokenizer: panics": (tokenizer(panicking), ""),
    "tokenizer: numbers too large": (
        tokenizer(lambda found: found["model"]["vocab"].update(beyond=4000)),
        "needs a table of 4,001 pieces, but the model's has 31",
    ),
    "tokenizer: a pattern without end": (
        tokenizer(lambda found: found.update(pre_tokenizer=ENDLESS)), "can't be used",
    ),
    "tokenizer: grows without end": (
        tokenizer(lambda found: found.update(normalizer=GROWING)), "that reads it failed",
    ),
    "tokenizer config: broken": (written("tokenizer_config.json", "{"), "is not JSON"),
    "tokenizer config: a list": (written("tokenizer_config.json", "[1]"), "not a JSON object"),
    "tokenizer config: padding is a number": (
        lambda folder: edit(folder, "tokenizer_config.json", pad_token=7), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused(folder, wrong):
    change, said = WRONG[wrong]
    change(folder)
    assert said in refused(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_flipped_bytes_are_read_or_refused(folder, name):
    whole = (folder / name).read_bytes()
    for seed in range(12):
        generator = random.Random(seed)
        spoilt = bytearray(whole)
        for _ in range(generator.randint(1, 4)):
            spoilt[generator.randrange(min(len(whole), 3000))] = generator.randrange(256)
        (folder / name).write_bytes(spoilt)
        try:
            opened(folder)
        except ModelError as error:
            assert str(error)
