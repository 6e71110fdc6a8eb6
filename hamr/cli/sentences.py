"""A run's tagged sentences as the files they came from: `export --what data`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hamr.cli.tagged import check_words
from hamr.data import conll
from hamr.data.conll import fields_of, with_tags
from hamr.data.schemes import Named, Scheme, is_tag, scheme_of, spans_in, to_scheme
from hamr.data.tagged_rows import HUB, as_it_came
from hamr.entities import spans_of
from hamr.errors import SettingError, StoreError
from hamr.records import SPLITS, Split
from hamr.store import Run

ENDINGS = (".conll", ".jsonl")


@dataclass(frozen=True)
class Sentence:
    """A row as it is written."""

    id: str
    words: list[str]
    spans: list[Named]
    place: int  # in its file
    piece: str | None  # what stood for it in a CoNLL file, if it did
    came: list[str]  # its tags as they came; none where that was not kept


def texts(run: Run, split: str | None, target: Path) -> dict[Path, str]:
    """What to write where: all rows, or those of one split, each file's in the file's order.

    A target that is a folder gets a file for each that the rows came from, under its name.
    Raises SettingError where that can't be.
    """
    _check(run, split)
    every = files_of(run)
    if target.is_dir():
        if split is not None:
            raise SettingError(
                f"--to names the folder {target}, which gets all splits: leave --split out, or "
                "name a file",
                field="to",
            )
        found = {target / name: own for name, own in every}
        if len(found) < len(every):
            raise SettingError(
                "two of the run's files have the same name: write one split after the other, "
                "with --split and a file",
                field="to",
            )
    else:
        found = {target: _chosen(run, every, split, target)}
    _spare_sources(run, found)
    return {place: text_of(rows, place.suffix.lower()) for place, rows in found.items()}


def files_of(run: Run) -> list[tuple[str, list[Sentence]]]:
    """Name and sentences of each file, in the file's order, the training file first.

    What the hub gives has a file for each split.
    """
    data, own = run.info.settings.data, _own_files(run)
    shared = [split for split in SPLITS if own[split] is None]
    if data.source.startswith(HUB):
        groups = [([split], f"{split}.jsonl") for split in shared]
    else:
        groups = [(shared, _written_as(data.source))]
    groups += [([split], _written_as(name)) for split, name in own.items() if name is not None]
    return [
        (name, _in_order(s for split in group for s in _sentences(run, split)))
        for group, name in groups
    ]


def _own_files(run: Run) -> dict[Split, str | None]:
    """The file of each split; None where its rows come from the source."""
    data = run.info.settings.data
    return {"train": None, "validation": data.validation, "test": data.test}


def text_of(sentences: list[Sentence], ending: str) -> str:
    """A file of these sentences, in the scheme they came in; BIO where they came in none.

    What stood in a CoNLL file stays to the byte, but for the tags of entities that changed.
    """
    came = [s.came for s in sentences if s.came]
    scheme: Scheme = scheme_of(came) if came else "BIO"
    if ending == ".jsonl":
        return "".join(_json_line(s, scheme) for s in sentences)
    return "".join(_conll(s, scheme) for s in sentences)


def _check(run: Run, split: str | None) -> None:
    if run.info.fingerprint is None:
        raise StoreError(f"{run.info.name!r} has no rows: its data was never loaded", field="run")
    if run.info.task != "token":
        raise SettingError(
            f"{run.info.name!r} classifies texts, and only tagged sentences are written back as "
            "data: use --what rows",
            field="what",
        )
    if split is not None and split not in SPLITS:
        raise SettingError(
            f"--split must be train, validation or test for data, got {split!r}", field="split"
        )


def _chosen(
    run: Run, every: list[tuple[str, list[Sentence]]], split: str | None, target: Path
) -> list[Sentence]:
    """What goes into one file."""
    if target.suffix.lower() not in ENDINGS:
        raise SettingError(
            f"--to must end in .conll or .jsonl for data, or be a folder, got {target.name!r}",
            field="to",
        )
    if split is not None:
        name = next(known for known in SPLITS if known == split)
        return _in_order(_sentences(run, name))
    if len(every) > 1:
        raise SettingError(
            f"{run.info.name!r} has rows of {len(every)} files: choose train, validation or test "
            "with --split, or name a folder, which gets them all",
            field="split",
        )
    return every[0][1]


def _spare_sources(run: Run, places: Iterable[Path]) -> None:
    """Raises SettingError where a file that the run was trained on would be written over."""
    data = run.info.settings.data
    given = (data.source, data.validation, data.test)
    own = {Path(name).expanduser().resolve() for name in given if name}
    for place in places:
        if place.resolve() in own:
            raise SettingError(
                f"--to would write over {place}, which the run was trained on: choose another "
                "place",
                field="to",
            )


def _sentences(run: Run, split: Split) -> Iterator[Sentence]:
    """The rows of a split."""
    rows, types = run.rows(split).rows(), run.classes[:-1]
    in_conll = _is_conll(_own_files(run)[split] or run.info.settings.data.source)
    words, tags = rows.words or (), rows.tags or ()
    for row, row_id in enumerate(rows.ids):
        source = rows.sources[row] if rows.sources else None
        spans = [Named(start, end, types[kind]) for start, end, kind in spans_of(tags[row])]
        if in_conll or source is None:  # then ids are FILE:LINE
            place, piece = int(row_id.rpartition(":")[2]), source
            came = _tags_in(source) if source else []
        else:
            (place, came), piece = as_it_came(source), None
        yield Sentence(row_id, list(words[row]), spans, place, piece, came)


def _in_order(sentences: Iterable[Sentence]) -> list[Sentence]:
    return sorted(sentences, key=lambda sentence: sentence.place)


def _is_conll(name: str) -> bool:
    return Path(name).suffix.lower() in conll.ENDINGS and not name.startswith(HUB)


def _written_as(name: str) -> str:
    """The name of a file, with the ending of what is written."""
    own = Path(name).name
    return own if _is_conll(name) else str(Path(own).with_suffix(".jsonl"))


def _tags_in(source: str) -> list[str]:
    """The tags that stand in a sentence's piece of its file."""
    lines = (fields_of(line) for line in source.split("\n"))
    return [
        fields[-1]
        for fields in lines
        if fields and (is_tag(fields[-1]) or not fields[0].startswith("#"))
    ]


def _conll(sentence: Sentence, scheme: Scheme) -> str:
    tags = _tags(sentence, scheme)
    if sentence.piece is None:
        check_words(sentence.id, sentence.words)
        lines = zip(sentence.words, tags, strict=True)
        return "".join(f"{word}\t{tag}\n" for word, tag in lines) + "\n"
    return with_tags(sentence.piece, tags)


def _tags(sentence: Sentence, scheme: Scheme) -> list[str]:
    """Tags that were repaired stand for the same entities, and stay as the file has them."""
    if sentence.came and spans_in(sentence.came) == sentence.spans:
        return sentence.came
    return to_scheme(sentence.spans, len(sentence.words), scheme)


def _json_line(sentence: Sentence, scheme: Scheme) -> str:
    tags = _tags(sentence, scheme)
    row = {"id": sentence.id, "tokens": sentence.words, "ner_tags": tags}
    return json.dumps(row, ensure_ascii=False) + "\n"
