"""`runs` and `show`: what there is, and how one run went."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hamr.cli.terminal import message, shown
from hamr.cli.train import result
from hamr.store import Run, RunInfo, Store
from hamr.views.base.probes import Probes


def runs(arguments: argparse.Namespace) -> int:
    """Lists the runs, newest first."""
    found = Store.open(arguments.home).runs()
    if arguments.json:
        print(json.dumps([summary(info) for info in found]))
    elif not found:
        print("No runs yet. Start one: python -m hamr train --data demo")
    else:
        print(f"{'id':8}  {'status':11}  {'epochs':>7}  {'macro-F1':>8}  {'test':>5}  name")
        for info in found:
            print(
                f"{info.id[:8]}  {info.status:11}  {info.epochs_done:3}/{info.epochs:<3}  "
                f"{_score(info.macro_f1):>8}  {_score(info.test_macro_f1):>5}  {shown(info.name)}"
            )
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Prints one run, epoch by epoch and class by class."""
    run = Store.open(arguments.home).run(arguments.run)
    info = run.info
    if arguments.json:
        whole = {**summary(info), "settings": info.settings.model_dump(), "epoch": run.scalars()}
        if run.final() is not None:
            whole["result"] = result(run)
        probes = Probes.of(run)
        if len(probes):
            whole["probes"] = {"count": len(probes), "mean": probes.mean, "p5": probes.low}
        print(json.dumps(whole))
        return 0
    print(
        f"{shown(info.name)} ({info.id}): {info.status}, {info.method}, {info.preset}, "
        f"{shown(info.data_name)}"
    )
    if info.error:
        print(message(f"It failed: {info.error}"))
    _print_epochs(run)
    _print_probes(run)
    _print_classes(run)
    return 0


def summary(info: RunInfo) -> dict[str, Any]:
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
    }


def _print_epochs(run: Run) -> None:
    scalars = run.scalars()
    if not scalars:
        print("No epoch is recorded yet.")
        return
    print(f"\n{'epoch':>5}  {'macro-F1':>8}  {'accuracy':>8}  {'train loss':>10}  {'seconds':>7}")
    for epoch in scalars:
        print(
            f"{epoch['epoch']:5}  {epoch['macro_f1']:8.3f}  {epoch['accuracy']:8.3f}  "
            f"{epoch['train_loss']:10.3f}  {epoch['seconds']:7.1f}"
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
    kind, counted = ("entity type", "entities") if info.task == "token" else ("class", "rows")
    names = [shown(name) for name in info.scored]
    width = max(map(len, (kind, *names)))
    print(f"\nAt epoch {final.best_epoch}")
    print(f"{kind:{width}}  validation F1  test F1  test {counted}")
    for place, name in enumerate(names):
        print(
            f"{name:{width}}  {final.validation.f1[place]:13.3f}  {final.test.f1[place]:7.3f}  "
            f"{final.test.support[place]:{len(counted) + 5}}"
        )
    print(f"{'macro':{width}}  {final.validation.macro_f1:13.3f}  {final.test.macro_f1:7.3f}")


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
