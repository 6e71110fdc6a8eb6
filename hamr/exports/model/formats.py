"""The formats that a model is exported in: what each is, and which runs it can hold. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from hamr.errors import SettingError
from hamr.store import RunInfo
from hamr.tasks import features


@dataclass(frozen=True)
class Format:
    """One of the formats."""

    name: str
    title: str
    about: str  # one sentence: who reads it


FORMATS = {
    one.name: one
    for one in (
        Format(
            "onnx",
            "ONNX",
            "One graph from token ids to probabilities, read by onnxruntime, also in a browser.",
        ),
        Format(
            "sentence-transformers",
            "Sentence Transformers",
            "Modules that end in the logits, read by SentenceTransformer(folder).encode(texts).",
        ),
        Format(
            "transformers",
            "Transformers",
            "A token classification model, read by pipeline('token-classification', folder).",
        ),
    )
}
DEFAULT = "onnx"


def possible(info: RunInfo) -> list[Format]:
    """The formats that a run's task and preset allow; an architecture may rule out more."""
    return [one for one in FORMATS.values() if not _why_not(info, one.name)]


def check_format(info: RunInfo, name: str) -> None:
    """Raises SettingError for a format that is unknown, or can't hold the model of such a run."""
    if name not in FORMATS:
        raise SettingError(f"--format must be {_listed(FORMATS)}, got {name!r}", field="format")
    if why := _why_not(info, name):
        raise SettingError(
            f"--format {name}: {why}. Choose {_listed([one.name for one in possible(info)])}",
            field="format",
        )


def _why_not(info: RunInfo, name: str) -> str:
    """Why a format can't hold the model of such a run; "" where it can."""
    entities, fine_tunes = features(info.task).entities, info.settings.training.fine_tunes
    if name == "sentence-transformers" and entities:
        return "it gives one vector for each text, and this run finds entities in the words"
    if name == "transformers" and not entities:
        return (
            "its classes for texts have heads of their own, and none is this run's head on pooled "
            "token vectors"
        )
    if name == "transformers" and not fine_tunes:
        return (
            "its classes have one linear layer on each token, and this run's head has two layers "
            "on the mean of a word's tokens"
        )
    return ""


def _listed(names: object) -> str:
    return " or ".join(names)  # type: ignore[arg-type]
