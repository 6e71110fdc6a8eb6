"""Plain fine-tuning for entities with transformers' own Trainer: what ours is held against.

Nothing of our models, losses or steps is used: AutoModelForTokenClassification, a word's tag on
its first piece, AdamW as Trainer sets it up (no decay on biases and norms, where ours decays
all), warm-up, decay and clipping of the settings, and the epoch that is best on validation by
seqeval's macro-F1. The built-in encoder has no tagging head, so the weights of its head are random.
"""

from __future__ import annotations

import tempfile
import time
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from seqeval.metrics import f1_score
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from hamr.config import TrainingSettings
from hamr.models import encoder_folder
from hamr.records import Dataset, Rows

IGNORED = -100


def macro_f1(gold: list[list[str]], predicted: list[list[str]]) -> float:
    """seqeval's, in its default mode."""
    return float(f1_score(gold, predicted, average="macro", zero_division=0))


def names_of(tags: Any, names: tuple[str, ...]) -> list[list[str]]:
    """Tag numbers of each sentence as names."""
    return [[names[tag] for tag in own] for own in tags]


class Encoded(torch.utils.data.Dataset):
    """The rows of a split as pieces."""

    def __init__(self, rows: Rows, tokenizer: Any, max_length: int) -> None:
        assert rows.words is not None and rows.tags is not None
        self._items = []
        for words, tags in zip(rows.words, rows.tags, strict=True):
            encoded = tokenizer(
                list(words), is_split_into_words=True, truncation=True, max_length=max_length
            )
            owners, labels = [None, *encoded.word_ids()], []
            for before, word in pairwise(owners):
                begins = word is not None and word != before
                labels.append(int(tags[word]) if begins else IGNORED)
            self._items.append({**encoded, "labels": labels})

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self._items[place]


class Tagger(Trainer):
    """A loss that is the mean over a batch's words, as usual, or over its sentences' hardest."""

    kind = "mean"

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):  # type: ignore[no-untyped-def]
        """Trainer's hook for it."""
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        losses = torch.nn.functional.cross_entropy(
            outputs.logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
        )
        words = (labels != IGNORED).sum()
        loss = losses.amax(1).mean() if self.kind == "max" else losses.sum() / words
        return (loss, outputs) if return_outputs else loss


class Best(TrainerCallback):
    """Keeps the weights of the epoch that is best on validation, in memory."""

    def __init__(self, score: Any) -> None:
        self._score, self.value, self.weights, self.seconds = score, -1.0, {}, 0.0

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Scores the validation rows."""
        began, model = time.perf_counter(), kwargs["model"]
        value = self._score("validation", model)
        if value > self.value:
            self.value = value
            self.weights = {name: t.detach().clone() for name, t in model.state_dict().items()}
        model.train()
        self.seconds += time.perf_counter() - began


def tags_by(
    model: torch.nn.Module, encoded: Encoded, rows: Rows, collator: Any, device: Any
) -> list[np.ndarray]:
    """Predicted tag numbers of each sentence; words that were cut off are O."""
    model.eval()
    found = []
    for start in range(0, len(encoded), 64):
        items = [encoded[i] for i in range(start, min(start + 64, len(encoded)))]
        batch = {name: tensor.to(device) for name, tensor in collator(items).items()}
        labels = batch.pop("labels")
        with torch.inference_mode():
            guesses = model(**batch).logits.argmax(2)
        for line in range(len(items)):
            words = (rows.words or ())[start + line]
            own = guesses[line][labels[line] != IGNORED].cpu().numpy()
            found.append(np.concatenate([own, np.zeros(len(words) - len(own), own.dtype)]))
    return found


def fine_tune(dataset: Dataset, settings: TrainingSettings, kind: str) -> dict[str, Any]:
    """Trains once with the settings; test macro-F1 at the best epoch, seconds and steps.

    `kind` is the loss: "mean" or "max". The seconds hold the scoring of the validation rows.
    """
    set_seed(settings.seed)
    folder = encoder_folder(settings.model)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    splits = {name: dataset.split(name) for name in ("train", "validation", "test")}
    encoded = {n: Encoded(rows, tokenizer, settings.max_length) for n, rows in splits.items()}
    model = AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(dataset.tags))
    collator = DataCollatorForTokenClassification(tokenizer)
    total = -(-len(splits["train"]) // settings.batch_size) * settings.epochs

    def score(split: str, model: torch.nn.Module) -> float:
        device = next(model.parameters()).device
        found = tags_by(model, encoded[split], splits[split], collator, device)
        return macro_f1(*(names_of(t, dataset.tags) for t in (splits[split].tags, found)))

    best, began = Best(score), time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        trainer = Tagger(
            model=model,
            args=TrainingArguments(
                output_dir=scratch, num_train_epochs=settings.epochs, seed=settings.seed,
                per_device_train_batch_size=settings.batch_size, bf16=False,
                learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
                warmup_steps=round(settings.warmup_share * total),
                lr_scheduler_type={"none": "constant_with_warmup"}.get(
                    settings.decay, settings.decay
                ),
                max_grad_norm=settings.max_gradient_norm, use_cpu=settings.device == "cpu",
                save_strategy="no", logging_strategy="no", report_to="none", disable_tqdm=True,
            ),
            data_collator=collator, train_dataset=encoded["train"], callbacks=[best],
        )  # fmt: skip
        trainer.kind = kind
        trainer.train()
    seconds = time.perf_counter() - began
    model.load_state_dict(best.weights)
    steps = int(trainer.state.global_step)
    return {
        "variant": f"trainer, {kind} loss",
        "seed": settings.seed,
        "macro_f1": score("test", model),
        "validation_macro_f1": best.value,
        "seconds": seconds,
        "steps": steps,
        "step_ms": 1000 * (seconds - best.seconds) / steps,
    }
