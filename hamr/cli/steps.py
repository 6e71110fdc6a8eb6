"""`export --what steps`: the steps that a run keeps whole, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hamr.errors import StoreError
from hamr.store import Run
from hamr.store.kept_steps import WHY_NONE, KeptStep

if TYPE_CHECKING:
    import pandas as pd

SHOWN = (
    "loss", "z", "s_before", "pre", "s_after", "post", "gradient", "gradient_products",
    "alignment", "probability", "epoch_hardness", "epoch_boost", "hardness_before",
    "hardness_after",
)  # fmt: skip


def step_table(run: Run, epoch: int | None) -> pd.DataFrame:
    """One line for each draw of each kept step: of an epoch, or of all where `epoch` is None.

    Raises StoreError where none is kept.
    """
    import pandas as pd

    epochs = run.epochs_with_steps if epoch is None else [epoch]
    parts = [_draws(run, step) for one in epochs for step in _steps(run, one)]
    if not parts:
        raise StoreError(f"{run.info.name!r} has no kept step. {WHY_NONE}", field="run")
    return pd.concat(parts, ignore_index=True)


def _steps(run: Run, epoch: int) -> Iterator[KeptStep]:
    return (run.step(epoch, index) for index in range(len(run.steps_of(epoch))))


def _draws(run: Run, step: KeptStep) -> pd.DataFrame:
    import pandas as pd

    known = step.rows < run.info.train_rows  # others were made up, and have neither id nor text
    own = run.rows().frame(step.rows[known])
    table = pd.DataFrame({"epoch": step.epoch, "step": step.number, "row": step.rows})
    for name in ("id", "text", "label"):
        column = np.full(len(step.rows), "", object)
        column[known] = own[name].to_numpy(object)
        table[name] = column
    for name in SHOWN:
        table[name] = getattr(step, name)
    table["meta_loss"] = step.meta_loss
    return table
