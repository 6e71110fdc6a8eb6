"""What one label for many rows would change, before it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hamr.decisions import Decision, Label, State, in_words

EXAMPLES = 5  # rows that change, shown with their text


@dataclass(frozen=True)
class Preview:
    """The decisions of an act on a group, by what they change."""

    rows: int
    changed: int
    by_others: int  # rows that somebody else has given a label
    conflicts: int  # rows that would then have different labels by different people
    changes: pd.DataFrame  # from, to, rows: the most frequent change first
    examples: pd.DataFrame  # text, from, to


def preview(
    made: Sequence[Decision], texts: Mapping[str, str], states: Mapping[str, State]
) -> Preview:
    """What the decisions would change; `texts` and `states` are those of their rows, by id."""
    changing = [one for one in made if one.new != one.old]
    pairs = Counter((_named(one.old), _named(one.new)) for one in changing)
    others = [_others(states.get(one.row_id), one.annotator) for one in made]
    return Preview(
        rows=len(made),
        changed=len(changing),
        by_others=sum(map(bool, others)),
        conflicts=sum(
            any(label != one.new for label in labels)
            for one, labels in zip(made, others, strict=True)
        ),
        changes=pd.DataFrame(
            [(*pair, count) for pair, count in pairs.most_common()],
            columns=["from", "to", "rows"],
        ),
        examples=pd.DataFrame(
            [(texts[one.row_id], _named(one.old), _named(one.new)) for one in changing[:EXAMPLES]],
            columns=["text", "from", "to"],
        ),
    )


def _named(label: Label | None) -> str:
    """A class by its name alone, entities as everywhere."""
    return label if isinstance(label, str) else in_words(label)


def _others(state: State | None, annotator: str) -> list[object]:
    """The open labels that others have given."""
    open_ = state.open if state is not None else ()
    return [one.label for one in open_ if one.annotator != annotator and one.label is not None]
