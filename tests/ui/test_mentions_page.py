"""The entity mentions on Neighbourhoods: from their link, without a map, and what opens."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.ui.widgets.mapchoice import MENTIONS
from hamr.views.base import mentions as entity_mentions
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.packing import Frame
from hamr.views.neighbourhoods import mention_map as mentions
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import on_map, words

PAGE = "pages/5_Neighbourhoods.py"
HALF = [(-1000, -1000), (32768, -1000), (32768, 70000), (-1000, 70000)]  # left half of the frame


@pytest.fixture
def run(store):
    return write_fake_token_run(store)


@pytest.fixture
def look(visit, run):
    """Open the map of the mentions of `run`, with more of its link."""
    return lambda **query: visit(PAGE, run=run.id, map=MENTIONS, **query)


def in_half(run):
    xy = run.mention_map()
    return np.flatnonzero(inside(Frame.around(xy).to_data(HALF), xy))


def controls(app) -> list[str]:
    return [group.key for group in app.button_group]


def marks(app) -> list[str]:
    """What the map's legend says of its marks."""
    return [meaning for _, meaning in on_map(app)["shapes"]]


def is_whole(app) -> bool:
    return not app.exception and not app.error


@pytest.mark.parametrize("colour", mentions.COLOURINGS)
def test_the_mention_map_opens_in_every_colouring(look, run, colour):
    app = look(mcolour=colour)
    assert is_whole(app)
    assert "coloured by" in on_map(app)["description"]
    count = len(run.mention_map())
    assert (
        f"UMAP of {count} training entity mentions, coloured by {colour}"
        in on_map(app)["description"]
    )


def test_a_token_run_shows_its_sentences_first(visit, run):
    app = visit(PAGE, run=run.id)
    assert "map" in controls(app)
    said = on_map(app)["description"]
    assert "UMAP of 120 training sentences, coloured by rarest type" in said


def test_a_link_to_the_colouring_by_class_opens_that_by_rarest_type(visit, run):
    app = visit(PAGE, run=run.id, colour="class")
    assert is_whole(app)
    assert app.selectbox(key="colour").value == "class"
    assert "A sentence is counted under its rarest entity type" in words(app)


def test_the_other_map_is_one_click_away(visit, run):
    app = visit(PAGE, run=run.id)
    app.button_group(key="map").set_value(MENTIONS).run()
    assert "entity mentions, coloured by type" in on_map(app)["description"]


def test_texts_with_a_class_have_one_map_whatever_the_link_says(store, visit):
    app = visit(PAGE, run=write_fake_run(store).id, map=MENTIONS)
    assert is_whole(app)
    assert "map" not in controls(app)
    assert "Similar rows lie close together (UMAP" in words(app)


def test_the_map_says_how_many_predictions_have_no_place_on_it(look, run):
    spurious = entity_mentions.answers(run, 3).spurious
    assert spurious > 1
    assert f"{spurious} spurious entities of epoch 3" in words(look())


def test_a_lasso_in_the_link_lists_exactly_its_mentions_with_the_highest_loss_first(look, run):
    app = look(mlasso=lasso_text(HALF))
    held = in_half(run)
    assert 0 < len(held) < len(run.mention_map())
    assert f"{len(held)} entity mentions in the lasso" in words(app)
    table = app.dataframe[0].value
    assert sorted(table["row"]) == sorted(entity_mentions.mentions(run).row[held])
    assert sorted(table["mention"]) == sorted(entity_mentions.texts(run)[i] for i in held)
    assert (np.diff(table["loss"]) <= 0).all()


def test_of_many_mentions_those_of_highest_loss_are_shown(look, run, monkeypatch):
    monkeypatch.setattr("hamr.ui.neighbourhoods.mention_map.SHOWN", 20)
    app = look(mlasso=lasso_text(HALF))
    shown = mentions.by_loss(run, 3, in_half(run))[:20]
    assert (
        app.dataframe[0].value["mention"].tolist()
        == mentions.table(run, 3, shown)["mention"].tolist()
    )
    assert "the 20 of highest loss are shown" in words(app)
    assert app.get("download_button")[0].proto.label == "CSV of these mentions"


def test_the_lasso_of_one_map_is_not_applied_to_the_other(visit, look, run):
    lasso = lasso_text(HALF)
    assert "in the lasso" not in words(look(lasso=lasso))
    assert "in the lasso" not in words(visit(PAGE, run=run.id, mlasso=lasso))


def test_a_search_lists_the_mentions_with_those_words(look, run):
    app = look(find="ADA")
    expected = [text for text in entity_mentions.texts(run) if "ada" in text.lower()]
    assert sorted(app.dataframe[0].value["mention"]) == sorted(expected)


def test_a_search_without_matches_says_so(look):
    assert "No entity mention with 'zebra'" in words(look(find="zebra"))


def test_a_row_in_the_link_opens_its_sentence_and_why_it_was_drawn(look):
    app = look(row="5")
    sentences = [e.proto.body for e in app.get("html") if 'class="hs"' in e.proto.body]
    assert len(sentences) == 1
    assert "Why was row 5 drawn in epoch 3?" in words(app)


def test_a_row_without_entities_opens_too(look, run):
    row = next(row for row in range(120) if not run.rows().tags(row).any())
    app = look(row=str(row))
    assert is_whole(app)
    assert f"Why was row {row} drawn" in words(app)


def test_the_mention_that_was_clicked_is_marked(look, run):
    gold = entity_mentions.mentions(run)
    row = int(np.flatnonzero(np.bincount(gold.row) == 2)[0])
    first, second = entity_mentions.of_row(gold, row).tolist()
    texts = entity_mentions.texts(run)
    assert f"“{texts[second]}” in row {row}" in marks(look(row=str(row), mention=str(second)))
    assert f"“{texts[first]}” in row {row}" in marks(look(row=str(row)))


def test_a_mention_of_another_row_gives_way_to_the_rows_own(look, run):
    last = len(run.mention_map()) - 1
    assert f"“{entity_mentions.texts(run)[0]}” in row 0" in marks(look(row="0", mention=str(last)))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"row": "120"}, "rows are numbered 0 to 119"),
        ({"mlasso": "AAAA"}, "draw it again"),
        ({"mention": "none"}, "Each point is an entity"),
    ],
)
def test_a_bad_link_is_told_in_a_sentence(look, query, sentence):
    app = look(**query)
    assert not app.exception
    assert sentence in words(app)


def test_while_the_mention_map_is_drawn_the_page_says_so(store, visit):
    run = write_fake_token_run(store, epochs=2, status="running", with_map=False)
    with run.hold():
        app = visit(PAGE, run=run.id, map=MENTIONS, row="5", find="ada")
    assert is_whole(app)
    assert "entity mentions on the map while training continues" in words(app)
    assert "Why was row 5 drawn" in words(app)
    assert app.button_group(key="side-shown").options[-2].startswith("Selection (")


def test_a_run_without_a_mention_map_names_the_command_that_draws_it(store, visit):
    run = write_fake_token_run(store, with_map=False)
    run.write_map(np.zeros((120, 2)))
    app = visit(PAGE, run=run.id, map=MENTIONS)
    assert is_whole(app)
    assert "has no map of its" in words(app)
    assert app.code[0].value == f"python -m hamr map {run.id[:8]}"


def test_a_damaged_mention_map_is_told_in_a_sentence(look, run):
    (run.folder / "mention_map.npy").write_bytes(b"short")
    app = look()
    assert not app.exception
    assert len(app.error) == 1


def test_types_of_the_link_are_in_focus_and_their_mentions_listed(look, run):
    app = look(classes="1")
    assert on_map(app)["filter"]["codes"] == [1]
    held = np.flatnonzero(entity_mentions.mentions(run).type == 1)
    assert f"{len(held)} entity mentions of 1 type" in words(app)
    assert set(app.dataframe[0].value["type"]) == {run.info.scored[1]}


def test_a_range_of_the_link_is_brushed_and_its_mentions_listed(look, run):
    app = look(signal="loss", range="0.5,0.9", play="1")
    assert on_map(app)["filter"]["range"] == [0.5, 0.9]
    assert on_map(app)["player"]["epochs"] == [1, 2, 3]
    loss = app.dataframe[0].value["loss"]
    assert len(loss) and loss.between(0.49, 0.91).all()


def test_the_data_map_has_the_mentions_of_training_rows_and_axes(look, run):
    app = look(layout="data-map", split="all")
    assert is_whole(app)
    count = len(run.mention_map())
    assert f"Data map of {count} training entity mentions" in on_map(app)["description"]
    assert len(on_map(app)["axes"]) == 2


def test_held_out_mentions_are_squares_and_triangles_once_they_are_placed(look, run):
    count = len(entity_mentions.all_mentions(run).row) - len(run.mention_map())
    run.write_held_out_mention_map(np.zeros((count, 2)))
    app = look(split="all", find="ada")
    assert is_whole(app)
    assert {"square", "triangle"} <= {sign for sign, _ in on_map(app)["shapes"]}
    expected = mentions.matching(run, "ada", held_out=True)
    assert f"{len(expected)} entity mentions with 'ada'" in words(app)
    assert (expected >= len(run.mention_map())).any()


def test_the_mention_that_is_open_has_its_figures_above_its_sentence(look, run):
    mention = int(np.flatnonzero(entity_mentions.answers(run, 3).kind == mentions.MISSED)[0])
    row = int(entity_mentions.mentions(run).row[mention])
    app = look(row=str(row), mention=str(mention))
    facts = " ".join(e.proto.body for e in app.get("html"))
    assert "predicted as</th><td>missed" in facts and "p(label error)</th>" in facts
    app.button(key="mention-similar").click().run()
    assert app.query_params["like"] == f"mention:{mention}"


def test_the_filters_of_one_map_are_dropped_on_the_other(look):
    app = look(classes="1", range="0,1", signal="loss")
    app.button_group(key="map").set_value("Sentences").run()
    assert not {"classes", "range"} & set(app.query_params)
    assert on_map(app)["filter"]["codes"] == []
