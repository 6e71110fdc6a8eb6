"""Per-class F1 shows how many entities are found nearly right."""

from tests.fake_run import write_fake_run, write_fake_token_run

PAGE, TEST = "pages/6_Per_class_F1.py", "Test, best epoch"


def tables(app) -> list:
    return [one.value for one in app.dataframe if "match" in one.value.columns]


def test_a_finished_run_on_sentences_has_four_ways_of_counting(store, visit):
    write_fake_token_run(store)
    (table,) = tables(visit(PAGE, on=TEST))
    assert list(table["match"]) == ["words and type", "exact", "partial", "type"]
    assert (table["F1"][1:3] >= table["F1"][0]).all()


def test_one_type_can_be_looked_at(store, visit):
    run = write_fake_token_run(store)
    whole, single = (
        tables(visit(PAGE, on=TEST, match=kind))[0] for kind in ("All types", run.info.scored[0])
    )
    assert not whole.equals(single)


def test_texts_have_no_such_table(store, visit):
    write_fake_run(store)
    assert not tables(visit(PAGE, on=TEST))
