"""How far annotators agree beyond chance.

Cohen's kappa of two annotators on the rows that both labelled (Cohen 1960, "A coefficient of
agreement for nominal scales"): kappa = (p_o - p_e) / (1 - p_e), where p_o is the share of rows
with the same label and p_e = sum over labels of the product of their shares by each annotator.

Fleiss' kappa of all annotators on the rows that at least two labelled (Fleiss 1971, "Measuring
nominal scale agreement among many raters"). Row i has n_i labels, n_ij of them label j:

    P_i = (sum_j n_ij^2 - n_i) / (n_i (n_i - 1)),   p_j = sum_i n_ij / sum_i n_i
    kappa = (mean P_i - sum_j p_j^2) / (1 - sum_j p_j^2)

Fleiss has the same number of labels on each row; with rows of different numbers, as here, the
formulas are read row by row as they stand.

What counts is the label that each one gave by themselves and holds now: unsure, skip and resolve
(made with sight of the others' labels) are left out. Of a tagged sentence the label is the set
of all its entities, so two agree when all of them are the same. Where all labels are one and the
same, chance alone agrees fully and kappa is not defined: None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hamr.decisions.records import Label


@dataclass(frozen=True)
class Pair:
    """Two annotators on the rows that both labelled."""

    first: str
    second: str
    rows: int
    same: int  # rows with the same label
    kappa: float | None


@dataclass(frozen=True)
class Agreement:
    """All pairs that share rows, and everybody together."""

    pairs: tuple[Pair, ...]
    rows: int  # with at least two labels
    kappa: float | None  # Fleiss'


def agreement(rows: Iterable[Mapping[str, Label]]) -> Agreement:
    """The agreement on rows, each given as annotator -> label."""
    shared = [row for row in rows if len(row) > 1]
    both: dict[tuple[str, str], list[tuple[Label, Label]]] = {}
    for row in shared:
        for pair in combinations(sorted(row), 2):
            both.setdefault(pair, []).append((row[pair[0]], row[pair[1]]))
    pairs = tuple(
        Pair(*names, len(labels), sum(a == b for a, b in labels), cohen_kappa(labels))
        for names, labels in sorted(both.items())
    )
    return Agreement(pairs, len(shared), fleiss_kappa([[*row.values()] for row in shared]))


def cohen_kappa(labels: Sequence[tuple[Label, Label]]) -> float | None:
    """Cohen's kappa of two annotators' labels, row by row; None where it is not defined."""
    if not labels:
        return None
    observed = sum(a == b for a, b in labels) / len(labels)
    first, second = Counter(a for a, _ in labels), Counter(b for _, b in labels)
    chance = sum(first[label] * second[label] for label in first) / len(labels) ** 2
    return _beyond(observed, chance)


def fleiss_kappa(rows: Sequence[Sequence[Label]]) -> float | None:
    """Fleiss' kappa of rows with two labels or more; None where it is not defined."""
    if not rows:
        return None
    totals: Counter[Label] = Counter()
    observed = 0.0
    for row in rows:
        counts, size = Counter(row), len(row)
        totals += counts
        observed += (sum(n * n for n in counts.values()) - size) / (size * (size - 1))
    given = totals.total()
    return _beyond(observed / len(rows), sum((n / given) ** 2 for n in totals.values()))


def _beyond(observed: float, chance: float) -> float | None:
    """The agreement beyond chance, over the most that there could be."""
    return None if chance > 1 - 1e-12 else (observed - chance) / (1 - chance)
