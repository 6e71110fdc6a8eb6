"""`hamr pool` on tagged sentences: from plain text to training sentences."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hamr.acquisition import NAMES, offered
from hamr.cli import main
from hamr.decisions import Corrections
from hamr.entities import mention_counts
from hamr.exports.bundle import Download
from hamr.jobs import pool_cache
from hamr.jobs.again import retrain
from hamr.jobs.pool_scores import pool_progress, score_pool, scored
from hamr.jobs.pool_sentences import expected_of, proposal, uncertainty, uncertainty_of, word_doubt
from hamr.jobs.predicting import predictor_of
from hamr.store import Run, Store
from hamr.store.pools import Pool
from tests.core.small_data import small_tagged
from tests.core.trained import train_small

LINES = [f"{a} of test 7 {b} {c}" for a in ("text", "test") for b in "1234" for c in "5678"]


@pytest.fixture(scope="module", params=["quick", "full"])
def trained(request, tmp_path_factory) -> Run:
    """A trained run with 32 unlabelled sentences; a copy of a training one was left out."""
    home = tmp_path_factory.mktemp("home")
    run = train_small(home, small_tagged(), request.param)
    copied = run.rows().texts([0])[0]
    path = home / "new.txt"
    path.write_text("\n".join([*LINES, copied.upper(), "", LINES[3]]), encoding="utf-8")
    assert main(["pool", "add", run.id, "--data", str(path), "--annotator", "ada",
                 "--home", str(home)]) == 0  # fmt: skip
    return Store.open(home).run(run.id)


def decisions(run: Run):
    return run.store.decisions(run.info.fingerprint)


def test_copies_are_left_out_and_counted(trained) -> None:
    pool = Pool(decisions(trained))
    assert [*pool.texts(range(len(pool)))] == LINES
    assert pool.parts[0].left_out == {
        "without a text": 1, "whose text the data has": 1, "repeated in the file": 1
    }  # fmt: skip


def test_sentences_have_the_tags_and_doubts_of_the_model(trained) -> None:
    assert score_pool(trained) and pool_progress(trained) == (32, 32)
    expected = predictor_of(trained).predict(LINES, embeddings=True)
    doubts = word_doubt(expected.probabilities)
    for row in range(32):
        found = proposal(trained, row)
        assert found.spans == expected.spans[row]
        np.testing.assert_allclose(
            found.doubt, doubts[expected.starts[row] : expected.starts[row + 1]], atol=2e-3
        )
    np.testing.assert_allclose(
        uncertainty(trained), uncertainty_of(doubts, expected.starts), atol=2e-2
    )
    whole = scored(trained)
    np.testing.assert_allclose(
        whole.probabilities, expected_of(expected.probabilities, expected.starts), atol=2e-2
    )
    assert whole.probabilities.shape == (32, len(whole.counts)) == (32, 2)
    assert whole.vectors[np.arange(3)].shape == (3, 16)


def test_what_is_expected_are_the_words_that_may_begin_an_entity() -> None:
    chances = np.array([[0.1, 0.8, 0.1, 0, 0], [0.2, 0.1, 0.7, 0, 0], [0, 0, 0, 0.6, 0.4]])
    found = expected_of(chances, np.array([0, 2, 3]))
    np.testing.assert_allclose(found, [[0.9, 0.0], [0.0, 0.6]], atol=1e-6)


def test_labels_that_were_given_count_as_entities_of_their_types(trained) -> None:
    score_pool(trained)
    before = scored(trained).counts
    assert before.tolist() == mention_counts(small_tagged().train.tags, 2).tolist()
    place, price = trained.info.scored
    given = {"one": ((0, 1, price), (1, 2, price)), "other": ((0, 2, place),), "third": ()}
    added = scored(trained, Corrections(1, {}, added=given)).counts
    assert (added - before).tolist() == [1, 2]


def test_a_process_that_is_killed_goes_on_where_it_was(trained, monkeypatch) -> None:
    score_pool(trained)
    before = uncertainty(trained)
    monkeypatch.setattr(pool_cache, "CHUNK", 20)
    assert pool_progress(trained) == (0, 32)
    looks = iter([False, True])
    assert not score_pool(trained, stop=lambda: next(looks))
    assert pool_progress(trained) == (20, 32) and uncertainty(trained) is None
    assert score_pool(trained)
    np.testing.assert_allclose(uncertainty(trained), before, atol=2e-2)
    assert proposal(trained, 31) is not None


@pytest.mark.parametrize("strategy", offered(sentences=True))
def test_each_strategy_writes_a_file_with_proposals(trained, strategy, tmp_path) -> None:
    lines = rank(trained, tmp_path / "first.csv", "--strategy", strategy)
    assert len({line["id"] for line in lines}) == 5
    assert {(line["label"], line["strategy"]) for line in lines} == {("", strategy)}
    measures = [float(line["uncertainty"]) for line in lines]
    assert strategy != "uncertain" or measures == sorted(measures, reverse=True)
    for line in lines:
        found = proposal(trained, Pool(decisions(trained)).index(line["id"]))
        named = [[start, end, trained.info.scored[kind]] for start, end, kind in found.spans]
        assert json.loads(line["prediction"]) == named


def rank(run: Run, out: Path, *flags: str) -> list[dict[str, str]]:
    assert main(["pool", "rank", run.id, "--top", "5", "--to", str(out), *flags,
                 "--home", str(run.store.home)]) == 0  # fmt: skip
    with out.open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


@pytest.mark.parametrize("strategy", sorted({*NAMES} - {*offered(sentences=True)}))
def test_a_strategy_that_is_not_for_sentences_is_a_sentence(trained, strategy, capsys) -> None:
    assert main(["pool", "rank", trained.id, "--strategy", strategy, "--to", "-",
                 "--home", str(trained.store.home)]) == 2  # fmt: skip
    assert "is not for tagged sentences" in capsys.readouterr().err


def test_labels_of_a_file_become_training_sentences_once(trained, tmp_path, capsys) -> None:
    lines = rank(trained, tmp_path / "first.csv")
    assert {line["strategy"] for line in lines} == {"random"}
    place, price = trained.info.scored
    given = [[], [[0, 2, place], [3, 4, price]], None]
    out = tmp_path / "first.jsonl"
    pairs = zip(lines[:3], given, strict=True)
    out.write_text("".join(json.dumps({**line, "label": own}) + "\n" for line, own in pairs))
    wanted = ["pool", "label", trained.id, "--from", str(out), "--annotator", "ada", "--json",
              "--home", str(trained.store.home)]  # fmt: skip
    for recorded in (2, 0):
        capsys.readouterr()
        assert main(wanted) == 0
        assert json.loads(capsys.readouterr().out)["recorded"] == recorded
    added = decisions(trained).corrections().added
    assert added == {lines[0]["id"]: (), lines[1]["id"]: ((0, 2, place), (3, 4, price))}
    rows = retrain(trained.store, trained.id)[0].rows()
    row = rows.ids(range(len(rows))).index(lines[1]["id"])
    assert rows.words(row) == lines[1]["text"].split()
    assert rows.tags(row).tolist() == [1, 2, 0, 3, 0, 0]
    with zipfile.ZipFile(io.BytesIO(Download.of(trained).archive())) as archive:
        table = io.StringIO(archive.read("added.csv").decode())
    own = {line["id"]: line for line in csv.DictReader(table)}[lines[1]["id"]]
    assert json.loads(own["label"]) == given[1]
    assert (own["source"], own["strategy"], own["annotator"]) == ("new.txt", "random", "ada")
    assert own["place"] == str(1 + LINES.index(lines[1]["text"]))


def test_the_doubt_of_a_word_is_one_minus_its_margin() -> None:
    found = word_doubt(np.array([[0.5, 0.5, 0.0], [0.0, 0.9, 0.1], [0.0, 1.0, 0.0]]))
    np.testing.assert_allclose(found, [1.0, 0.2, 0.0], atol=1e-6)
