"""`predict`: a file of texts with what a run's model predicts of each."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hamr.cli.export import target_of
from hamr.cli.progress import ProgressBar
from hamr.cli.terminal import say
from hamr.errors import DataError
from hamr.exports.predicted import Asked, Summary, predict_file
from hamr.exports.predicted.source import PLAIN, Source, source_of
from hamr.exports.predicted.whole import check_target, predict_stream
from hamr.files.encoding import reading_as
from hamr.files.reading import holds_words
from hamr.jobs.run_model import RunModel, model_of
from hamr.store import Run, Store
from hamr.tasks import features
from hamr.views.base.regions import regions_of_texts

PIPE = "-"
INTERRUPTED = 130  # the exit code, as shells have it for Ctrl-C
EVERY = 10.0  # seconds between two lines of progress, where it is no terminal
ROWS, ROWS_ON_GPU = 1024, 8192  # of a chunk, which a kill loses at most
MOST_NUMBERS = 20_000_000  # probabilities of a chunk: with 10,000 classes it has fewer rows


def predict(arguments: argparse.Namespace) -> int:
    """Write the file and say what was predicted; returns the exit code."""
    try:
        return _predicted(arguments)
    except KeyboardInterrupt:
        kept = "" if arguments.to == PIPE else "; the same command continues"
        say(f"hamr: stopped{kept}")
        return INTERRUPTED


def _predicted(arguments: argparse.Namespace) -> int:
    run = Store.open(arguments.home).run(arguments.run)
    target = None if arguments.to == PIPE else target_of(arguments)
    words = features(run.info.task).entities
    with _named(arguments, words=words) as name, reading_as(arguments.encoding):
        source = _source(run, name, arguments.text_column)
        if target is not None:  # before the model is loaded, which takes seconds
            check_target(source, target, overwrite=arguments.overwrite)
        with ProgressBar(EVERY) as bar:
            model = _model(run, arguments, bar)
            asked = Asked(source, _rows(model), _about(run, model, arguments), arguments.overwrite)
            work = _Work(model, bar)
            if target is not None:
                found = predict_file(asked, target, work.columns, work.report)
            else:
                out, ending = sys.stdout.buffer, _ending(arguments, name)
                found = predict_stream(asked, ending, out, work.columns, work.report)
    _say(arguments, run, model, found)
    return 0


class _Work:
    """Predicts chunks, and says how far it is."""

    def __init__(self, model: RunModel, bar: ProgressBar) -> None:
        self._model, self._bar = model, bar
        self._began = time.monotonic()

    def columns(self, texts: Any) -> dict[str, list[Any]]:
        """The columns of a chunk."""
        return self._model.predict(texts).columns()

    def report(self, done: int, total: int, before: int) -> None:
        """Show the rows done, and the time that the others take at the pace so far."""
        if done == before:
            self._began = time.monotonic()
        own, seconds = done - before, time.monotonic() - self._began
        left = f", {_duration(seconds * (total - done) / own)} left" if own else ""
        self._bar.move(f"predicting: {done:,} of {total:,} rows{left}", done, total)


def _ending(arguments: argparse.Namespace, name: str) -> str:
    """The ending that a file would have in the format that standard output is written in."""
    ending = f".{arguments.format}" if arguments.format else Path(name).suffix.lower()
    return {".json": ".jsonl", PLAIN: ".csv"}.get(ending, ending)


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _source(run: Run, name: str, column: str | None) -> Source:
    """The texts, in the named column or in the one that the run was trained on."""
    columns = [column] if column else [run.info.settings.data.text_column, "text", "tokens"]
    return source_of(name, columns, words=features(run.info.task).entities)


def _model(run: Run, arguments: argparse.Namespace, bar: ProgressBar) -> RunModel:
    def report(done: int, total: int) -> None:
        bar.move(f"embedding the {total:,} rows of the run, once", done, total)

    return model_of(
        run, arguments.epoch, regions=regions_of_texts(run), device=arguments.device, report=report
    )


def _rows(model: RunModel) -> int:
    """The rows of a chunk."""
    usual = ROWS if model.predictor.device.type == "cpu" else ROWS_ON_GPU
    return max(16, min(usual, MOST_NUMBERS // len(model.predictor.outputs)))


def _about(run: Run, model: RunModel, arguments: argparse.Namespace) -> dict[str, Any]:
    """What the predictions depend on besides the file."""
    return {
        "run": run.id, "epoch": model.epoch, "started": str(run.info.started),
        "text_column": arguments.text_column, "encoding": arguments.encoding,
        "regions": model.regions is not None,
    }  # fmt: skip


def _say(arguments: argparse.Namespace, run: Run, model: RunModel, found: Summary) -> None:
    rate = model.rows.false_alarm_rate if model.rows is not None else None
    if arguments.json:
        said = {
            "run": run.id, "epoch": model.epoch, "to": arguments.to, "rows": found.rows,
            "rows_of_before": found.before, "without_text": found.empty,
            "unlike_anything_seen": found.unlike, "false_alarm_rate": rate,
            "classes": dict(found.classes.most_common()), "seconds": round(found.seconds, 3),
            "device": model.predictor.device.type,
        }  # fmt: skip
        # With the file itself on standard output the line is on standard error.
        print(json.dumps(said), file=sys.stderr if arguments.to == PIPE else sys.stdout, flush=True)
        return
    what = f"{found.rows:,} rows predicted by epoch {model.epoch} of {run.info.name!r}"
    say(what if arguments.to == PIPE else f"{what}, written to {arguments.to}")
    if found.empty:
        have = "has" if found.empty == 1 else "have"
        say(f"{found.empty:,} of them {have} no text, and so no prediction")
    if found.unlike and rate:
        are = "is" if found.unlike == 1 else "are"
        say(
            f"{found.unlike:,} {are} unlike anything in the training data; of rows like the "
            f"validation and test rows {rate:.1%} would be by chance"
        )


@contextmanager
def _named(arguments: argparse.Namespace, *, words: bool) -> Iterator[str]:
    """The name of the file; what comes over a pipe is first kept in one, since it is read twice.

    `words` says whether the model tags the words of sentences: then a pipe may hold CoNLL.
    """
    if arguments.data != PIPE:
        yield arguments.data
        return
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / f"standard-input{PLAIN}"
        with whole.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        ending = arguments.format or _kind(whole, words=words)
        yield str(whole.rename(whole.with_suffix(f".{ending}")))


def _kind(path: Path, *, words: bool) -> str:
    """The format of a file without a name, by its beginning."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf \r\n")
    if not head:
        raise DataError("standard input is empty: send a file with texts", field="source")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[:1] in (b"{", b"["):
        return "jsonl" if head[:1] == b"{" else "json"
    if words and holds_words(str(path)):
        return "conll"
    return "tsv" if b"\t" in head.split(b"\n", 1)[0] else "csv"
