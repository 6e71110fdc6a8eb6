"""Exports a run's model: puts it together, writes it in a format, compares, writes the card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hamr
from hamr.errors import ModelError
from hamr.exports.model.card import write_card
from hamr.exports.model.folder import check_target, written
from hamr.exports.model.formats import check_format, possible
from hamr.inference.manifest import Manifest
from hamr.jobs.predicting import model_epoch, predictor_of
from hamr.store import Run
from hamr.tasks import features

if TYPE_CHECKING:
    from hamr.exports.model.samples import Sample
    from hamr.exports.model.trained import Trained
    from hamr.inference import Predictor

ROWS = 32  # whose recorded probabilities are compared
STEPS = (
    "loading the model",
    "computing its probabilities",
    "writing {}",
    "comparing with the run's model",
    "writing the model card",
    "finishing",
)
Report = Callable[[str, int, int], None]  # what is being done, steps done, steps


@dataclass(frozen=True)
class Exported:
    """An export that was written."""

    target: Path
    format: str
    epoch: int
    best: bool
    difference: float  # the largest of a probability, over the rows compared
    rows: int  # compared


def export_model(
    run: Run,
    target: Path,
    form: str,
    epoch: int | None = None,
    report: Report = lambda text, done, total: None,
) -> Exported:
    """Write the model of a run, after its best epoch or another one that was kept, to a new folder
    or .zip file.

    What is written gives the same probabilities as the model of the run: it is read again by the
    library that it is for, and compared on rows of the run. Raises SettingError for a place that
    is taken, and a format or an epoch that can't be; StoreError for a run without a model and a
    place that can't be written; ModelError where the format can't hold the model.
    """
    check_format(run.info, form)
    check_target(target)
    with written(target) as folder:
        done = _written(
            run, target, folder, form, epoch,
            lambda number: report(STEPS[number].format(form), number, len(STEPS)),
        )  # fmt: skip
    return done


def _written(
    run: Run, target: Path, folder: Path, form: str, epoch: int | None, step: Callable[[int], None]
) -> Exported:
    """Write all files of an export into a folder; `step` gets the number of each step."""
    step(0)
    from hamr.exports.model.samples import sample_texts, sampled
    from hamr.exports.model.trained import parts_of
    from hamr.inference.exported_transitions import write_transitions

    predictor = predictor_of(run, epoch, device="cpu")
    trained = parts_of(predictor, run.info.settings.training.pooling)
    epoch = model_epoch(run, epoch)
    best = epoch == run.info.best_epoch
    step(1)
    found = sampled(sample_texts(run), trained, predictor)
    if best:
        _check_encoder(run, predictor)
    step(2)
    details = _form(form).write(trained, folder)
    if trained.transitions is not None:
        details |= write_transitions(trained.transitions, trained.outputs, folder)
    step(3)
    others = [one.name for one in possible(run.info) if one.name != form]
    difference = _compared(form, folder, trained, found, others)
    step(4)
    manifest = _manifest(run, form, epoch, trained, details)
    manifest.write(folder)
    write_card(run, manifest, folder, best=best, difference=difference)
    for path in folder.rglob("*.safetensors"):
        path.chmod(0o644)  # transformers writes it for its owner alone
    step(5)
    rows = sum(len(sample.texts) for sample in found)
    return Exported(target, form, epoch, best, difference, rows)


def _check_encoder(run: Run, predictor: Predictor) -> None:
    """Raises ModelError where the run recorded other probabilities of its first test rows."""
    from hamr.exports.model.check import check_recorded

    table = run.rows("test")
    texts = table.texts(list(range(min(len(table), ROWS))))
    if texts and not features(run.info.task).entities:
        check_recorded(run, predictor.predict(texts).probabilities)


def _compared(
    form: str, folder: Path, trained: Trained, found: list[Sample], others: list[str]
) -> float:
    """The largest difference; raises ModelError where it is too large."""
    from hamr.exports.model import check
    from hamr.exports.model.tokenizer import check_tokenizer

    try:
        read = _form(form).reader(folder)
        difference = check.largest_difference(found, read)
    except ModelError:
        raise
    except Exception as error:  # the libraries fail in many ways
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(
            f"the model as {form} can't be read again ({lines[0][:200]}), so nothing was written: "
            "choose another format",
            field="format",
        ) from error
    check.check_same(form, difference, others)
    check_tokenizer(trained.encoder, folder, [text for one in found for text in one.texts])
    return difference


def _manifest(
    run: Run, form: str, epoch: int, trained: Trained, details: dict[str, Any]
) -> Manifest:
    info, reading = run.info, trained.reading
    return Manifest(
        format=form,
        task=info.task,
        outputs=trained.outputs,
        classes=info.classes,
        max_length=trained.encoder.max_length,
        of_words=reading.of_words,
        pooling=reading.pooling,
        unit=reading.unit,
        run=info.name,
        run_id=info.id,
        epoch=epoch,
        version=hamr.__version__,
        details=details,
    )


def _form(name: str) -> Any:
    """The module that writes and reads a format."""
    from hamr.exports.model import onnx_form, sentence_form, transformers_form

    return {
        "onnx": onnx_form,
        "sentence-transformers": sentence_form,
        "transformers": transformers_form,
    }[name]
