"""Dropout by row: masks that follow the row's key and nothing else."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.models import RowDropout
from hamr.models.dropout import kept

KEYS = torch.tensor([5, -3, 1 << 33, (1 << 33) + 1])


def dropped(x, keys=KEYS, p=0.4):
    with RowDropout(keys):
        return torch.nn.functional.dropout(x, p, training=True)


@given(st.floats(0.05, 0.95), st.integers(-(2**62), 2**62))
@settings(max_examples=40)
def test_a_unit_falls_with_probability_p_and_the_rest_makes_up_for_it(p, key):
    keys = torch.arange(8) + key
    found = kept(keys, 1, torch.ones(8, 20, 100), p)
    deviation = (p * (1 - p) / found.numel()) ** 0.5
    assert float((found == 0).float().mean()) == pytest.approx(p, abs=6 * deviation)
    assert float(found.max()) == pytest.approx(1 / (1 - p), rel=1e-5)


def test_padding_and_other_rows_change_no_mask():
    x = torch.ones(4, 9, 16)
    whole = dropped(x)
    assert torch.equal(dropped(x[:, :5])[:, :5], whole[:, :5])
    assert torch.equal(dropped(x[2:], KEYS[2:]), whole[2:])


def test_rows_and_calls_have_masks_of_their_own():
    x = torch.ones(4, 30, 40)
    with RowDropout(KEYS):
        one, other = (torch.nn.functional.dropout(x, 0.5, training=True) for _ in range(2))
    units = torch.stack([one, other]).reshape(8, -1)
    correlation = torch.corrcoef(units) - torch.eye(8)
    assert float(correlation.abs().max()) < 0.12  # 4 standard deviations of chance


def test_a_second_forward_has_the_masks_of_the_first():
    x, masks = torch.ones(4, 9, 16), RowDropout(KEYS)
    found = []
    for _ in range(2):
        with masks:
            found.append(torch.nn.functional.dropout(x, 0.5, training=True))
    assert torch.equal(*found)


def test_attention_heads_folded_into_the_rows_keep_them_apart():
    folded = dropped(torch.ones(8, 5, 5))  # two heads a row
    assert torch.equal(dropped(torch.ones(4, 5, 5), KEYS[2:])[:4], folded[4:])


def test_evaluation_drops_nothing():
    x = torch.randn(4, 9)
    with RowDropout(KEYS):
        assert torch.nn.functional.dropout(x, 0.5, training=False) is x


def test_what_no_row_owns_is_not_dropped():
    positions = torch.randn(16, 8)
    assert dropped(positions) is positions


def test_attention_probabilities_are_not_dropped():
    q = torch.randn(4, 2, 7, 8)
    attend = torch.nn.functional.scaled_dot_product_attention
    with RowDropout(KEYS):
        found = attend(q, q, q, dropout_p=0.9)
    assert torch.allclose(found, attend(q, q, q), atol=1e-6)
