"""Sequence classification: the fine-tuned model."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int

from hamr.models.encoder import Encoder, last_token, pooled

POOLINGS = {"mean": pooled, "last": last_token}


class FineTuned(torch.nn.Module):
    """An encoder with a linear layer on its pooled token vectors.

    `pooling` is "mean", over all tokens, or "last": the last token's vector, the only one of a
    decoder model that has seen the whole text.
    """

    def __init__(self, encoder: Encoder, class_count: int, pooling: str = "mean") -> None:
        super().__init__()
        self._pool = POOLINGS[pooling]
        self.encoder = encoder.model
        if hasattr(self.encoder, "pooler"):  # BERT's own summary of a text, not used here
            setattr(self.encoder, "pooler", None)  # noqa: B010 - to mypy it is never None
        rate = getattr(encoder.model.config, "hidden_dropout_prob", 0.1)
        self.dropout = torch.nn.Dropout(rate)
        self.classifier = torch.nn.Linear(encoder.width, class_count)

    def forward(self, tokens: dict[str, Int[torch.Tensor, "b t"]]) -> Float[torch.Tensor, "b ..."]:
        """Logits of each row, [b, c]."""
        return self.logits(self.vectors(tokens))

    def vectors(self, tokens: dict[str, Int[torch.Tensor, "b t"]]) -> Float[torch.Tensor, "b ..."]:
        """What the linear layer reads: the pooled vector of each row, [b, d]."""
        return self._pool(self.encoder, tokens)

    def logits(self, vectors: Float[torch.Tensor, "b ..."]) -> Float[torch.Tensor, "b ..."]:
        """What the linear layer makes of the `vectors`, after dropout."""
        logits: torch.Tensor = self.classifier(self.dropout(vectors))
        return logits
