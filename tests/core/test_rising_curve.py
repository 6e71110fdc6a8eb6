"""The weight curve that can only rise."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.weighting import WeightNetwork, normalise

GRID = np.linspace(-3, 5, 81, dtype=np.float32)


def network(*, rising: bool, seed: int = 0, high: float = 8.0) -> WeightNetwork:
    torch.manual_seed(seed)
    return WeightNetwork(20, 0.1, high, rising=rising)


def descended(made: WeightNetwork, gradient_of, steps: int = 60) -> WeightNetwork:
    """The network after steps whose dL_meta/dw follows from z."""
    optimizer = torch.optim.Adam(made.parameters(), lr=0.03)
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        z = normalise(torch.rand(32, generator=generator).exp())
        made.descend(made(z), gradient_of(z), optimizer)
    return made


def test_a_free_curve_falls_where_rows_with_large_losses_do_harm():
    curve = descended(network(rising=False), lambda z: 0.1 * z).curve(GRID)
    assert curve[-1] < curve[0]


def test_a_rising_curve_stays_rising_where_rows_with_large_losses_do_harm():
    curve = descended(network(rising=True), lambda z: 0.1 * z).curve(GRID)
    assert (np.diff(curve) > 0).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(0.001, 10))
def test_no_meta_gradient_makes_a_rising_curve_fall(seed, scale):
    generator = torch.Generator().manual_seed(seed)
    made = network(rising=True, seed=seed)
    descended(made, lambda z: scale * torch.randn(len(z), generator=generator), steps=20)
    assert (np.diff(made.curve(GRID)) >= 0).all()
    assert (made.upper.weight * made.lower.weight.T >= 0).all()


def test_a_rising_curve_still_learns_to_rise_more():
    made = network(rising=True)
    before = made.curve(GRID)
    after = descended(made, lambda z: -0.1 * z).curve(GRID)
    assert after[-1] - after[0] > before[-1] - before[0]


def test_the_gradient_of_a_rising_curve_is_that_of_autograd():
    made, z = network(rising=True), normalise(torch.rand(16).exp())
    by_w = torch.randn(16)
    found = made.gradient(made(z), by_w.clone())
    (made.weights(made(z)) * by_w).sum().backward()
    for name, parameter in made.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, atol=1e-6, rtol=1e-4)
