"""`runs` and `show`: what there is, and how one run went."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

from hamr.cli.hardness import say_of_hardness
from hamr.cli.terminal import message, print_table, shown
from hamr.cli.train import result
from hamr.errors import HamrError
from hamr.store import Run, RunInfo, Store
from hamr.store.base import StoreBase
from hamr.store.held import held_corrections
from hamr.tasks import TaskWords
from hamr.views.base.hardness_check import agreement_of, warning
from hamr.views.base.probes import Probes


def runs(arguments: argparse.Namespace) -> int:
    """Lists the runs, newest first."""
    store = Store.open(arguments.home)
    found = store.runs()
    if arguments.json:
        print(json.dumps([summary(store, info) for info in found]))
    elif not found:
        print("No runs yet. Start one: python -m hamr train --data demo")
    else:
        head = ("id", "status", "epochs", "macro-F1", "test", "name")
        print_table(head, map(_line, found), left=("id", "status", "name"))
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Prints one run, epoch by epoch and class by class."""
    run = Store.open(arguments.home).run(arguments.run)
    info = run.info
    if arguments.json:
        whole = {
            **summary(run.store, info),
            "settings": info.settings.model_dump(),
            "epoch": run.scalars(),
        }
        if run.final() is not None:
            whole["result"] = result(run)
        if epochs := run.epochs():
            whole["hardness"] = _hardness(run, epochs[-1])
        probes = Probes.of(run)
        if len(probes):
            whole["probes"] = {"count": len(probes), "mean": probes.mean, "p5": probes.low}
        print(json.dumps(whole))
        return 0
    print(
        f"{shown(info.name)} ({info.id}): {info.status}, {info.method}, {info.preset}, "
        f"{shown(info.data_name)}"
    )
    if held := held_corrections(run.store, info):
        print(f"Labels: {held}")
    if info.error:
        print(message(f"It failed: {info.error}"))
    if info.settings.untrainable:
        print(message(info.settings.untrainable))
    _print_epochs(run)
    if epochs := run.epochs():
        say_of_hardness(run, epochs[-1])
    _print_probes(run)
    _print_classes(run)
    return 0


def _hardness(run: Run, epoch: int) -> dict[str, Any]:
    """Whether hardness means hard after an epoch, as JSON; the warning is "" where it does."""
    try:
        found = agreement_of(run, epoch)
    except HamrError as error:  # a damaged file of a former epoch
        return {"with_mean_loss": None, "is": "unknown", "warning": str(error)}
    rho = None if math.isnan(found.correlation) else round(found.correlation, 4)
    return {"with_mean_loss": rho, "is": found.kind, "warning": warning(run, epoch)}


def _line(info: RunInfo) -> tuple[str, ...]:
    """A run in the table of runs."""
    epochs = f"{info.epochs_done}/{info.epochs}"
    scores = _score(info.macro_f1), _score(info.test_macro_f1)
    return (info.id[:8], info.status, epochs, *scores, info.name)


def summary(store: StoreBase, info: RunInfo) -> dict[str, Any]:
    """A run in a list, as JSON."""
    names = (
        "id", "name", "status", "task", "method", "preset", "model", "data_name", "seed", "epochs",
        "epochs_done", "best_epoch", "macro_f1", "test_macro_f1", "train_rows",
        "validation_rows", "test_rows", "error", "error_field",
    )  # fmt: skip
    times = ("created", "started", "finished")
    return {
        **{name: getattr(info, name) for name in names},
        **{name: _iso(getattr(info, name)) for name in times},
        "classes": list(info.classes),
        "corrections": _corrections(store, info),
    }


def _corrections(store: StoreBase, info: RunInfo) -> dict[str, Any] | None:
    """Which corrections a run holds; None for a run on labels as given."""
    held = held_corrections(store, info)
    if held is None:
        return None
    return {
        "labels": held.labels,
        "by_split": held.by_split,
        "version": held.version,
        "parent": held.parent,
    }


def _print_epochs(run: Run) -> None:
    scalars = run.scalars()
    if not scalars:
        print("No epoch is recorded yet.")
        return
    print()
    print_table(
        ("epoch", "macro-F1", "accuracy", "train loss", "seconds"),
        (
            (
                epoch["epoch"],
                f"{epoch['macro_f1']:.3f}",
                f"{epoch['accuracy']:.3f}",
                f"{epoch['train_loss']:.3f}",
                f"{epoch['seconds']:.1f}",
            )
            for epoch in scalars
        ),
    )


def _print_probes(run: Run) -> None:
    """How closely the meta-gradient in use followed the exact one, where that was checked."""
    probes = Probes.of(run)
    if len(probes):
        print(
            f"\nMeta-gradient {run.info.settings.training.meta_gradient} against exact: cosine "
            f"mean {probes.mean:.4f}, 5th percentile {probes.low:.4f}, {len(probes)} probes"
        )


def _print_classes(run: Run) -> None:
    final = run.final()
    if final is None:
        return
    info = run.info
    words = TaskWords.of(info.task)
    kind, counted = words.scored, words.scored_unit
    valid, test = final.validation, final.test
    print(f"\nAt epoch {final.best_epoch}")
    rows = [
        (name, f"{valid.f1[index]:.3f}", f"{test.f1[index]:.3f}", test.support[index])
        for index, name in enumerate(info.scored)
    ]
    macro = ("macro", f"{valid.macro_f1:.3f}", f"{test.macro_f1:.3f}", "")
    head = (kind, "validation F1", "test F1", f"test {counted}")
    print_table(head, [*rows, macro], left=(kind,))


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
