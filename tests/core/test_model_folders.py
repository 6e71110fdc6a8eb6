"""Folders of models as they come from anywhere: read right, or refused in a sentence.

Nothing of a folder runs, nothing outside it is read, and what a file declares is not believed.
"""

import json
import os
import random
import socket
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from hamr.errors import ModelError
from hamr.models import encoder_folder, fingerprint, load_encoder

MARKS = "import pathlib; pathlib.Path({!r}).touch()\n"


@pytest.fixture
def folder(tiny_encoder, tmp_path):
    """A copy of the tiny encoder, to be spoiled."""
    copy = tmp_path / "model"
    copy.mkdir()
    for path in tiny_encoder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch):
    """Any attempt to reach another machine is an error of another kind than those expected."""

    def refused(*_):
        raise AssertionError("something asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def opened(folder, max_length=16):
    return load_encoder(encoder_folder(str(folder)), max_length)


def refused(folder):
    """What is said of the folder."""
    with pytest.raises(ModelError) as caught:
        opened(folder)
    assert caught.value.field == "model"
    assert len(str(caught.value)) < 900
    return str(caught.value)


def edit(folder, name="config.json", **changes):
    """Changes entries of a JSON file of the folder; None takes one out."""
    path = folder / name
    found = json.loads(path.read_text()) if path.exists() else {}
    found.update(changes)
    path.write_text(json.dumps({k: v for k, v in found.items() if v is not None}))


def tensors(folder, change):
    """Stores the weights as `change` returns them."""
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)


def header(folder, change):
    """Writes what `change` makes of the header, with the numbers as they were."""
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    changed = change(json.loads(whole[8 : 8 + length]))
    new = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
    path.write_bytes(len(new).to_bytes(8, "little") + new + whole[8 + length :])


def spare(names):
    return {name: one for name, one in names.items() if not name.startswith("pooler")}


def test_the_folder_itself_opens(folder):
    encoder = opened(folder)
    assert (encoder.width, encoder.max_length) == (16, 16)


def test_weights_without_a_pooler_open(folder):
    tensors(folder, spare)
    assert opened(folder).width == 16


def test_weights_in_half_precision_open_in_full(folder):
    tensors(folder, lambda found: {name: one.half() for name, one in found.items()})
    assert {part.dtype for part in opened(folder).model.parameters()} == {torch.float32}


def test_weights_of_a_model_with_a_head_open(folder):
    tensors(
        folder,
        lambda found: {
            **{f"bert.{name}": one for name, one in spare(found).items()},
            "cls.predictions.bias": torch.zeros(29),
            "bert.embeddings.position_ids": torch.arange(32)[None],
        },
    )
    assert torch.equal(
        opened(folder).model.embeddings.word_embeddings.weight,
        load_file(folder / "model.safetensors")["bert.embeddings.word_embeddings.weight"],
    )


def shards(folder, **places):
    """The weights in two files with their index; `places` change the index."""
    found = load_file(folder / "model.safetensors")
    names = sorted(found)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, own in parts.items():
        save_file({name: found[name] for name in own}, folder / file)
    (folder / "model.safetensors").unlink()
    index = {name: file for file, own in parts.items() for name in own}
    index.update(places)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))


def test_weights_in_several_files_open(folder):
    whole = opened(folder).model.state_dict()
    shards(folder)
    parts = opened(folder).model.state_dict()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


ONE = "embeddings.word_embeddings.weight"


@pytest.mark.parametrize(
    "place", ["../b.safetensors", "/etc/passwd", "http://x/b.safetensors", "c.safetensors", 7, ".."]
)
def test_an_index_that_names_no_file_of_the_folder_is_refused(folder, place):
    shards(folder, **{ONE: place})
    assert "which is no file of the folder" in (said := refused(folder)) or "is " in said


def test_a_tensor_in_another_file_than_the_index_says_is_named(folder):
    shards(folder, **{"encoder.x": "a.safetensors"})
    assert "a.safetensors lacks 'encoder.x'" in refused(folder)


@pytest.mark.parametrize("index", ["{", "[]", "{}", '{"weight_map": {}}', '{"weight_map": [1]}'])
def test_an_index_that_is_none_is_refused(folder, index):
    shards(folder)
    (folder / "model.safetensors.index.json").write_text(index)
    refused(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_model_that_needs_its_own_code_is_refused_and_nothing_runs(folder, name):
    mark = folder.parent / "ran"
    for module in ("modeling_own", "configuration_own", "tokenization_own"):
        (folder / f"{module}.py").write_text(MARKS.format(str(mark)))
    kinds = {"AutoConfig": "configuration_own.C", "AutoModel": "modeling_own.M"}
    own = {**kinds, "AutoTokenizer": ["tokenization_own.T", None]}
    edit(folder, name, auto_map=own)
    edit(folder, model_type="own" if name == "config.json" else "bert")
    assert "such code is never run" in refused(folder)
    script = (
        "import sys; from hamr.models import encoder_folder, load_encoder\n"
        "from hamr.errors import ModelError\n"
        "try: load_encoder(encoder_folder(sys.argv[1]), 16)\n"
        "except ModelError: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        input="yes\n" * 1000,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "refused\n"
    assert not mark.exists()


@pytest.mark.parametrize(
    "entries",
    [
        {"_attn_implementation": "owner/kernel"},
        {"attn_implementation": "owner/kernel:function"},
        {"_attn_implementation_internal": "owner/kernel", "use_kernels": True},
        {"_name_or_path": "owner/model", "name_or_path": "/etc"},
        {"torch_dtype": "nonsense", "dtype": "os.system"},
        {"custom_pipelines": {"x": {"impl": "x.X", "pt": ["AutoModel"]}}},
        {"transformers_weights": "../outside.safetensors"},
        {"fusion_config": {"x": "owner/kernel"}, "kernel_config": {"y": "owner/kernel"}},
        {"num_labels": 10**9},
        {"return_dict": False, "output_hidden_states": True, "torchscript": True},
        {"auto_map": {}},
        {"quantization_config": None},
    ],
)
def test_entries_that_do_not_say_which_model_it_is_change_nothing(tiny_encoder, folder, entries):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))
    mine, theirs = (opened(one).model.state_dict() for one in (folder, tiny_encoder))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(
    "entries",
    [
        {"vocab_file": "/etc/passwd", "tokenizer_file": "/etc/passwd"},
        {"fast_tokenizer_files": ["tokenizer.../../../x.json"]},
        {"name_or_path": "owner/model", "init_inputs": ["owner/model"]},
        {"is_local": False, "local_files_only": False, "trust_remote_code": True},
    ],
)
def test_a_tokenizer_s_entries_lead_nowhere(tiny_encoder, folder, entries):
    edit(folder, "tokenizer_config.json", **entries)
    texts = ["text of train", "7"]
    assert opened(folder).tokenize(texts) == opened(tiny_encoder).tokenize(texts)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_link_out_of_the_folder_is_refused(folder, name):
    outside = folder.parent / "outside"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    assert f"its {name} is a link out of the folder" in refused(folder)


def test_the_links_of_the_hub_s_cache_are_followed(folder, tmp_path):
    model = tmp_path / "models--owner--name"
    (model / "blobs").mkdir(parents=True)
    (snapshot := model / "snapshots" / "0123").mkdir(parents=True)
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(model / "blobs" / str(number))
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")
    assert opened(snapshot).width == 16


def test_a_pipe_is_not_waited_for(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    os.mkfifo(folder / "extra.json")
    assert "is not a regular file" in refused(folder)
    assert len(fingerprint(folder)) == 64


# What is wrong with the folder, by what its message says.
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
    "config: empty": (written("config.json", ""), "is no JSON"),
    "config: broken": (written("config.json", "{"), "is no JSON"),
    "config: a list": (written("config.json", "[]"), "no JSON object"),
    "config: null": (written("config.json", "null"), "no JSON object"),
    "config: bytes": (written("config.json", b"\xff\xfe\0"), "is no JSON"),
    "config: deep": (written("config.json", '{"a":' * 100_000), "nested too deeply"),
    "config: rather deep": (written("config.json", '{"a":' * 300 + "1" + "}" * 300), "nested too"),
    "config: long number": (written("config.json", '{"a":' + "9" * 9999 + "}"), "is no JSON"),
    "config: 500 MB": (huge("config.json"), "has more than 10 MB"),
    "config: no type": (config(model_type=None), "names no model_type"),
    "config: type is a number": (config(model_type=7), "names no model_type"),
    "config: unknown type": (config(model_type="nosuch"), "knows no text model"),
    "config: a picture's type": (config(model_type="vit"), "knows no text model"),
    "config: a path as type": (config(model_type="../../x"), "knows no text model"),
    "config: translator": (config(model_type="t5"), "encoder and decoder"),
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
    "weights: header is a list": (heads(lambda found: []), "no JSON object"),
    "weights: header is deep": (heads(lambda found: b'{"a":' * 100_000), "is damaged"),
    "weights: huge shape": (declared([10**9, 10**9]), "not its shape's size"),
    "weights: overflowing shape": (declared([2**62, 4]), "not its shape's size"),
    "weights: negative shape": (declared([-1, 16]), "no shape and place"),
    "weights: places backwards": (declared([4, 4], offsets=(64, 0)), "not its shape's size"),
    "weights: places outside": (declared([4, 4], offsets=(10**9, 10**9 + 64)), "declares"),
    "weights: no shape": (declared(None), "no shape and place"),
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
    "tokenizer: 500 MB": (huge("tokenizer.json"), "has more than 100 MB"),
    "tokenizer: no model": (tokenizer(lambda found: found.pop("model")), "can't be used"),
    "tokenizer: panics": (tokenizer(panicking), ""),
    "tokenizer: numbers too large": (
        tokenizer(lambda found: found["model"]["vocab"].update(beyond=4000)),
        "needs a table of 4,001 pieces, and the model's has 31",
    ),
    "tokenizer: no padding": (
        lambda folder: edit(folder, "tokenizer_config.json", pad_token=None, **PLAIN),
        "its tokenizer has no padding token",
    ),
    "tokenizer: a pattern without end": (
        tokenizer(lambda found: found.update(pre_tokenizer=ENDLESS)), "can't be used",
    ),
    "tokenizer: grows without end": (
        tokenizer(lambda found: found.update(normalizer=GROWING)), "that reads it failed",
    ),
    "tokenizer config: broken": (written("tokenizer_config.json", "{"), "is no JSON"),
    "tokenizer config: a list": (written("tokenizer_config.json", "[1]"), "no JSON object"),
    "tokenizer config: padding is a number": (
        lambda folder: edit(folder, "tokenizer_config.json", pad_token=7), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused(folder, wrong):
    change, said = WRONG[wrong]
    change(folder)
    assert said in refused(folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is no folder"),
        ("  ", "is no folder"),
        ("nosuch", "is no folder"),
        ("~nosuchuser/model", "is no folder"),
        ("a\0b", "is no folder"),
        ("\ud800", "is no folder"),
        ("x" * 60_000, "can't be read"),
        ("/dev/null", "is no folder"),
        ("hub:", "can't be fetched"),
        ("hub:../../etc", "can't be fetched"),
        ("hub:" + "x" * 60_000, "can't be fetched"),
    ],
)
def test_a_name_that_is_no_model_is_refused(name, said):
    with pytest.raises(ModelError, match=said) as caught:
        encoder_folder(name)
    assert caught.value.field == "model"
    assert len(str(caught.value)) < 900


def test_a_file_is_no_folder(folder):
    with pytest.raises(ModelError, match="is a file and no folder"):
        encoder_folder(str(folder / "config.json"))


def test_an_empty_folder_is_refused(tmp_path):
    assert "no readable config.json" in refused(tmp_path)


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
