"""Several people on one data set: class acts, comments, guidelines, rules, kept like decisions."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from hamr.data.corrected import corrected
from hamr.errors import DecisionError
from hamr.store import Store, Team, as_seen_by
from hamr.store.backup import backup
from hamr.store.checking import check_home
from hamr.store.rebuild import restore_from_folders
from hamr.store.unpacking import restore
from tests.decided import decide
from tests.fake_run import fake_dataset, fake_token_dataset

A, B, C = "class a", "class b", "class c"
ROW = "train:1"


@pytest.fixture
def dataset():
    return fake_dataset(40, classes=3)


@pytest.fixture
def decisions(store, dataset):
    store.add_dataset(dataset)
    return store.decisions(dataset.fingerprint)


@pytest.fixture
def team(decisions):
    return Team(decisions)


def rows_of(decisions, name):
    return [
        row
        for split in ("train", "validation", "test")
        for row in decisions.rows._table(split).ids(range(len(decisions.rows._table(split))))
        if decisions.rows.original(row) == name
    ]


def test_a_rename_changes_the_current_label_of_every_row(decisions, team, store):
    row = rows_of(decisions, A)[0]
    team.act("rename", A, "ada", to="refund", why="clearer")
    again = Store.open(store.home).decisions(decisions.fingerprint)
    assert again.label(row) == again.original(row) == "refund"
    assert again.rows.original(row) == A
    assert again.names() == ("refund", B, C)
    assert set(again.corrections("train").labels) == set(rows_of(decisions, A))


def test_a_merge_leaves_one_class_in_the_corrected_data(decisions, team, dataset):
    team.act("merge", A, "ada", to=B)
    found = corrected(dataset, decisions.corrections("train"))
    assert found.classes == (B, C)
    for split in ("train", "validation", "test"):
        names = [found.classes[label] for label in found.split(split).labels]
        assert names == [decisions.label(row) for row in found.split(split).ids]


def test_a_renamed_class_keeps_its_number_in_the_corrected_data(decisions, team, dataset):
    team.act("rename", A, "ada", to="zebra")
    found = corrected(dataset, decisions.corrections())
    assert found.classes == ("zebra", B, C)
    assert (found.train.labels == dataset.train.labels).all()


def test_merged_entity_types_are_one_type_in_the_corrected_sentences(store):
    dataset = fake_token_dataset(40)
    store.add_dataset(dataset)
    decisions = store.decisions(dataset.fingerprint)
    gone, kept = decisions.names()[:2]
    Team(decisions).act("merge", gone, "ada", to=kept)
    found = corrected(dataset, decisions.corrections())
    assert gone not in found.classes
    store.add_dataset(found)
    rows = store.decisions(found.fingerprint).rows
    assert all(rows.original(row) == decisions.label(row) for row in found.train.ids)


def test_an_undo_restores_every_label_even_by_somebody_else(decisions, team):
    decide(decisions, ROW, B)
    before = {row: decisions.label(row) for row in rows_of(decisions, A)}
    act = team.act("merge", A, "ada", to=B).act_id
    assert set(map(decisions.label, before)) == {B}
    decisions.undo(act, "bob", "undo of bob")
    assert {row: decisions.label(row) for row in before} == before
    assert decisions.corrections().labels == ({ROW: B} if decisions.rows.original(ROW) != B else {})


def test_a_decision_that_gives_a_class_retired_meanwhile_says_who_and_what_else(decisions, team):
    team.act("retire", A, "bob", why="use b")
    with pytest.raises(DecisionError, match=r"retired by bob on .* \(use b\): choose one of") as it:
        decide(decisions, ROW, A)
    assert B in str(it.value) and decisions.count == 1
    with pytest.raises(DecisionError, match="retired by bob"):
        decide(decisions, ROW, A, new_class=True)
    team.act("reinstate", A, "bob")
    decide(decisions, ROW, A)


def test_a_decision_that_gives_a_former_name_says_the_present_one(decisions, team):
    team.act("rename", A, "bob", to="refund")
    with pytest.raises(DecisionError, match="is now called 'refund', renamed by bob"):
        decide(decisions, ROW, A)


def test_the_last_act_of_an_annotator_may_be_a_class_act(decisions, team):
    act = team.act("retire", A, "ada").act_id
    assert decisions.last_act("ada") == act
    decisions.undo(act, "ada", "u")
    assert decisions.next_redo("ada") == act and decisions.names() == (A, B, C)


def test_a_class_act_that_is_sent_twice_counts_once(decisions, team):
    first = team.act("retire", A, "ada", client_id="one")
    assert team.act("retire", A, "ada", client_id="one") == first and decisions.count == 1
    with pytest.raises(DecisionError, match="client id"):
        team.act("retire", B, "ada", client_id="one")


def test_classes_are_listed_with_their_rows_and_their_past(decisions, team):
    team.act("merge", A, "ada", to=B)
    team.act("rename", B, "ada", to="money")
    team.act("retire", C, "bob")
    money, other = team.classes()
    assert (money.name, money.also, other.retired.event.annotator) == ("money", (A, B), "bob")
    assert team.row_counts()["money"] == len(rows_of(decisions, A)) + len(rows_of(decisions, B))


def test_a_guideline_keeps_its_versions_and_follows_its_class(team):
    team.write_guideline(A, "first", "ada")
    team.write_guideline(A, "second", "bob")
    team.act("rename", A, "ada", to="refund")
    first, second = team.guideline_versions("refund")
    team.write_guideline("refund", first.text, "ada", restores=first.version)
    assert (second.author, team.guidelines()["refund"].text) == ("bob", "first")
    with pytest.raises(DecisionError, match="reads so already"):
        team.write_guideline("refund", "first", "ada")


def test_comments_form_threads_that_are_settled_and_reopened(team):
    first = team.comment(ROW, "why <b>not</b> b?", "ada", span=(0, 1)).client_id
    team.comment(ROW, "because", "bob", thread=first)
    (thread,) = team.comments_on(ROW)
    assert (thread.span, [c.text for c in thread.shown]) == (
        (0, 1), ["why <b>not</b> b?", "because"],
    )  # fmt: skip
    team.settle_thread(ROW, first, "bob")
    assert not team.comments_on(ROW)[0].open
    with pytest.raises(DecisionError, match="bob has settled"):
        team.settle_thread(ROW, first, "ada")
    team.settle_thread(ROW, first, "ada", reopen=True)
    assert team.comments_on(ROW)[0].open


def test_only_ones_own_comment_is_edited_or_deleted_and_the_audit_keeps_it(decisions, team):
    own = team.comment(ROW, "first words", "ada").client_id
    with pytest.raises(DecisionError, match="the comment is ada's"):
        team.edit_comment(ROW, own, "no", "bob")
    team.edit_comment(ROW, own, "better words", "ada")
    assert team.comments_on(ROW)[0].shown[0].text == "better words"
    team.delete_comment(ROW, own, "ada")
    assert team.comments_on(ROW) == () and team.threads() == ()
    assert "first words" in json.dumps([dict(e.content) for e in decisions.events()])


@pytest.mark.parametrize(("words", "span", "said"), [
    ("  ", None, "empty"), ("x" * 6000, None, "5,000"), ("x", (0, 99), "counted from 1"),
])  # fmt: skip
def test_comments_that_do_not_fit_are_refused(team, words, span, said):
    with pytest.raises(DecisionError, match=said):
        team.comment(ROW, words, "ada", span=span)


def test_comments_and_rules_are_no_decisions(decisions, team):
    team.comment(ROW, "hm", "ada")
    team.set_settlers(["ada"], "ada")
    assert decisions.states() == {} and decisions.annotators() == []
    assert decisions.decided_since(0) == 0 and decisions.last_act("ada") is None


def test_in_blind_mode_nothing_of_others_is_seen_before_ones_own_decision(decisions, team):
    original = decisions.rows.original(ROW)
    other = next(name for name in (A, B, C) if name != original)
    team.set_blind(True, "ada")
    decide(decisions, ROW, other, "ada")
    seen = as_seen_by(decisions, "bob")
    assert (seen.label(ROW), seen.state(ROW), seen.history(ROW)) == (original, None, [])
    assert seen.states() == {} and seen.corrections().labels == {}
    assert decisions.label(ROW) == other
    decide(seen, ROW, original, "bob")
    assert seen.state(ROW).conflict and len(seen.history(ROW)) == 2


def test_a_skip_shows_nothing_and_an_undone_decision_has_shown_all(decisions, team):
    team.set_blind(True, "ada")
    decide(decisions, ROW, B, "ada")
    seen = as_seen_by(decisions, "bob")
    decide(seen, ROW, kind="skip", annotator="bob")
    assert [j.annotator for j in seen.state(ROW).judgements] == ["bob"]
    act = decide(seen, ROW, A, "bob").act_id
    decisions.undo(act, "bob", "u")
    assert seen.state(ROW).by == ("ada",)


def test_an_earlier_version_shows_what_could_be_seen_then(decisions, team):
    team.set_blind(True, "ada")
    decide(decisions, ROW, B, "ada")
    seen = as_seen_by(decisions, "bob")
    decide(seen, ROW, kind="skip", annotator="bob")
    before = decisions.version
    decide(seen, ROW, A, "bob")
    assert [j.annotator for j in seen.states(at=before)[ROW].judgements] == ["bob"]
    assert seen.states()[ROW].conflict and seen.states(at=0) == {}


def test_agreement_counts_pairs_of_blind_labels_only(decisions, team):
    team.set_blind(True, "ada")
    for row in ("train:1", "train:2"):
        decide(decisions, row, A, "ada")
        decide(as_seen_by(decisions, "bob"), row, A, "bob")
    decide(as_seen_by(decisions, "bob"), "train:1", B, "bob")  # after seeing ada's: not counted
    decide(decisions, "train:3", A, "ada")
    decide(decisions, "train:3", B, "cem")  # with ada's label in view
    (pair,) = decisions.agreement().pairs
    assert (pair.first, pair.second, pair.rows, pair.same) == ("ada", "bob", 2, 2)
    marked = [e.evidence["blind"] for e in decisions.events() if e.kind == "label"]
    assert marked == [True, True, True, True, False, True, False]


def test_labels_given_before_blind_mode_count_if_nobody_elses_was_shown(decisions):
    decide(decisions, "train:1", A, "ada")
    decide(decisions, "train:1", B, "bob", base=0)  # both had the row open
    decide(decisions, "train:2", A, "ada")
    decide(decisions, "train:2", B, "bob")  # saw ada's
    assert decisions.agreement().rows == 1


def test_only_who_turned_blind_mode_on_turns_it_off(decisions, team):
    team.set_blind(True, "ada")
    with pytest.raises(DecisionError, match="ada turned blind mode on"):
        team.set_blind(False, "bob")
    team.set_blind(False, "ada")
    assert not decisions.rules.blind


def test_only_named_people_settle_conflicts(decisions, team):
    team.set_settlers(["ada", "cem"], "ada")
    decide(decisions, ROW, A, "ada")
    decide(decisions, ROW, B, "bob")
    with pytest.raises(DecisionError, match="Only ada and cem may choose"):
        decide(decisions, ROW, B, "bob", kind="resolve")
    with pytest.raises(DecisionError, match="only ada and cem may change"):
        team.set_settlers(None, "bob")
    decide(decisions, ROW, B, "cem", kind="resolve")
    assert decisions.label(ROW) == B


def test_both_databases_keep_every_kind_of_event(shared, dataset):
    shared.add_dataset(dataset)
    decisions = shared.decisions(dataset.fingerprint)
    team = Team(decisions)
    act = team.act("merge", A, "ada", to=B, why="same").act_id
    own = team.comment(ROW, "why?", "bob", span=(0, 1)).client_id
    team.edit_comment(ROW, own, "why so?", "bob")
    team.settle_thread(ROW, own, "ada")
    team.write_guideline(B, "**all**", "ada")
    team.set_settlers(["ada"], "ada")
    decisions.undo(act, "ada", "u")
    again = Store.open(shared.home).decisions(dataset.fingerprint)
    assert again.events() == decisions.events() and again.names() == (A, B, C)
    assert Team(again).comments_on(ROW)[0].shown[0].text == "why so?"
    assert again.rules == decisions.rules and Team(again).guidelines()[B].text == "**all**"


@pytest.fixture
def busy(store, decisions, team):
    """A home with an event of every kind."""
    decide(decisions, ROW, B)
    team.act("rename", A, "ada", to="refund")
    team.write_guideline("refund", "money back", "ada")
    team.comment(ROW, "sure?", "bob")
    team.set_blind(True, "ada")
    return store.home


def meaning(home, fingerprint):
    decisions = Store.open(home).decisions(fingerprint)
    team = Team(decisions)
    return decisions.events(), team.classes(), team.threads(), decisions.rules


def test_backup_and_restore_keep_every_event(busy, decisions, tmp_path):
    backup(busy, tmp_path / "copy.tar")
    restore(tmp_path / "copy.tar", tmp_path / "new")
    assert check_home(tmp_path / "new").faults == []
    fingerprint = decisions.fingerprint
    assert meaning(tmp_path / "new", fingerprint) == meaning(busy, fingerprint)


def test_a_lost_database_is_made_again_with_every_event(busy, decisions):
    before = meaning(busy, decisions.fingerprint)
    (busy / "hamr.db").unlink()
    restore_from_folders(busy)
    assert meaning(busy, decisions.fingerprint) == before and check_home(busy).faults == []


def test_a_comment_that_was_tampered_with_is_noticed_and_restored(busy, decisions):
    before = meaning(busy, decisions.fingerprint)
    with Store.open(busy).database.writing.begin() as connection:
        change = "UPDATE decisions SET new = replace(new, 'sure?', 'yes!!') WHERE kind = 'comment'"
        assert connection.execute(text(change)).rowcount == 1
    assert any("does not match its checksum" in fault for fault in check_home(busy).database)
    assert meaning(busy, decisions.fingerprint) == before
    assert check_home(busy, repair=True).faults == []


def test_a_home_of_the_version_before_opens_with_its_decisions(store, decisions):
    decide(decisions, ROW, B)
    with store.database.writing.begin() as connection:
        connection.execute(text("DROP TABLE preferences"))  # which came later
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
        connection.execute(text("PRAGMA user_version = 5"))
    store.database.engine.dispose()
    again = Store.open(store.home)
    known = again.decisions(decisions.fingerprint)
    assert not again.notice and known.label(ROW) == B
    Team(known).comment(ROW, "still here", "ada")
    assert check_home(store.home).faults == []


def test_a_label_of_data_that_differs_only_in_names_is_kept_apart(store, dataset):
    other = replace(dataset, fingerprint="f0e1" * 16)
    store.add_dataset(dataset)
    store.add_dataset(other)
    Team(store.decisions(dataset.fingerprint)).act("rename", A, "ada", to="refund")
    assert store.decisions(other.fingerprint).names() == (A, B, C)
