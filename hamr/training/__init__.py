"""Training: composes data, models, weighting, hardness and draws into a stream of records.

loop           train(): the generator, from the embeddings to the test scores
session        one run under way: its epochs, checkpoints and end
row_partition  which rows are drawn, in the meta set, and scored
devices        device, precision and random states
features       the frozen embeddings, from the cache or from the encoder
embedded       what these embeddings are, and the cache that keeps them
parts          how they are made part by part, by several ranks
tasks          all that differs between texts and tagged sentences
examples       rows as steps and evaluations take them: inputs and targets
altered        labels that the method flips, rows that it makes up, soft targets
learner        model, weight network and optimisers: built, and updated step by step
evaluator      scores and embeddings of many rows with the model as it is
evaluation     what such a pass finds
state          what learns, saved and restored
warm_start     the weights of another run, to start from
freezing       the lower layers, kept as they are
head_start     first weights of a head that are not random
soft_targets   soft targets, made again as the encoder learns
best           the best epoch so far, and whether training goes on
settled        automatic settings, as the values that this machine gives them
schedule       the learning rate of a step
epoch          what is decided before an epoch's first step, and what its steps find
steps          the steps of an epoch, checked and recorded
faults         NaN, infinity and full memory, as errors for the user
ledger         the state of every training row
summary        what is recorded of an epoch
checkpoint     what a checkpoint consists of
loss_tracker   the live curves
"""

from hamr.training.embedded import Cache
from hamr.training.features import embed_texts, embedding_key
from hamr.training.loop import train
from hamr.training.warm_start import WarmStart

__all__ = ["Cache", "WarmStart", "embed_texts", "embedding_key", "train"]
