"""Fixtures that the tests of training share."""

import socket

import pytest

from tests.core.small_data import save_tiny_encoder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """The folder of a two-layer BERT with random weights."""
    return save_tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def folder(tiny_encoder, tmp_path):
    """A copy of the tiny encoder, to be spoiled."""
    copy = tmp_path / "model"
    copy.mkdir()
    for path in tiny_encoder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


@pytest.fixture
def offline(monkeypatch):
    """Any attempt to reach another machine is an error of another kind than those expected."""

    def refused(*_):
        raise AssertionError("something asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
