"""Names in right-to-left letters, or with overrides, leave figures and sentences as they are."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.views.base.theme import safe
from hamr.views.neighbourhoods.colours import by_name
from hamr.views.train.live import class_f1_option


@pytest.mark.parametrize("name", ["שלום", "سلام عليكم", "abc \u202egnp"])
def test_a_legend_isolates_what_runs_from_right_to_left(name):
    label = by_name(np.array([0]), [name], np.array([5])).labels[0]
    assert "\u202e" not in label
    assert label.endswith(" (5)")
    assert label.startswith("\u2068") or name.startswith("abc")
    assert label.count("\u2068") == label.count("\u2069")


def test_a_text_in_a_hover_is_isolated_too():
    assert safe("<b>שלום</b> 5") == "&lt;b&gt;\u2068שלום\u2069&lt;/b&gt; 5"


def test_long_class_names_stay_apart_in_the_live_chart():
    names = ("x" * 100 + "a", "x" * 100 + "b")
    option = class_f1_option(np.zeros((1, 2)), [1], np.array([1, 2]), 3, names, "class")
    shown = [series["name"] for series in option["series"]]
    assert len(set(shown)) == 2
    assert all(len(name) < 90 for name in shown)
