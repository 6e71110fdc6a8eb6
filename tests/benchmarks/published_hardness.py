"""Hardness by the paper and by its published code: `python -m tests.benchmarks.published_hardness`.

Both rules see the same draws and the same weights, which are fixed and known, so that a perfect
hardness would rank the rows by weight. The paper's rule moves the rows that a step draws,

    h_i <- gamma * h_i + (1 - gamma) * w_i.

The published code, as we understand it, lets *every* row decay at each step, adds (1 - gamma) * w
to the drawn ones and renormalises all. To what, we try both ways: to a sum of 1, as probabilities
have it, and to a mean of 1, as weights have it. A row's hardness is then mostly the time since its
last draw. Printed are Spearman's rank correlations of hardness with the true weight and with the
step that drew the row last. All rows are equally likely to be drawn, 1.2 N times an epoch, so that
the last draw of a row says nothing about its weight.
"""

from __future__ import annotations

import argparse
import json
import sys

import numpy as np
from scipy.stats import spearmanr

from hamr.hardness import ema

ROWS = 6579  # as the published run on hurricane_irma_2017 has
GAMMA, DRAWS = 0.9, 1.2
RULES = ("paper", "published code, sum 1", "published code, mean 1")


def main() -> None:
    """Prints a table; with --json, one object on the last line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-sizes", default="8,32", help="with commas")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    found = []
    print(f"{'rule':26}{'batch':>7}{'with true weight':>20}{'with last-drawn step':>24}")
    for batch_size in map(int, args.batch_sizes.split(",")):
        each = [simulated(args.rows, batch_size, args.epochs, s) for s in range(args.seeds)]
        for rule in RULES:
            weight, last = np.mean([one[rule] for one in each], axis=0).round(3)
            print(f"{rule:26}{batch_size:>7}{weight:>20.3f}{last:>24.3f}", flush=True)
            found.append(
                {"rule": rule, "batch_size": batch_size, "with true weight": float(weight),
                 "with last-drawn step": float(last)}
            )  # fmt: skip
        print(f"batch {batch_size}: {args.seeds} seeds done", file=sys.stderr)
    if args.json:
        print(json.dumps({"rows": args.rows, "epochs": args.epochs, "rules": found}))


def simulated(rows: int, batch_size: int, epochs: int, seed: int) -> dict[str, tuple[float, float]]:
    """(rank correlation with the true weight, with the last-drawn step) of each rule."""
    random = np.random.default_rng(seed)
    weight = np.clip(random.lognormal(0, 0.5, rows), 0.1, 8)
    weight /= weight.mean()
    steps = epochs * int(DRAWS * rows / batch_size)
    draws = random.integers(0, rows, (steps, batch_size))
    last = np.full(rows, -1)
    last[draws.ravel()] = np.repeat(np.arange(steps), batch_size)
    observed = weight[draws] / weight[draws].mean(1, keepdims=True)  # a batch's weights have mean 1
    hardness = {
        RULES[0]: ema(
            np.ones(rows, np.float32), draws.ravel(), observed.ravel().astype(np.float32), GAMMA
        ),
        RULES[1]: decaying(rows, draws, observed, total=1.0),
        RULES[2]: decaying(rows, draws, observed, total=float(rows)),
    }
    drawn = last >= 0
    return {
        rule: (
            float(spearmanr(h[drawn], weight[drawn]).statistic),
            float(spearmanr(h[drawn], last[drawn]).statistic),
        )
        for rule, h in hardness.items()
    }


def decaying(rows: int, draws: np.ndarray, observed: np.ndarray, total: float) -> np.ndarray:
    """Hardness where every row decays at each step and all are renormalised to a total, [N]."""
    h = np.full(rows, total / rows)
    for batch, weights in zip(draws, observed, strict=True):
        h *= GAMMA
        np.add.at(h, batch, (1 - GAMMA) * weights)
        h *= total / h.sum()
    return h


if __name__ == "__main__":
    main()
