"""The terminal shows names and errors of anybody without obeying them; JSON stays exact."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.cli import main, show, train
from hamr.cli.terminal import NAME, message, print_table, shown
from hamr.config import DataSettings
from hamr.errors import DataError
from hamr.store import Store

ANY = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()))
NAMES = {
    "\x1b[2J": "\\x1b[2J",
    "a\rb": "a\\rb",
    "a\nb": "a\\nb",
    "spam\u200b": "spam\\u200b",
    "\u202emaps": "\\u202emaps",
    "a\xa0b": "a\\xa0b",
    "\udcff.csv": "\\udcff.csv",
    "Größe 大小 ❤": "Größe 大小 ❤",
    "می\u200cخواهم": "می\u200cخواهم",
}


@pytest.mark.parametrize(("name", "seen"), NAMES.items())
def test_what_cannot_be_seen_is_escaped(name, seen):
    assert shown(name) == seen


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(text):
    found = message(text)
    assert not any(mark < " " or "\x7f" <= mark < "\xa0" for mark in found)
    assert not {*found} & {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"}
    found.encode()


@given(ANY)
def test_a_name_is_escaped_once(text):
    assert shown(shown(text, 10_000), 100_000) == shown(text, 10_000)


def test_long_names_and_messages_are_cut():
    assert shown("x" * 1000) == "x" * (NAME - 3) + "..."
    assert len(message("x" * 10_000_000)) <= 2000


@pytest.mark.parametrize("name", ["[red]spam[/red]", "[link=http://a.example]b[/link]", ":bomb:"])
def test_a_table_takes_no_name_for_markup(name, capsys):
    print_table(("class", "rows"), [(name, 3)], left=("class",))
    assert capsys.readouterr().out.splitlines()[1].split() == [name, "3"]


@given(ANY)
def test_a_table_holds_nothing_that_a_terminal_obeys(text):
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        print_table((text, "rows"), [(text, 3)])
    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    assert all(shown(line, 10_000) == line for line in lines)


def test_a_table_has_no_colours_and_no_breaks_where_there_is_no_terminal(capsys):
    print_table(("a", *"b" * 30), [("word " * 10, *range(30))], left=("a",))
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert len(said.splitlines()) == 2


def test_a_class_table_stays_in_shape(capsys, monkeypatch):
    scores = SimpleNamespace(f1=[0.5] * 2, macro_f1=0.5, support=[3, 3])
    final = SimpleNamespace(best_epoch=1, validation=scores, test=scores)
    info = SimpleNamespace(task="sequence", scored=("\x1b[2J", "x" * 500))
    show._print_classes(SimpleNamespace(final=lambda: final, info=info))
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) < 120


BAD = "a\udcff.csv"


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["train", "--data", BAD], "--data"),
        (["train", "--data", "demo", "--validation", BAD], "--validation"),
        (["train", "--data", "demo", "--test", BAD], "--test"),
        (["train", "--data", "demo", "--model", BAD], "--model"),
        (["train", "--data", "demo", "--name", BAD], "--name"),
        (["train", "--data", "demo", "--text-column", BAD], "--text-column"),
        (["sweep", "--data", BAD], "--data"),
        (["sweep", "--data", "demo", "--grid", f"model={BAD}"], "--grid"),
        (["sweep", "--data", "demo", "--to", BAD], "--to"),
        (["runs", "--home", BAD], "--home"),
        (["show", BAD], "RUN"),
        (["export", "r", "--to", BAD], "--to"),
        (["decisions", "import", "r", "--annotator", "x", "--from", BAD], "--from"),
        (["decisions", "export", "r", "--to", BAD], "--to"),
    ],
)
def test_a_name_that_is_not_utf8_is_refused_in_a_sentence(arguments, flag, capsys, tmp_path):
    home = [] if "--home" in arguments else ["--home", str(tmp_path / "home")]
    assert main([*arguments, *home]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"hamr: {flag} is '")
    assert "a\\udcff.csv', which holds bytes that are not UTF-8" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_a_home_of_the_environment_that_is_not_utf8_is_refused_too(capsys, monkeypatch):
    monkeypatch.setenv("HAMR_HOME", "/tmp/\udcff")
    assert main(["runs"]) == 2
    assert "HAMR_HOME is '/tmp/\\udcff'" in capsys.readouterr().err


def test_what_argparse_quotes_is_escaped_as_well(capsys):
    with pytest.raises(SystemExit):
        main(["runs", "--\x1b[2J"])
    assert "\x1b" not in capsys.readouterr().err


def test_an_error_that_quotes_a_name_shows_it_escaped_and_short(capsys, tmp_path):
    Store.open(tmp_path)
    name = "\x1b]0;x\x07" + "y" * 5000
    assert main(["show", name, "--home", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\x07" not in said
    assert len(said) < 2000


def test_letters_that_the_terminal_lacks_are_escaped(monkeypatch, tmp_path):
    Store.open(tmp_path)
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", ascii_only)
    assert main(["show", "größe", "--home", str(tmp_path)]) == 1
    ascii_only.flush()
    assert b"gr\\xf6\\xdfe" in ascii_only.buffer.getvalue()


def test_json_keeps_a_name_as_it_is(capsys, tmp_path):
    from hamr.config import RunSettings

    Store.open(tmp_path).create_run(RunSettings(), name="größe ❤")
    assert main(["runs", "--json", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.isascii()
    assert json.loads(said)[0]["name"] == "größe ❤"


def test_what_is_to_be_said_of_the_rows_is_said_before_training_and_once(capsys, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "".join(f"t{i},{'aA'[i % 2]}\n" for i in range(12)))
    said: list[str] = []
    notices = train._load(DataSettings(source=str(path)), said).notices
    assert capsys.readouterr().err.splitlines() == said == list(notices)
    events = [{"kind": "log", "message": text} for text in (*notices, "The run is finished")]
    info = SimpleNamespace(name="r", id="0" * 36, status="stopped", epochs_done=0, epochs=1)
    train._print_result(SimpleNamespace(info=info, events=lambda: (events, 0)), False, said)
    said_after = capsys.readouterr().err
    assert "look alike" not in said_after and "The run is finished" in said_after


def test_an_error_is_short_whatever_it_quotes_and_keeps_its_remedy():
    error = DataError(f"label {'x' * 10_000_000!r} is in the test rows only: correct it")
    assert len(str(error)) < 1600
    assert str(error).startswith("label 'x") and str(error).endswith("only: correct it")
