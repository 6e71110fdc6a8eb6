"""Mutated files for every reader: `python -m tests.benchmarks.fuzz --minutes 20 --json`.

Whole files of each format are changed at a few places and read as the app reads them, by a
process that takes the place of the server. Counted by format: files that were read, files that were
refused in a sentence, and what must not happen: tracebacks, deaths of the server, files that took
longer than 10 s, and memory of server and decoders together above 1 GB. Files that did one of
these are kept with `--keep FOLDER`. `--flips` changes a single bit in each file.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.mutated import mutate, whole_files

HANG_SECONDS = 10
MEMORY = 1_000_000_000  # bytes
PATIENCE = 60  # seconds until a file that hangs is given up with its server


class Server:
    """The process at risk, and the most memory that it and its children took."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.fuzz_server", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def read(self, kind: str, path: Path) -> tuple[str, str]:
        """What came of a file: "read", "refused", "traceback" or "death"."""
        assert self.process.stdin is not None and self.process.stdout is not None
        given_up = threading.Timer(PATIENCE, self.process.kill)
        given_up.start()
        try:
            self.process.stdin.write(json.dumps([kind, str(path)]) + "\n")
            self.process.stdin.flush()
            outcome, detail = json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            return "death", f"exit code {self.process.wait()}"
        finally:
            given_up.cancel()
        return outcome, detail

    def _watch(self) -> None:
        """Sample the resident memory; a decoder lives for milliseconds, one that swells longer."""
        with suppress(psutil.Error):
            own = psutil.Process(self.process.pid)
            while self.process.poll() is None:
                total = own.memory_info().rss
                for child in own.children(recursive=True):
                    with suppress(psutil.Error):
                        total += child.memory_info().rss
                self.peak = max(self.peak, total)
                time.sleep(0.03)


def run(
    kinds: list[str], minutes: float, most: int, seed: int, *, flips: bool, keep: Path | None
) -> dict[str, Any]:
    """The counts by format, in turns until the time or the number of files is used up."""
    chance, files = random.Random(seed), whole_files()
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    slowest: dict[str, float] = dict.fromkeys(kinds, 0.0)
    peak, examples = 0, []
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0").mkdir()
        server = Server(folder / "0")
        number = 0
        while time.monotonic() < end and (not most or number < most * len(kinds)):
            kind = kinds[number % len(kinds)]
            number += 1
            own, data = chance.choice(files[kind])
            changed = _flipped(data, chance) if flips else mutate(
                data, chance, chance.choice(files[kind])[1]
            )  # fmt: skip
            path = folder / own
            path.write_bytes(changed)
            begin = time.monotonic()
            outcome, detail = server.read(kind, path)
            seconds = time.monotonic() - begin
            slowest[kind] = max(slowest[kind], seconds)
            swollen, server.peak, peak = server.peak > MEMORY, 0, max(peak, server.peak)
            counts[kind]["files"] += 1
            for fault in (outcome, "hang" if seconds > HANG_SECONDS else "", "swell" * swollen):
                counts[kind][fault] += bool(fault)
                if fault and fault not in ("read", "refused"):
                    examples.append(f"{own}: {fault} after {seconds:.1f} s: {detail}")
                    if keep:
                        keep.mkdir(parents=True, exist_ok=True)
                        (keep / f"{number}-{fault}-{own}").write_bytes(changed)
            if outcome == "death":
                (folder / str(number)).mkdir()
                server = Server(folder / str(number))
        server.process.kill()
        server.process.wait()
    names = ("files", "read", "refused", "traceback", "death", "hang", "swell")
    return {
        "seed": seed,
        "formats": {kind: {name: counts[kind][name] for name in names} for kind in kinds},
        "total": {name: sum(counts[kind][name] for kind in kinds) for name in names},
        "slowest_s": {kind: round(slowest[kind], 2) for kind in kinds},
        "peak_mb": round(peak / 1e6),
        "examples": examples[:20],
    }


def _flipped(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--files", type=int, default=0, help="of each format; 0: as time allows")
    parser.add_argument("--formats", default=",".join(whole_files()))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--flips", action="store_true", help="change a single bit in each file")
    parser.add_argument("--keep", type=Path, help="folder for the files that did harm")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    found = run(
        options.formats.split(","), options.minutes, options.files, options.seed,
        flips=options.flips, keep=options.keep,
    )  # fmt: skip
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
