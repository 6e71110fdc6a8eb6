"""`hamr pool`: from a file without labels to training rows, and the scores in between."""

import csv
import json

import numpy as np
import pytest

from hamr.acquisition import NAMES
from hamr.cli import main
from hamr.errors import StoreError
from hamr.jobs import pool_cache
from hamr.jobs.again import retrain
from hamr.jobs.pool_history import disagreement, history, vote_entropy
from hamr.jobs.pool_ranked import ranked
from hamr.jobs.pool_scores import pool_order, pool_progress, score_pool, scored
from hamr.jobs.predicting import predictor_of
from hamr.store import Store
from hamr.store.pools import Pool
from tests.core.small_data import small_dataset
from tests.core.trained import train_small

WORDS = ("red", "blue", "green", "one", "two", "three", "old", "new")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A trained run with 40 unlabelled rows, in a home."""
    home = tmp_path_factory.mktemp("home")
    run = train_small(home, small_dataset())
    path = home / "new.csv"
    write(path, ["text"], ([f"{a} {b}"] for a in WORDS for b in WORDS[:5]))
    assert main(["pool", "add", run.id, "--data", str(path), "--annotator", "ada",
                 "--home", str(home)]) == 0  # fmt: skip
    return Store.open(home).run(run.id)


def log(run):
    return run.store.decisions(run.info.fingerprint)


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def test_rows_are_scored_as_the_model_predicts_them(trained):
    assert score_pool(trained)
    found = scored(trained)
    texts = [one.text for one in ranked(trained, "random", 40)]
    rows = pool_order(trained, "random", 40)
    expected = predictor_of(trained).predict(texts, embeddings=True)
    np.testing.assert_allclose(found.probabilities[rows], expected.probabilities, atol=2e-3)
    np.testing.assert_allclose(found.vectors[rows], expected.embeddings, atol=2e-3)


def test_the_history_ends_with_what_the_models_of_the_last_epochs_predict(trained):
    score_pool(trained)
    found, texts = history(trained, np.arange(40)), Pool(decisions(trained)).texts(range(40))
    assert found.epochs == tuple(trained.epochs())
    best = scored(trained).probabilities.argmax(1)
    for epoch in {trained.info.best_epoch, trained.epochs()[-1]}:
        expected = predictor_of(trained, epoch).predict(texts).probabilities
        at = found.epochs.index(epoch)
        np.testing.assert_allclose(found.chances[at], expected[np.arange(40), best], atol=3e-3)
        sure = np.ptp(np.sort(expected, axis=1)[:, -2:], axis=1) > 0.01
        np.testing.assert_array_equal(found.classes[at][sure], expected.argmax(1)[sure])
    np.testing.assert_allclose(
        disagreement(trained), vote_entropy(found.classes, len(trained.classes))
    )


def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def test_rows_that_are_not_scored_yet_are_a_sentence(tmp_path):
    run = train_small(tmp_path, small_dataset())
    path = tmp_path / "new.csv"
    write(path, ["text"], [["a b"], ["c d"]])
    main(["pool", "add", run.id, "--data", str(path), "--annotator", "ada", "--home",
          str(tmp_path)])  # fmt: skip
    run = Store.open(tmp_path).run(run.id)
    assert pool_progress(run) == (0, 2)
    with pytest.raises(StoreError, match="not scored yet"):
        pool_order(run)


def test_a_process_that_is_killed_goes_on_where_it_was(trained, monkeypatch):
    trained.store.cache.clear()
    train_again_embeddings(trained)
    monkeypatch.setattr(pool_cache, "CHUNK", 16)
    looks = iter([False, True])
    assert not score_pool(trained, stop=lambda: next(looks))
    assert pool_progress(trained) == (16, 40)
    seen = []
    score_pool(trained, report=lambda done, count: seen.append(done))
    assert pool_progress(trained) == (40, 40) and seen == [0, 16, 32, 40]
    assert scored(trained).vectors[np.array([0, 39, 20])].shape == (3, 16)


def train_again_embeddings(run):
    """Put the rows' embeddings back into the cache that was cleared."""
    from hamr.training.features import embed

    for _ in embed(run.dataset(), run.info.settings.training, run.store.cache):
        pass


@pytest.mark.parametrize("strategy", NAMES)
def test_each_strategy_writes_a_file_to_fill_in(trained, strategy, tmp_path):
    out = tmp_path / "first.csv"
    assert main(["pool", "rank", trained.id, "--strategy", strategy, "--top", "5", "--to", str(out),
                 "--home", str(trained.store.home)]) == 0  # fmt: skip
    with out.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len({line["id"] for line in lines}) == 5
    assert {(line["label"], line["strategy"]) for line in lines} == {("", strategy)}
    assert {line["prediction"] for line in lines} <= {*trained.classes}


def test_labels_of_a_file_become_training_rows_once(trained, tmp_path, capsys):
    home, out = str(trained.store.home), tmp_path / "first.jsonl"
    main(["pool", "rank", trained.id, "--top", "4", "--to", str(out), "--home", home])
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    for line in lines[:3]:
        line["label"] = trained.classes[0]
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    wanted = ["pool", "label", trained.id, "--from", str(out), "--annotator", "ada", "--json"]
    capsys.readouterr()
    assert main([*wanted, "--home", home]) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] == 3
    assert main([*wanted, "--home", home]) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] == 0
    again = retrain(Store.open(home), trained.id)[0]
    assert len(again.rows()) == len(trained.rows()) + 3
    rows = again.store.decisions(trained.info.fingerprint).history(lines[0]["id"])
    assert rows[0].evidence["strategy"] == "balanced"


def test_labels_of_unlabelled_rows_are_counted_with_the_decisions(trained, tmp_path, capsys):
    out = tmp_path / "own.csv"
    write(out, ["id", "label"], [[Pool(log(trained)).row_id(39), trained.classes[1]]])
    home = ["--home", str(trained.store.home)]
    before = len(log(trained).corrections().added)
    assert main(["pool", "label", trained.id, "--from", str(out), "--annotator", "ada", *home]) == 0
    assert "hamr train --labels current" in capsys.readouterr().err
    assert main(["decisions", "show", trained.id, "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["unlabelled"] == before + 1


def test_the_list_says_who_attached_how_many(trained, capsys):
    capsys.readouterr()
    assert main(["pool", "list", trained.id, "--json", "--home", str(trained.store.home)]) == 0
    (part,) = json.loads(capsys.readouterr().out)["attached"]
    assert (part["rows"], part["annotator"], part["name"]) == (40, "ada", "new.csv")


def test_without_unlabelled_rows_the_way_to_attach_some_is_said(tmp_path, capsys):
    run = train_small(tmp_path, small_dataset())
    assert main(["pool", "rank", run.id, "--to", "-", "--home", str(tmp_path)]) == 1
    assert "hamr pool add" in capsys.readouterr().err


def rank(run, to, *more):
    return main(["pool", "rank", run.id, "--to", str(to), "--home", str(run.store.home), *more])


def test_labels_that_are_filled_in_are_not_overwritten_before_they_are_recorded(
    trained, tmp_path, capsys
):
    out = tmp_path / "first.csv"
    assert rank(trained, out, "--top", "2", "--strategy", "diverse") == 0
    assert rank(trained, out, "--top", "3", "--strategy", "diverse") == 0  # nothing is filled in
    with out.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    filled = [{**line, "label": trained.classes[0]} for line in lines[:2]] + lines[2:]
    write(out, list(lines[0]), (line.values() for line in filled))
    before = out.read_bytes()
    capsys.readouterr()
    assert rank(trained, out) == 2
    said = capsys.readouterr().err
    assert "has 2 labels that are not recorded yet: record them with hamr pool label" in said
    assert out.read_bytes() == before
    assert main(["pool", "label", trained.id, "--from", str(out), "--annotator", "ada",
                 "--home", str(trained.store.home)]) == 0  # fmt: skip
    assert rank(trained, out, "--top", "3") == 0


def test_another_label_of_a_second_annotator_is_not_overwritten(trained, tmp_path, capsys):
    ada, ben = tmp_path / "ada.csv", tmp_path / "ben.csv"
    assert rank(trained, ada, "--top", "1", "--strategy", "diverse") == 0
    with ada.open(encoding="utf-8") as file:
        (line,) = csv.DictReader(file)
    for out, label in ((ada, trained.classes[0]), (ben, trained.classes[1])):
        write(out, list(line), [{**line, "label": label}.values()])
    assert main(["pool", "label", trained.id, "--from", str(ada), "--annotator", "ada",
                 "--home", str(trained.store.home)]) == 0  # fmt: skip
    assert rank(trained, ada) == 0
    assert rank(trained, ben) == 2
    assert "has 1 label that is not recorded yet" in capsys.readouterr().err


def test_fewer_rows_than_one_are_not_ranked(trained, tmp_path, capsys):
    assert rank(trained, tmp_path / "first.csv", "--top", "0") == 2
    assert "--top must be 1 or more, got 0" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
