"""What a page or a command can offer for a task."""

from __future__ import annotations

from dataclasses import dataclass

from hamr.records import Task


@dataclass(frozen=True)
class Features:
    """What there is for the rows of a task."""

    # Each row has one class and one predicted class, which can be compared.
    one_class_a_row: bool
    # Rows hold entities: the map of entity mentions, and editing spans.
    entities: bool
    # The kinds of mistakes of each row are recorded (signal "errors").
    mistake_kinds: bool
    # Loss, prediction and probability of each word are recorded, and the tags of scored rows.
    word_signals: bool
    # The labels of the nearest rows say something about a row's own label.
    neighbour_evidence: bool
    # Other sentences with the same words say something about a row's tags.
    tag_statistics: bool
    # Long texts are read whole, in overlapping windows, instead of being cut.
    windows: bool


_FEATURES: dict[Task, Features] = {
    "sequence": Features(
        one_class_a_row=True,
        entities=False,
        mistake_kinds=False,
        word_signals=False,
        neighbour_evidence=True,
        tag_statistics=False,
        windows=False,
    ),
    "token": Features(
        one_class_a_row=False,
        entities=True,
        mistake_kinds=True,
        word_signals=True,
        neighbour_evidence=False,
        tag_statistics=True,
        windows=True,
    ),
}


def features(task: Task) -> Features:
    """What there is for the rows of the task."""
    return _FEATURES[task]
