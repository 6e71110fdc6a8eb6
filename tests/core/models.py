"""Small models of the kinds that the meta step meets."""

from __future__ import annotations

import torch

from hamr.losses import Targets

CLASSES, TOKENS, ROWS = 4, 11, 6


class TinyBert(torch.nn.Module):
    """Two real BERT layers, mean pooling, dropout, a head."""

    def __init__(self, head: torch.nn.Module | None = None, dropout: float = 0.3) -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        config = BertConfig(
            vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=32, hidden_dropout_prob=dropout,
        )  # fmt: skip
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = torch.nn.Dropout(dropout)
        self.classifier = head or torch.nn.Linear(16, CLASSES)

    def forward(self, tokens):
        hidden = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return self.classifier(self.dropout((hidden * mask).sum(1) / mask.sum(1)))


class RawProduct(torch.nn.Module):
    """Uses its weight in a product that is no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(0.3 * torch.randn(8, 12))
        self.classifier = torch.nn.Linear(12, CLASSES)

    def forward(self, x):
        return self.classifier(torch.tanh(torch.einsum("bi,ij->bj", x, self.weight)))


class MixesRows(torch.nn.Module):
    """Takes the batch's mean away, so that a row's loss depends on the other rows."""

    def __init__(self) -> None:
        super().__init__()
        self.lower = torch.nn.Linear(8, 12)
        self.classifier = torch.nn.Linear(12, CLASSES)

    def forward(self, x):
        hidden = self.lower(x)
        return self.classifier(torch.tanh(hidden - hidden.mean(0)))


class ReadsPadding(TinyBert):
    """Pools over padding, too."""

    def forward(self, tokens):
        hidden = self.encoder(**tokens).last_hidden_state
        return self.classifier(self.dropout(hidden.mean(1)))


def sentences(seed: int, rows: int = ROWS, tokens: int = TOKENS):
    """Token ids of different lengths with their mask, and targets."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 50, (rows, tokens), generator=generator)
    lengths = torch.randint(3, tokens + 1, (rows, 1), generator=generator)
    lengths[0] = tokens
    mask = (torch.arange(tokens) < lengths).long()
    labels = torch.randint(0, CLASSES, (rows,), generator=generator)
    return {"input_ids": ids * mask, "attention_mask": mask}, Targets(labels)


def vectors(seed: int, rows: int = ROWS):
    """Plain features, and targets."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 8, generator=generator)
    return x, Targets(torch.randint(0, CLASSES, (rows,), generator=generator))
