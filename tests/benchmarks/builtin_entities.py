"""Built-in tagged sentences, cold and warm: `python -m tests.benchmarks.builtin_entities`.

All of them, quick preset, 10 epochs, from the command line in a fresh home: first without
embeddings, then with those of the first run in the cache. Wall seconds of the whole command,
start of Python and the map of the rows included (the result is printed before the map is done),
and those until the result is there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from typing import Any

COLD_TARGET, WARM_TARGET = 120.0, 30.0  # seconds to the result


def trained(home: str, epochs: int) -> dict[str, Any]:
    """Seconds to the result and to the end of the command, and the result's scores."""
    command = [sys.executable, "-m", "hamr", "train", "--data", "builtin", "--task", "token"]
    command += ["--epochs", str(epochs), "--home", home, "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.perf_counter() - began
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    result = json.loads(line)
    return {
        "seconds": seconds,
        "seconds_with_map": time.perf_counter() - began,
        "test_macro_f1": result["test"]["macro_f1"],
        "best_epoch": result["best_epoch"],
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.builtin_entities")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        cold, warm = (trained(home, args.epochs) for _ in range(2))
    found = {
        "cold": {**cold, "target": COLD_TARGET},
        "warm": {**warm, "target": WARM_TARGET},
    }
    if args.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name}: {figures['seconds']:.1f} s (target {figures['target']:.0f} s)")


if __name__ == "__main__":
    main()
