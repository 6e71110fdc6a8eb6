"""The page Try: how long an answer takes once the model is warm, and which baseline is best.

    python -m tests.benchmarks.try_texts [--texts 30] [--json]
    python -m tests.benchmarks.try_texts --baselines [--texts 100] [--json]

A run of the quick preset on the demo's rows is trained first, unless --home names one that has it.
Texts have some 25 words. A *prediction* is what follows a keystroke: class probabilities and the
nearest training rows from the helper process, their labels, hardness and decisions from the store,
and the figure. *Words* is the second answer: the attributions. Wall time, and the processor time of
both processes, which other programs on the machine don't lengthen. Target on two idle cores, of the
prediction and of both together: 200 ms.

--baselines compares what attributions start from, by the share of the predicted class's probability
that is lost without the fifth of the words that have the highest ones (comprehensiveness, more is
better), and by what is lost with these words alone (sufficiency, less is better; DeYoung et al.
2020). Random words are the yardstick.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

import hamr
from hamr.inference import attribution
from hamr.inference.explained import explain_class
from hamr.inference.words import words_of
from hamr.jobs.helper import Helper
from hamr.jobs.predicting import model_epoch, predictor_of
from hamr.jobs.trying import explained_of, nearest_rows, tried_of
from hamr.store import Run, Store
from hamr.tasks import features
from hamr.views.try_texts.bars import probability_bars
from hamr.views.try_texts.neighbours import neighbours

WORDS, SHARE = 25, 0.2
NAME = "try"


def run_in(home: Path) -> Run:
    """The run on the demo, trained unless the home has it."""
    store = Store.open(home)
    for info in store.runs():
        has_classes = features(info.task).one_class_a_row
        if info.status == "finished" and info.settings.data.source == "demo" and has_classes:
            return store.run(info.id)
    hamr.train(hamr.load("demo"), preset="quick", name=NAME, home=str(home))
    return store.run(NAME)


def texts_of(run: Run, count: int) -> list[str]:
    """Test rows of the run, made as long as texts of 25 words are."""
    rows = run.rows("test")
    found = rows.texts(np.arange(min(len(rows), 3 * count)))
    words = [word for text in found for word in text.split()]
    return [" ".join(words[WORDS * n : WORDS * (n + 1)]) for n in range(count)]


def processor(pid: int) -> float:
    """Seconds that a process has computed, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100  # ticks of 10 ms


def speed(run: Run, count: int) -> dict[str, Any]:
    """Milliseconds of each answer: p50, p95 and the mean of the processor's."""
    helper, epoch = Helper(run.store.home), model_epoch(run)
    texts, found = texts_of(run, count + 3), {}
    begun = time.perf_counter()
    helper.ask("predict", run=run.id, epoch=epoch, texts=texts[:1])
    found["cold start, s"] = round(time.perf_counter() - begun, 1)
    for text in texts[1:3]:
        _words(helper, run, epoch, text, _prediction(helper, run, epoch, text))
    parts: dict[str, list[float]] = {"prediction": [], "words": [], "both": []}
    used = processor(helper.pid or 0) + time.process_time()
    for text in texts[3:]:
        first = time.perf_counter()
        output = _prediction(helper, run, epoch, text)
        second = time.perf_counter()
        _words(helper, run, epoch, text, output)
        third = time.perf_counter()
        for part, took in zip(parts, (second - first, third - second, third - first), strict=True):
            parts[part].append(1000 * took)
    used = processor(helper.pid or 0) + time.process_time() - used
    for part, took in parts.items():
        found[f"{part}, p50 ms"] = round(float(np.percentile(took, 50)))
        found[f"{part}, p95 ms"] = round(float(np.percentile(took, 95)))
    found["both, processor ms"] = round(1000 * used / count)
    helper.close()
    return found


def _prediction(helper: Helper, run: Run, epoch: int, text: str) -> int:
    tried = tried_of([text], helper.ask("predict", run=run.id, epoch=epoch, texts=[text]))
    decisions = run.store.decisions(run.info.label_source or "")
    neighbours(run, run.epochs()[-1], decisions, nearest_rows(run, tried, 0))
    shares = tried.predictions.probabilities[0]
    probability_bars(tried.predictions.outputs, shares, None, axis="class").to_json()
    return int(tried.predictions.numbers[0])


def _words(helper: Helper, run: Run, epoch: int, text: str, output: int) -> None:
    explained_of(helper.ask("explain", run=run.id, epoch=epoch, text=text, outputs=[output]))


def baselines(run: Run, count: int) -> dict[str, Any]:
    """Comprehensiveness and sufficiency of each baseline, means over the texts."""
    predictor, random = predictor_of(run, device="cpu"), np.random.default_rng(0)
    texts = run.rows("test").texts(np.arange(count))
    first = predictor.predict(texts)

    def order(text: str, output: int) -> np.ndarray:
        return np.argsort(-np.nan_to_num(explain_class(predictor, text, output).words))

    orders: dict[str, list[np.ndarray]] = {}
    for name in ("padding", "mask", "zeros"):
        with baseline(name):
            orders[name] = [
                order(text, int(output)) for text, output in zip(texts, first.numbers, strict=True)
            ]
    orders["random"] = [random.permutation(len(words_of(text))) for text in texts]
    return {name: _lost(predictor, texts, first, own) for name, own in orders.items()}


@contextmanager
def baseline(name: str) -> Iterator[None]:
    """Attributions from padding tokens, mask tokens or embeddings of zeros."""
    kept = attribution.baseline_ids, attribution.Path
    if name == "mask":
        attribution.baseline_ids = lambda encoder, ids: torch.where(
            kept[0](encoder, ids) == encoder.tokenizer.pad_token_id,
            encoder.tokenizer.mask_token_id,
            ids,
        )
    if name == "zeros":

        class FromZeros(attribution.Path):
            def __init__(self, encoder: Any, ids: torch.Tensor, forward: Any) -> None:
                super().__init__(encoder, ids, forward)
                own = kept[0](encoder, ids)[0] != ids[0]
                self._start = torch.where(own[:, None], 0.0, self._end)

        attribution.Path = FromZeros  # type: ignore[misc]
    try:
        yield
    finally:
        attribution.baseline_ids, attribution.Path = kept  # type: ignore[misc]


def _lost(
    predictor: Any, texts: Sequence[str], first: Any, orders: Sequence[np.ndarray]
) -> dict[str, float]:
    without, alone = [], []
    for text, best in zip(texts, orders, strict=True):
        words = words_of(text)
        top = set(best[: max(1, round(SHARE * len(words)))].tolist())
        without.append(" ".join(w for place, w in enumerate(words) if place not in top) or ".")
        alone.append(" ".join(w for place, w in enumerate(words) if place in top))
    rows = np.arange(len(texts))
    lost: Callable[[list[str]], float] = lambda other: float(  # noqa: E731
        np.mean(first.confidence - predictor.predict(other).probabilities[rows, first.numbers])
    )
    return {"comprehensiveness": round(lost(without), 3), "sufficiency": round(lost(alone), 3)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=30)
    parser.add_argument("--home", help="a home that may have a finished run on the demo")
    parser.add_argument("--baselines", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = run_in(Path(given.home or folder))
        found = (baselines if given.baselines else speed)(run, given.texts)
    for name, value in found.items():
        print(f"{name}: {value}", file=sys.stderr if given.json else sys.stdout)
    if given.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
