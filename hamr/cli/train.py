"""`train` and `resume`: a run in this process, with progress on standard error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from hamr.cli.interrupts import stop_on_interrupt
from hamr.cli.progress import ProgressBar
from hamr.cli.ranks import Leader, single_process_warning
from hamr.cli.terminal import say, shown
from hamr.config import DataSettings, RunSettings, TrainingSettings, renamed
from hamr.errors import SettingError, StoreError
from hamr.jobs import CurrentData, current_data, prepare_current, resume_now, train_now
from hamr.jobs.row_sets import keep_sets
from hamr.records import Dataset, EpochRecord, Metrics, Progress, Record, Split
from hamr.store import Run, Store
from hamr.views.base.matching import split_matching
from hamr.views.base.reviewed_scores import reviewed_scores

STOPPED = 130  # what shells use for "ended by Ctrl-C"
LABELS = ("given", "current")
LINE_EVERY = 5.0  # seconds between two progress lines, without a terminal


def train(arguments: argparse.Namespace) -> int:
    """Trains a new run; the exit code."""
    store = Store.open(arguments.home)
    settings = settings_of(store, arguments)
    name = arguments.name
    current = _current(store, settings.data, arguments.labels)
    if current is not None:

        def start(**how: Any) -> Run:
            return resume_now(store, prepare_current(store, settings, current, name).id, **how)

        return _follow(arguments, start)
    return _follow(arguments, lambda **how: train_now(store, settings, name=name, **how))


def _current(store: Store, data: DataSettings, labels: str) -> CurrentData | None:
    """The current labels of these data if they are asked for; None for labels as given."""
    if labels not in LABELS:
        raise SettingError(f"--labels must be given or current, got {labels!r}", field="labels")
    if labels == "given":
        return None
    current = current_data(store, data)
    if current is None:
        raise SettingError(
            f"--labels current: no decision in {store.home} changes a label that would be trained "
            f"on, of a run on {data.source} that was read with these very settings. Review rows "
            "of such a run first, name its data as that run did, or leave the flag out",
            field="labels",
        )
    return current


def resume(arguments: argparse.Namespace) -> int:
    """Resumes a run that was stopped, interrupted or failed; the exit code."""
    store = Store.open(arguments.home)
    return _follow(arguments, lambda **how: resume_now(store, arguments.run, **how))


def settings_of(store: Store, arguments: argparse.Namespace) -> RunSettings:
    """The settings that the flags ask for; SettingError names the flag at fault."""
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    data = {name: given[name] for name in DataSettings.model_fields if name in given}
    training = {name: given[name] for name in TrainingSettings.model_fields if name in given}
    training = keep_sets(store, training)
    preset = training.pop("preset", "quick")
    if "method" in training:
        training["method"] = _method(training["method"], preset)
    from hamr.data import task_of

    rows = DataSettings(**data)
    settings = TrainingSettings.of_preset(preset, task_of(rows), **training)
    if ignored := settings.ignored(training):
        say(f"hamr: {settings.method} does not read {', '.join(ignored)}")
    return RunSettings(data=rows, training=settings)


def _method(name: str, preset: str) -> str:
    """What the method is called now; what has changed about its name is said."""
    now, notice = renamed.method_now(name, preset)
    if notice := notice or renamed.new_meaning([now], preset):
        say(f"hamr: {notice}")
    return now


def _follow(arguments: argparse.Namespace, start: Callable[..., Run]) -> int:
    """Runs `start` with progress, until it ends or is interrupted; the exit code."""
    leader: Leader | None = arguments.leader
    if warning := single_process_warning():
        print(warning, file=sys.stderr)
    codes: list[int] = []
    printed: list[str] = []
    on_interrupt = "Stopping after this step; Ctrl-C again exits at once"
    with ProgressBar(LINE_EVERY) as bar, stop_on_interrupt(on_interrupt) as interrupted:

        def ended(run: Run) -> None:
            bar.close()
            codes.append(_print_result(run, arguments.json, printed))

        start(
            stop=lambda: interrupted() or (leader is not None and leader.stopped),
            report=_Reporter(bar),
            train=leader.train if leader else None,
            load=lambda data: _load(data, printed),
            # The result is not held back while the map is still being drawn.
            ended=ended,
        )
    return codes[0] if codes else STOPPED


def _load(settings: DataSettings, printed: list[str]) -> Dataset:
    """The rows; notices about them are printed before training."""
    from hamr.data import load

    dataset = load(settings)
    for notice in dataset.notices:
        say(notice)
        printed.append(notice)
    return dataset


def _print_result(run: Run, as_json: bool, printed: list[str]) -> int:
    """Prints the log and how the run ended; the exit code."""
    info = run.info
    for event in run.events()[0]:
        if event["kind"] == "log" and event["message"] not in printed:
            say(event["message"])
    name = f'"{shown(info.name)}"'
    if info.status != "finished":
        print(
            f"\n{name} is {info.status} after {info.epochs_done} of {info.epochs} epochs; "
            f"python -m hamr resume {info.id[:8]} continues it",
            file=sys.stderr,
        )
        return STOPPED
    summary = result(run)
    if as_json:
        print(json.dumps(summary), flush=True)
    else:
        print(
            f"{name} ({info.id[:8]}): best at epoch {summary['best_epoch']}, macro-F1 "
            f"{summary['validation']['macro_f1']:.3f} on validation, "
            f"{summary['test']['macro_f1']:.3f} on test, in {summary['seconds']['total']:.1f} s",
            flush=True,
        )
    return 0


def result(run: Run) -> dict[str, Any]:
    """The outcome of a finished run as one JSON object. Raises StoreError before its end."""
    info, final = run.info, run.final()
    if final is None:
        raise StoreError(f'"{info.name}" has no result yet: it is {info.status}', field="run")
    return {
        "run": info.id,
        "task": info.task,
        "method": info.method,
        "preset": info.preset,
        "seed": info.seed,
        "epochs": info.epochs,
        "best_epoch": final.best_epoch,
        "validation": _scores(run, "validation", final.validation),
        "test": _scores(run, "test", final.test),
        "seconds": final.seconds,
    }


def _scores(run: Run, split: Split, metrics: Metrics) -> dict[str, Any]:
    """The scores of a split, by the labels that the run had and, under "reviewed", by those of now.

    Of tagged sentences also exact, partial and type-only match.
    """
    per_class = {n: float(f1) for n, f1 in zip(run.info.scored, metrics.f1, strict=False)}
    scores: dict[str, Any] = {"macro_f1": metrics.macro_f1, "per_class_f1": per_class}
    matched, reviewed = split_matching(run, split), reviewed_scores(run, split)
    if matched is not None:
        scores["matching"] = matched.as_json()
    if reviewed is not None:
        scores["reviewed"] = reviewed.as_json()
    return scores


class _Reporter:
    """Shows how far a run is: a bar that moves, and a line for every epoch."""

    def __init__(self, bar: ProgressBar) -> None:
        self._bar = bar

    def __call__(self, record: Record) -> None:
        if isinstance(record, EpochRecord):
            scalars = record.scalars
            self._bar.line(
                f"epoch {record.epoch}: macro-F1 {scalars['macro_f1']:.3f}, "
                f"loss {scalars['train_loss']:.3f}, {scalars['seconds']:.1f} s"
            )
        elif isinstance(record, Progress):
            self._bar.move(record.message or record.phase, record.done, record.total)
