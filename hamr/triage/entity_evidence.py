"""Evidence sentences for tagged sentences, with numbers that a person can check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamr.triage.evidence import shares_label
from hamr.triage.percentile_rank import percent, rank_sentence, two_digits
from hamr.triage.sentence_issue_types import MISLABELLED, SentenceIssues, tag_in_words, type_of
from hamr.triage.span_edits import ADD, EXTEND, JOIN, REMOVE, RETYPE, TRIM

BORDERS = (EXTEND, TRIM, JOIN)
MOST_WORDS = 8  # of a doubtful entity that are quoted


def entity_evidence_sentences(
    found: SentenceIssues, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> list[str]:
    """Sentences about one row, the most informative first; type names are between backticks.

    `words` are the row's own, `classes` the run's: the entity types and "no entity".
    """
    sentences = [
        _suspected(found, row, words, classes),
        _other_occurrences(found, row, words, classes),
        _model(found, row, classes),
        _statistics(found, row, classes),
        _difficulty(found, row),
        _mistakes(found, row, words),
        _twin(found, row),
        _rarest(found, row, classes),
        _verdict(found, row, words, classes),
    ]
    return [sentence for sentence in sentences if sentence]


def _suspected(
    found: SentenceIssues, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> str:
    """Which words are doubtful, and their label in the file."""
    start, end, _ = found.suspected(row)
    phrase, first = _quoted(words, start, end), int(found.statistics.starts[row])
    label = tag_in_words(int(found.statistics.own[first + start]), classes)
    at_border = found.label_errors.edit.kind[row] in BORDERS
    where = ", where it begins or ends" if at_border else ""
    return f"most doubtful: {phrase}, labelled {label} in the file{where}"


def _quoted(words: Sequence[str], start: int, end: int) -> str:
    """Some words between quotation marks, shortened where they are many."""
    phrase = " ".join(words[start : min(end, start + MOST_WORDS)])
    return f"“{phrase} …”" if end - start > MOST_WORDS else f"“{phrase}”"


def _other_occurrences(
    found: SentenceIssues, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> str:
    """How the worst word is tagged at all its other occurrences."""
    word, own = _worst_word(found, row, words), _own_tag(found, row)
    tags = found.statistics.other_tags(int(found.label_errors.worst[row]))
    if not len(tags):
        return f"{word} occurs nowhere else"
    counts = np.bincount(tags, minlength=found.statistics.log_p.shape[1])
    most = int(counts.argmax())
    position = _differ_in_position(most, own)
    if not position:  # then it does not matter whether a word is the first or a further one
        counts[1::2] += counts[2::2]
        counts[2::2] = counts[1::2]
        most = int(counts.argmax())
    sentence = (
        f"{word} is {tag_in_words(most, classes, position=position)} in {counts[most]:,} of "
        f"{len(tags):,} other places"
    )
    if not position and type_of(most) == type_of(own):
        return sentence
    return f"{sentence}, {shares_label(int(counts[own]))}"


def _model(found: SentenceIssues, row: int, classes: tuple[str, ...]) -> str:
    """What the model predicts now, how surely, and since which epoch without a break."""
    worst, own = int(found.label_errors.worst[row]), _own_tag(found, row)
    predicted = found.signals.predictions(worst)
    if predicted is None:
        return ""
    now, (chance, own_chance) = int(predicted[-1]), found.signals.last(worst)
    others = np.flatnonzero(predicted != now)
    first = int(others[-1]) + 2 if len(others) else 1
    since = f" (since epoch {first})" if len(predicted) > 1 else ""
    if row >= found.statistics.trained:
        since = " (it was not trained on this sentence)"
    if now == own:
        return f"the model gives the current label {percent(chance)}{since}"
    tag = tag_in_words(now, classes, position=_differ_in_position(now, own))
    return (
        f"the model gives {tag} {percent(chance)}{since}, the current label {percent(own_chance)}"
    )


def _statistics(found: SentenceIssues, row: int, classes: tuple[str, ...]) -> str:
    """What the other sentences suggest for the worst word in its context."""
    log_p = found.statistics.both[found.label_errors.worst[row]]
    p = np.exp(log_p - log_p.max()).astype(float)
    best, own = int(p.argmax()), _own_tag(found, row)
    tag = tag_in_words(best, classes, position=_differ_in_position(best, own))
    return (
        "in other sentences this word and the words around it suggest "
        f"{tag} ({percent(float(p[best] / p.sum()))})"
    )


def _difficulty(found: SentenceIssues, row: int) -> str:
    """The sentence's rank by hardness; nothing of a sentence that no step draws."""
    if row >= found.statistics.trained:
        return ""
    has_hardness = found.difficulty is found.signals.hardness
    return rank_sentence(found.percentile_rank[:, row], "sentences", hardness=has_hardness)


def _mistakes(found: SentenceIssues, row: int, words: Sequence[str]) -> str:
    """After how many epochs the model disagreed with the worst word's tag."""
    worst = int(found.label_errors.worst[row])
    if row >= found.statistics.trained:
        return ""
    predicted = found.signals.prediction[:, worst]
    wrong, count = int((predicted != _own_tag(found, row)).sum()), len(predicted)
    epochs = "epoch" if count == 1 else "epochs"
    loss = float(found.signals.loss[:, worst].mean(dtype=float))
    word = _worst_word(found, row, words)
    return f"model disagreed on {word} after {wrong} of {count} {epochs}, mean loss {loss:.2f} nats"


def _twin(found: SentenceIssues, row: int) -> str:
    """Whether the sentence of the same words, if any, has the same entities."""
    if found.statistics.twins[row] < 0:
        return ""
    entities = "the same" if found.statistics.same_tags[row] else "different"
    return f"another sentence has the same words and {entities} entities"


def _rarest(found: SentenceIssues, row: int, classes: tuple[str, ...]) -> str:
    """How many entities there are of the rarest type in the sentence."""
    first, end = np.searchsorted(found.spans.row, (row, row + 1))
    held, total = found.spans.type[first:end], int(found.type_counts.sum())
    if not len(held):
        return ""
    rarest = int(held[found.type_counts[held].argmin()])
    count = int(found.type_counts[rarest])
    return f"`{classes[rarest]}` has {count:,} of {total:,} entities ({100 * count / total:.1f} %)"


def _verdict(
    found: SentenceIssues, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> str:
    """The label-error probability, and the edit that would mend a likely mislabelled sentence."""
    errors, first = found.label_errors, int(found.statistics.starts[row])
    sentence = f"estimated probability that an entity is wrong: {two_digits(errors.p_wrong[row])}"
    if found.issue_type[row] != MISLABELLED:
        return sentence
    kind, type_ = int(errors.edit.kind[row]), int(errors.edit.type[row])
    if kind == REMOVE:
        return f"{sentence}; most likely this is no entity"
    if kind == RETYPE:
        return f"{sentence}; most likely it is `{classes[type_]}`"
    if kind == ADD:
        return f"{sentence}; most likely a `{classes[type_]}` is missing"
    phrase = _quoted(words, int(errors.edit.start[row]) - first, int(errors.edit.end[row]) - first)
    return f"{sentence}; most likely the `{classes[type_]}` is {phrase}"


def _own_tag(found: SentenceIssues, row: int) -> int:
    """The tag of the sentence's worst word."""
    return int(found.statistics.own[found.label_errors.worst[row]])


def _differ_in_position(tag: int, own: int) -> bool:
    """Whether two tags have the same type and differ only in first or further word."""
    return tag != own and type_of(tag) == type_of(own)


def _worst_word(found: SentenceIssues, row: int, words: Sequence[str]) -> str:
    """The worst word between quotation marks."""
    first = int(found.statistics.starts[row])
    return f"“{words[int(found.label_errors.worst[row]) - first]}”"
