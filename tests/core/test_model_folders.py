"""Folders of models from anywhere: nothing in them runs, and nothing outside them is read."""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from hamr.errors import ModelError
from hamr.models import encoder_folder, fingerprint
from tests.core.model_folders import ONE, edit, opened, refused, tensors

pytestmark = pytest.mark.usefixtures("offline")
MARKS = "import pathlib; pathlib.Path({!r}).touch()\n"


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


@pytest.mark.parametrize(
    "place", ["../b.safetensors", "/etc/passwd", "http://x/b.safetensors", "c.safetensors", 7, ".."]
)
def test_an_index_that_names_no_file_of_the_folder_is_refused(folder, place):
    shards(folder, **{ONE: place})
    assert "which is not a file of the folder" in (said := refused(folder)) or "is " in said


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is not a folder"),
        ("  ", "is not a folder"),
        ("nosuch", "is not a folder"),
        ("~nosuchuser/model", "is not a folder"),
        ("a\0b", "is not a folder"),
        ("\ud800", "is not a folder"),
        ("x" * 60_000, "can't be read"),
        ("/dev/null", "is not a folder"),
        ("hub:", "can't be downloaded"),
        ("hub:../../etc", "can't be downloaded"),
        ("hub:" + "x" * 60_000, "can't be downloaded"),
    ],
)
def test_a_name_that_is_no_model_is_refused(name, said):
    with pytest.raises(ModelError, match=said) as caught:
        encoder_folder(name)
    assert caught.value.field == "model"
    assert len(str(caught.value)) < 900


def test_a_file_is_no_folder(folder):
    with pytest.raises(ModelError, match="is a file, not a folder"):
        encoder_folder(str(folder / "config.json"))


def test_an_empty_folder_is_refused(tmp_path):
    assert "no readable config.json" in refused(tmp_path)
