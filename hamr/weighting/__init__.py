"""The weight network, the virtual step and the meta-gradient: all second-order code.

One step, in the order of the paper: per-sample losses, batch z-scores, pre-meta weights,
inner (virtual) update, meta step on the weight network, post-meta weights, outer update.

    step          what a step takes and returns
    meta_step     the step for any model: read this one first
    forms         the meta-gradient in four forms, from exact to last layer
    weight_model  what turns rows into weights: the interface of those below
    network       HAMR's, V(z): the weights, and their gradient
    class_network CMW-Net's, which sees the class
    three_scalars LiLAW's, which sees probabilities
    frozen_head   the same step for the quick preset's head, in closed form
    frozen_words  the same for tagged sentences whose loss is a mean over words

and below them, how gradients of single rows are computed without a second backward:

    passes        a batch run through the model: losses, weighted gradients, inner products
    calls         the layers' inputs and derivatives that these are made of
    tape          records them while the model runs
    pass_factory  which kind of pass a model allows; micro-batches
"""

from hamr.weighting.forms import FORMS
from hamr.weighting.frozen_head import FrozenHeadStep
from hamr.weighting.frozen_words import FrozenWordsStep
from hamr.weighting.meta_step import MetaStep
from hamr.weighting.network import WeightNetwork, normalise
from hamr.weighting.step import Outcome, Step
from hamr.weighting.virtual_head import HeadRows, VirtualHead
from hamr.weighting.weight_model import NO_CURVES, Rows, WeightModel, weight_model

__all__ = [
    "FORMS",
    "NO_CURVES",
    "FrozenHeadStep",
    "FrozenWordsStep",
    "HeadRows",
    "MetaStep",
    "Outcome",
    "Rows",
    "Step",
    "VirtualHead",
    "WeightModel",
    "WeightNetwork",
    "normalise",
    "weight_model",
]
