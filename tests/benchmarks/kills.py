"""Killed runs end like one never stopped: `python -m tests.benchmarks.kills --json`.

Real processes, `python -m hamr train` and `resume`, die by SIGKILL at moments drawn from a
seed: while the program or the rows are loaded ("starting" before the run has an id, then
"loading"), while rows are embedded, within an epoch, while the store writes an epoch or a
checkpoint, while the test rows are scored, when the run is just finished ("leaving"). A run
is killed one to three times and resumed until it is finished. Then all that the store keeps
of it (times left out) is compared, bit by bit, with a run that was never stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from tests.benchmarks.kept import differences, kept
from tests.benchmarks.victim import Bench, Process

# How often each phase is aimed at. What the process left behind shows what was hit.
AIMS = {"loading": 3, "embedding": 2, "training": 8, "writing": 5, "testing": 2}
KILLS_OF_A_RUN = (1, 3)
GOES_ON = {
    "Training continues within": "within an epoch",
    "Training continues after": "after an epoch",
}


def one_run(bench: Bench, name: str, kills: int, moments: random.Random) -> tuple[str, list[str]]:
    """A run killed up to so many times and then left to end; its id, and the phases hit."""
    run_id, hit = None, []
    while True:
        aim = moments.choices(list(AIMS), AIMS.values())[0] if len(hit) < kills else None
        if aim == "embedding":
            bench.forget_embeddings()
        process = Process(bench, run_id, name)
        phase = process.strike(aim, moments) if aim else None
        if phase is None:
            process.finish()
        else:
            hit.append(phase)
        run_id = process.run_id
        if phase in (None, "leaving"):
            return str(run_id), hit


def measure(
    bench: Bench, kills: int, seed: int, each: tuple[int, int] = KILLS_OF_A_RUN
) -> dict[str, Any]:
    """Kill that many times, `each` run from so often to so often; what was hit, and how many
    of the kills left no trace.
    """
    began = monotonic()
    expected = kept(bench.store.run(bench.reference()))
    moments = random.Random(seed)
    phases: Counter[str] = Counter()
    goes_on: Counter[str] = Counter()
    identical = runs = 0
    while phases.total() < kills:
        times = min(moments.randint(*each), kills - phases.total())
        run_id, hit = one_run(bench, f"killed {runs}", times, moments)
        run = bench.store.run(run_id)
        wrong = differences(expected, kept(run))
        phases.update(hit)
        runs, identical = runs + 1, identical + (0 if wrong else len(hit))
        goes_on.update(ways(run.events()[0]))
        verdict = f"differs in {', '.join(wrong[:5])}" if wrong else "identical"
        print(f"{phases.total():3} kills ({', '.join(hit)}): {verdict}", file=sys.stderr)
    return {
        "kills": phases.total(),
        "identical": identical,
        "phases": dict(phases.most_common()),
        "goes_on": dict(goes_on),
        "runs": runs,
        "preset": bench.preset,
        "seconds": round(monotonic() - began),
    }


def ways(events: list[dict[str, Any]]) -> list[str]:
    """Where training went on, for each time that it did."""
    said = [str(event.get("message")) for event in events if event["kind"] == "log"]
    return [way for line in said for start, way in GOES_ON.items() if line.startswith(start)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--preset", choices=("quick", "full"), default="quick")
    parser.add_argument("--model", help="an encoder, or tiny; builtin, or tiny (full preset)")
    parser.add_argument("--seed", type=int, default=0, help="decides the moments")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hamr-kills-") as folder:
        bench = Bench.made(Path(folder), options.preset, options.model)
        found = measure(bench, options.kills, options.seed)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['identical']} of {found['kills']} kills left no trace (target: all)")
    for phase, count in found["phases"].items():
        print(f"  {phase:10} {count:3}")


if __name__ == "__main__":
    main()
