"""Flipped bits in the database of a home, and what becomes of its runs.

`python -m tests.benchmarks.damage --flips 250 --json`: of a home with runs, epochs, decisions and a
sweep, each time another bit of hamr.db is flipped. Then everything that a user can see is read: the
list of runs, each run's scores, signals and end, the decisions on its rows. Counted are

    tracebacks    errors that are no HamrError
    silent        values that differ, without an error
    unreachable   flips by which more than one run can't be read
    found         flips that a sentence names, on reading or by `python -m hamr check`
    harmless      flips that change nothing that is read, as in a free page
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

from hamr.config import DataSettings, TrainingSettings
from hamr.errors import HamrError
from hamr.store import Run, Store
from hamr.store.checking import check_home
from hamr.sweeps import SweepSettings
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run

FLIPS = 250


def make(home: Path) -> None:
    """A home with something in every table."""
    store = Store.open(home)
    runs = [write_fake_run(store, rows=60, epochs=3, name=f"run {n}", run_seed=n) for n in range(3)]
    tagged = write_fake_token_run(store, rows=40, epochs=2, name="sentences")
    decisions = store.decisions(runs[0].info.label_source or "")
    for number in range(1, 41):
        evidence = {"hardness": number / 7, "says": "9 of 10 neighbours"}
        decide(decisions, f"train:{number}", "class a", "ada", evidence=evidence)
        decide(decisions, f"train:{number}", "class b", "bob", run=runs[0].id, epoch=1)
    decisions.undo(decisions.last_act("bob") or "", "bob", "undo")
    spans = store.decisions(tagged.info.label_source or "")
    decide(spans, "train.conll:1", ((0, 1, spans.names()[0]),))
    plan = {"data": DataSettings(), "training": TrainingSettings()}
    store.sweeps.create(SweepSettings(**plan, methods=("erm",), seeds=(0,), grid={}))


def seen(home: Path) -> dict[str, Any]:
    """All that can be seen of each run, by id; a HamrError's sentence where that can't be."""
    store = Store.open(home)
    found: dict[str, Any] = {"notice": store.notice}
    for info in store.runs():
        found[info.id] = {
            "info": {name: v for name, v in asdict(info).items() if name != "settings"},
            "settings": info.settings.model_dump(mode="json"),
            **{name: _try(read, store.run(info.id)) for name, read in READS.items()},
        }
    found["sweeps"] = _try(lambda: [asdict(info) for info in store.sweeps.all()])
    return found


def _try(read: Any, *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except HamrError as error:
        return error


def _final(run: Run) -> Any:
    final = run.final()
    return None if final is None else repr(asdict(final))


def _signals(run: Run) -> Any:
    return {
        name: [values.tobytes() for values in run.signal_over(name, run.epochs())]
        for name in ("loss", "hardness", "prediction")
    }


READS = {
    "scalars": Run.scalars,
    "signals": _signals,
    "arrays": lambda run: repr(run.arrays_over(run.epochs(), ["f1", "seeds"])),
    "map": lambda run: repr(run.map()),
    "final": _final,
    "rows": lambda run: run.rows().texts(range(5)),
    "events": lambda run: repr(run.store.decisions(run.info.label_source or "").events()),
    "states": lambda run: repr(run.store.decisions(run.info.label_source or "").states()),
}


def judge(reference: dict[str, Any], home: Path) -> dict[str, Any]:
    """What became of it, in one word, and of what."""
    try:
        now = seen(home)
    except HamrError as error:
        return {"outcome": "unreachable", "said": str(error)}
    except Exception:
        return {"outcome": "tracebacks", "said": traceback.format_exc()}
    faults = {run: _faults(reference[run], now.get(run)) for run in reference if run != "notice"}
    silent = [run for run, found in faults.items() if found == "silent"]
    lost = [run for run, found in faults.items() if found == "lost"]
    if silent and not now["notice"]:
        return {"outcome": "silent", "said": f"{silent}: {_first_difference(reference, now)}"}
    if len(lost) > 1:
        return {"outcome": "unreachable", "said": str(lost)}
    if now["notice"] or any(faults.values()):
        return {"outcome": "found", "said": now["notice"]}
    return _checked(home)


def _checked(home: Path) -> dict[str, Any]:
    """What `check` says where nothing that is read differs."""
    try:
        whole = not check_home(home).faults
    except HamrError as error:
        return {"outcome": "found", "said": str(error)}
    except Exception:
        return {"outcome": "tracebacks", "said": traceback.format_exc()}
    return {"outcome": "harmless" if whole else "found", "said": ""}


def _faults(before: Any, now: Any) -> str:
    """ "" if it is as before, "reported", "lost" if it can't be read, or "silent"."""
    if now is None:
        return "lost"
    if not isinstance(before, dict):
        return "reported" if isinstance(now, HamrError) else "" if before == now else "silent"
    parts = {name for name in before if name not in ("info", "settings")}
    if any(isinstance(now[name], HamrError) for name in parts):
        return "lost"
    if now["info"]["damaged"]:
        return "reported"
    return "" if now == before else "silent"


def _first_difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    for run, values in before.items():
        if isinstance(values, dict) and isinstance(now.get(run), dict):
            for name, value in values.items():
                if now[run][name] != value:
                    return f"{name}: {str(value)[:150]} -> {str(now[run][name])[:150]}"
    return "runs that are not listed"


def measure(flips: int, seed: int, folder: str) -> dict[str, Any]:
    """The figures of so many flips."""
    made = Path(folder) / "home"
    make(made)
    data, moments = (made / "hamr.db").read_bytes(), random.Random(seed)
    bits = moments.sample(range(8 * len(data)), flips)
    counts = dict.fromkeys(("tracebacks", "silent", "unreachable", "found", "harmless"), 0)
    reference, begin = seen(made), perf_counter()
    for number, bit in enumerate(bits):
        home = Path(folder) / f"flipped {number}"
        shutil.copytree(made, home)
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        (home / "hamr.db").write_bytes(flipped)
        found = judge(reference, home)
        counts[found["outcome"]] += 1
        if found["outcome"] in ("tracebacks", "silent", "unreachable"):
            print(f"bit {bit}: {found['outcome']}: {found['said']}", file=sys.stderr)
        shutil.rmtree(home)
    return {
        "flips": flips,
        "database_bytes": len(data),
        **counts,
        "seconds": round(perf_counter() - begin, 1),
    }


def main() -> None:
    """Measure and print; 1 unless nothing is silent, a traceback or unreachable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=FLIPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    logging.getLogger("hamr").setLevel(logging.ERROR)  # each notice would be printed
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(options.flips, options.seed, folder)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:16} {value:>10}" for name, value in figures.items()))
    sys.exit(bool(figures["tracebacks"] + figures["silent"] + figures["unreachable"]))


if __name__ == "__main__":
    main()
