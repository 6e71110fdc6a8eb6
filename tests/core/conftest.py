"""Fixtures that the tests of training share."""

import pytest

from tests.core.small_data import save_tiny_encoder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """The folder of a two-layer BERT with random weights."""
    return save_tiny_encoder(tmp_path_factory.mktemp("encoder"))
