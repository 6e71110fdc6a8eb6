"""Evidence sentences: why a row has its issue type, with numbers that a person can check."""

from __future__ import annotations

import numpy as np

from hamr.triage.issue_types import MISLABELLED, NEAREST, SIMILAR, RowIssues
from hamr.triage.percentile_rank import percent, rank_sentence, top_step, two_digits


def evidence_sentences(found: RowIssues, row: int, classes: tuple[str, ...]) -> list[str]:
    """Sentences about one row, the most informative first; class names are between backticks."""
    sentences = [
        _neighbours(found, row, classes),
        _difficulty(found, row),
        _model(found, row, classes),
        _centroid(found, row, classes),
        _margin(found, row),
        _weight(found, row),
        _duplicate(found, row, classes),
        _class_size(found, row, classes),
        _verdict(found, row, classes),
    ]
    return [sentence for sentence in sentences if sentence]


def shares_label(count: int) -> str:
    """ "none shares this label", "3 share this label"."""
    return f"{count or 'none'} {'shares' if count < 2 else 'share'} this label"


def _neighbours(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    """How many of the nearest rows have the label, and which class most of them have."""
    near = found.evidence.neighbours[row, :NEAREST]
    labels = found.evidence.labels[near[near >= 0]]
    if not len(labels):
        return ""
    own = found.evidence.own[row]
    counts = np.bincount(labels, minlength=len(classes))
    most = int(counts.argmax())
    sentence = f"{counts[most]} of {len(labels)} neighbours are `{classes[most]}`"
    return (
        f"{sentence}, the current label"
        if most == own
        else (f"{sentence}, {shares_label(int(counts[own]))}")
    )


def _difficulty(found: RowIssues, row: int) -> str:
    """The row's rank by hardness; nothing of a row that no step draws."""
    if row >= found.signals.trained:
        return ""
    has_hardness = found.difficulty is found.signals.hardness
    return rank_sentence(found.percentile_rank[:, row], "rows", hardness=has_hardness)


def _model(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    """What the model predicts now, and with which probability."""
    says = found.signals.says(row)
    if says is None:
        return ""
    best, chance, own = says
    not_trained = ", not trained on this row," if row >= found.signals.trained else ""
    if best == found.evidence.own[row]:
        return f"the model{not_trained} gives the current label {percent(chance)}"
    return (
        f"the model{not_trained} gives `{classes[best]}` {percent(chance)}, the current label "
        f"{percent(own)}"
    )


def _centroid(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    """The class centroid that the embedding matches best, computed without the row."""
    best = int(found.evidence.centroid_log_p[row].argmax())
    chance = float(np.exp(found.evidence.centroid_log_p[row, best]))
    return f"{percent(chance)} match with `{classes[best]}`'s class centroid"


def _margin(found: RowIssues, row: int) -> str:
    """The margin's mean over the epochs (AUM), and after how many epochs the model was wrong."""
    if found.signals.margin is None or row >= found.signals.trained:
        return ""
    margin = found.signals.margin[:, row]
    if not np.isfinite(margin).all():  # the label has changed since the run
        return ""
    wrong = int((margin < 0).sum())
    count = len(margin)
    epochs = "epoch" if count == 1 else "epochs"
    return (
        f"the model was wrong after {wrong} of {count} {epochs}, mean margin {margin.mean():+.2f}"
    )


def _weight(found: RowIssues, row: int) -> str:
    """The epoch's post-meta weight; nothing if the row was not drawn or all weights are equal."""
    post = found.signals.post
    if post is None or row >= len(post) or not np.isfinite(post[row]):
        return ""
    known = post[np.isfinite(post)]
    if np.ptp(known) < 1e-6:
        return ""
    rank = float((known >= post[row]).mean())
    within = top_step(rank)
    position = (
        f"higher than that of {100 * (1 - rank):.0f} %"
        if within is None
        else f"in the top {100 * within:.0f} %"
    )
    return f"post-meta weight {post[row]:.2f}, {position} of the drawn rows"


def _duplicate(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    """The near-duplicate's similarity and label."""
    evidence = found.evidence
    if not evidence.neighbours.shape[1] or evidence.similarities[row, 0] < SIMILAR:
        return ""
    label = evidence.labels[evidence.neighbours[row, 0]]
    also = "also " if label == evidence.own[row] else ""
    similarity = evidence.similarities[row, 0]
    return f"cosine similarity {similarity:.2f} to another row, which is {also}`{classes[label]}`"


def _class_size(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    own = found.evidence.own[row]
    count, total = int(found.evidence.counts[own]), int(found.evidence.counts.sum())
    rows = "rows" if len(found.evidence.own) == total else "training rows"
    return f"`{classes[own]}` has {count:,} of {total:,} {rows} ({100 * count / total:.1f} %)"


def _verdict(found: RowIssues, row: int, classes: tuple[str, ...]) -> str:
    """The label-error probability, and the likelier class of a likely mislabelled row."""
    p_wrong = two_digits(float(found.label_errors.p_wrong[row]))
    sentence = f"estimated probability that the label is wrong: {p_wrong}"
    if found.issue_type[row] == MISLABELLED:
        return f"{sentence}; most likely it is `{classes[found.other[row]]}`"
    return sentence
