"""`regions`: the hard regions of a run, the most important first."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from hamr.cli.export import epoch_of, target_of, write_text
from hamr.cli.hardness import say_of_hardness
from hamr.cli.terminal import message, print_table, say, shown
from hamr.errors import HamrError
from hamr.jobs.process import leave_with_parent
from hamr.regions import Region, Regions
from hamr.store import Run, Store
from hamr.tasks import features
from hamr.views.base import mentions
from hamr.views.base.all_rows import AllRows
from hamr.views.base.region_course import RegionCourse, regions_over
from hamr.views.base.region_rows import held_out_rows
from hamr.views.base.regions import prepare, regions_of

SHOWN = 10  # regions in the table
MOST_ROWS = 50_000  # training rows of a run whose regions are found when its training ends


def regions(arguments: argparse.Namespace) -> int:
    """Print the regions as a table or as JSON, or write them to a file; the exit code."""
    leave_with_parent()  # where the app has started it
    target = target_of(arguments) if arguments.to else None
    run = Store.open(arguments.home).run(arguments.run)
    epoch = epoch_of(run, arguments.epoch)
    prepare(run)
    found = regions_of(run, epoch)
    say_of_hardness(run, epoch, "The regions are ranked by loss.")
    if target is not None:
        _write(run, epoch, found, target)
    if arguments.json:
        print(json.dumps(as_json(run, epoch, found)))
    elif target is None:
        _print(run, epoch, found)
    return 0


def keep(home: str | Path | None, run_id: str) -> None:
    """Find the regions of a run whose training has ended, so that pages have them at once.

    Not where that takes long, or can't be done: whoever opens the page is told why.
    """
    with suppress(HamrError):
        run = Store.open(home).run(run_id)
        if run.info.status == "finished" and run.info.train_rows <= MOST_ROWS:
            prepare(run)
            regions_of(run, run.epochs()[-1])


def as_json(run: Run, epoch: int, found: Regions) -> dict[str, Any]:
    """The regions by the ids of their rows, with their measures at each epoch so far.

    Of a region of mentions, `rows` has the ids of their sentences, `mentions` their words, and
    `size` counts mentions.
    """
    rows = _Rows(run)
    whole: dict[str, Any] = {"run": run.id, "name": run.info.name, "epoch": epoch}
    course = regions_over(run, found.found, [one for one in run.epochs() if one <= epoch])
    whole["regions"] = [
        {**_one(region, rows), "over_epochs": _over_epochs(course, n)}
        for n, region in enumerate(found.found)
    ]
    if found.why_none:
        whole["why_none"] = found.why_none
    return whole


def _one(region: Region, rows: _Rows) -> dict[str, Any]:
    return {
        "id": region.id,
        "name": region.name,
        "terms": list(region.terms),
        "rows": rows.ids(region.rows),
        **rows.mentions(region.rows),
        "size": len(region.rows),
        "hardness": _number(region.hardness),
        "rest_hardness": _number(region.rest_hardness),
        "ranked_by": region.ranked_by,
        "hard_share": _number(region.hard_share),
        "expected_label_errors": _number(region.expected_label_errors),
        "gain": _number(region.gain),
        "p_value": _number(region.p_value),
        "confusions": [
            {"label": one.label, "prediction": one.prediction, "rows": one.rows}
            for one in region.confusions
        ],
        "classes": region.classes,
        "validation_f1": _number(region.validation_f1),
        "test_f1": _number(region.test_f1),
        "held_out_rows": rows.held_out(region),
        "pre_weight": _number(region.pre_weight),
        "post_weight": _number(region.post_weight),
        "draws": _number(region.draws),
        "parent": region.parent,
    }


def _over_epochs(course: RegionCourse, region: int) -> dict[str, list[Any]]:
    """Each measure of a region, epoch by epoch."""
    names = [field.name for field in fields(course) if field.name != "epochs"]
    measured = {name: [_number(value) for value in getattr(course, name)[region]] for name in names}
    return {"epochs": list(course.epochs), **measured}


def _number(value: float | None) -> float | None:
    """A number that JSON has; None for NaN and infinity."""
    return None if value is None or not math.isfinite(value) else float(value)


class _Rows:
    """The ids of rows, of mentions those of their sentences."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._is_mentions = features(run.info.task).entities
        self.all_ids: Sequence[str] = AllRows.of(run).ids

    def ids(self, rows: np.ndarray) -> list[str]:
        """Each id once, in the order of the rows."""
        own = mentions.mentions(self._run).row[rows] if self._is_mentions else rows
        return list(dict.fromkeys(self.all_ids[row] for row in own.tolist()))

    def held_out(self, region: Region) -> list[str]:
        """The ids of the validation and test rows that fall in a region."""
        return [self.all_ids[row] for row in held_out_rows(self._run, region).tolist()]

    def mentions(self, rows: np.ndarray) -> dict[str, list[str]]:
        """The words of mentions; nothing of texts."""
        if not self._is_mentions:
            return {}
        gold = mentions.mentions(self._run)
        return {"mentions": self._run.rows().phrases(gold.start[rows], gold.end[rows])}


def _write(run: Run, epoch: int, found: Regions, target: Path) -> None:
    write_text(target, json.dumps(as_json(run, epoch, found), indent=2, ensure_ascii=False) + "\n")
    count = len(found.found)
    say(f"{count} regions of {run.info.name!r} at epoch {epoch} written to {target}")


def _print(run: Run, epoch: int, found: Regions) -> None:
    if not found.found:
        print(message(f"No hard region in {run.info.name!r} at epoch {epoch}. {found.why_none}"))
        return
    unit = "mentions" if features(run.info.task).entities else "rows"
    beyond, doubtful = len(found.beyond_chance), len(found.found) - len(found.beyond_chance)
    print(
        f"Hard regions of {shown(run.info.name)} at epoch {epoch}, the most important first: "
        f"{beyond} beyond chance, {doubtful} that could be chance\n"
    )
    ranked = sorted(found.found, key=lambda one: not one.beyond_chance)
    by = found.found[0].ranked_by
    head = ("id", unit, by, "rest", "errors", "F1", "p", "region")
    print_table(head, map(_line, ranked[:SHOWN]), left=("id", "region"))
    more = len(found.found) - SHOWN
    rest = f"; {more} more with --json" if more > 0 else ""
    print(
        f"\nerrors: expected wrong labels; F1: macro-F1 of the validation {unit} in the region; "
        f"p: chance of a region as marked, corrected for all that were compared{rest}"
    )


def _line(region: Region) -> tuple[str, ...]:
    f1 = "" if region.validation_f1 is None else f"{region.validation_f1:.2f}"
    chance = "" if region.beyond_chance else " (could be chance)"
    return (
        region.id,
        f"{len(region.rows):,}",
        f"{region.hardness:.2f}",
        f"{region.rest_hardness:.2f}",
        f"{region.expected_label_errors:.1f}",
        f1,
        f"{region.p_value:.3f}",
        f"{shown(region.name, 90)}{chance}",
    )
