"""Encoders and heads: the only room that will know sequence tasks from token tasks."""

from hamr.models.dropout import RowDropout
from hamr.models.encoder import Encoder, encoder_folder, fingerprint, load_encoder
from hamr.models.head import Head
from hamr.models.inputs import Features, Inputs, Tokens
from hamr.models.parts import encoder_layers, head_of
from hamr.models.sequence import FineTuned, per_sample_loss

__all__ = [
    "Encoder",
    "Features",
    "FineTuned",
    "Head",
    "Inputs",
    "RowDropout",
    "Tokens",
    "encoder_folder",
    "encoder_layers",
    "fingerprint",
    "head_of",
    "load_encoder",
    "per_sample_loss",
]
