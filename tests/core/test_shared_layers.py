"""What all rows share, such as relative positions: each row's gradient is read layer by layer."""

import pytest
import torch

from hamr.weighting.calls import LARGE
from hamr.weighting.passes import ForwardConfig, GraphPass, TapePass
from tests.core.models import sentences
from tests.core.test_architectures import Classifier


def both(model, batch):
    """The pass by layers and the one by autograd, of the same batch with the same masks."""
    keys = torch.arange(len(batch[1]))
    forward = ForwardConfig(model, keys)
    return TapePass(forward, *batch, least_padding=0.0), GraphPass(forward, *batch)


def assert_same(layers, graph, model):
    rows = len(graph.losses)
    first, second = torch.linspace(0.5, 2, rows), torch.linspace(1, 0, rows)
    v = {name: torch.randn_like(p) for name, p in model.named_parameters()}
    assert torch.allclose(layers.losses, graph.losses, atol=1e-5)
    for weights in (first, second):
        found, wanted = layers.gradient(weights), graph.gradient(weights)
        for name in wanted:
            assert torch.allclose(found[name], wanted[name], atol=1e-5), name
    assert torch.allclose(layers.along(v), graph.along(v), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 2, 7])  # 2: as many as heads; 7: as many as tokens
@pytest.mark.parametrize("kind", ["deberta-v2", "mpnet", "t5"])
def test_shared_positions_are_seen_row_by_row(kind, rows):
    model = Classifier(kind)
    assert_same(*both(model, sentences(3, rows, tokens=7)), model)


class Table(torch.nn.Module):
    """Reads a few places of a large table that is the same for all rows."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Parameter(torch.randn(LARGE // 8, 8))
        self.classifier = torch.nn.Linear(8, 4)

    def forward(self, x):
        own = (0.5 * self.table).expand(len(x), -1, -1)
        return self.classifier(torch.tanh((own[:, 3:9] * x.unsqueeze(1)).sum(1)))


def test_only_what_the_rows_read_of_a_large_table_is_kept():
    torch.manual_seed(1)
    model, (_, targets) = Table(), sentences(3, 5)
    layers, graph = both(model, (torch.randn(5, 8), targets))
    assert_same(layers, graph, model)
    assert next(c.d.shape for c in layers._calls if c.weight.dim() == 2) == (5, 6 * 8)
