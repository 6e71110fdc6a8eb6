"""Training: composes data, models, weighting, hardness and draws into a stream of records.

loop      train(): the generator, and the order of things in an epoch
features  the frozen embeddings, from the cache or from the encoder
learner   model, weight network, optimisers: built, stepped, saved and restored
ledger    what is known of every training row, and its records
"""

from hamr.training.features import Cache, embedding_key
from hamr.training.loop import train

__all__ = ["Cache", "embedding_key", "train"]
