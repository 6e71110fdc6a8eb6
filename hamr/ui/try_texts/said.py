"""What a model says of one text, in one form for classes and for entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hamr.inference.words import words_of
from hamr.jobs.trying import Tried
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.try_texts.tags import Above, entities_above
from hamr.views.try_texts.bars import percentage
from hamr.views.try_texts.changes import kept_words
from hamr.views.try_texts.sentences import Tagged
from hamr.views.try_texts.table import sentence_of

MOST_ASKED = 300  # words of a sentence that can be asked about one by one


@dataclass(frozen=True)
class Target:
    """What probabilities and words are shown of: a class; or the words of an entity."""

    id: int  # the class, or the first word
    name: str
    outputs: tuple[int, ...]  # the class; or the tag of each of the words
    words: tuple[int, int] | None = None  # the first of them, and the one after the last


@dataclass(frozen=True)
class Said:
    """What the model says of a text."""

    text: str
    words: tuple[str, ...]
    names: tuple[str, ...]  # of the classes; or of the entity types, with none as the last
    verdict: str
    targets: tuple[Target, ...]  # the first one is shown at first
    sentence: Tagged | None
    _probabilities: np.ndarray

    def probabilities(self, target: Target) -> np.ndarray:
        """Those of `names`, [C]."""
        if self.sentence is None or target.words is None:
            return self._probabilities
        return self.sentence.of_words(*target.words)

    def above(self, target: Target | None) -> Sequence[Above]:
        """The entities that are named above the words."""
        if self.sentence is None:
            return ()
        return entities_above(self.sentence, None if target is None else target.words)

    def same(self, target: Target, after: Said) -> Target | None:
        """The target of a text that was changed from this one, here; None where it has none."""
        if target.words is None or self.sentence is None:
            return target
        kept = kept_words(self.words, after.words)
        first, end = target.words
        places = [kept.get(place) for place in range(first, end)]
        there = [place for place in places if place is not None]
        if len(there) < len(places) or there[-1] - there[0] + 1 != len(there):
            return None
        tags = self.sentence.tags[there[0] : there[-1] + 1]
        return Target(there[0], target.name, tuple(tags.tolist()), (there[0], there[-1] + 1))


def said_of(run: Run, tried: Tried, number: int) -> Said:
    """What the model says of the text of that number."""
    if features(run.info.task).entities:
        return _of_sentence(run, tried, number)
    return _of_text(tried, number)


def _of_text(tried: Tried, number: int) -> Said:
    predictions, text = tried.predictions, tried.texts[number]
    own = predictions.probabilities[number]
    best, outputs = int(predictions.numbers[number]), predictions.outputs
    order = np.argsort(-own, kind="stable").tolist()
    return Said(
        text=text,
        words=tuple(words_of(text)),
        names=outputs,
        verdict=f"{outputs[best]}, {percentage(float(own[best]))}",
        targets=tuple(Target(place, outputs[place], (place,)) for place in order),
        sentence=None,
        _probabilities=own,
    )


def _of_sentence(run: Run, tried: Tried, number: int) -> Said:
    sentence = sentence_of(run, tried, number)
    spans, tags = sentence.spans, sentence.tags
    covered = {place for span in spans for place in range(span.start, span.end)}
    targets = [
        Target(
            span.start,
            f"{sentence.text_of(span)} ({sentence.types[span.type]}, word {span.start + 1})",
            tuple(tags[span.start : span.end].tolist()),
            (span.start, span.end),
        )
        for span in spans
    ]
    # The words that nearly were an entity come first.
    rest = [place for place in range(len(sentence.words)) if place not in covered]
    rest.sort(key=lambda place: float(sentence.probabilities[place, 0]))
    targets += [
        Target(place, f"{sentence.words[place]} (word {place + 1})", (0,), (place, place + 1))
        for place in rest[:MOST_ASKED]
    ]
    count = len(spans)
    found = "1 entity" if count == 1 else f"{count or 'No'} entities"
    return Said(
        text=tried.texts[number],
        words=sentence.words,
        names=sentence.names,
        verdict=f"{found}: {sentence.in_words()}" if count else "No entity is predicted",
        targets=tuple(targets),
        sentence=sentence,
        _probabilities=np.zeros(len(sentence.names), np.float32),
    )
