"""What a run knows of each entity mention that the map can show, by the names of its colourings.

Axes: M mentions in the training rows; A mentions of all splits (`hamr.views.base.mentions`).
"""

from __future__ import annotations

import numpy as np

from hamr.entities import ERROR_KINDS, MISSED
from hamr.store import Run
from hamr.views.base import mention_signals, mentions
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, WEIGHT, Value, row_values

UNKNOWN = 255  # the kind of a held-out mention of which no prediction is recorded

VALUES: dict[str, Value] = {
    "hardness": Value("hardness", "hardness of its sentence"),
    "loss": Value("", "highest loss of its words (nats)"),
    LABEL_ERROR: Value("", "estimated probability that a tag of its words is wrong"),
    WEIGHT: Value("post", f"{WEIGHT} of its sentence", "not drawn in this epoch"),
    "alignment": Value("alignment", "alignment of its sentence"),
    "boost": Value("boost", "boost of its sentence"),
    "draws": Value("draws", "draws of its sentence in this epoch"),
}


def mention_values(run: Run, epoch: int, by: str, *, held_out: bool = False) -> np.ndarray:
    """The value of each mention in a training row, [M], or with `held_out` of all splits, [A].

    NaN where one has none: hardness, weights, alignment, boost and draws belong to training rows.
    The losses of validation and test mentions are those of the finished run's best epoch.
    """
    count = len(mentions.mentions(run).row)
    if by == LABEL_ERROR:
        found = mention_signals.p_wrong(run, epoch)
        return found if held_out else found[:count]
    if by == "loss":
        own = mentions.losses(run, epoch).astype(np.float64)
        return np.append(own, mention_signals.held_out_losses(run)) if held_out else own
    own = np.asarray(row_values(run, epoch, by)[mentions.mentions(run).row])
    if not held_out:
        return own
    return np.append(own, np.full(len(mentions.all_mentions(run).row) - count, np.nan))


def kinds(run: Run, epoch: int, *, held_out: bool) -> np.ndarray:
    """How each mention is predicted: `Answers.kind`, of held-out ones by the best epoch."""
    own = mentions.answers(run, epoch).kind
    if not held_out:
        return own
    count = len(mentions.all_mentions(run).row) - len(own)
    found = mentions.held_out_answers(run)
    others = np.full(count, UNKNOWN, np.uint8) if found is None else found.kind
    return np.concatenate([own, others])


def predicted(run: Run, epoch: int, *, held_out: bool) -> np.ndarray:
    """The type that answers each mention; the number after the last type where it is missed.

    -1 where none is recorded.
    """
    missed = len(run.info.scored)

    def types(found: mentions.Answers) -> np.ndarray:
        named: np.ndarray = np.append(found.predicted.type, missed)[found.which]
        return named

    own = types(mentions.answers(run, epoch))
    if not held_out:
        return own
    count = len(mentions.all_mentions(run).row) - len(own)
    found = mentions.held_out_answers(run)
    return np.concatenate([own, np.full(count, -1) if found is None else types(found)])


def facts(run: Run, epoch: int, *, held_out: bool, errors: bool = True) -> tuple[Fact, ...]:
    """Type, prediction, mistake, hardness, loss and, with `errors`, p(label error) of each."""
    gold = mentions.all_mentions(run) if held_out else mentions.mentions(run)
    names = (*run.info.scored, ERROR_KINDS[MISSED])
    place = np.full(256, -1)  # of a kind among the names of mistakes; none where it is right
    place[list(ERROR_KINDS)] = np.arange(len(ERROR_KINDS))
    mistake = place[kinds(run, epoch, held_out=held_out)]
    found = [
        Fact("label", gold.type, "name", names),
        Fact("prediction", predicted(run, epoch, held_out=held_out), "name", names),
        Fact("mistake", mistake, "name", list(ERROR_KINDS.values())),
        Fact("loss (nats)", mention_values(run, epoch, "loss", held_out=held_out)),
    ]
    if run.info.settings.training.learns_hardness:
        own = mention_values(run, epoch, "hardness", held_out=held_out)
        found.append(Fact("hardness of the sentence", own))
    if not errors:
        return tuple(found)
    p = mention_values(run, epoch, LABEL_ERROR, held_out=held_out)
    return (*found, Fact(LABEL_ERROR, p, "share"))
