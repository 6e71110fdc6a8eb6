"""Why a row reads as it does, in sentences with numbers that a person can check."""

from __future__ import annotations

import numpy as np

from hamr.triage.readings import MISLABELLED, NEAREST, SIMILAR, Triage
from hamr.triage.standing import since, top


def evidence(found: Triage, row: int, classes: tuple[str, ...]) -> list[str]:
    """Sentences on one row, the most telling ones first; classes are put between backticks."""
    told = [
        _neighbours(found, row, classes),
        _difficulty(found, row),
        _model(found, row, classes),
        _centre(found, row, classes),
        _margin(found, row),
        _weight(found, row),
        _duplicate(found, row, classes),
        _class_size(found, row, classes),
        _verdict(found, row, classes),
    ]
    return [sentence for sentence in told if sentence]


def _neighbours(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    """How many of the nearest rows have the label, and what most of the others are."""
    near = found.around.neighbours[row, :NEAREST]
    labels = found.around.labels[near[near >= 0]]
    if not len(labels):
        return ""
    own = found.around.own[row]
    counts = np.bincount(labels, minlength=len(classes))
    most = int(counts.argmax())
    told = f"{counts[most]} of {len(labels)} neighbours are `{classes[most]}`"
    if most == own:
        return told
    return told + f", {counts[own] or 'none'} {'is' if counts[own] < 2 else 'are'} like the label"


def _difficulty(found: Triage, row: int) -> str:
    """Its place among the rows by hardness."""
    learned = found.difficulty is found.learned.hardness
    return since(found.standing[:, row], "rows", hardness=learned)


def _model(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    """What the model says now, and with which probability."""
    best = int(found.learned.top_classes[row, 0])
    chance = float(found.learned.top_probabilities[row, 0])
    told = f"the model says `{classes[best]}` with {chance:.2f}"
    own = found.around.own[row]
    if best == own:
        return told
    return told + f", the label with {np.exp(-float(found.learned.loss[-1, row])):.2f}"


def _centre(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    """Where the embedding would belong, had the row not been there."""
    best = int(found.around.centres[row].argmax())
    chance = float(np.exp(found.around.centres[row, best]))
    return f"the other rows' class centres say `{classes[best]}` with {chance:.2f}"


def _margin(found: Triage, row: int) -> str:
    """The margin's mean over the epochs (AUM), and at how many epochs the model was wrong."""
    if found.learned.margin is None:
        return ""
    margin = found.learned.margin[:, row]
    if not np.isfinite(margin).all():  # its label is another one than the run knew
        return ""
    wrong = int((margin < 0).sum())
    count = len(margin)
    epochs = "epoch" if count == 1 else "epochs"
    return f"wrong after {wrong} of {count} {epochs}, mean margin {margin.mean():+.2f}"


def _weight(found: Triage, row: int) -> str:
    """The post-meta weight of the epoch; nothing where it was not drawn or nothing is learned."""
    post = found.learned.post
    if post is None or not np.isfinite(post[row]):
        return ""
    known = post[np.isfinite(post)]
    if np.ptp(known) < 1e-6:
        return ""
    standing = float((known >= post[row]).mean())
    within = top(standing)
    place = (
        f"above that of {100 * (1 - standing):.0f} %"
        if within is None
        else f"top {100 * within:.0f} %"
    )
    return f"post-meta weight {post[row]:.2f}, {place} of the rows drawn"


def _duplicate(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    """The near-duplicate and its label."""
    if not found.around.neighbours.shape[1] or found.around.similarities[row, 0] < SIMILAR:
        return ""
    label = found.around.labels[found.around.neighbours[row, 0]]
    also = "also " if label == found.around.own[row] else ""
    similarity = found.around.similarities[row, 0]
    return f"{similarity:.2f} similar to another row, which is {also}`{classes[label]}`"


def _class_size(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    own = found.around.own[row]
    count, total = int(found.around.counts[own]), int(found.around.counts.sum())
    return f"`{classes[own]}` has {count:,} of {total:,} rows ({100 * count / total:.1f} %)"


def _verdict(found: Triage, row: int, classes: tuple[str, ...]) -> str:
    """All taken together."""
    wrong = float(found.suspicion.wrong[row])
    told = f"all in all the label is wrong with {wrong:.2f}"
    if found.reading[row] == MISLABELLED:
        return told + f", most likely it is `{classes[found.other[row]]}`"
    return told
