"""What token records take is still measured."""

import json
import subprocess
import sys


def test_the_benchmark_of_token_records_runs():
    command = [sys.executable, "-m", "tests.benchmarks.tokens", "--json", "--rows", "60"]
    done = subprocess.run([*command, "--epochs", "2"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["row_again"]["sliced_bytes"] < found["token_signals_mb"] * 1e6
