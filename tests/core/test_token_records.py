"""What token records take is still measured."""

import json
import subprocess
import sys


def test_the_benchmark_of_token_records_finds_that_one_sentence_reads_little():
    command = [sys.executable, "-m", "tests.benchmarks.tokens", "--json", "--rows", "3000"]
    done = subprocess.run([*command, "--epochs", "2"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    first, again = (found["all_epochs"][f"sentences_{when}"] for when in ("first", "again"))
    assert again["read_bytes"] <= first["read_bytes"] < found["word_signals_mb"] * 1e6
