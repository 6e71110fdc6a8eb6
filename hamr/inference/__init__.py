"""A trained model, or the encoder of a run, applied to texts that are not rows of its data.

It reads settings and model folders and knows no store: the processes that use it do.
"""

from hamr.inference.columns import Predicted
from hamr.inference.new_texts import Embedder, load_embedder
from hamr.inference.predictions import Predictions
from hamr.inference.predictor import Predictor, checkpoint_weights, load_predictor

__all__ = [
    "Embedder",
    "Predicted",
    "Predictions",
    "Predictor",
    "checkpoint_weights",
    "load_embedder",
    "load_predictor",
]
