"""The weight network, the virtual step and the meta-gradient: all second-order code.

One step, in the order of the paper: per-sample losses, batch z-scores, pre-meta weights,
inner (virtual) update, meta step on the weight network, post-meta weights, outer update.

    network      V(z), the weights, and their gradient
    step         what a step takes and gives; the plain step of ERM
    meta_step    the step for any model, with a pluggable meta-gradient
    exact        dL_meta/dw by forward-mode differentiation, for any model
    frozen_head  the same step for the quick preset's head, in closed form
"""

from hamr.weighting.exact import exact
from hamr.weighting.frozen_head import FrozenHeadStep
from hamr.weighting.meta_step import MetaGradient, MetaStep
from hamr.weighting.network import WeightNetwork, normalise
from hamr.weighting.step import Outcome, Step

__all__ = [
    "FrozenHeadStep",
    "MetaGradient",
    "MetaStep",
    "Outcome",
    "Step",
    "WeightNetwork",
    "exact",
    "normalise",
]
