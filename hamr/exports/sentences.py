"""A run's tagged sentences as the files they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hamr.columns import apart
from hamr.data.readers import is_conll
from hamr.data.tagged_rows import as_it_came
from hamr.decisions import CurrentLabels, Label
from hamr.entities import spans_of
from hamr.errors import SettingError
from hamr.files.conll import reader as conll
from hamr.files.conll.lines import BLANKS, DOCUMENT
from hamr.files.conll.tags import tags_in, with_tags
from hamr.files.schemes import Named, Scheme, scheme_of, spans_in, to_scheme
from hamr.records import Split
from hamr.store import Run

ENDINGS = (".conll", ".jsonl")


@dataclass(frozen=True)
class Sentence:
    """A row as it is written."""

    id: str
    words: list[str]
    spans: list[Named]
    place: int  # in its file
    piece: str | None  # its piece of a CoNLL file, if it is from one
    came: list[str]  # its original tags; empty where they were not kept
    about: Mapping[str, str | None] = field(default_factory=dict)  # its metadata


def text(run: Run, splits: Sequence[Split], ending: str, current: CurrentLabels) -> str:
    """Write the rows of these splits, in their file's order, with corrected entities.

    Raises SettingError for an ending that sentences can't be written to.
    """
    if ending not in (*ENDINGS, *conll.ENDINGS, *conll.MAYBE_TAGGED):
        raise SettingError(
            f"sentences are written to a .conll or .jsonl file, or into a folder, got {ending!r}",
            field="to",
        )
    return text_of(_all(run, splits, current), ending)


def tags(run: Run, splits: Sequence[Split], current: CurrentLabels) -> dict[str, list[str]]:
    """The tags of the sentences whose entities are corrected, in the scheme of their file."""
    every = _all(run, splits, current)
    scheme = _scheme(every)
    return {s.id: _tags(s, scheme) for s in every if s.id in current.decided}


def _all(run: Run, splits: Sequence[Split], current: CurrentLabels) -> list[Sentence]:
    found = (sentence for split in splits for sentence in _sentences(run, split, current))
    return sorted(found, key=lambda sentence: sentence.place)


def text_of(sentences: list[Sentence], ending: str) -> str:
    """The text of a file of these sentences, in their original scheme; BIO if they had none.

    Text from a CoNLL file is identical to the byte, except for the tags of changed entities.
    """
    scheme = _scheme(sentences)
    if ending == ".jsonl":
        return "".join(_json_line(s, scheme) for s in sentences)
    return "".join(_conll(s, scheme) for s in sentences)


def check_words(row_id: str, words: Sequence[str]) -> None:
    """Raise SettingError for a word that CoNLL columns can't contain."""
    for word in words:
        odd = any(mark in word for mark in "\t\r\n\0") or word.startswith((DOCUMENT, "\ufeff"))
        if odd or not word.strip(" "):
            raise SettingError(
                f"{row_id} has the word {word!r}, which a CoNLL column can't contain: write .jsonl",
                field="to",
            )


def _sentences(run: Run, split: Split, current: CurrentLabels) -> Iterator[Sentence]:
    """The rows of a split."""
    rows, types = run.rows(split).rows(), run.classes[:-1]
    data = run.info.settings.data
    in_conll = is_conll(
        {"validation": data.validation, "test": data.test}.get(split) or data.source
    )
    words, tags = rows.words or (), rows.tags or ()
    index = {row_id: row for row, row_id in enumerate(rows.ids)}
    metadata = {name: list(column) for name, column in rows.metadata.items()}

    def original(row_id: str) -> Label:
        return tuple((s.start, s.end, types[s.type]) for s in spans_of(tags[index[row_id]]))

    for row, row_id in enumerate(rows.ids):
        source = rows.sources[row] if rows.sources else None
        label = current.label(row_id, original)
        spans = [] if isinstance(label, str) else [Named(*span) for span in label]
        if in_conll or source is None:  # then ids are FILE:LINE
            place, piece = int(row_id.rpartition(":")[2]), source
            came = tags_in(source) if source else []
        else:
            (place, came), piece = as_it_came(source), None
        about = {name: values[row] for name, values in metadata.items()}
        yield Sentence(row_id, list(words[row]), spans, place, piece, came, about)


def _scheme(sentences: Sequence[Sentence]) -> Scheme:
    came = [_bare(s.came) for s in sentences if s.came]
    return scheme_of(came) if came else "BIO"


def _conll(sentence: Sentence, scheme: Scheme) -> str:
    tags = _tags(sentence, scheme)
    if sentence.piece is None:
        check_words(sentence.id, sentence.words)
        lines = zip(sentence.words, tags, strict=True)
        return "".join(f"{word}\t{tag}\n" for word, tag in lines) + "\n"
    return with_tags(sentence.piece, tags)


def _tags(sentence: Sentence, scheme: Scheme) -> list[str]:
    """Its tags in the file if they mean its entities, even where they were repaired; else new."""
    came = sentence.came
    if came and sentence.spans in (spans_in(came), spans_in(_bare(came))):
        return came
    return to_scheme(sentence.spans, len(sentence.words), scheme)


def _bare(tags: Sequence[str]) -> list[str]:
    return [tag.strip(BLANKS) for tag in tags]


def _json_line(sentence: Sentence, scheme: Scheme) -> str:
    tags = _tags(sentence, scheme)
    row: dict[str, Any] = {"id": sentence.id, "tokens": sentence.words, "ner_tags": tags}
    called = apart(sentence.about, row.keys())
    row |= {called[name]: value for name, value in sentence.about.items()}
    return json.dumps(row, ensure_ascii=False) + "\n"
