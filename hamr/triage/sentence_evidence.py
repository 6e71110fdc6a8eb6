"""Why a tagged sentence reads as it does, in sentences with numbers that a person can check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamr.triage.sentence_readings import MISLABELLED, SentenceTriage, kind_of, tag_in_words
from hamr.triage.standing import since

MOST_WORDS = 8  # of a suspected entity that are said


def sentence_evidence(
    found: SentenceTriage, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> list[str]:
    """Sentences on one row, the most telling ones first; types are put between backticks.

    `words` are the row's own, `classes` the run's: the entity types and "no entity".
    """
    told = [
        _suspected(found, row, words, classes),
        _elsewhere(found, row, words, classes),
        _model(found, row, words, classes),
        _views(found, row, classes),
        _difficulty(found, row),
        _mistakes(found, row, words),
        _twin(found, row),
        _rarest(found, row, classes),
        _verdict(found, row, classes),
    ]
    return [sentence for sentence in told if sentence]


def _suspected(
    found: SentenceTriage, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> str:
    """Which words are in question, and what they are in the file."""
    start, end, _ = found.suspected(row)
    phrase = " ".join(words[start : min(end, start + MOST_WORDS)])
    phrase += " …" if end - start > MOST_WORDS else ""
    own = int(found.around.own[found.suspicion.worst[row]])
    return f"most doubtful is “{phrase}”, which is {tag_in_words(own, classes)} in the file"


def _elsewhere(
    found: SentenceTriage, row: int, words: Sequence[str], classes: tuple[str, ...]
) -> str:
    """What the worst word is at all other places where it stands."""
    word = _worst_word(found, row, words)
    tags = found.around.others(int(found.suspicion.worst[row]))
    if not len(tags):
        return f"{word} stands nowhere else"
    own = int(found.around.own[found.suspicion.worst[row]])
    counts = np.bincount(tags, minlength=found.around.says.shape[1])
    most = int(counts.argmax())
    place = most != own and kind_of(most) == kind_of(own)
    if not place:  # where in an entity it stands is of no interest then: B and I are one
        counts[1::2] += counts[2::2]
        counts[2::2] = counts[1::2]
        most = int(counts.argmax())
    told = (
        f"{word} is {tag_in_words(most, classes, place=place)} in {counts[most]:,} of "
        f"{len(tags):,} other places"
    )
    if not place and kind_of(most) == kind_of(own):
        return told
    return f"{told}, and as it is here in {counts[own] or 'none'}"


def _model(found: SentenceTriage, row: int, words: Sequence[str], classes: tuple[str, ...]) -> str:
    """What the model reads now, how surely, and since when without a break."""
    worst = int(found.suspicion.worst[row])
    read, own = found.learned.prediction[:, worst].astype(int), int(found.around.own[worst])
    now, chance = int(read[-1]), float(found.learned.probability[-1, worst])
    place = now != own and kind_of(now) == kind_of(own)
    others = np.flatnonzero(read != now)
    first = int(others[-1]) + 2 if len(others) else 1
    told = f"the model reads {tag_in_words(now, classes, place=place)} with {chance:.2f}"
    told += f", as since epoch {first}" if len(read) > 1 else ""
    return told if now == own else f"{told}, and the file's with {_own_chance(found, worst):.2f}"


def _own_chance(found: SentenceTriage, word: int) -> float:
    return float(np.exp(-float(found.learned.loss[-1, word])))


def _views(found: SentenceTriage, row: int, classes: tuple[str, ...]) -> str:
    """What the other sentences' words say of this one and of the words beside it."""
    worst = int(found.suspicion.worst[row])
    says = np.exp(found.around.says[worst] - found.around.says[worst].max()).astype(float)
    best = int(says.argmax())
    own = int(found.around.own[worst])
    place = best != own and kind_of(best) == kind_of(own)
    return (
        "by this word and those beside it the other sentences say "
        f"{tag_in_words(best, classes, place=place)} with {says[best] / says.sum():.2f}"
    )


def _difficulty(found: SentenceTriage, row: int) -> str:
    """Its place among the sentences by hardness."""
    learned = found.difficulty is found.learned.hardness
    return since(found.standing[:, row], "sentences", hardness=learned)


def _mistakes(found: SentenceTriage, row: int, words: Sequence[str]) -> str:
    """At how many epochs the model read the worst word otherwise."""
    worst = int(found.suspicion.worst[row])
    read = found.learned.prediction[:, worst]
    wrong, count = int((read != found.around.own[worst]).sum()), len(read)
    epochs = "epoch" if count == 1 else "epochs"
    loss = float(found.learned.loss[:, worst].mean(dtype=float))
    word = _worst_word(found, row, words)
    return f"{word} read otherwise after {wrong} of {count} {epochs}, mean loss {loss:.2f} nats"


def _twin(found: SentenceTriage, row: int) -> str:
    """The sentence of the same words, and whether its entities are the same."""
    if found.around.twins[row] < 0:
        return ""
    same = "the same" if found.around.alike[row] else "other"
    return f"another sentence has the same words and {same} entities"


def _rarest(found: SentenceTriage, row: int, classes: tuple[str, ...]) -> str:
    """How many entities there are of the rarest type that the sentence holds."""
    first, end = np.searchsorted(found.spans.row, (row, row + 1))
    held, total = found.spans.type[first:end], int(found.type_counts.sum())
    if not len(held):
        return ""
    rarest = int(held[found.type_counts[held].argmin()])
    count = int(found.type_counts[rarest])
    return f"`{classes[rarest]}` has {count:,} of {total:,} entities ({100 * count / total:.1f} %)"


def _verdict(found: SentenceTriage, row: int, classes: tuple[str, ...]) -> str:
    """All taken together, and for a likely mistake its kind."""
    told = f"all in all an entity is wrong here with {float(found.suspicion.wrong[row]):.2f}"
    if found.reading[row] != MISLABELLED:
        return told
    own, other = (
        kind_of(tag)
        for tag in (found.around.own[found.suspicion.worst[row]], found.suspicion.other[row])
    )
    if own == other:
        return f"{told}, most likely where `{classes[own]}` begins or ends"
    if own < 0:
        return f"{told}, most likely a `{classes[other]}` is missing"
    if other < 0:
        return f"{told}, most likely this is no entity or a shorter one"
    return f"{told}, most likely it is `{classes[other]}`"


def _worst_word(found: SentenceTriage, row: int, words: Sequence[str]) -> str:
    """The worst word between quotation marks."""
    first = int(found.around.starts[row])
    return f"“{words[int(found.suspicion.worst[row]) - first]}”"
