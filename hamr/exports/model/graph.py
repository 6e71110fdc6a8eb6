"""A trained model as one function of token ids, as it is traced for ONNX and checked against."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int

from hamr.exports.model.trained import Reading, Trained

Ids = Int[torch.Tensor, "b t"]


def inputs_of(reading: Reading) -> tuple[str, ...]:
    """The names of what a model reads, in the order of `Graph.forward`."""
    of_pieces = reading.of_words and reading.pooling == "mean"
    return ("input_ids", "attention_mask", *(["word_ids"] if of_pieces else []))


class Graph(torch.nn.Module):
    """Token ids and attention mask to logits and probabilities: of each text [b, C], or of each
    piece [b, t, C], where those of a word's first piece are the word's.
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        self.encoder: Any = trained.encoder.model
        self.head, self.reading = trained.head_module, trained.reading
        config: Any = self.encoder.config
        self.config = config
        # What is kept for a next token would be further outputs of the graph.
        if getattr(config, "use_cache", False):
            config.use_cache = False

    def forward(
        self, input_ids: Ids, attention_mask: Ids, word_ids: Ids | None = None
    ) -> tuple[Float[torch.Tensor, "b ..."], Float[torch.Tensor, "b ..."]]:
        """Logits, and their softmax.

        `word_ids` says which word each piece is of, -1 of none; only frozen vectors of words, which
        are means over a word's pieces, need it.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if self.reading.of_words:
            vectors = hidden if word_ids is None else word_means(hidden, word_ids)
        else:
            vectors = POOLINGS[self.reading.pooling](hidden, attention_mask)
        if self.reading.unit:
            vectors = torch.nn.functional.normalize(vectors, dim=1)
        logits = self.head(vectors)
        return logits, logits.softmax(-1)


def mean(hidden: Float[torch.Tensor, "b t d"], mask: Ids) -> Float[torch.Tensor, "b d"]:
    """As `hamr.models.encoder.pooled`."""
    own = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * own).sum(1) / own.sum(1).clamp(min=1)


def last(hidden: Float[torch.Tensor, "b t d"], mask: Ids) -> Float[torch.Tensor, "b d"]:
    """As `hamr.models.encoder.last_token`, without an index that a traced graph would fix."""
    places = mask.ne(0).to(torch.int64).cumsum(1).argmax(1)  # the first of the highest
    return hidden.gather(1, places.view(-1, 1, 1).expand(-1, 1, hidden.shape[-1])).squeeze(1)


POOLINGS = {"mean": mean, "last": last}


def word_means(hidden: Float[torch.Tensor, "b t d"], word_ids: Ids) -> Float[torch.Tensor, "b t d"]:
    """At each piece of a word, the mean over all pieces of that word."""
    same = (word_ids.unsqueeze(2) == word_ids.unsqueeze(1)) & word_ids.ge(0).unsqueeze(1)
    share = same.to(hidden.dtype)
    return (share @ hidden) / share.sum(2, keepdim=True).clamp(min=1)
