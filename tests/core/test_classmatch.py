"""Whatever the classes are called: a name that is known means itself, and no other is made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.cli.classmatch import Names
from hamr.errors import DecisionError
from hamr.files.cells import safe

# Signs that spreadsheets, numbers and look-alikes are made of.
NAMES = st.text(st.sampled_from("aA01.'=-\u200b \n\u0430é\ufffd"), min_size=1, max_size=4).filter(
    lambda name: name == name.strip() and name != ""
)


def names(known, *, new_classes=False, from_cells=False):
    return Names(sorted(known), "class", new_classes=new_classes, from_cells=from_cells)


@given(st.sets(NAMES, min_size=1, max_size=6), st.booleans())
def test_a_known_name_means_itself(known, new_classes):
    for name in known:
        assert names(known, new_classes=new_classes).meant(name) == name
        assert names(known, new_classes=new_classes).meant(f" {name}\t") == name


@given(st.sets(NAMES, min_size=1, max_size=6), st.booleans())
def test_a_known_name_made_safe_for_spreadsheets_means_itself(known, new_classes):
    for name in known:
        cell = safe(name)
        if cell == name or cell not in known:
            found = names(known, new_classes=new_classes, from_cells=True)
            other = cell[1:] if cell == name and cell.startswith("'") else None
            if other not in known:
                assert found.meant(cell) == name


@given(st.sets(NAMES, min_size=1, max_size=6), NAMES)
def test_any_other_name_is_a_known_one_refused_or_as_it_is_written(known, given_name):
    try:
        found = names(known).meant(given_name)
    except DecisionError as error:
        assert "did you mean" in str(error)
    else:
        assert found in known or found == given_name.strip()


@given(st.sets(NAMES, min_size=1, max_size=6), st.lists(NAMES, max_size=6))
def test_no_new_class_looks_like_another(known, answers):
    matching = names(known, new_classes=True)
    made = set()
    for answer in answers:
        try:
            made.add(matching.meant(answer))
        except DecisionError:
            continue
    for name in made - known:
        others = (known | made) - {name}
        assert names(others).meant(name) == name  # else it would mean one of the others


@pytest.mark.parametrize("given_name", ["yes", "2", "truth", ""])
def test_what_is_no_truth_means_none(given_name):
    assert names({"true", "false"}).meant(given_name) == given_name
