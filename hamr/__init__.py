"""HAMR: find what a text model finds hard, and why, and fix it.

Hardness-Aware Meta-Resample (arXiv 2604.18759) for imbalanced text data.

    import hamr

    data = hamr.load("reviews.csv", text_column="body", label_column="stars")
    run = hamr.train(data, method="hamr-plus", preset="quick", epochs=10, home="runs")
    run.signal("hardness", epoch=10)  # one value for each row of data.train
    run.final().test.macro_f1
    run.predict(["a text without a label"])

`hamr.open_run` opens a run that was trained before, here, by the app or by the command line, and
`hamr.load_model` the model of a run, or one that was exported to a folder. `hamr.methods` lists the
methods. Each name is imported when it is first used, so that `import hamr` costs milliseconds.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hamr import methods
    from hamr.api import load, load_model, open_run, train
    from hamr.config import DataSettings, TrainingSettings

__version__ = "0.2.0"
__all__ = [
    "DataSettings",
    "TrainingSettings",
    "__version__",
    "load",
    "load_model",
    "methods",
    "open_run",
    "train",
]

_WHERE = {
    "DataSettings": "hamr.config:DataSettings",
    "TrainingSettings": "hamr.config:TrainingSettings",
    "load": "hamr.api:load",
    "load_model": "hamr.api:load_model",
    "methods": "hamr.methods",
    "open_run": "hamr.api:open_run",
    "train": "hamr.api:train",
}


def __getattr__(name: str) -> object:
    """One of the names above, imported now."""
    if name not in _WHERE:
        raise AttributeError(f"module 'hamr' has no attribute {name!r}")
    return resolve_name(_WHERE[name])


def __dir__() -> list[str]:
    return sorted(__all__)
