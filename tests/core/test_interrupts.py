"""Ctrl-C and SIGTERM while something trains."""

import signal

import pytest

from hamr.cli.interrupts import SIGNALS, stop_on_interrupt


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_for_a_stop(number):
    with stop_on_interrupt() as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert interrupted()


def test_ctrl_c_says_what_happens_and_sigterm_does_not(capsys):
    with stop_on_interrupt("Stopping after this step"):
        signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err == "\nStopping after this step\n"
    with stop_on_interrupt("Stopping after this step"):
        signal.raise_signal(signal.SIGTERM)
    assert capsys.readouterr().err == ""


def test_a_second_signal_ends_at_once():
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_a_launcher_may_send_several_signals():
    with stop_on_interrupt(exit_on_second=False) as interrupted:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert interrupted()


def test_earlier_handlers_are_back_afterwards():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt():
        raise KeyboardInterrupt
    assert [signal.getsignal(number) for number in SIGNALS] == before
