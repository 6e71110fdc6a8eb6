"""Ranges of settings in words."""

import pytest

from hamr.config import DataSettings, TrainingSettings, describe
from hamr.config.ranges import in_words
from hamr.errors import SettingError


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, ""),
        ({"ge": 1, "le": 1000}, "1 to 1,000"),
        ({"ge": 0}, "0 or more"),
        ({"gt": 0}, "above 0"),
        ({"gt": 0, "le": 1}, "above 0, up to 1"),
        ({"ge": 0, "lt": 1}, "0 or more, below 1"),
        ({"gt": 0, "lt": 0.5}, "above 0, below 0.5"),
        ({"le": 1e6}, "up to 1,000,000"),
    ],
)
def test_a_range_is_words(limits, words):
    assert in_words(limits) == words


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"hard_share": 1.5},
            "hard_share must be above 0 and at most 1, got 1.5: share of the rows",
        ),
        ({"gamma": 1}, "gamma must be at least 0 and below 1, got 1: "),
        ({"seed": -1}, "seed must be 0 or more, got -1: "),
        ({"epochs": 0}, "epochs must be between 1 and 1,000, got 0: "),
        ({"epochs": 2.5}, "epochs must be a whole number, 1 to 1,000, got 2.5: "),
        ({"tau": "much"}, "tau must be a number, 0 to 10, got 'much': "),
        ({"tau": float("nan")}, "tau must be a number, 0 to 10, got nan: "),
        ({"decay": "fast"}, "decay must be 'none', 'linear' or 'cosine', got 'fast': "),
        ({"tua": 1}, "there is no setting tua: --help lists all of them"),
    ],
)
def test_an_error_has_the_value_the_rule_and_the_remedy(values, said):
    with pytest.raises(SettingError) as refused:
        TrainingSettings(**values)
    assert str(refused.value).startswith(said)
    assert refused.value.field == next(iter(values))


@pytest.mark.parametrize("settings", [DataSettings, TrainingSettings])
def test_every_setting_has_a_help_line_and_no_brackets_in_its_range(settings):
    for about in describe(settings).values():
        assert about["help"]
        assert not set("[](∞") & set(about["range"])
