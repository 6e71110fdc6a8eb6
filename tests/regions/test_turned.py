"""Which labels of a region were probably turned into the class that gathers in it."""

import numpy as np

from hamr.regions import turned


def of_region(labels: list[int], p: list[float]) -> np.ndarray:
    """The first rows are the region; 200 other rows have labels that the evidence explains."""
    others = np.arange(200) % 3
    given = np.concatenate([labels, others]), np.concatenate([p, np.full(200, 0.9)])
    return turned(np.arange(len(labels)), given[1], given[0])


def test_labels_of_the_class_that_gathers_against_the_evidence_were_turned() -> None:
    found = of_region([1] * 8 + [0] * 12, [0.05] * 8 + [0.9] * 12)
    assert (found[:8] > 0.8).all() and (found[8:] == 0).all()


def test_a_label_of_that_class_that_the_evidence_explains_was_hardly_turned() -> None:
    found = of_region([1] * 10 + [0] * 20, [0.05] * 8 + [0.95] * 2 + [0.9] * 20)
    assert (found[8:10] < 0.5).all() and (found[:8] > 0.8).all()


def test_where_the_evidence_explains_all_labels_none_was_turned() -> None:
    assert (of_region([0, 1, 2] * 10, [0.99] * 30) < 0.5).all()
