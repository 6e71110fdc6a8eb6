"""Progress on standard error: a bar on a terminal, lines elsewhere, names never obeyed."""

from __future__ import annotations

import io
import sys

import pytest

from hamr.cli.progress import ProgressBar

NAME = "rows \x1b[2J of [red]x[/red]"
ESCAPED = "rows \\x1b[2J of [red]x[/red]"


class Terminal(io.StringIO):
    """A terminal that keeps what it is sent."""

    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch) -> Terminal:
    """Standard error as a terminal. Not a fixture: pytest takes it back after the set-up."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    return found


def test_without_a_terminal_progress_is_a_plain_line_now_and_then(capsys):
    with ProgressBar(every=60) as bar:
        for done in range(10):
            bar.move(NAME, done, 10)
        bar.line("epoch 1")
    assert capsys.readouterr().err.splitlines() == [f"{ESCAPED}   0%", "epoch 1"]


def test_on_a_terminal_a_bar_says_how_much_is_done(monkeypatch):
    terminal = terminal_of(monkeypatch)
    with ProgressBar(every=60) as bar:
        bar.move(NAME, 3, 10)
    assert " 30%" in terminal.getvalue()


def test_a_terminal_never_obeys_a_name_in_the_bar_or_above_it(monkeypatch):
    terminal = terminal_of(monkeypatch)
    with ProgressBar(every=60) as bar:
        bar.move(NAME, 3, 10)
        bar.line(NAME)
    assert terminal.getvalue().count(ESCAPED) >= 2
    assert "\x1b[2J" not in terminal.getvalue()


def test_the_bar_is_gone_and_the_cursor_back_once_work_ends(monkeypatch):
    terminal = terminal_of(monkeypatch)
    with pytest.raises(KeyboardInterrupt), ProgressBar(every=60) as bar:
        bar.move(NAME, 3, 10)
        raise KeyboardInterrupt
    assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex(ESCAPED)
    assert sys.stderr is terminal


def test_results_are_never_printed_to_standard_error(monkeypatch, capsys):
    terminal = terminal_of(monkeypatch)
    with ProgressBar(every=60) as bar:
        bar.move(NAME, 3, 10)
        print("result")
    assert capsys.readouterr().out == "result\n"
    assert "result" not in terminal.getvalue()
