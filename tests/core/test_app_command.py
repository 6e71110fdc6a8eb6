"""`hamr app`: what Streamlit is started with, and what the command line says of itself."""

from __future__ import annotations

import os
import runpy
import sys

import pytest

import hamr
from hamr import resources
from hamr.cli import main
from hamr.cli.verbs import build_parser


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The command lines that Streamlit is started with, instead of starting it."""
    found: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["hamr"])
    monkeypatch.setenv("HAMR_HOME", "before")
    monkeypatch.setattr(runpy, "run_module", lambda name, **how: found.append(sys.argv))
    return found


def test_the_app_is_started_with_its_own_script_and_home(started, tmp_path):
    assert main(["app", "--home", str(tmp_path)]) == 0
    assert started == [["streamlit", "run", str(resources.APP)]]
    assert os.environ["HAMR_HOME"] == str(tmp_path)


def test_port_and_host_are_those_of_the_server(started, tmp_path):
    main(["app", "--home", str(tmp_path), "--port", "8123", "--host", "0.0.0.0"])
    flags = ["--server.port", "8123", "--server.address", "0.0.0.0"]
    assert started == [["streamlit", "run", str(resources.APP), *flags]]


def test_what_follows_two_dashes_is_streamlit_s(started, tmp_path):
    main(["app", "--home", str(tmp_path), "--", "--server.allowedHosts", "hamr.example.org"])
    assert started[0][3:] == ["--server.allowedHosts", "hamr.example.org"]


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_cannot_be_is_refused_in_a_sentence(started, port, capsys):
    assert main(["app", "--port", port]) == 2
    assert capsys.readouterr().err == f"hamr: --port must be from 1 to 65535, got {port}\n"
    assert not started


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert (left.value.code, capsys.readouterr().out) == (0, f"hamr {hamr.__version__}\n")


@pytest.mark.parametrize(
    ("script", "name"), [("/usr/bin/hamr", "hamr"), ("/x/hamr/__main__.py", "python -m hamr")]
)
def test_usage_shows_what_the_user_typed(monkeypatch, script, name):
    monkeypatch.setattr(sys, "argv", [script])
    assert build_parser().format_usage().startswith(f"usage: {name} ")


def test_help_does_not_list_the_verbs_that_only_the_program_calls(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = {
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:4] == "    "
    }
    assert {"app", "train", "resume", "map"} <= listed
    assert not {"work", "work-sweep", "crew"} & listed
    assert main(["work", "nothing", "--home", str(tmp_path)]) == 1  # it is there, and finds no run
