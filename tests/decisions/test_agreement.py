"""Kappas against their equations and against printed examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.decisions import agreement, cohen_kappa, fleiss_kappa

# Fleiss 1971, as printed in many textbooks: 10 subjects, 14 raters, 5 categories; 0.210.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)


@given(PAIRS)
def test_cohens_kappa_follows_its_equation(pairs):
    first, second = zip(*pairs, strict=True)
    observed = np.mean([a == b for a, b in pairs])
    chance = sum(first.count(label) * second.count(label) for label in "abc") / len(pairs) ** 2
    if len({*first, *second}) > 1:
        assert cohen_kappa(pairs) == pytest.approx((observed - chance) / (1 - chance), abs=1e-9)
    else:
        assert cohen_kappa(pairs) is None


def test_cohens_kappa_of_a_printed_example():
    """50 grant proposals that two readers judged, as in many introductions: 0.4."""
    counts = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert cohen_kappa([pair for pair, times in counts.items() for _ in range(times)]) == (
        pytest.approx(0.4)
    )


def test_fleiss_kappa_is_that_of_his_example():
    rows = [np.repeat(list("abcde"), counts).tolist() for counts in FLEISS]
    assert fleiss_kappa(rows) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_of_rows_with_different_numbers_of_labels():
    # By hand: P = (1, 1/3, 1) and p = (4/7, 3/7).
    rows = [["a", "a"], ["a", "a", "b"], ["b", "b"]]
    observed, chance = (1 + 1 / 3 + 1) / 3, (4 / 7) ** 2 + (3 / 7) ** 2
    assert fleiss_kappa(rows) == pytest.approx((observed - chance) / (1 - chance))


def test_kappa_is_none_where_chance_alone_agrees():
    assert cohen_kappa([("a", "a")]) is None and cohen_kappa([]) is None
    assert fleiss_kappa([["a", "a"]]) is None and fleiss_kappa([]) is None


def test_pairs_count_the_rows_that_both_labelled():
    found = agreement(
        [{"ada": "x", "bob": "x"}, {"ada": "x", "bob": "y", "cem": "y"}, {"cem": "x"}]
    )
    assert found.rows == 2
    assert [(p.first, p.second, p.rows, p.same) for p in found.pairs] == [
        ("ada", "bob", 2, 1), ("ada", "cem", 1, 0), ("bob", "cem", 1, 1),
    ]  # fmt: skip


def test_the_entities_of_a_sentence_are_one_label():
    one, other = ((0, 1, "person"),), ((0, 2, "person"),)
    assert agreement([{"a": one, "b": one}, {"a": one, "b": other}]).pairs[0].same == 1
