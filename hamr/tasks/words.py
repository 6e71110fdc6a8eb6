"""The words of a task: what people call its rows, its labels and what is counted.

A row of a sequence task is a text, and has a class. A row of a token task is a sentence; it is
counted under its rarest entity type, and F1 is of entity types.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hamr.records import Task


@dataclass(frozen=True)
class TaskWords:
    """What pages, figures and commands say of the rows of a task and of what they count under."""

    by: str = "class"  # in titles: "Draws by class"
    one: str = "class"
    many: str = "classes"
    unit: str = "rows"  # what is counted under each
    each: str = "row"
    axis: str = "class (training rows)"
    note: str = ""  # leads a chart's how-to-read
    own: str = "label"  # a row's own one, in tables
    predicted: str = "prediction"
    probability: str = "probability of the label"
    p: str = "P(label)"  # the same, where there is little room
    # What has an F1, and what is scored under each.
    scored: str = "class"
    scored_many: str = "classes"
    scored_unit: str = "rows"
    scored_each: str = "row"
    # The label that people decide on: one class, or all entities of a sentence.
    label: str = "label"
    labels: str = "labels"
    true_label: str = "label"  # what the rows of a confusion matrix are
    prediction_axis: str = "prediction"  # what its columns are
    # How to read a confusion matrix.
    confusion: str = (
        "A row is a label, a column the prediction; the diagonal is right. Numbers count rows."
    )
    # How to read macro-F1 and accuracy over time.
    macro_f1: str = (
        "macro-F1 counts every class alike, accuracy every row: a gap between them is what the "
        "rare classes cost."
    )

    @classmethod
    def of(cls, task: Task) -> TaskWords:
        """Those of a run's, or of a data set's, task."""
        return _WORDS[task]

    def of_scored(self) -> TaskWords:
        """The same for what has an F1: entities by their type, and not sentences by the rarest."""
        return replace(
            self,
            by=self.scored,
            one=self.scored,
            many=self.scored_many,
            unit=self.scored_unit,
            each=self.scored_each,
            axis=f"{self.scored} ({self.scored_unit})",
            note="",
            own=self.labels,
        )


TEXTS = TaskWords()
SENTENCES = TaskWords(
    by="rarest type",
    one="type",
    many="types",
    unit="sentences",
    each="sentence",
    axis="rarest type (sentences)",
    note="A sentence is counted under its rarest entity type. ",
    own="rarest type",
    predicted="rarest predicted",
    probability="probability of the hardest word's tag",
    p="P(tag)",
    scored="entity type",
    scored_many="entity types",
    scored_unit="entities",
    scored_each="entity",
    label="entities",
    labels="entities",
    true_label="entity",
    prediction_axis="predicted entity",
    confusion="A row is the type of an entity in the file, a column the prediction for the same "
    "words; the diagonal is right. Missed entities are in the last column, spurious ones in the "
    "last row; a wrong boundary counts as one of each.",
    macro_f1="macro-F1 counts every entity type alike; accuracy is the share of words with the "
    "right tag, most of which are O.",
)
_WORDS: dict[Task, TaskWords] = {"sequence": TEXTS, "token": SENTENCES}
