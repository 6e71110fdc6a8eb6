"""The verbs that the program calls itself, in processes of its own, and `map`."""

from __future__ import annotations

import argparse


def work(arguments: argparse.Namespace) -> int:
    """Trains a queued run until it ends, is stopped, or the app has ended; finds its regions."""
    from hamr.jobs import work as run

    code = run(arguments.home, arguments.run)
    if code == 0:
        from hamr.cli.regions import keep

        keep(arguments.home, arguments.run)
    return code


def draw(arguments: argparse.Namespace) -> int:
    """Draws the maps of a run from its cached embeddings."""
    from hamr.jobs import draw as run

    return run(arguments.home, arguments.run)


def work_sweep(arguments: argparse.Namespace) -> int:
    """Runs a queued sweep until it ends, is stopped, or the app has ended."""
    from hamr.jobs import work_sweep as run

    return run(arguments.home, arguments.sweep)


def pool(arguments: argparse.Namespace) -> int:
    """Trains the runs of a sweep that standard input names, one after the other."""
    from hamr.jobs import serve_pool as run

    return run(arguments.home)


def score_pool(arguments: argparse.Namespace) -> int:
    """Scores the unlabelled rows of a run's data by its model."""
    from hamr.jobs.process import score_unlabelled as run

    return run(arguments.home, arguments.run)


def helper(arguments: argparse.Namespace) -> int:
    """Embeds texts that standard input names, until nobody asks any more."""
    from hamr.jobs.helper_process import help_app

    return help_app(arguments.home)
