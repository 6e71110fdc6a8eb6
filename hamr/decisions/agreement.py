"""How far annotators agree beyond chance.

Cohen's kappa of two annotators, on the rows that both labelled (Cohen 1960, "A coefficient of
agreement for nominal scales"), by scikit-learn.

Fleiss' kappa of all annotators, on the rows that at least two labelled (Fleiss 1971, "Measuring
nominal scale agreement among many raters"). Row i has n_i labels, n_ij of them label j:

    P_i = (sum_j n_ij^2 - n_i) / (n_i (n_i - 1)),   p_j = sum_i n_ij / sum_i n_i
    kappa = (mean P_i - sum_j p_j^2) / (1 - sum_j p_j^2)

Fleiss assumes the same number of labels on each row. Here rows differ in it, so the formulas use
each row's own n_i. No library computes that: scikit-learn has no Fleiss' kappa, the one in
statsmodels needs the same n_i everywhere, and Krippendorff's alpha, which allows for missing
labels, is another statistic (its one maintained package is also GPL, and this program is MIT).

A label counts if its annotator gave it blind: they had seen nobody else's label of that row. Each
decision names the version of the row that was shown (`base`), so this is known of old decisions
too; in blind mode it is also recorded as evidence. Of an annotator's blind labels the last one
counts, whatever they said later with others' labels in view: else whoever gives way would count
as having agreed. Unsure, skip and resolve are left out.

The label of a tagged sentence is the set of all its entities, so two annotators agree when all of
them are the same. Where there is only one label, chance alone gives full agreement and kappa is
undefined: None.
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
    kappa: float | None  # Cohen's


@dataclass(frozen=True)
class Agreement:
    """The agreement of each pair that shares rows, and of all annotators."""

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
    """Cohen's kappa of two annotators' labels, row by row; None where it is undefined."""
    numbers: dict[Label, int] = {}
    for pair in labels:
        for label in pair:
            numbers.setdefault(label, len(numbers))
    if len(numbers) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score  # slow to load

    first, second = ([numbers[label] for label in side] for side in zip(*labels, strict=True))
    return float(cohen_kappa_score(first, second))


def fleiss_kappa(rows: Sequence[Sequence[Label]]) -> float | None:
    """Fleiss' kappa of rows with two labels or more; None where it is undefined."""
    totals: Counter[Label] = Counter()
    observed = 0.0
    for row in rows:
        counts, size = Counter(row), len(row)
        totals += counts
        observed += (sum(n * n for n in counts.values()) - size) / (size * (size - 1))
    if len(totals) < 2:
        return None
    given = totals.total()
    chance = sum((n / given) ** 2 for n in totals.values())
    return (observed / len(rows) - chance) / (1 - chance)
