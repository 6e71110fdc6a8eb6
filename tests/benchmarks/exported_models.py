"""Exported models against `hamr predict`: the largest difference of a probability, by format.

    python -m tests.benchmarks.exported_models [--encoders bert,gpt2] [--no-builtin] [--json]

Runs are trained for an epoch or two, each is exported in every format that can hold it, and the
folder is loaded by the program that the format is for, without a line of HAMR: the tokenizers
library and onnxruntime, SentenceTransformer(folder), or transformers' Auto classes. They predict
test rows from their texts. "quick" is the built-in encoder with a trained head, the others are
fine-tuned: tiny encoders of many architectures with random weights. Target: 1e-4.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data import load
from hamr.errors import HamrError
from hamr.exports.model import export_model, possible
from hamr.inference.manifest import read_manifest
from hamr.jobs.predicting import predictor_of
from hamr.jobs.worker import run_worker
from hamr.records import Dataset
from hamr.store import Run, Store
from hamr.tasks import features
from tests.core.small_data import save_tiny_encoder, small_dataset, small_tagged
from tests.core.test_architectures import saved
from tests.core.trained import NoMaps

TARGET, ROWS = 1e-4, 64
ENCODERS = ("bert", "deberta-v2", "mpnet", "gpt2", "t5", "roberta", "modernbert", "llama")
LAST_TOKEN = ("gpt2", "llama")


def main() -> None:
    """Prints a line for each run and format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoders", default=",".join(ENCODERS))
    parser.add_argument("--no-builtin", action="store_true", help="tiny encoders alone")
    parser.add_argument("--json", action="store_true", help="a JSON object as the last line")
    arguments = parser.parse_args()
    encoders = [name for name in arguments.encoders.split(",") if name]
    found: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        for name, run in runs(home, encoders, builtin=not arguments.no_builtin):
            for form in possible(run.info):
                key = f"{name} {form.name}"
                found[key] = difference(run, form.name, home / key.replace(" ", "-"))
                value = found[key]
                shown = value if isinstance(value, str) else f"{value:.1e}"
                print(f"{key:48} {shown}", flush=True)
    worst = max((value for value in found.values() if isinstance(value, float)), default=0.0)
    print(f"largest {worst:.1e}, target {TARGET:g}")
    if arguments.json:
        print(json.dumps({"difference": found, "largest": worst, "target": TARGET}))


def runs(home: Path, encoders: list[str], *, builtin: bool) -> Iterator[tuple[str, Run]]:
    """Runs by name, each trained when it comes."""
    if builtin:
        for task in ("sequence", "token"):
            data = load(DataSettings(source="demo", task=task if task == "token" else "auto"))
            small = _fewer(data)
            yield f"quick {task} built-in", trained(home, small, "quick", "builtin")
    tiny = home / "tiny"
    tiny.mkdir()
    save_tiny_encoder(tiny)
    for kind in encoders:
        folder = home / kind
        saved(kind, tiny, folder)
        pooling = "last" if kind in LAST_TOKEN else "mean"
        for data in (small_dataset(), small_tagged()):
            name = f"full {data.task} {kind}"
            yield name, trained(home, data, "full", str(folder), pooling=pooling)
    adapters = {"lora_rank": 2, "average_decay": 0.9}
    yield "full sequence LoRA", trained(home, small_dataset(), "full", str(tiny), **adapters)


def trained(home: Path, data: Dataset, preset: str, model: str, **changes: object) -> Run:
    """A finished run."""
    own = {} if model == "builtin" else {"max_length": 16, "neighbours": 3, "batch_size": 8}
    given = {"model": model, "epochs": 1, "meta_batch_size": 8, **own, **changes}
    settings = TrainingSettings.of_preset(preset, data.task, **given)
    wanted = RunSettings(data=DataSettings(source="demo"), training=settings)
    store = Store.open(home / "home")
    run = store.create_run(wanted)
    run_worker(store, run.id, load=lambda _: data, maps=NoMaps)
    return run


def difference(run: Run, form: str, folder: Path) -> float | str:
    """The largest difference of a probability on test rows; why there is no export."""
    texts = run.rows("test").texts(list(range(min(ROWS, run.info.test_rows))))
    limit = predictor_of(run, device="cpu")
    if features(
        run.info.task
    ).entities:  # sentences of one window: others read windows as they like
        texts = [t for t in texts if len(limit.encoder.tokenize([t])[0]) < limit.encoder.max_length]
    try:
        export_model(run, folder, form)
    except HamrError as error:
        return str(error)
    wanted = limit.predict(texts).probabilities
    return float(np.abs(READERS[form](folder, texts) - wanted).max())


def by_onnxruntime(folder: Path, texts: list[str]) -> np.ndarray:
    """Read by the tokenizers library and onnxruntime."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    words = read_manifest(folder).of_words
    given = [text.split() for text in texts] if words else texts
    read = tokenizer.encode_batch(given, is_pretokenized=words)
    inputs = {
        "input_ids": [one.ids for one in read],
        "attention_mask": [one.attention_mask for one in read],
        "word_ids": [[-1 if w is None else w for w in one.word_ids] for one in read],
    }
    names = [node.name for node in session.get_inputs()]
    found = session.run(["probabilities"], {name: np.array(inputs[name]) for name in names})[0]
    return first_pieces(found, [one.word_ids for one in read]) if words else found


def by_sentence_transformers(folder: Path, texts: list[str]) -> np.ndarray:
    """Read by SentenceTransformer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    logits = model.encode(texts, show_progress_bar=False, convert_to_tensor=True)
    found: np.ndarray = logits.softmax(-1).cpu().numpy()
    return found


def by_transformers(folder: Path, texts: list[str]) -> np.ndarray:
    """Read by the Auto classes of transformers."""
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    read = AutoTokenizer.from_pretrained(folder)(
        [text.split() for text in texts], is_split_into_words=True, padding=True,
        return_tensors="pt",
    )  # fmt: skip
    with torch.inference_mode():
        logits = model(input_ids=read["input_ids"], attention_mask=read["attention_mask"]).logits
    return first_pieces(logits.softmax(-1).numpy(), [read.word_ids(i) for i in range(len(texts))])


def first_pieces(found: np.ndarray, words: list[list[int | None]]) -> np.ndarray:
    """Of each word, in order, what is found at its first piece."""
    rows = [
        found[line, own.index(word)]
        for line, own in enumerate(words)
        for word in sorted({word for word in own if word is not None})
    ]
    return np.stack(rows)


READERS: dict[str, Callable[[Path, list[str]], np.ndarray]] = {
    "onnx": by_onnxruntime,
    "sentence-transformers": by_sentence_transformers,
    "transformers": by_transformers,
}


def _fewer(data: Dataset, train: int = 400, other: int = 80) -> Dataset:
    """The first rows of each split: how well a model predicts is not asked here."""
    from dataclasses import fields, replace

    from hamr.records import SPLITS, Rows

    def cut(rows: Rows, count: int) -> Rows:
        listed = {f.name: getattr(rows, f.name) for f in fields(rows) if f.name != "metadata"}
        return replace(
            rows, metadata={}, **{n: v if v is None else v[:count] for n, v in listed.items()}
        )

    parts = {s: cut(data.split(s), train if s == "train" else other) for s in SPLITS}
    return replace(data, **parts, fingerprint=f"{data.fingerprint[:60]}{train:04d}")


if __name__ == "__main__":
    main()
