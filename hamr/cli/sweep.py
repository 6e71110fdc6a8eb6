"""`sweep`: methods, settings and seeds compared in one table."""

from __future__ import annotations

import argparse
import sys

from hamr.cli.export import target_of
from hamr.cli.interrupts import stop_on_interrupt
from hamr.cli.progress import ProgressBar
from hamr.cli.swept import TABLES, Reporter, report
from hamr.cli.terminal import say
from hamr.cli.train import STOPPED
from hamr.config import DataSettings, TrainingSettings, renamed
from hamr.errors import SettingError
from hamr.store import Store, Sweep
from hamr.sweeps import (
    SweepSettings,
    check_methods,
    grid_of,
    methods_of,
    own_settings,
    plan,
    seeds_of,
    sweep_of,
    unread,
)


def sweep(arguments: argparse.Namespace) -> int:
    """Trains the runs of a sweep that are missing, and prints its table; the exit code."""
    if arguments.to and target_of(arguments).suffix not in TABLES:
        raise SettingError(f"--to must end in {' or '.join(TABLES)}, got {arguments.to!r}")
    _check_jobs(arguments.jobs)
    store = Store.open(arguments.home)
    if arguments.show or arguments.resume:
        found = store.sweeps.get(arguments.show or arguments.resume)
    else:
        found = _asked_for(store, arguments)
    return report(found, arguments) if arguments.show else _run(found, arguments)


def settings_of(store: Store, arguments: argparse.Namespace) -> SweepSettings:
    """The sweep that the flags ask for; notices go to standard error.

    Raises SettingError: a sentence that names the flag at fault.
    """
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    preset = given.get("preset", "quick")
    methods = methods_of(arguments.methods or "", preset)
    seeds = seeds_of(arguments.seeds)
    grid = grid_of(arguments.grid or (), preset)
    for name in grid.value:
        if name in given:
            raise SettingError(
                f"{name} is in the grid and given as a flag too: leave one of them out", field=name
            )
    from hamr.data import task_of
    from hamr.jobs.row_sets import keep_sets

    data = DataSettings(**{n: given[n] for n in DataSettings.model_fields if n in given})
    names = TrainingSettings.model_fields.keys() - {"preset"}
    own = keep_sets(store, {name: given[name] for name in names if name in given})
    task = task_of(data)
    training = TrainingSettings.of_preset(preset, task, **own)
    by_method = own_settings(training, methods.value, task, given)
    found = sweep_of(data, training, methods.value, seeds.value, grid.value, by_method)
    check_methods(found, task)
    meaning = filter(None, [renamed.new_meaning(methods.value, preset)])
    notices = (*methods.notices, *meaning, *seeds.notices, *grid.notices)
    for notice in (*notices, *_not_multiplied(found)):
        say(notice)
    return found


def _check_jobs(jobs: int | None) -> None:
    if jobs is not None and jobs < 1:
        raise SettingError(
            f"--jobs must be 1 or more, got {jobs}: it is how many runs train at a time"
        )


def _not_multiplied(settings: SweepSettings) -> list[str]:
    """For each grid setting, the methods that never read it."""
    return [
        f"{', '.join(methods)} never {'read' if len(methods) > 1 else 'reads'} {name}, so there is "
        "one run per seed, not one per value"
        for name, methods in unread(settings).items()
    ]


def _asked_for(store: Store, arguments: argparse.Namespace) -> Sweep:
    """The sweep of these flags: one that has begun earlier, or a new one."""
    from hamr.jobs import absolute_sweep, rows_of

    typed = settings_of(store, arguments)
    settings = absolute_sweep(typed)
    print("Loading the rows", file=sys.stderr, flush=True)
    dataset = rows_of(store, settings)
    for notice in dataset.notices:
        say(notice)
    begun = (store.sweeps.like(s, dataset.fingerprint, arguments.name) for s in (settings, typed))
    known = next(filter(None, begun), None)  # earlier versions kept paths as they were typed
    if known:
        say(f'Continuing "{known.info.name}"')
        return known
    store.add_dataset(dataset)
    return store.sweeps.create(
        settings, name=arguments.name, fingerprint=dataset.fingerprint, status="stopped"
    )


def _run(found: Sweep, arguments: argparse.Namespace) -> int:
    """Trains the missing runs, with progress; the exit code."""
    from hamr.jobs import run_sweep

    info = found.info
    say(
        f'"{info.name}" ({info.id[:8]}): {len(plan(info.settings))} runs; Ctrl-C stops it, and '
        f'python -m hamr sweep --resume "{info.name}" continues it'
    )
    codes: list[int] = []
    on_interrupt = "Stopping after these steps; Ctrl-C again exits at once"
    with ProgressBar(0.0) as bar, stop_on_interrupt(on_interrupt) as stop:

        def ended() -> None:
            bar.close()
            codes.append(report(found, arguments))

        run_sweep(
            found,
            jobs=arguments.jobs,
            stop=stop,
            report=Reporter(found, arguments.jobs, bar),
            # The table is not held back while the map of the rows is being drawn.
            ended=ended,
        )
    return codes[0] if codes else STOPPED
