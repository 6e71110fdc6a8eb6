"""Keys on Relabel: fixed for the data set, changed by annotators, refused where they clash."""

from hamr.views.relabel.keymap import MOST_KEYED, POOL, Own, clash, class_keys, keymap


def test_classes_have_digits_first_and_no_key_of_an_action():
    keys = class_keys([f"c{i}" for i in range(12)], [1] * 12, None)
    assert [*keys.values()][:9] == list("123456789")
    assert not set(keys.values()) & set("ausobzyg")


def test_a_class_keeps_its_key_when_another_one_is_made():
    first = class_keys(["b", "c"], [1, 1], None)
    later = class_keys(["a", "b", "c"], [9, 1, 1], first)
    assert (later["b"], later["c"], later["a"]) == ("1", "2", "3")


def test_of_many_classes_the_most_frequent_have_keys():
    keys = class_keys([f"c{i}" for i in range(300)], list(range(300)), None)
    assert len(keys) == MOST_KEYED
    assert keys["c299"] == "1"


def test_an_annotators_own_keys_take_the_place_of_the_others():
    of_data = {"a": "1", "b": "2"}
    keys = keymap(of_data, ("a", "b"), Own({"accept": "2"}, {"a": "x"}))
    assert keys.actions["accept"] == "2"
    assert keys.classes["a"] == "x"
    assert keys.classes["b"] in POOL and keys.classes["b"] not in ("2", "x")


def test_a_key_in_use_is_refused_with_what_it_does():
    keys = keymap({"billing": "1"}, ("billing",), Own())
    assert "gives the label 'billing' already" in clash(keys, "accept", "1", of_class=False)
    assert "Mark the row unsure" in clash(keys, "billing", "u", of_class=True)
    assert "choose one letter or digit" in clash(keys, "billing", "?", of_class=True)
    assert clash(keys, "billing", "x", of_class=True) == ""
    assert clash(keys, "accept", "a", of_class=False) == ""


def test_stored_keys_that_make_no_sense_are_left_out():
    own = Own.of({"accept": "long", "dance": "d", "skip": "x"}, ["no", "mapping"])
    assert (dict(own.actions), dict(own.classes)) == ({"skip": "x"}, {})
