"""A sentence of a token run: what is read of it, and how it is written as HTML."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hamr.entities import Span
from hamr.errors import StoreError
from hamr.store import Store
from hamr.ui.widgets.spans import DARKEST, MOST_SHADE, grids, markup
from hamr.views.base.sentence import Sentence, sentence
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")))


def made(words: int = 4, loss=None, word: str = "w") -> Sentence:
    """One gold entity on the first two words, and a predicted one on the second alone."""
    tags = np.zeros(words, np.int16)
    return Sentence(
        row=0,
        words=tuple(f"{word}{i}" for i in range(words)),
        types=("<i>kind</i>", "other"),
        gold_tags=tags,
        predicted_tags=tags,
        loss=np.zeros(words, np.float32) if loss is None else np.array(loss, np.float32),
        probability=np.ones(words, np.float32),
        gold=[Span(0, 2, 0)],
        predicted=[Span(1, 2, 1)],
        mistakes=[(Span(0, 2, 0), "wrong type")],
    )


@pytest.mark.parametrize("row", [0, 7, 119])
def test_a_sentence_has_its_own_words_tags_and_losses(run, row):
    found = sentence(run, 2, row)
    start, end = run.rows().word_starts[row : row + 2]
    assert found.words == tuple(run.rows().words(row))
    assert np.array_equal(found.gold_tags, run.rows().tags(row))
    assert np.array_equal(found.predicted_tags, run.signal("word_prediction", 2)[start:end])
    assert len(found.loss) == len(found.words)


def test_the_hardest_word_sets_the_sentences_loss(run):
    losses = run.signal("loss", 2)
    for row in range(20):
        found = sentence(run, 2, row)
        assert found.loss[found.hardest] == losses[row]


def test_a_sentence_names_the_mistakes_that_its_row_signal_counts(run):
    for row, bits in enumerate(run.signal("errors", 2).tolist()):
        assert bool(sentence(run, 2, row).mistakes) == bool(bits)


def test_a_run_on_classes_has_no_sentences(tmp_path):
    with pytest.raises(StoreError, match="have no tags"):
        sentence(write_fake_run(Store.open(tmp_path)), 1, 0)


def test_the_table_names_tags():
    frame = made(2).frame()
    assert frame["gold tag"].tolist() == ["O", "O"]
    assert list(frame) == ["word", "gold tag", "predicted tag", "loss", "P(predicted)"]


@pytest.mark.parametrize(("hardest", "window"), [(0, (0, 10)), (50, (45, 55)), (99, (90, 100))])
def test_the_window_lies_around_the_hardest_word(hardest, window):
    loss = np.zeros(100)
    loss[hardest] = 1
    assert made(100, loss).around(10) == window


def test_a_short_sentence_is_its_own_window():
    assert made(4).around(10) == (0, 4)


def test_words_and_types_are_escaped_wherever_they_stand():
    html = markup(made(word='<script>"'), 0, 4)
    assert "<script" not in html
    assert '"w0' not in html
    assert "<i>kind" not in html
    assert "&lt;i&gt;kind&lt;/i&gt;" in html


def test_a_word_is_shaded_by_its_loss_up_to_a_limit():
    html = markup(made(3, [0, MOST_SHADE / 2, 99]), 0, 3)
    for opacity in (0, DARKEST / 2, DARKEST):
        assert f"background:rgba(213,94,0,{opacity:.3f})" in html


def test_the_hardest_word_alone_is_framed():
    html = markup(made(3, [0, 1, 2]), 0, 3)
    assert html.count('<b class="top"') == 1
    assert html.index('<b class="top"') > html.index(">w1</b>")


def test_a_window_that_begins_within_an_entity_names_it_there():
    assert ">…&lt;i&gt;kind&lt;/i&gt;</i>" in markup(made(), 1, 4)


def test_mistakes_are_told_in_words():
    assert "wrong type: <b>w0 w1</b>" in markup(made(), 0, 4)


def test_a_mistake_tells_what_the_model_saw_instead():
    assert "wrong type: <b>w0 w1</b> (&lt;i&gt;kind&lt;/i&gt;), predicted <b>w1</b> (other)" in (
        markup(made(), 0, 4)
    )


def spans(gold: list[Span], predicted: list[Span], words: int = 6) -> Sentence:
    """A sentence with these entities."""
    from hamr.entities import ERROR_KINDS, mistakes

    wrong = [(span, ERROR_KINDS[kind]) for span, kind in mistakes(gold, predicted)]
    return replace(made(words), gold=gold, predicted=predicted, mistakes=wrong)


def test_words_of_overlapping_entities_stand_in_one_grid():
    found = spans([Span(0, 2, 0)], [Span(1, 3, 0)])
    assert grids(found, 0, 6) == [(0, 3), (3, 4), (4, 5), (5, 6)]


def test_neighbouring_entities_stand_apart():
    assert grids(spans([Span(0, 2, 0), Span(2, 4, 0)], []), 0, 4) == [(0, 2), (2, 4)]


def test_a_long_entity_goes_on_in_another_grid_and_is_named_there():
    found = replace(spans([Span(0, 6, 1)], []), words=("elevenchars",) * 6)
    assert grids(found, 0, 6) == [(0, 2), (2, 4), (4, 6)]
    html = markup(found, 0, 6)
    assert html.count(">other · missed</i>") == 1
    assert html.count(">…other</i>") == 2


def test_a_name_spans_the_words_of_its_entity():
    html = markup(spans([Span(1, 3, 1)], [Span(1, 3, 1)]), 0, 6)
    assert html.count('style="grid-column:1/3" title="other">other</i>') == 2


def test_right_entities_have_no_mark_of_a_mistake():
    html = markup(spans([Span(1, 3, 1)], [Span(1, 3, 1)]), 0, 6, legend=False)
    assert "✗" not in html
    assert ' no"' not in html
    assert "All entities are right" in html


@pytest.mark.parametrize(
    ("gold", "predicted", "marks"),
    [
        ([Span(0, 1, 1)], [], ['class="g no"', "other · missed"]),
        ([], [Span(0, 1, 1)], ['class="p no"', "✗ other · spurious"]),
        ([Span(0, 1, 1)], [Span(0, 1, 0)], ['class="p no"', 'title="other">other</i>']),
        ([Span(0, 2, 1)], [Span(0, 1, 1)], ['class="p no"', 'title="✗ other">✗ other</i>']),
    ],
)
def test_a_wrong_entity_is_marked_where_it_is_wrong(gold, predicted, marks):
    html = markup(spans(gold, predicted), 0, 6, legend=False)
    assert all(mark in html for mark in marks)
    assert html.count(' no"') == 1


def test_a_sentence_without_entities_says_so():
    assert "This sentence has no entity, and none is predicted." in markup(spans([], []), 0, 6)


def test_the_legend_is_left_out_where_another_sentence_has_it():
    assert "sets the loss" not in markup(made(), 0, 4, legend=False)


def test_the_html_loads_nothing():
    html = markup(made(), 0, 4)
    assert not any(word in html for word in ("http", "src=", "url(", "<link", "@import"))


def test_a_very_long_word_is_cut_in_the_text_and_whole_in_its_tooltip():
    html = markup(made(1, word="x" * 500), 0, 1)
    assert html.count("x" * 500) == 1
    assert "x" * 59 + "…</b>" in html


def test_entities_that_were_decided_on_are_the_gold_ones(run):
    before = sentence(run, 2, 7)
    found = sentence(run, 2, 7, ((0, 1, "quite_new"),))
    assert found.gold == [Span(0, 1, len(run.info.scored))]
    assert found.types[-1] == "quite_new"
    assert found.tag_names(found.gold_tags)[0] == "B-quite_new"
    assert found.predicted == before.predicted
    assert not [span for span, kind in found.mistakes if kind == "missed" and span.start > 0]
