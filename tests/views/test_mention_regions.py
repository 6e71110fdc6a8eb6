"""Hard regions of entity mentions, in a run on tagged sentences."""

import json

import numpy as np
import pytest

from hamr.cli import main
from hamr.errors import SettingError
from hamr.jobs.meaning import similar_mentions
from hamr.jobs.neighbour_evidence import KEYS, _key
from hamr.regions.held_out import macro_f1
from hamr.store import Store
from hamr.triage import estimate_sentence_errors
from hamr.views.base import mentions
from hamr.views.base.issue_signals import tag_statistics, word_signals
from hamr.views.base.mention_signals import p_wrong
from hamr.views.base.region_inputs import NO_ENTITY, inputs_of
from hamr.views.base.region_rows import held_out_rows
from hamr.views.base.regions import regions_of
from hamr.views.compare.regions import compared, table
from hamr.views.neighbourhoods import mention_map
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING
from tests.fake_run import write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose mentions lie by their type."""
    store = Store.open(tmp_path_factory.mktemp("home"))
    run = write_fake_token_run(store, rows=160, epochs=2, name="tagged")
    dataset, random = run.dataset(), np.random.default_rng(0)
    tags = np.concatenate([np.concatenate(dataset.split(name).tags) for name in
                           ("train", "validation", "test")])  # fmt: skip
    words = np.eye(24)[tags % 24] + random.normal(0, 0.1, (len(tags), 24))
    store.cache.put("words", "made-up", words.astype(np.float16))
    store.cache.put(KEYS, _key(run), np.frombuffer(b"made-up", np.uint8))
    return run


def test_every_mention_has_the_signals_that_regions_are_found_by(run):
    inputs, gold = inputs_of(run), mentions.mentions(run)
    signals, count = inputs.signals(2), len(gold.row)
    assert len(inputs.labels) == len(inputs.vectors()) == len(inputs.texts()) == count
    assert signals.loss.shape == signals.p_wrong.shape == (count,)
    assert ((signals.p_wrong >= 0) & (signals.p_wrong <= 1)).all()
    missed = mentions.answers(run, 2).which < 0
    assert [inputs.classes[said] == NO_ENTITY for said in signals.predictions] == missed.tolist()


def test_a_mention_is_read_with_the_words_around_it_in_its_own_sentence(run):
    rows, gold = run.rows(), mentions.mentions(run)
    for text, name, row in zip(
        inputs_of(run).texts(), inputs_of(run).named_by(), gold.row.tolist(), strict=True
    ):
        assert name in text and text in " ".join(rows.words(row))


def test_regions_of_mentions_are_listed_by_the_ids_of_their_sentences(run, capsys):
    found = regions_of(run, 2)
    assert found.of_row.shape == (len(mentions.mentions(run).row),)
    assert main(["regions", "tagged", "--home", str(run.store.home), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["regions"]
    ids = set(run.rows().ids(range(len(run.rows()))))
    for one, region in zip(listed, found.found, strict=True):
        assert ids.issuperset(one["rows"])
        assert len(one["mentions"]) == one["size"] == len(region.rows)


def test_the_f1_of_all_held_out_mentions_is_the_runs_own(run):
    held, final = inputs_of(run).held_out(), run.final()
    for is_test, score in ((False, final.validation.macro_f1), (True, final.test.macro_f1)):
        own = held.is_test == is_test
        assert macro_f1(held.labels[own], held.predictions[own]) == pytest.approx(score)


def test_held_out_mentions_fall_in_regions_by_their_own_index(run):
    every = mentions.all_mentions(run)
    regions = [region for region in regions_of(run, 2).found if len(region.held_out)]
    assert regions
    for region in regions:
        assert region.held_out.min() >= len(mentions.mentions(run).row)
        rows = held_out_rows(run, region)
        assert set(rows) == set(every.row[region.held_out]) and rows.min() >= len(run.rows())
    assert any(region.validation_f1 is not None for region in regions)


def test_without_recorded_tags_held_out_mentions_have_no_f1(tmp_path):
    run = write_fake_token_run(Store.open(tmp_path), rows=40, epochs=1, status="running")
    assert mentions.held_out_answers(run) is None


def test_mentions_have_the_colours_of_their_regions_alone_and_with_held_out_ones(run):
    found = regions_of(run, 2)
    alone, every = (mention_map.colouring(run, 2, "region", split) for split in (TRAINING, ALL))
    assert (alone.codes > 0).tolist() == (found.of_row >= 0).tolist()
    held = np.unique(np.concatenate([region.held_out for region in found.found]))
    own = every.codes[len(alone.codes) :]
    assert np.flatnonzero(own > 0).tolist() == (held - len(alone.codes)).tolist()


def test_mentions_similar_to_one_are_of_all_splits_and_of_its_kind(run):
    found, every = similar_mentions(run, "mention:3", top=20), mentions.all_mentions(run)
    assert 3 not in found.rows and (np.diff(found.similarities) <= 0).all()
    assert (every.type[found.rows] == every.type[3]).mean() > 0.9
    with pytest.raises(SettingError, match="There is no entity mention"):
        similar_mentions(run, "mention:99999")


def test_p_wrong_of_a_mention_is_that_of_the_entity_and_is_kept(run):
    first, again = p_wrong(run, 2), p_wrong(run, 2)
    errors = estimate_sentence_errors(tag_statistics(run), word_signals(run, 2))
    assert len(first) == len(mentions.all_mentions(run).row)
    assert first == pytest.approx(errors.p_entity, rel=1e-5)
    assert first.tolist() == again.tolist()


def test_two_runs_on_the_same_sentences_are_compared_by_regions_of_mentions(run):
    other = write_fake_token_run(run.store, rows=160, epochs=2, name="again", run_seed=1)
    found = compared(run, other, 2, 2)
    assert found.changes
    for change in found.changes:
        assert change.rows == len(change.region.rows)
    assert table(found)["rows"].tolist() == [change.rows for change in found.changes]
