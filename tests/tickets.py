"""Made-up support tickets with labels that are known to be wrong, for benchmarks and journeys.

`tickets()` gives the same rows for the same seed, on every machine. No text occurs twice.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hamr.data.fingerprint import fingerprint
from hamr.records import SPLITS, Dataset, Rows, Split
from tests.ticket_words import CLOSINGS, DETAILS, FILLERS, GREETINGS, TOPICS

CLASSES = tuple(sorted(TOPICS))
HELD_OUT: dict[Split, float] = {"validation": 0.135, "test": 0.135}  # of the rows


@dataclass(frozen=True)
class Ticket:
    """One row. `label` is what its file says, `true_label` what it is about."""

    id: str
    text: str
    label: str
    true_label: str
    split: Split
    fields: dict[str, str] = field(default_factory=dict)  # channel and annotator, as metadata

    @property
    def wrong(self) -> bool:
        """Whether its label was made wrong."""
        return self.label != self.true_label


def tickets(seed: int = 0, rows: int = 600, errors: int = 48) -> list[Ticket]:
    """Tickets of eight classes, of which so many have a label that somebody mixed up.

    Errors are planted in each split in proportion to its rows: of 48 among 600 rows, 35 are in
    training and 13 in validation and test.
    """
    draw = random.Random(seed)
    topics = _topics(rows)
    draw.shuffle(topics)
    seen: set[str] = set()
    texts = [_text(topic, draw, seen) for topic in topics]
    splits = _splits(topics, draw)
    wrong = _planted(splits, errors, draw)
    return [
        Ticket(
            id=f"T{1000 + n}",
            text=text,
            label=draw.choice(TOPICS[topic][1]) if n in wrong else topic,
            true_label=topic,
            split=split,
            fields={
                "channel": draw.choice(("mail", "chat", "phone")),
                "annotator": draw.choice(("ana", "ben", "chi")),
            },
        )
        for n, (topic, text, split) in enumerate(zip(topics, texts, splits, strict=True))
    ]


def dataset(rows: Sequence[Ticket], name: str = "tickets") -> Dataset:
    """The rows as training reads them, with their labels as they are in the file."""
    classes = tuple(sorted({row.true_label for row in rows} | {row.label for row in rows}))
    number = {label: index for index, label in enumerate(classes)}
    parts: dict[Split, Rows] = {}
    for split in SPLITS:
        own = [row for row in rows if row.split == split]
        parts[split] = Rows(
            ids=tuple(row.id for row in own),
            texts=tuple(row.text for row in own),
            labels=np.array([number[row.label] for row in own], np.int32),
        )
    return Dataset(
        name=name,
        task="sequence",
        classes=classes,
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        fingerprint=fingerprint(classes, parts.items()),
    )


def write_csv(path: Path, rows: Sequence[Ticket], *, fields: bool = False) -> Path:
    """A file with the columns id, text and label, and on request those of the metadata."""
    more = tuple(rows[0].fields) if fields else ()
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("id", "text", "label", *more))
        for row in rows:
            out.writerow((row.id, row.text, row.label, *(row.fields[name] for name in more)))
    return path


def write_splits(folder: Path, rows: Sequence[Ticket]) -> dict[Split, Path]:
    """A file for each split."""
    return {
        split: write_csv(folder / f"{split}.csv", [row for row in rows if row.split == split])
        for split in SPLITS
    }


def _topics(rows: int) -> list[str]:
    """The class of each row, by the shares; what rounding leaves over is the largest class's."""
    found = [topic for topic, (share, _, _) in TOPICS.items() for _ in range(int(share * rows))]
    return found + [max(TOPICS, key=lambda topic: TOPICS[topic][0])] * (rows - len(found))


def _text(topic: str, draw: random.Random, seen: set[str]) -> str:
    """One ticket about that topic that nobody has written yet."""
    while True:
        said = _filled(draw.choice(TOPICS[topic][2]), draw)
        greeting = draw.choice(GREETINGS)
        first = said if greeting else said[0].upper() + said[1:]
        detail, closing = (_filled(draw.choice(of), draw) for of in (DETAILS, CLOSINGS))
        text = " ".join(filter(None, (f"{greeting}{first}.", detail, closing)))
        if text not in seen:
            seen.add(text)
            return text


def _filled(template: str, draw: random.Random) -> str:
    values = {name: draw.choice(choices) for name, choices in FILLERS.items()}
    values["number"] = str(draw.randint(10_000, 99_999))
    values["amount"] = f"{draw.randint(5, 240)}.{draw.choice(('00', '50', '90', '99'))} euros"
    values["minutes"] = str(draw.randint(5, 55))
    return template.format(**values)


def _splits(topics: list[str], draw: random.Random) -> list[Split]:
    """The split of each row: of every class the same share is held out, at least one of three."""
    found: list[Split] = ["train"] * len(topics)
    for topic in TOPICS:
        own = [n for n, other in enumerate(topics) if other == topic]
        draw.shuffle(own)
        for split, share in HELD_OUT.items():
            for _ in range(max(1, round(share * topics.count(topic)))):
                if len(own) > 1:
                    found[own.pop()] = split
    return found


def _planted(splits: Sequence[Split], errors: int, draw: random.Random) -> set[int]:
    """Which rows get a wrong label: as many of each split as its share of the rows."""
    exact = {split: errors * splits.count(split) / len(splits) for split in SPLITS}
    whole = {split: int(share) for split, share in exact.items()}
    left = sorted(SPLITS, key=lambda split: whole[split] - exact[split])
    for split in left[: errors - sum(whole.values())]:
        whole[split] += 1
    return {
        n
        for split, count in whole.items()
        for n in draw.sample([n for n, own in enumerate(splits) if own == split], count)
    }
