"""What length-aware batches save: `python -m tests.benchmarks.padding --json`.

One epoch of draws on the texts of a data set is cut into batches as drawn, and again with
`hamr.sampler.by_length` for several windows. Only token lengths are read; nothing is
trained. A batch costs its rows times its longest row, in tokens; what is over the rows' own
tokens is padding.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from hamr.config import PRESETS, DataSettings, TrainingSettings
from hamr.data import load
from hamr.models import encoder_folder
from hamr.sampler import by_length, draw

WINDOWS = (1, 2, 4, 8, 16, 32, 64)
TARGET = 0.15


def token_lengths(texts: tuple[str, ...], settings: TrainingSettings) -> np.ndarray:
    """Word pieces of each text, cut at max_length."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder_folder(settings.model))
    ids = tokenizer(list(texts), truncation=True, max_length=settings.max_length)["input_ids"]
    return np.array([len(row) for row in ids])


def batch_tokens(rows: np.ndarray, lengths: np.ndarray, batch_size: int) -> int:
    """Tokens of the padded batches, the padding with them."""
    starts = np.arange(0, len(rows), batch_size)
    longest = np.maximum.reduceat(lengths[rows], starts)
    return int((longest * np.diff(np.append(starts, len(rows)))).sum())


def measure(source: str, batch_size: int, seed: int) -> dict[str, Any]:
    """Tokens of one epoch per window, and the share saved against batches as drawn."""
    settings = TrainingSettings.of_preset("full")
    rows_of = load(DataSettings(source=source)).train
    lengths = token_lengths(rows_of.texts, settings)
    count = len(lengths)
    generator = np.random.default_rng(seed)
    drawn = draw(generator, np.full(count, 1 / count), round(settings.draws_per_row * count))
    own = int(lengths[drawn].sum())
    plain = batch_tokens(drawn, lengths, batch_size)
    windows = {}
    for window in WINDOWS:
        ordered = by_length(generator, drawn, lengths, batch_size=batch_size, window=window)
        tokens = batch_tokens(ordered, lengths, batch_size)
        windows[str(window)] = {
            "tokens": tokens,
            "padding": tokens - own,
            "fewer_tokens": round(1 - tokens / plain, 4),
            "fewer_padding": round(1 - (tokens - own) / max(1, plain - own), 4),
        }
    return {
        "data": source,
        "batch_size": batch_size,
        "draws": len(drawn),
        "tokens_without_padding": own,
        "default_window": settings.length_window,
        "windows": windows,
    }


def main() -> None:
    """A line per window next to the target; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", default="demo")
    parser.add_argument("--batch-size", type=int, default=PRESETS["full"]["batch_size"])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found = measure(arguments.data, arguments.batch_size, arguments.seed)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['draws']:,} draws of {found['tokens_without_padding']:,} tokens, batches of")
    print(f"{found['batch_size']}; target at the default window: {TARGET:.0%} fewer tokens")
    for window, figures in found["windows"].items():
        mark = "  (default)" if int(window) == found["default_window"] else ""
        print(
            f"window {window:>3}: {figures['tokens']:>9,} tokens, {figures['fewer_tokens']:6.1%} "
            f"fewer; {figures['padding']:>8,} of them padding{mark}"
        )


if __name__ == "__main__":
    main()
