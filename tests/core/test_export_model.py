"""Exported models: other programs load them, and they predict what the run's model predicts."""

from __future__ import annotations

import json
import shutil
import warnings
from itertools import product

import numpy as np
import pytest
import torch

from hamr.cli import main
from hamr.errors import ModelError, NoSpaceError, SettingError, StoreError
from hamr.exports.model import export_model, possible
from hamr.exports.model import folder as folders
from hamr.exports.model.check import check_same
from hamr.exports.model.markdown import plain
from hamr.inference.exported import load_exported
from hamr.inference.manifest import MANIFEST, read_manifest
from hamr.jobs.predicting import predictor_of
from tests.core.small_data import small_dataset, small_tagged
from tests.core.test_architectures import saved
from tests.core.trained import train_small

TEXTS = ["text of train 7", "a", "validation: 3 of test of test 12 9"]
FORMS = ("onnx", "sentence-transformers", "transformers")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs by task and preset, each trained when it is first asked for."""
    home, known = tmp_path_factory.mktemp("home"), {}

    def run(task="sequence", preset="quick", **changes):
        key = (task, preset, *sorted(changes.items()))
        if key not in known:
            data = small_dataset() if task == "sequence" else small_tagged()
            known[key] = train_small(home, data, preset, **changes)
        return known[key]

    return run


def predicted(run, epoch=None):
    return predictor_of(run, epoch, device="cpu").predict(TEXTS).probabilities


def softmax(logits):
    return torch.as_tensor(logits).softmax(-1).numpy()


def by_onnxruntime(folder):
    """The probabilities of TEXTS, read by the tokenizers library and onnxruntime alone."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    words = read_manifest(folder).of_words
    given = [text.split() for text in TEXTS] if words else TEXTS
    read = tokenizer.encode_batch(given, is_pretokenized=words)
    inputs = {
        "input_ids": [one.ids for one in read],
        "attention_mask": [one.attention_mask for one in read],
        "word_ids": [[-1 if w is None else w for w in one.word_ids] for one in read],
    }
    names = [node.name for node in session.get_inputs()]
    found = session.run(["probabilities"], {name: np.array(inputs[name]) for name in names})[0]
    if not words:
        return found
    return np.stack(
        [
            found[line, one.word_ids.index(word)]
            for line, one in enumerate(read)
            for word in range(len(given[line]))
        ]
    )


def by_sentence_transformers(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return softmax(model.encode(TEXTS, show_progress_bar=False))


def by_transformers(folder):
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    read = AutoTokenizer.from_pretrained(folder)(
        [text.split() for text in TEXTS], is_split_into_words=True, padding=True,
        return_tensors="pt",
    )  # fmt: skip
    with torch.inference_mode():
        found = softmax(model(**read).logits)
    places = [(line, word) for line, t in enumerate(TEXTS) for word in range(len(t.split()))]
    return np.stack([found[line, read.word_ids(line).index(word)] for line, word in places])


READERS = dict(zip(FORMS, (by_onnxruntime, by_sentence_transformers, by_transformers), strict=True))


@pytest.mark.parametrize(
    ("task", "preset", "form"),
    [
        ("sequence", "quick", "onnx"),
        ("sequence", "quick", "sentence-transformers"),
        ("sequence", "full", "onnx"),
        ("sequence", "full", "sentence-transformers"),
        ("token", "quick", "onnx"),
        ("token", "full", "onnx"),
        ("token", "full", "transformers"),
    ],
)
def test_other_programs_predict_what_the_run_predicts(runs, tmp_path, task, preset, form):
    run = runs(task, preset)
    done = export_model(run, tmp_path / "model", form)
    assert done.difference <= 1e-4
    np.testing.assert_allclose(READERS[form](tmp_path / "model"), predicted(run), atol=1e-4)
    again = load_exported(tmp_path / "model", "cpu").predict(TEXTS)
    np.testing.assert_allclose(again.probabilities, predicted(run), atol=1e-4)


def test_adapters_are_merged_into_what_leaves(runs, tmp_path):
    run = runs("sequence", "full", lora_rank=2)
    export_model(run, tmp_path / "model", "onnx")
    np.testing.assert_allclose(by_onnxruntime(tmp_path / "model"), predicted(run), atol=1e-4)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "t5", "deberta-v2", "mpnet"])
@pytest.mark.parametrize("form", ["onnx", "sentence-transformers"])
def test_encoders_of_many_kinds_leave(runs, tmp_path, tiny_encoder, kind, form):
    saved(kind, tiny_encoder, tmp_path / "encoder")
    pooling = "last" if kind in ("gpt2", "llama") else "mean"
    own = {"model": str(tmp_path / "encoder"), "epochs": 1, "pooling": pooling}
    run = train_small(tmp_path / "home", small_dataset(), "full", **own)
    export_model(run, tmp_path / "model", form)
    np.testing.assert_allclose(READERS[form](tmp_path / "model"), predicted(run), atol=1e-4)


def test_another_kept_epoch_leaves_when_it_is_asked_for(runs, tmp_path):
    run = runs("sequence", "quick")
    other = next(epoch for epoch in run.epochs() if epoch != run.info.best_epoch)
    done = export_model(run, tmp_path / "model", "onnx", other)
    assert (done.epoch, done.best) == (other, False)
    np.testing.assert_allclose(by_onnxruntime(tmp_path / "model"), predicted(run, other), atol=1e-4)
    assert "not the best epoch" in (tmp_path / "model" / "README.md").read_text()


def test_an_epoch_that_was_not_kept_is_a_sentence(runs, tmp_path):
    with pytest.raises(StoreError, match="epoch 9 is not kept"):
        export_model(runs(), tmp_path / "model", "onnx", 9)
    assert list(tmp_path.iterdir()) == []


def test_a_sentence_names_the_formats_that_can_hold_a_model(runs, tmp_path):
    with pytest.raises(SettingError, match="Choose onnx or sentence-transformers"):
        export_model(runs(), tmp_path / "model", "transformers")
    with pytest.raises(SettingError, match=r"Choose onnx$"):
        export_model(runs("token"), tmp_path / "model", "transformers")
    with pytest.raises(SettingError, match="must be onnx or"):
        export_model(runs(), tmp_path / "model", "pickle")


def test_every_possible_format_is_offered(runs):
    names = {
        key: [one.name for one in possible(runs(*key).info)]
        for key in product(("sequence", "token"), ("quick", "full"))
    }
    assert names["sequence", "quick"] == names["sequence", "full"] == list(FORMS[:2])
    assert names["token", "quick"] == ["onnx"]
    assert names["token", "full"] == ["onnx", "transformers"]


def test_nothing_is_overwritten(runs, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("mine")
    with pytest.raises(SettingError, match="is not empty, and nothing is overwritten"):
        export_model(runs(), tmp_path / "model", "onnx")
    (tmp_path / "model.zip").write_bytes(b"mine")
    with pytest.raises(SettingError, match="exists, and nothing is overwritten"):
        export_model(runs(), tmp_path / "model.zip", "onnx")


def test_an_empty_folder_is_filled(runs, tmp_path):
    (tmp_path / "model").mkdir()
    export_model(runs(), tmp_path / "model", "onnx")
    assert (tmp_path / "model" / "model.onnx").is_file()


def test_a_zip_file_holds_the_same_files(runs, tmp_path):
    export_model(runs(), tmp_path / "model", "onnx")
    export_model(runs(), tmp_path / "model.zip", "onnx")
    shutil.unpack_archive(tmp_path / "model.zip", tmp_path / "unpacked")
    names = [sorted(p.name for p in (tmp_path / f).iterdir()) for f in ("model", "unpacked")]
    assert names[0] == names[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model", "model.zip", "unpacked"]


def test_a_full_disk_leaves_nothing(runs, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.os, "fsync", full)
    with pytest.raises(NoSpaceError, match="the disk is full"):
        export_model(runs(), tmp_path / "model", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_left_is_removed_by_the_next(runs, tmp_path):
    dead = tmp_path / ".model~999999999~part"
    dead.mkdir()
    (dead / "model.onnx").write_bytes(b"half")
    export_model(runs(), tmp_path / "model", "onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_export_that_differs_is_refused():
    with pytest.raises(ModelError, match=r"differs from the run's model by 0\.01"):
        check_same("onnx", 0.01)


def test_a_head_that_transformers_has_otherwise_is_refused(tmp_path, tiny_encoder):
    saved("modernbert", tiny_encoder, tmp_path / "encoder")
    own = {"model": str(tmp_path / "encoder"), "epochs": 1}
    run = train_small(tmp_path / "home", small_tagged(), "full", **own)
    with pytest.raises(ModelError, match=r"differs from the run's model by .* Choose onnx"):
        export_model(run, tmp_path / "model", "transformers")
    assert not (tmp_path / "model").exists()


def test_an_encoder_that_was_changed_since_is_noticed(tmp_path, runs):
    # Long enough that the model is sure of its classes.
    run = train_small(tmp_path / "home", small_dataset(), epochs=20, learning_rate=0.03)
    export_model(run, tmp_path / "before", "onnx")
    from safetensors.torch import load_file, save_file

    weights = tmp_path / "home" / "encoder" / "model.safetensors"
    random = torch.Generator().manual_seed(1)
    save_file(
        {n: t + 3 * torch.randn(t.shape, generator=random) for n, t in load_file(weights).items()},
        weights,
    )
    with pytest.raises(ModelError, match="was changed since this run was trained"):
        export_model(run, tmp_path / "after", "onnx")


def test_a_folder_of_a_newer_version_says_so(runs, tmp_path):
    export_model(runs(), tmp_path / "model", "onnx")
    assert read_manifest(tmp_path / "model").classes == ("common", "rare", "rarest")
    manifest = json.loads((tmp_path / "model" / MANIFEST).read_text())
    manifest |= {"hamr_model": 2, "version": "9.1"}
    (tmp_path / "model" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"HAMR 9\.1 exported it, in form 2"):
        load_exported(tmp_path / "model")


def test_a_damaged_graph_says_so(runs, tmp_path):
    export_model(runs(), tmp_path / "model", "onnx")
    (tmp_path / "model" / "model.onnx").write_bytes(b"half of it")
    with pytest.raises(ModelError, match=r"its model\.onnx can't be read"):
        load_exported(tmp_path / "model")


def test_layers_of_another_model_say_so(runs, tmp_path):
    export_model(runs(), tmp_path / "model", "sentence-transformers")
    manifest = json.loads((tmp_path / "model" / MANIFEST).read_text())
    manifest["outputs"] = ["one", "two"]
    (tmp_path / "model" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"layers are not those of its hamr\.json"):
        load_exported(tmp_path / "model")


def test_a_folder_without_a_manifest_says_so(tmp_path):
    with pytest.raises(ModelError, match="holds no exported model"):
        read_manifest(tmp_path)


def test_a_run_without_its_model_file_says_so(tmp_path):
    run = train_small(tmp_path / "home", small_dataset())
    next((tmp_path / "home").rglob("runs/*/model.safetensors")).unlink()
    with pytest.raises(StoreError, match="is missing"):
        export_model(run, tmp_path / "model", "onnx")
    assert not (tmp_path / "model").exists()


def test_the_card_says_what_the_model_is(runs, tmp_path):
    export_model(runs(), tmp_path / "model", "onnx")
    card = (tmp_path / "model" / "README.md").read_text()
    for said in ("license:", "macro-F1 **", "95 % interval", "| rarest | 6 |", "fill in", "seed"):
        assert said in card
    assert "Classes with fewer than 50 training rows: rare, rarest." in card


def test_the_card_of_entities_says_how_words_are_read(runs, tmp_path):
    export_model(runs("token", "full"), tmp_path / "model", "transformers")
    card = (tmp_path / "model" / "README.md").read_text()
    assert 'aggregation_strategy="first"' in card
    assert "| price |" in card


def test_markup_in_a_name_stays_text():
    assert plain("<b>|a*\n") == "\\<b\\>\\|a\\* "


def test_the_command_writes_a_model_and_says_how_far_it_is_off(runs, tmp_path, capsys):
    run, target = runs(), tmp_path / "model"
    asked = [
        "export",
        run.id,
        "--home",
        str(run.store.home),
        "--what",
        "model",
        "--to",
        str(target),
    ]
    assert main([*asked, "--epoch", "best"]) == 0
    assert "its probabilities differ by at most" in capsys.readouterr().err
    assert main(asked) == 2
    assert "is not empty, and nothing is overwritten" in capsys.readouterr().err


def test_a_format_is_of_models_alone(runs, tmp_path, capsys):
    run, target = runs(), tmp_path / "rows.csv"
    asked = ["export", run.id, "--home", str(run.store.home), "--to", str(target)]
    assert main([*asked, "--format", "onnx"]) == 2
    assert "--format belongs to the model" in capsys.readouterr().err
