"""Tagged sentences: from files of CoNLL or JSONL to a data set of a token task."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hamr.config import DataSettings
from hamr.data.conll import ENDINGS, Sentence, read_conll
from hamr.data.files import open_file
from hamr.data.fingerprint import fingerprint
from hamr.data.schemes import faults, is_tag, scheme_of, spans_in
from hamr.data.splits import split_rows
from hamr.data.table import blamed_on, in_words, quoted
from hamr.entities import NO_ENTITY, Span, mention_counts, row_label, tags_of
from hamr.errors import ColumnError, DataError, HamrError
from hamr.records import SPLITS, Dataset, Rows, Split, Task

COLUMNS = ("tokens", "ner_tags")


def task_of(settings: DataSettings) -> Task:
    """The task that the settings ask for; `auto` goes by the ending and by the columns."""
    if settings.task != "auto":
        return settings.task
    path = Path(settings.source)
    if path.suffix.lower() in ENDINGS:
        return "token"
    if path.suffix.lower() not in (".json", ".jsonl"):
        return "sequence"
    try:
        columns = open_file(settings.source).columns()
    except HamrError:  # what is wrong with the file, reading it will tell
        return "sequence"
    return "token" if {*_columns(settings)} <= {*columns} else "sequence"


def load_tagged(settings: DataSettings) -> Dataset:
    """The tagged sentences of a source, checked, split and ready to train on.

    Raises DataError or ColumnError with file, line, value, rule and remedy. Tags that break
    their scheme are refused, or mended where `repair` says so; notices tell which.
    """
    files: dict[Split, str] = {"train": settings.source}
    if settings.validation:
        files["validation"] = settings.validation
    if settings.test:
        files["test"] = settings.test
    given: dict[Split, list[Sentence]] = {}
    notices: list[str] = []
    for split, name in files.items():
        with blamed_on("source" if split == "train" else split):
            given[split] = _read(name, settings)
            notices += _mended(Path(name).name, given[split], settings.repair)
    return _assemble(Path(settings.source).name, given, files, settings, notices)


def _columns(settings: DataSettings) -> tuple[str, str]:
    """The columns of words and tags; those named for texts stand for their usual names."""
    words = COLUMNS[0] if settings.text_column == "text" else settings.text_column
    tags = COLUMNS[1] if settings.label_column == "label" else settings.label_column
    return words, tags


def _read(name: str, settings: DataSettings) -> list[Sentence]:
    path = Path(name).expanduser()
    if name in ("demo", "builtin") or name.startswith("hub:"):
        raise DataError(
            f"{name} gives texts with a class, and the task token needs tagged sentences: give a "
            "CoNLL or JSONL file of them, or set task to sequence",
            field="task",
        )
    if path.suffix.lower() in ENDINGS and path.is_file():
        return read_conll(path)
    reader = open_file(name)
    wanted = _columns(settings)
    for column in wanted:
        if column not in reader.columns():
            raise ColumnError(
                f"{reader.name} has no column {column!r}: it has {quoted(reader.columns())}"
            )
    found = []
    for place, (words, tags) in reader.rows(wanted):
        where = f"{reader.name}, {reader.unit} {place:,}"
        _check(where, words, tags)
        found.append(Sentence(place, list(words), list(tags), ""))
    if not found:
        raise DataError(f"{reader.name} has no sentence: give rows of words and tags")
    return found


def _check(where: str, words: object, tags: object) -> None:
    for values, what in ((words, "words"), (tags, "tags")):
        if not isinstance(values, list | tuple | np.ndarray) or not len(values):
            raise DataError(f"{where} has no list of {what}: give one {what[:-1]} for each word")
    assert isinstance(words, list | tuple | np.ndarray) and isinstance(tags, list | tuple)
    if len(words) != len(tags):
        raise DataError(
            f"{where} has {len(words)} words and {len(tags)} tags: give each word one tag"
        )
    for word, tag in zip(words, tags, strict=True):
        if not isinstance(word, str) or not word:
            raise DataError(f"{where} has the word {word!r}: a word is a text that is not empty")
        if not isinstance(tag, str) or not is_tag(tag):
            raise DataError(
                f"{where} has the tag {tag!r}, which is none: write O, or a mark and a type as "
                "in B-place"
            )


def _mended(name: str, sentences: Sequence[Sentence], repair: bool) -> list[str]:
    """The notice on tags that break the file's scheme; DataError unless they may be mended."""
    scheme = scheme_of(s.tags for s in sentences)
    broken = [
        (s.line + (place if s.source else 0), s.tags[place])
        for s in sentences
        for place in faults(s.tags, scheme)
    ]
    if not broken:
        return []
    line, tag = broken[0]
    if not repair:
        others = f" (so do {len(broken) - 1:,} others)" if len(broken) > 1 else ""
        raise DataError(
            f"{name}, line {line:,}: {tag} breaks the scheme {scheme}, which the file follows "
            f"elsewhere{others}: correct it, or have such tags repaired (--repair true), which "
            "reads an I that continues nothing as the beginning of an entity",
            field="repair",
        )
    places = in_words([f"{n:,} ({t})" for n, t in broken[:5]], max(0, len(broken) - 5))
    return [f"tags that break the scheme {scheme} are repaired: {name}, lines {places}"]


def _assemble(
    name: str,
    given: dict[Split, list[Sentence]],
    files: dict[Split, str],
    settings: DataSettings,
    notices: list[str],
) -> Dataset:
    spans = {split: [spans_in(s.tags) for s in sentences] for split, sentences in given.items()}
    types = tuple(sorted({span.type for own in spans["train"] for span in own}))
    if not types:
        raise DataError(f"{name} has no entity: all tags are O", field="source")
    number = {kind: i for i, kind in enumerate(types)}
    for split, entities in spans.items():
        for sentence, own in zip(given[split], entities, strict=True):
            unknown = next((span.type for span in own if span.type not in number), None)
            if unknown is not None:
                raise DataError(
                    f"{Path(files[split]).name}, line {sentence.line:,}: the type {unknown!r} "
                    f"stands in the {split} rows only; the training types are {quoted(types, 12)}",
                    field=split,
                )
    tags = {
        split: [
            tags_of([Span(a, b, number[kind]) for a, b, kind in own], len(s.words))
            for s, own in zip(given[split], spans[split], strict=True)
        ]
        for split in given
    }
    counts = mention_counts(tags["train"], len(types))
    labels = {
        split: np.array(
            [row_label([Span(a, b, number[k]) for a, b, k in own], counts) for own in spans[split]],
            np.int32,
        )
        for split in spans
    }
    rows = {
        split: _rows(given[source], tags[source], labels[source], Path(files[source]).name, chosen)
        for split, (source, chosen) in _parts(given, labels["train"], settings).items()
    }
    classes = (*types, NO_ENTITY)
    return Dataset(
        name, "token", classes, rows["train"], rows["validation"], rows["test"],
        _fingerprint(classes, rows), tuple(notices),
    )  # fmt: skip


def _parts(
    given: dict[Split, list[Sentence]], labels: np.ndarray, settings: DataSettings
) -> dict[Split, tuple[Split, np.ndarray]]:
    """For each split the one whose file holds its rows, and which of these they are."""
    shares = {"validation": settings.validation_share, "test": settings.test_share}
    missing = [split for split in SPLITS[1:] if split not in given]
    out = [shares[split] for split in missing]
    part = split_rows(labels, [1 - sum(out), *out], seed=settings.split_seed)
    found: dict[Split, tuple[Split, np.ndarray]] = {"train": ("train", np.flatnonzero(part == 0))}
    for split in SPLITS[1:]:
        if split in given:
            found[split] = split, np.arange(len(given[split]))
        else:
            found[split] = "train", np.flatnonzero(part == 1 + missing.index(split))
        if not len(found[split][1]):
            raise DataError(
                f"{len(labels):,} sentences are too few to take {split} rows off: give at least "
                f"3, or a {split} file",
                field="source",
            )
    return found


def _rows(
    sentences: Sequence[Sentence],
    tags: Sequence[np.ndarray],
    labels: np.ndarray,
    name: str,
    chosen: np.ndarray,
) -> Rows:
    own = [sentences[i] for i in chosen]
    return Rows(
        ids=tuple(f"{name}:{s.line}" for s in own),
        texts=tuple(" ".join(s.words) for s in own),
        labels=labels[chosen],
        words=tuple(tuple(s.words) for s in own),
        tags=tuple(tags[i] for i in chosen),
        sources=tuple(s.source for s in own) if own[0].source else None,
    )


def _fingerprint(classes: tuple[str, ...], rows: dict[Split, Rows]) -> str:
    """That of ids, texts and labels, with every word's length and tag."""
    digest = hashlib.sha256(fingerprint(classes, rows.items()).encode())
    for part in rows.values():
        for words, tags in zip(part.words or (), part.tags or (), strict=True):
            digest.update(np.array([len(words), *map(len, words)], "<i4").tobytes())
            digest.update(tags.astype("<i2").tobytes())
    return digest.hexdigest()
