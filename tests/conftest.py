"""Shared by all tests: shapes in the types are checked while tests run."""

from hypothesis import settings
from jaxtyping import install_import_hook

# Checked at every call: an array of the wrong shape or type fails the test that made it.
install_import_hook(
    [
        "hamr.hardness",
        "hamr.losses",
        "hamr.metrics",
        "hamr.models",
        "hamr.neighbours",
        "hamr.projection",
        "hamr.sampler",
        "hamr.triage",
        "hamr.weighting",
    ],
    "beartype.beartype",
)

# A slow moment of the machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
