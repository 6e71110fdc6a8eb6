"""Exported models whose tags are chosen together: what their card says holds."""

import json
import re

import numpy as np
import pytest

from hamr.errors import ModelError
from hamr.exports.model import export_model
from hamr.inference.exported import load_exported
from hamr.inference.exported_transitions import FILE
from hamr.jobs.predicting import predictor_of
from hamr.training.tag_decoding import TagDecoding
from tests.core.small_data import small_tagged
from tests.core.trained import train_small

FORMS = {"quick": ["onnx"], "full": ["onnx", "transformers"]}


@pytest.fixture(scope="module", params=["quick", "full"])
def run(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:  # so small a run may choose words alone
        patch.setattr(TagDecoding, "choose", lambda self, *_: self._scores(2.0, 0.5))
        return train_small(home, small_tagged(), request.param, tag_decoding="viterbi")


@pytest.fixture(scope="module")
def found(run):
    """What the run predicts of its test sentences, by a matrix that changes tags."""
    texts = run.rows("test").texts(range(len(run.rows("test"))))
    return texts, predictor_of(run, device="cpu").predict(texts)


@pytest.fixture(scope="module")
def folders(run, tmp_path_factory):
    made = {form: tmp_path_factory.mktemp("models") / form for form in FORMS[run.info.preset]}
    for form, folder in made.items():
        export_model(run, folder, form)
    return made


def test_the_code_in_the_card_gives_the_tags_of_the_run(found, folders, monkeypatch):
    _, predicted = found
    assert not np.array_equal(predicted.numbers, predicted.probabilities.argmax(1))
    for folder in folders.values():
        card = (folder / "README.md").read_text()
        (code,) = [one for one in re.findall(r"```python\n(.*?)```", card, re.S) if FILE in one]
        monkeypatch.chdir(folder)
        for first, end, tags in zip(
            predicted.starts[:-1], predicted.starts[1:], predicted.tags, strict=True
        ):
            space = {"p": predicted.probabilities[first:end]}
            exec(code, space)
            assert tuple(space["names"]) == tags


def test_an_exported_model_tags_as_the_run_does(found, folders):
    texts, predicted = found
    for folder in folders.values():
        again = load_exported(folder, "cpu").predict(texts)
        np.testing.assert_array_equal(again.transitions[:-1], predicted.transitions[:-1])
        assert again.tags == predicted.tags


def test_the_card_says_that_tags_of_words_alone_are_others(folders):
    for folder in folders.values():
        card = (folder / "README.md").read_text()
        assert "chosen together" in card
        assert "Programs that give each word its most probable tag" in card
        assert json.loads((folder / FILE).read_text())["how"].endswith("(Viterbi).")


def test_a_file_of_other_tags_is_a_sentence(folders):
    folder = folders["onnx"]
    kept = (folder / FILE).read_text()
    (folder / FILE).write_text(json.dumps(json.loads(kept) | {"step": [[0]]}))
    with pytest.raises(ModelError, match="lacks the scores of 5 tags"):
        load_exported(folder, "cpu")
    (folder / FILE).write_text(kept)


def test_a_model_that_tags_each_word_alone_has_no_such_file(tmp_path):
    run = train_small(tmp_path / "home", small_tagged(), tag_decoding="word")
    export_model(run, tmp_path / "model", "onnx")
    assert not (tmp_path / "model" / FILE).exists()
    assert "chosen together" not in (tmp_path / "model" / "README.md").read_text()
