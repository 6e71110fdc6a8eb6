"""A run with everything in it that training records, made up in milliseconds.

For tests of what reads runs. The values are drawn at random but hang together: losses
fall, weights follow losses, confusion matrices count the validation rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.entities import mention_counts
from hamr.records import (
    Dataset,
    EpochRecord,
    FinalRecord,
    Metrics,
    Progress,
    Rows,
    Split,
    StepRecord,
)
from hamr.store import Run, Store
from tests.views.fake_words import (
    fake_token_dataset,
    guessed,
    row_labels,
    word_scores,
    word_signals,
)

GRID = 41


def fake_dataset(
    rows: int = 200,
    classes: int = 5,
    seed: int = 0,
    class_names: tuple[str, ...] | None = None,
) -> Dataset:
    """Imbalanced rows; the last class is rare. Some texts would be markup if shown as such."""
    random = np.random.default_rng(seed)
    share = 0.5 ** np.arange(classes)
    names = class_names or tuple(f"class {chr(97 + c)}" for c in range(classes))

    def split(name: str, count: int) -> Rows:
        labels = random.choice(classes, size=count, p=share / share.sum())
        labels[:classes] = np.arange(classes)  # every class has a row
        texts = tuple(f"{name} text {i} about <b>{names[labels[i]]}</b>" for i in range(count))
        ids = tuple(f"{name}:{i + 1}" for i in range(count))
        return Rows(ids, texts, labels.astype(np.int32))

    parts = {
        "train": split("train", rows),
        "validation": split("validation", max(classes, rows // 5)),
        "test": split("test", max(classes, rows // 5)),
    }
    digest = hashlib.sha256(repr((rows, classes, seed, class_names)).encode()).hexdigest()
    return Dataset("made-up rows", "sequence", names, fingerprint=digest, **parts)


def fake_metrics(labels: np.ndarray, predictions: np.ndarray, classes: int) -> Metrics:
    """The scores of these predictions."""
    confusion = np.zeros((classes, classes), np.int32)
    np.add.at(confusion, (labels, predictions), 1)
    hits, support, named = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    precision = hits / np.maximum(named, 1)
    recall = hits / np.maximum(support, 1)
    f1 = 2 * hits / np.maximum(named + support, 1)
    return Metrics(
        macro_f1=float(f1.mean()),
        accuracy=float(hits.sum() / max(1, len(labels))),
        loss=float(1.5 - f1.mean()),
        precision=precision.astype(np.float32),
        recall=recall.astype(np.float32),
        f1=f1.astype(np.float32),
        support=support.astype(np.int32),
        confusion=confusion,
    )


def _guess(labels: np.ndarray, right: float, classes: int, random) -> np.ndarray:
    wrong = random.integers(0, classes, len(labels))
    return np.where(random.random(len(labels)) < right, labels, wrong)


def fake_epoch(
    dataset: Dataset,
    epoch: int,
    previous: EpochRecord | None = None,
    *,
    seed: int = 0,
    method: str = "hamr-plus",
    probes: int | None = 0,
) -> EpochRecord:
    """All signals, arrays and scalars of one epoch; `probes` None leaves theirs out."""
    random = np.random.default_rng([seed, epoch])
    count, classes = len(dataset.train), len(dataset.classes)
    labels = dataset.train.labels
    rarity = 1 / np.maximum(dataset.train.class_counts(classes)[labels], 1)
    right = 0.9 - 0.5 / (epoch + 1)
    loss = (random.gamma(2, 0.6, count) / epoch + 20 * rarity).astype(np.float32)
    words: dict[str, np.ndarray] = {}
    if dataset.task == "token":
        words = word_signals(dataset, guessed(dataset.train, right, random), random)
        loss = words["loss"]
    z = (loss - loss.mean()) / loss.std()
    pre = np.clip(1 + 0.4 * z, 0.1, 8).astype(np.float32)
    post = np.clip(pre + random.normal(0, 0.1, count), 0.1, 8).astype(np.float32)
    old = previous.signals if previous else {"hardness": np.ones(count), "visits": np.zeros(count)}
    hardness = (0.9 * old["hardness"] + 0.1 * post).astype(np.float32)
    expected = (1.2 * count * hardness / hardness.sum()).astype(np.float32)
    draws = random.poisson(expected).astype(np.int32)
    if method == "erm":  # every weight is 1, every row is drawn once
        pre = post = hardness = expected = np.ones(count, np.float32)
        draws = np.ones(count, np.int32)
    undrawn, step = draws == 0, epoch * int(np.ceil(1.2 * count / 32))
    last_step = step - random.integers(0, 8, count)
    pre_seen, post_seen, z_seen, visit_loss = (
        np.where(undrawn, np.nan, values).astype(np.float32) for values in (pre, post, z, loss)
    )
    seeds = np.argsort(-hardness)[: max(1, count // 5)].astype(np.int32)
    width = min(10, count - 1)
    shifts = np.arange(1, width + 1)
    neighbours = ((seeds[:, None] + shifts) % count).astype(np.int32)
    similarities = np.sort(random.uniform(0.3, 0.99, neighbours.shape), axis=1)[:, ::-1]
    boost = np.bincount(neighbours.ravel(), minlength=count)
    scores, *_ = _scored(dataset, "validation", right, random)
    prediction = _guess(labels, right, classes, random).astype(np.int16)
    grid = np.linspace(-3, 4, GRID).astype(np.float32)
    curve = 1 / (1 + np.exp(-0.3 * epoch * grid))
    own = np.random.default_rng([seed, epoch, 1])
    kept = fake_steps(own, epoch, loss, old, expected, learned=method != "erm")
    return EpochRecord(
        epoch=epoch,
        step=step,
        steps=kept,
        signals={
            "loss": loss,
            "prediction": prediction,
            "label_probability": np.exp(-loss),
            "margin": (1 - loss).astype(np.float32),
            "visit_loss": visit_loss,
            "visit_loss_last": visit_loss,
            "z": z_seen,
            "z_last": z_seen,
            "pre": pre_seen,
            "pre_last": pre_seen,
            "post": post_seen,
            "post_last": post_seen,
            "hardness": hardness,
            "alignment": random.normal(0, 0.3, count).astype(np.float32),
            "boost": (boost / boost.max()).astype(np.float32),
            "visits": (old["visits"] + draws).astype(np.int32),
            "draws": draws,
            "expected_draws": expected,
            "last_step": np.where(undrawn, -1, last_step).astype(np.int32),
            **words,
        },
        arrays={
            "curve_z": grid,
            "curve_s": curve.astype(np.float32),
            "curve_weight": np.clip(curve / curve.mean(), 0.1, 8).astype(np.float32),
            # Only for methods whose weights are not one curve of z.
            "curves_x": np.zeros(0, np.float32),
            "curves_weight": np.zeros((0, 0), np.float32),
            "curve_of_class": np.zeros(0, np.int16),
            "weight_scalars": np.zeros(0, np.float32),
            "seeds": seeds,
            "neighbours": neighbours,
            "similarities": similarities.astype(np.float32),
            "confusion": scores.confusion,
            "precision": scores.precision,
            "recall": scores.recall,
            "f1": scores.f1,
            "support": scores.support,
            **fake_top(prediction, np.exp(-loss), labels, 0 if words else classes),
            **({} if probes is None else fake_probes(step, probes, random)),
        },
        scalars={
            "macro_f1": scores.macro_f1,
            "accuracy": scores.accuracy,
            "validation_loss": scores.loss,
            "train_loss": float(loss.mean()),
            "meta_loss": float(loss.mean()) * 1.1,
            "clipped_low": float((post <= 0.1).mean()),
            "clipped_high": float((post >= 8).mean()),
            "draw_count": int(draws.sum()),
            "boost_refreshed": True,
            "seconds": 1.5,
            "rows_per_second": 8000.0,
        },
        checkpoint={"weight": random.normal(size=(8, classes)).astype(np.float32)},
    )


def fake_steps(random, epoch, loss, old, expected, *, learned: bool) -> dict[str, np.ndarray]:
    """Two steps of 8 draws that hang together as those of training do."""
    count = len(loss)
    rows = random.integers(0, count, 16).astype(np.int32)
    own = np.stack([loss[part] for part in np.split(rows, 2)])
    z = ((own - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)).ravel()
    grid = np.linspace(-3, 4, GRID).astype(np.float32)
    slopes = np.array([[0.3 * epoch], [0.31 * epoch]])
    blank = 1.0 if learned else np.nan

    def weights(s):
        parts = s.reshape(2, -1)
        return np.clip((parts / parts.mean(1, keepdims=True)).ravel(), 0.1, 8) if learned else s**0

    before, after = (1 / (1 + np.exp(-slope * z)) for slope in slopes[:, 0])
    gradient = random.normal(0, 1e-6, 16) * learned
    hardness = np.asarray(old["hardness"], np.float32)[rows]
    boost = np.asarray(old.get("boost", np.zeros(count)), np.float32)[rows]
    post = weights(after).astype(np.float32)
    found = {
        "loss": loss[rows], "z": z, "pre": weights(before), "post": post, "observed": post,
        "gradient": gradient, "alignment": -gradient / max(gradient.std(), 1e-30),
        "factor": np.ones(16), "epoch_hardness": hardness, "epoch_boost": boost,
        "hardness_before": hardness, "hardness_after": 0.9 * hardness + 0.1 * post,
        "meta_loss": np.array([0.9, 0.8]) * blank, "s_before": before * blank,
        "s_after": after * blank, "curve_z": grid,
        "curve_before": np.stack([1 / (1 + np.exp(-slopes[0] * grid))] * 2) * blank,
        "curve_after": np.stack([1 / (1 + np.exp(-slopes[1] * grid))] * 2) * blank,
    }  # fmt: skip
    return {
        **{name: values.astype(np.float32) for name, values in found.items()},
        "step": np.array([1, 4], np.int32),
        "starts": np.array([0, 8, 16], np.int32),
        "rows": rows,
        "probability": (expected / expected.sum())[rows].astype(np.float64),
        "meta_rows": random.integers(0, count, (2, 8)).astype(np.int32),
    }


def _scored(
    dataset: Dataset, split: Split, right: float, random
) -> tuple[Metrics, np.ndarray, dict[str, np.ndarray]]:
    """Made-up predictions of a split: their scores, the rows' classes, tags of a token task."""
    rows = dataset.split(split)
    if dataset.task == "token":
        tags = guessed(rows, right, random)
        own = {split: np.concatenate(tags)}
        return word_scores(rows, tags, len(dataset.classes) - 1), row_labels(dataset, tags), own
    guess = _guess(rows.labels, right, len(dataset.classes), random)
    return fake_metrics(rows.labels, guess, len(dataset.classes)), guess.astype(np.int16), {}


def fake_top(
    prediction: np.ndarray, label_probability: np.ndarray, labels: np.ndarray, classes: int
) -> dict[str, np.ndarray]:
    """The prediction first, and the classes after it in turn; `classes` is 0 of a token task."""
    width = min(3, classes)
    right = prediction == labels
    first = np.where(right, np.maximum(label_probability, 0.4), 0.5)
    shares = np.stack([first, 0.6 * (1 - first), 0.3 * (1 - first)], axis=1)
    named = (prediction[:, None] + np.arange(width)) % max(classes, 1)
    return {
        "top_classes": named.astype(np.int16),
        "top_probabilities": shares[:, :width].astype(np.float16),
    }


def fake_probes(last_step: int, count: int, random) -> dict[str, np.ndarray]:
    """Probes at the `count` last steps, most of them near 1."""
    return {
        "probe_step": np.arange(last_step - count, last_step, dtype=np.int32) + 1,
        "probe_cosine": (1 - random.beta(1, 60, count)).astype(np.float32),
    }


def fake_final(dataset: Dataset, *, best_epoch: int, seed: int = 0) -> FinalRecord:
    """The end of a run."""
    random = np.random.default_rng(seed)
    validation, named, seen = _scored(dataset, "validation", 0.8, random)
    test, prediction, tags = _scored(dataset, "test", 0.8, random)
    probability = random.uniform(0, 1, len(dataset.test)).astype(np.float32)
    own = np.random.default_rng([seed, 1]).uniform(0.05, 1, len(dataset.validation))
    held_out = {
        **fake_held_out(dataset, "validation", named, own.astype(np.float32)),
        **fake_held_out(dataset, "test", prediction, probability),
    }
    return FinalRecord(
        best_epoch=best_epoch,
        validation=validation,
        test=test,
        test_prediction=prediction,
        test_label_probability=probability,
        model={"weight": random.normal(size=(8, len(dataset.classes))).astype(np.float32)},
        seconds={"embed": 2.0, "train": 4.5, "total": 7.0},
        tags={**seen, **tags},
        held_out=held_out,
    )


def fake_held_out(
    dataset: Dataset, split: Split, prediction: np.ndarray, label_probability: np.ndarray
) -> dict[str, np.ndarray]:
    """What the model of the best epoch makes of a split, as FinalRecord.held_out has it."""
    found = {"loss": -np.log(np.maximum(label_probability, 1e-6))}
    tags = dataset.split(split).tags
    if tags is None:
        labels = dataset.split(split).labels
        found |= fake_top(prediction, label_probability, labels, len(dataset.classes))
    else:
        random = np.random.default_rng(len(tags))
        words = sum(map(len, tags))
        found["word_loss"] = random.exponential(0.5, words).astype(np.float16)
        found["word_probability"] = random.uniform(0.4, 1, words).astype(np.float16)
    return {f"{split}.{name}": values for name, values in found.items()}


def write_fake_run(
    store: Store,
    *,
    rows: int = 200,
    epochs: int = 3,
    classes: int = 5,
    status: str = "finished",
    name: str | None = None,
    with_map: bool = True,
    seed: int = 0,
    method: str = "hamr-plus",
    class_names: tuple[str, ...] | None = None,
    probes: int | None = 0,
    dataset: Dataset | None = None,
    run_seed: int = 0,
    data: DataSettings | None = None,
    embedded: bool = False,
    steps: bool = True,
    **training: Any,
) -> Run:
    """A run with that many epochs, written through the store as a worker would.

    `embedded` keeps embeddings of each epoch, as a run that fine-tunes does; without `steps` its
    epochs are as they were before any step was kept whole.

    `seed` makes up rows and scores, `run_seed` is the settings' own one, `training` further
    settings; `probes` is how many each epoch has, None writes epochs as they were before there
    were any.

    A status of "interrupted" is written as "running": nobody holds the run, so it shows
    as interrupted. Hold it (`with run.hold():`) to see it as running.
    """
    settings = TrainingSettings(method=method, epochs=max(epochs, 1), seed=run_seed, **training)
    own = RunSettings(data=data or DataSettings(), training=settings)
    run = store.create_run(own, name=name)
    if status == "queued":
        return run
    dataset = dataset or fake_dataset(rows, classes, seed, class_names)
    rows = len(dataset.train)
    run.set_status("running")
    run.append_event(Progress("loading", 1, 1, "rows loaded"))
    run.attach_dataset(dataset)
    run.append_event(Progress("embedding", rows, rows, "rows embedded"))
    _write_epochs(run, dataset, epochs, seed, method, probes, embedded, steps)
    if with_map:
        angles = np.random.default_rng(seed).normal(size=(rows, 2))
        run.write_map((angles + dataset.train.labels[:, None]).astype(np.float32))
        if dataset.task == "token":
            count = int(mention_counts(dataset.train.tags or (), len(dataset.classes) - 1).sum())
            run.write_mention_map(np.random.default_rng(seed).normal(size=(count, 2)))
    if status == "finished":
        best = run.info.best_epoch
        run.write_final(fake_final(dataset, best_epoch=best or epochs, seed=seed))
        run.log("The run is finished")
    failed = {"error": "The loss became NaN: lower the learning rate", "field": "learning_rate"}
    if status != "interrupted":
        run.set_status(status, **(failed if status == "failed" else {}))
    return run


def write_fake_token_run(
    store: Store, *, rows: int = 120, words: int = 12, seed: int = 0, **options: Any
) -> Run:
    """A run on tagged sentences of up to so many words; `options` as for `write_fake_run`."""
    dataset = fake_token_dataset(rows, seed, words)
    return write_fake_run(store, seed=seed, dataset=dataset, **options)


def _write_epochs(
    run: Run,
    dataset: Dataset,
    epochs: int,
    seed: int,
    method: str,
    probes: int | None,
    embedded: bool,
    steps: bool,
) -> None:
    record, weights = None, (0.4, 0.7, 1.0, 1.3, 1.8)
    for epoch in range(1, epochs + 1):
        first = record.step + 1 if record else 1
        record = fake_epoch(dataset, epoch, record, seed=seed, method=method, probes=probes)
        if not steps:
            record = replace(record, steps={})
        if embedded:
            found = np.random.default_rng([seed, epoch]).normal(size=(len(dataset.train), 8))
            record = replace(record, embeddings=found.astype(np.float16))
        loss = record.scalars["train_loss"]
        for step in range(first, record.step + 1, 4):
            run.append_event(StepRecord(step, epoch, loss, loss * 1.1, weights, 0.01, 0.0, 8000.0))
        run.append_event(Progress("training", epoch, epochs, f"epoch {epoch} of {epochs}"))
        run.write_epoch(record)
