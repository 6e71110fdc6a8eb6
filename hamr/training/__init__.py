"""Training: composes data, models, weighting, hardness and draws into a stream of records.

loop        train(): the generator, and the order of things in an epoch
session     one run under way: an epoch from its draws to its record, checkpoints, the end
places      the part each row plays: drawn, in the meta set, scored
devices     device, precision and random states
features    the frozen embeddings, from the cache or from the encoder
learner     model, weight network, optimisers: built, stepped, saved and restored
freezing    the lower layers, left as they came
schedule    the learning rate of a step
epoch       what is decided before an epoch's first step, and what it has seen so far
steps       the steps of an epoch, looked over and written down
faults      numbers that are none, and memory used up, in sentences
ledger      what is known of every training row
summary     from the state at an epoch's end to its record
checkpoint  what a checkpoint is made of
monitor     the live curves
"""

from hamr.training.features import Cache, embedding_key
from hamr.training.loop import train

__all__ = ["Cache", "embedding_key", "train"]
