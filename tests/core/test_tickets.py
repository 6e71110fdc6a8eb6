"""The made-up tickets: the same for everybody, with as many wrong labels as they say."""

from __future__ import annotations

from collections import Counter

from tests.ticket_words import TOPICS
from tests.tickets import tickets, write_csv


def test_a_seed_always_makes_the_same_tickets_of_different_texts():
    rows = tickets(seed=3)
    assert rows == tickets(seed=3) != tickets(seed=4)
    assert len({row.text for row in rows}) == len({row.id for row in rows}) == 600


def test_errors_are_planted_in_every_split_and_are_plausible():
    wrong = [row for row in tickets() if row.wrong]
    assert Counter(row.split for row in wrong) == {"train": 35, "validation": 7, "test": 6}
    assert all(row.label in TOPICS[row.true_label][1] for row in wrong)


def test_their_file_has_a_line_for_each(tmp_path):
    text = write_csv(tmp_path / "t.csv", tickets(rows=60, errors=5), fields=True).read_text()
    assert text.startswith("id,text,label,channel,annotator\n") and len(text.splitlines()) == 61
