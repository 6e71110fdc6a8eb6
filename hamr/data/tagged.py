"""Tagged sentences: from their sources to a data set of a token task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from hamr.columns import Column
from hamr.config import DataSettings
from hamr.data.fingerprint import tagged_fingerprint
from hamr.data.ids import prefixes
from hamr.data.lookalikes import (
    bare,
    has_ink,
    lookalike_notices,
    lookalikes,
    seen_apart,
    visible,
)
from hamr.data.sametext import LEAKED, leaking, together, without_leaks
from hamr.data.select import check_ids
from hamr.data.splits import split_rows
from hamr.data.tagged_rows import Source, read_sources
from hamr.entities import NO_ENTITY, Span, mention_counts, row_label, spans_of, tags_of
from hamr.errors import DataError
from hamr.files.conll.reader import Sentence
from hamr.files.schemes import Named, faults, scheme_of, spans_in
from hamr.files.table import in_words, quoted
from hamr.records import SPLITS, Dataset, Rows, Split

Parts = dict[Split, tuple[Split, np.ndarray]]  # whose file holds a split, and which of its rows
Entities = dict[Split, list[list[Named]]]


def load_tagged(settings: DataSettings) -> Dataset:
    """The tagged sentences of a source, checked, split and ready to train on.

    Raises DataError or ColumnError with file, line, value, rule and remedy. Tags that break the
    scheme, and types without training rows, are errors, or repaired with a notice if
    `settings.repair` is set.
    """
    given = read_sources(settings)
    notices = [notice for source in given.values() for notice in source.notices]
    for split, source in given.items():
        notices += _repaired(split, source, settings.repair)
        notices += _unseen(source)
    spans: Entities = {
        split: [spans_in(s.tags) for s in of.sentences] for split, of in given.items()
    }
    types = tuple(sorted({span.type for own in spans["train"] for span in own}))
    notices += lookalike_notices(types, "types")
    if not types:
        raise DataError(f"{given['train'].name} has no entity: all tags are O", field="source")
    for split in given:
        notices += _without_unknown(split, given[split], spans[split], types, settings.repair)
    return _assemble(given, spans, types, settings, notices)


def _repaired(split: Split, source: Source, repair: bool) -> list[str]:
    """The notice on tags that break the file's scheme; DataError unless `repair` is set.

    The tags need no change: entities are read from them as seqeval reads them.
    """
    scheme = scheme_of(s.tags for s in source.sentences)
    broken = [
        (source.place(s, place), s.tags[place])
        for s in source.sentences
        for place in faults(s.tags, scheme)
    ]
    if not broken:
        return []
    line, tag = broken[0]
    if not repair:
        more = f" (so do {len(broken) - 1:,} others)" if len(broken) > 1 else ""
        raise DataError(
            f"{source.name}, {source.unit} {line:,}: {bare(tag)} breaks the scheme {scheme}, which "
            f"the file follows elsewhere{more}: correct it, or repair such tags (--repair true): "
            "an I that continues no entity then begins one",
            field="repair",
        )
    return [f"tags that break the scheme {scheme} are repaired: {source.where(broken)}"]


def _unseen(source: Source) -> list[str]:
    """The notice on invisible words, such as a zero-width space; tokenizers drop them."""
    places = [
        (source.place(s, place), word)
        for s in source.sentences
        for place, word in enumerate(s.words)
        if not has_ink(word)
    ]
    if not places:
        return []
    return [f"words without a visible character are read as unknown words: {source.where(places)}"]


def _without_unknown(
    split: Split, source: Source, spans: list[list[Named]], types: Sequence[str], repair: bool
) -> list[str]:
    """Remove, in place, entities of types without training rows; DataError unless `repair`."""
    known, unknown = {*types}, []
    for sentence, own in zip(source.sentences, spans, strict=True):
        strange = [span for span in own if span.type not in known]
        unknown += [(source.place(sentence, span.start), span.type) for span in strange]
        own[:] = [span for span in own if span.type in known]
    if not unknown:
        return []
    if not repair:
        others = len({kind for _, kind in unknown}) - 1
        more = f", as do {others:,} more types" if others > 1 else ""
        more = ", as does another type" if others == 1 else more
        group = next((g for g in lookalikes([*types, unknown[0][1]]) if unknown[0][1] in g), ())
        alike = f", and {in_words(seen_apart(group))} look alike" if group else ""
        raise DataError(
            f"{source.name}, {source.unit} {unknown[0][0]:,}: the type {visible(unknown[0][1])} "
            f"occurs only in the {split} rows{more}; the training types are "
            f"{quoted(types, 12)}{alike}: correct it, add training rows with it, or ignore such "
            "entities (--repair true)",
            field=split,
        )
    return [
        "entities of types without training rows are ignored and not scored: "
        f"{source.where(unknown)}"
    ]


def _assemble(
    given: dict[Split, Source],
    spans: Entities,
    types: tuple[str, ...],
    settings: DataSettings,
    notices: list[str],
) -> Dataset:
    number = {kind: i for i, kind in enumerate(types)}
    numbered = {
        split: [[Span(a, b, number[kind]) for a, b, kind in own] for own in every]
        for split, every in spans.items()
    }
    tags = {
        split: [
            tags_of(own, len(s.words))
            for s, own in zip(given[split].sentences, numbered[split], strict=True)
        ]
        for split in given
    }
    counts = mention_counts(tags["train"], len(types))
    labels = {
        split: np.array([row_label(own, counts) for own in every], np.int32)
        for split, every in numbered.items()
    }
    if settings.id_column is not None:
        check_ids([_named(source) for source in given.values()])
    make_sentence_ids_unique(given)
    parts, said = _parts(given, labels["train"], settings)
    leaks, leaked = _leaks(given, tags["train"], parts, types, settings)
    rows = {
        split: _rows(given[source].sentences, tags[source], labels[source], chosen, settings)
        for split, (source, chosen) in parts.items()
    }
    classes = (*types, NO_ENTITY)
    return Dataset(
        given["train"].name, "token", classes, rows["train"], rows["validation"], rows["test"],
        tagged_fingerprint(classes, rows), (*notices, *said, *leaked), leaks,
    )  # fmt: skip


def _named(source: Source) -> tuple[str, list[str], list[int]]:
    """A source's name, and the id and the place of each of its sentences."""
    own = source.sentences
    return source.name, [sentence.id for sentence in own], [sentence.line for sentence in own]


def _leaks(
    given: dict[Split, Source],
    tags: Sequence[np.ndarray],
    parts: Parts,
    types: tuple[str, ...],
    settings: DataSettings,
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The training rows that are left out, and why, with a notice; they are taken out of `parts`.

    `tags` are those of all sentences that come with the training rows.
    """
    if not settings.remove_leaks:
        return (), ()
    texts = {split: [" ".join(given[source].sentences[i].words) for i in chosen]
             for split, (source, chosen) in parts.items()}  # fmt: skip
    chosen, kept = parts["train"][1], ~leaking(texts)
    held = [{span.type for span in spans_of(tags[row])} for row in chosen]
    members = np.array([[kind in own for kind in range(len(types))] for own in held])
    notices = without_leaks(kept, members, types)
    parts["train"] = "train", chosen[kept]
    sentences = given["train"].sentences
    return tuple((sentences[row].id, LEAKED) for row in chosen[~kept]), notices


def make_sentence_ids_unique(given: dict[Split, Source]) -> None:
    """Make ids unique, in place: those that splits share get the split's name before them."""
    before = prefixes({split: [s.id for s in own.sentences] for split, own in given.items()})
    for split, source in given.items():
        for sentence in source.sentences:
            sentence.id = f"{before[split]}{sentence.id}"


def _parts(
    given: dict[Split, Source], labels: np.ndarray, settings: DataSettings
) -> tuple[Parts, tuple[str, ...]]:
    """For each split the one whose file holds its rows, and which of these they are; notices."""
    shares = {"validation": settings.validation_share, "test": settings.test_share}
    missing = [split for split in SPLITS[1:] if split not in given]
    out = [shares[split] for split in missing]
    sentences = given["train"].sentences
    own = [s.group for s in sentences if s.group is not None] or None
    kin = together([" ".join(s.words) for s in sentences], own, settings)
    groups = kin.groups
    part = split_rows(labels, [1 - sum(out), *out], seed=settings.split_seed, groups=groups)
    found: Parts = {"train": ("train", np.flatnonzero(part == 0))}
    for split in SPLITS[1:]:
        if split in given:
            found[split] = split, np.arange(len(given[split].sentences))
        else:
            found[split] = "train", np.flatnonzero(part == 1 + missing.index(split))
        if not len(found[split][1]):
            what = "groups of sentences" if groups else "sentences"
            raise DataError(
                f"{len({*groups}) if groups else len(labels):,} {what} are too few to hold "
                f"out {split} rows: provide at least 3, or a {split} file",
                field="group_column" if groups else "source",
            )
    return found, kin.notices


def _rows(
    sentences: Sequence[Sentence],
    tags: Sequence[np.ndarray],
    labels: np.ndarray,
    chosen: np.ndarray,
    settings: DataSettings,
) -> Rows:
    own = [sentences[i] for i in chosen]
    return Rows(
        ids=tuple(s.id for s in own),
        texts=tuple(" ".join(s.words) for s in own),
        labels=labels[chosen],
        groups=tuple(_groups(own)) or None,
        words=tuple(tuple(s.words) for s in own),
        tags=tuple(tags[i] for i in chosen),
        sources=tuple(s.source for s in own) if own[0].source else None,
        metadata={name: Column.of(s.about.get(name) for s in own) for name in settings.metadata},
    )


def _groups(sentences: Sequence[Sentence]) -> Iterator[str]:
    return (s.group for s in sentences if s.group is not None)
