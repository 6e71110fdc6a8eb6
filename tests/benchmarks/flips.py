"""Labels flipped on purpose, and the rankings that others would find them with."""

from __future__ import annotations

import warnings

import numpy as np
from cleanlab.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

FLIPS = ("uniform", "confusable", "minority")
RANKINGS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
FOLDS = 5


def flipped(
    labels: np.ndarray, kind: str, share: float, confused: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(labels with some flipped, which they are), both [n].

    uniform: `share` of all rows get another class, each as likely; confusable: `share` of all
    rows get the class `confused` names for theirs; minority: `share` of the rows of the rarer
    half of the classes get another class, each as likely.
    """
    classes = len(confused)
    rows = np.arange(len(labels))
    if kind == "minority":
        rarer = np.argsort(np.bincount(labels, minlength=classes), kind="stable")[: classes // 2]
        rows = np.flatnonzero(np.isin(labels, rarer))
    rows = random.choice(rows, round(share * len(rows)), replace=False)
    changed = labels.copy()
    if kind == "confusable":
        changed[rows] = confused[labels[rows]]
    else:
        changed[rows] = (labels[rows] + random.integers(1, classes, len(rows))) % classes
    return changed, changed != labels


def out_of_fold(vectors: np.ndarray, labels: np.ndarray, class_count: int, seed: int) -> np.ndarray:
    """Probabilities [n, C] of five-fold cross-validated logistic regression."""
    found = np.zeros((len(labels), class_count))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds
        for learn, hold in folds.split(vectors, labels):
            model = LogisticRegression(max_iter=1000).fit(vectors[learn], labels[learn])
            found[np.ix_(hold, model.classes_)] = model.predict_proba(vectors[hold])
    return found


def most_confused(vectors: np.ndarray, labels: np.ndarray, class_count: int) -> np.ndarray:
    """For each class the other one that its rows are most often taken for, [C]."""
    guess = out_of_fold(vectors, labels, class_count, 0).argmax(1)
    confusion = np.zeros((class_count, class_count), int)
    np.add.at(confusion, (labels, guess), 1)
    np.fill_diagonal(confusion, -1)
    return confusion.argmax(1)


def cleanlab_rankings(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """cleanlab's three scores by name, each the higher the likelier a label is wrong."""
    return {
        name: -get_label_quality_scores(labels, probabilities, method=name, adjust_pred_probs=False)
        for name in RANKINGS
    }
