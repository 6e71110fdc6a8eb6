"""The model card, README.md of an exported model (Mitchell et al. 2019, "Model Cards for Model
Reporting"): what the model is, what it was trained on, how good it is, and what it is not fit for.

The YAML before it is what the Hugging Face hub reads; what only people know is left to fill in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hamr.config import PRESET_TITLES, describe
from hamr.exports.model import loading
from hamr.exports.model.figures import (
    Scores,
    class_counts,
    hardness_of,
    scores_of,
    texts_of,
    total_rows,
)
from hamr.exports.model.markdown import listed, percent, plain, table
from hamr.exports.model.unfit import unfit
from hamr.inference.manifest import Manifest
from hamr.methods import method_title
from hamr.store import Run
from hamr.store.held import held_corrections
from hamr.tasks import features
from hamr.views.base.regions import cached_regions

MOST_CLASSES = 100  # rows of a table; further classes are in classes.csv
REGIONS = 5
CSV = "classes.csv"


def write_card(
    run: Run, manifest: Manifest, folder: Path, *, best: bool, difference: float
) -> None:
    """Write README.md, and classes.csv with every class."""
    test = scores_of(run, "test") if best else None
    scores = test or (scores_of(run, "validation") if best else None)
    header, lines = _classes(run, scores)
    parts = [
        _yaml(run, manifest),
        [f"# {plain(run.info.name)}", "", *_summary(run, manifest, best=best)],
        ["## How to load it", "", *loading.lines(manifest, difference)],
        ["## Data", "", *_data(run)],
        ["## Scores", "", *_scores(run, manifest, scores, best=best), "", *_shown(header, lines)],
        ["## What it is not fit for", "", *(f"- {said}" for said in unfit(run, manifest, scores))],
        ["## Hardness", "", *_hardness(run, manifest.epoch)],
        ["## Settings", "", *_settings(run)],
        ["## Licence", "", *_licence(run)],
    ]
    text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    _write_csv(folder / CSV, header, lines)


def _yaml(run: Run, manifest: Manifest) -> list[str]:
    kind = "token-classification" if manifest.of_words else "text-classification"
    library = {"onnx": "onnx"}.get(manifest.format, manifest.format)
    return [
        "---",
        "# Fill in what is empty before you share this model.",
        "license:",
        "language:",
        "datasets:",
        "base_model:",
        f"library_name: {library}",
        f"pipeline_tag: {kind}",
        "tags:",
        "- hamr",
        f"- {kind}",
        "---",
    ]


def _summary(run: Run, manifest: Manifest, *, best: bool) -> list[str]:
    info = run.info
    entities = features(info.task).entities
    what = "finds entities in sentences" if entities else "names the class of a text"
    which = "the best epoch on the validation rows" if best else "not the best epoch"
    number, noun = len(info.scored), "types" if entities else "classes"
    names = listed(info.scored)
    return [
        f"This model {what}: {number:,} {noun} ({names}). It was trained with HAMR "
        f"{manifest.version} (method {plain(method_title(info.method))}, preset {info.preset}, "
        f"seed {info.seed}) and is the model after epoch {manifest.epoch}, {which}.",
    ]


def _data(run: Run) -> list[str]:
    info, rows = run.info, total_rows(run)
    texts = texts_of(run)
    words = texts.words
    scripts = ", ".join(f"{name} {share:.0%}" for name, share in texts.scripts.items())
    held = held_corrections(run.store, info)
    return [
        f"- Name: {plain(info.data_name)}",
        f"- Rows: {rows['train']:,} for training, {rows['validation']:,} for validation, "
        f"{rows['test']:,} for testing",
        f"- Labels: {held or 'as given'}",
        f"- Training texts: half have at most {words[50]:,.0f} words, 95 % at most "
        f"{words[95]:,.0f}, the longest has {words[100]:,.0f}",
        f"- Their letters, by script: {scripts or 'none'}",
        f"- Fingerprint of the rows: `{info.fingerprint}`",
        "- Where the data come from, who labelled them, and by which guidelines: *fill in*",
    ]


def _scores(run: Run, manifest: Manifest, scores: Scores | None, *, best: bool) -> list[str]:
    if scores is None:
        f1 = next((s["macro_f1"] for s in run.scalars() if s["epoch"] == manifest.epoch), None)
        why = "No test scores: the run did not end" if best else (
            "No test scores: a run scores its test rows once, at its best epoch"
        )  # fmt: skip
        return [f"{why}. Macro-F1 on validation after this epoch: {percent(f1 or 0.0)}."]
    m, inside = scores.metrics, ""
    if scores.macro:
        inside = f" (95 % interval {percent(scores.macro[0])} to {percent(scores.macro[1])})"
    each = "sentence" if manifest.of_words else "row"
    said = [
        f"On {scores.rows:,} {scores.split} {each}s that training never saw: macro-F1 "
        f"**{percent(m.macro_f1)}**{inside}, accuracy {percent(m.accuracy)}"
        f"{' of words' if manifest.of_words else ''}.",
    ]
    if not scores.macro:
        said += ["", "Intervals are not computed for so many classes."]
    else:
        said += ["", f"Intervals are bootstrapped over the {each}s (2,000 resamples); they say "
                     "nothing of how much another seed would change."]  # fmt: skip
    return said


def _classes(run: Run, scores: Scores | None) -> tuple[list[str], list[list[str]]]:
    """A line for each class: its rows, and its scores in percent."""
    train = class_counts(run, "train")
    noun = "type" if features(run.info.task).entities else "class"
    head = [noun, "training"]
    if scores is not None:
        head += [scores.split, "precision", "recall", "F1", "95 % from", "to"]
    lines = []
    for number, name in enumerate(run.info.scored):
        line = [name, f"{train[number]:,}"]
        if scores is not None:
            m = scores.metrics
            line += [f"{m.support[number]:,}"]
            line += [percent(float(values[number])) for values in (m.precision, m.recall, m.f1)]
            ends = (
                ["", ""] if scores.f1 is None else [percent(float(e)) for e in scores.f1[:, number]]
            )
            line += ends
        lines.append(line)
    return head, lines


def _shown(head: list[str], lines: list[list[str]]) -> list[str]:
    shown = [[plain(line[0]), *line[1:]] for line in lines[:MOST_CLASSES]]
    more = len(lines) - len(shown)
    said = [*table(head, shown), "", f"Counts, and scores in percent; also in `{CSV}`."]
    return said if more <= 0 else [*said, f"{more:,} further classes are in `{CSV}` alone."]


def _hardness(run: Run, epoch: int) -> list[str]:
    found = hardness_of(run, epoch)
    said: list[str] = []
    if found is not None:
        order = np.argsort(-found.loss, kind="stable")[:10]
        head = ["class", "mean loss (nats)", "training rows predicted otherwise (%)"]
        rows = [
            [plain(run.info.scored[c]), f"{found.loss[c]:.2f}", percent(float(found.wrong[c]))]
            for c in order
        ]
        if found.hardness is not None:
            head.append("mean hardness")
            rows = [[*row, f"{found.hardness[c]:.2f}"] for row, c in zip(rows, order, strict=True)]
        said += [f"The classes with the highest loss on the training rows, after epoch {epoch}:",
                 "", *table(head, rows)]  # fmt: skip
    epochs = run.epochs()
    regions = cached_regions(run, epochs[-1]) if epochs else None
    beyond = regions.beyond_chance[:REGIONS] if regions is not None else ()
    if beyond:
        said += ["", "Groups of similar training rows in which mistakes gather beyond chance:", ""]
        said += [f"- {plain(one.name)}: {len(one.rows):,} rows" for one in beyond]
    return said or ["No summary of hard rows: they are listed in the program itself."]


def _settings(run: Run) -> list[str]:
    training = run.info.settings.training
    known = describe(type(training))
    rows = []
    for name, value in training.model_dump(mode="json").items():
        default = known[name]["default"]
        if (value != default and value not in (None, [], "")) or name in (
            "method",
            "seed",
            "model",
        ):
            rows.append(
                [f"`{name}`", plain(_as_text(name, value)), plain(known[name]["help"], 400)]
            )
    return [
        f"{PRESET_TITLES[training.preset]}. Settings that differ from their defaults:",
        "",
        *table(["setting", "value", "meaning"], rows, numbers=False),
    ]


def _as_text(name: str, value: object) -> str:
    """A setting's value; of a folder its own name alone, since the path is this machine's."""
    if name == "model" and isinstance(value, str) and not value.startswith("hub:"):
        return Path(value).name
    return str(value)


def _licence(run: Run) -> list[str]:
    lines = [
        "- Of this model: *fill in*",
        "- Of the data: *fill in*. A model may be bound by the terms of the data.",
    ]
    if run.info.settings.training.model == "builtin":
        return [*lines, "- Of the encoder: all-MiniLM-L6-v2, Apache License 2.0"]
    return [*lines, "- Of the encoder: *fill in*"]


def _write_csv(path: Path, head: list[str], lines: list[list[str]]) -> None:
    from hamr.data import csv_text

    rows = (tuple(cell.replace(",", "") if at else cell for at, cell in enumerate(line))
            for line in lines)  # fmt: skip
    path.write_bytes(csv_text(tuple(head), rows).encode())
