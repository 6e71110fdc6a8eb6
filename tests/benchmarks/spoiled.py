"""Entities spoiled on purpose, and what cleanlab makes of the sentences that hold them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from cleanlab.token_classification.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from hamr.entities import Span, spans_of, tags_of

KINDS = ("type", "dropped", "spurious", "border", "mixed")
RANKINGS = ("self_confidence", "normalized_margin")
# Of cross-validation; of L-BFGS: stopped so early, cleanlab's rankings are better than after 8 or
# 60 rounds, as the model has not yet learned what is wrong.
FOLDS, ROUNDS = 3, 15

Sentences = Sequence[np.ndarray]


def spoiled(
    tags: Sentences, kind: str, share: float, types: int, random: np.random.Generator
) -> list[np.ndarray]:
    """The tags of n sentences with some entities made wrong.

    type: `share` of the entities get another type, each as likely; dropped: they are entities no
    longer; border: one of their borders moves by a word; spurious: `share` of the sentences get
    an entity at words that have none, of the type of some sentence's first one and at most as
    long; mixed: a quarter of the share of each.
    """
    if kind == "mixed":
        for one in KINDS[:-1]:
            tags = spoiled(tags, one, share / 4, types, random)
        return list(tags)
    spans = [spans_of(sentence) for sentence in tags]
    places = [(row, place) for row, own in enumerate(spans) for place in range(len(own))]
    if kind == "spurious":
        rows = random.choice(len(tags), round(share * len(tags)), replace=False)
        for row in rows:
            like = spans[places[random.integers(len(places))][0]][0]
            spans[row] = _with_spurious(spans[row], tags[row], like, random)
    else:
        for which in random.choice(len(places), round(share * len(places)), replace=False):
            row, place = places[which]
            own = spans[row][place]
            others = [span for span in spans[row] if span is not own and span is not None]
            spans[row][place] = _changed(own, others, len(tags[row]), kind, types, random)
    return [
        tags_of([span for span in own if span is not None], len(sentence))
        for own, sentence in zip(spans, tags, strict=True)
    ]


def _changed(
    span: Span, others: list[Span], words: int, kind: str, types: int, random: np.random.Generator
) -> Span | None:
    """The entity made wrong; as it was where no border can move."""
    start, end, type_ = span
    if kind == "type":
        return Span(start, end, int(type_ + random.integers(1, types)) % types)
    if kind == "dropped":
        return None
    moved = [(start - 1, end), (start + 1, end), (start, end - 1), (start, end + 1)]
    free = [
        Span(a, b, type_)
        for a, b in moved
        if 0 <= a < b <= words and not any(a < o.end and o.start < b for o in others)
    ]
    return free[random.integers(len(free))] if free else span


def _with_spurious(
    spans: list[Span], tags: np.ndarray, like: Span, random: np.random.Generator
) -> list[Span]:
    """One more entity where the sentence has none; as it was where all words are taken."""
    free = np.flatnonzero(tags == 0)
    if not len(free):
        return spans
    start = int(random.choice(free))
    end = start + 1
    while end < min(len(tags), start + like.end - like.start) and tags[end] == 0:
        end += 1
    return [*spans, Span(start, end, like.type)]


def wrong_sentences(before: Sentences, after: Sentences) -> np.ndarray:
    """Which sentences hold other entities than before, [n] bool."""
    pairs = zip(before, after, strict=True)
    return np.array([spans_of(one) != spans_of(other) for one, other in pairs])


def out_of_fold(vectors: np.ndarray, tags: Sentences, tag_count: int) -> list[np.ndarray]:
    """Probabilities [w, T] of each sentence's words, by logistic regression on other sentences."""
    flat, widths = np.concatenate(tags).astype(int), [len(one) for one in tags]
    sentence = np.repeat(np.arange(len(tags)), widths)
    found = np.full((len(flat), tag_count), 1e-9)
    scaled = (vectors - vectors.mean(0)) / (vectors.std(0) + 1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rounds that end before the last digit is stable
        for learn, hold in GroupKFold(FOLDS).split(scaled, flat, sentence):
            model = LogisticRegression(max_iter=ROUNDS).fit(scaled[learn], flat[learn])
            found[np.ix_(hold, model.classes_)] = model.predict_proba(scaled[hold])
    return np.split(found / found.sum(1, keepdims=True), np.cumsum(widths)[:-1])


def cleanlab_rankings(tags: Sentences, chances: list[np.ndarray]) -> dict[str, np.ndarray]:
    """cleanlab's scores of sentences by name, each the higher the likelier an entity is wrong."""
    labels = [one.astype(int).tolist() for one in tags]
    return {
        name: -get_label_quality_scores(labels, chances, token_score_method=name)[0]
        for name in RANKINGS
    }
