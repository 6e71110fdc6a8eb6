"""Random tables through writers, readers and relabelling: `python -m tests.benchmarks.roundtrips`.

The property tests of `tests/files` with 10,000 examples each instead of 100: tables as the csv
module, pandas, json, pyarrow and people write them are read, given other labels where they lie, and
read again. A property that fails has changed a row or a label silently, or ended in a traceback.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import hypothesis
import pytest

FILES = Path(__file__).parents[1] / "files"


class Outcomes:
    """What became of each test; a plugin of pytest."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the property tests alone."""
        items[:] = [
            one for one in items if hypothesis.is_hypothesis_test(getattr(one, "obj", None))
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the time, and what is said of a failure."""
        if report.when == "call":
            name = report.nodeid.rpartition("tests/files/")[2]
            self.seconds[name] = round(report.duration, 1)
            if report.failed:
                self.failed[name] = str(report.longrepr)[-500:]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000, help="of each property")
    parser.add_argument("--only", default="", help="part of the tests' names")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    hypothesis.settings.register_profile(
        "many", deadline=None, max_examples=options.examples, database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    outcomes, begin = Outcomes(), time.monotonic()
    arguments = ["-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-profile=many"]
    if options.json:
        arguments += ["--capture=fd", "--no-summary", "-qq"]
    pytest.main([*arguments, "-k", options.only, str(FILES)], plugins=[outcomes])
    found = {
        "examples": options.examples,
        "properties": len(outcomes.seconds),
        "failed": len(outcomes.failed),
        "seconds": round(time.monotonic() - begin),
        "each_s": outcomes.seconds,
        "said": outcomes.failed,
    }
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
