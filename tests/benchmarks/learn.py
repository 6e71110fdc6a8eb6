"""The playground: `python -m tests.benchmarks.learn --json`.

300 points, HAMR+ beside plain training. Measured are a stage (which the browser shows by itself:
what remains is one step, already there), a whole step and an epoch, each from the question to the
data of the page, through the helper process; and its first answer, which waits for torch.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hamr.jobs.helper import Helper
from hamr.jobs.playing import Setup, settings_of, step_of
from hamr.views.learn.picture import Beside, picture

TARGETS = {"step": 0.2, "epoch": 1.0}  # seconds
ROUNDS = 30
EPOCH = 12  # steps of HAMR+ on 300 points


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds; medians, and the slowest tenth."""
    ours = Setup("noise", settings=(("method", "hamr-plus"),))
    plain = Setup("noise", settings=(("method", "erm"),))
    with tempfile.TemporaryDirectory() as home:
        helper = Helper(Path(home))

        def show(step: int) -> None:
            shown = step_of(Path(home), ours, step, ask=helper.ask)
            other = step_of(Path(home), plain, min(step, 200), ask=helper.ask)
            data = picture(
                shown, ours.points(), settings_of(ours), title="HAMR+",
                beside=Beside("ERM", other.view),
            )  # fmt: skip
            json.dumps(data)

        try:
            first = _seconds(lambda: show(1))
            steps = [_seconds(lambda at=at: show(at)) for at in range(2, 2 + rounds)]
            epochs = [_seconds(lambda at=at: show(at * EPOCH)) for at in range(4, 4 + rounds // 3)]
        finally:
            helper.close()
    return {
        "first": first,
        "step": statistics.median(steps),
        "step_p90": statistics.quantiles(steps, n=10)[-1],
        "epoch": statistics.median(epochs),
        "epoch_p90": statistics.quantiles(epochs, n=10)[-1],
    }


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    """Prints the figures beside their targets; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = measure()
    if parser.parse_args().json:
        print(json.dumps({name: round(value, 4) for name, value in found.items()}))
        return
    for name, value in found.items():
        target = TARGETS.get(name)
        print(f"{name:10} {value:.3f} s" + (f" (target {target} s)" if target else ""))


if __name__ == "__main__":
    main()
