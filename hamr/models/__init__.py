"""Encoders and heads: the only room that knows how the tasks' models differ."""

from hamr.models.description import read_description
from hamr.models.dropout import RowDropout
from hamr.models.encoder import Encoder
from hamr.models.folder import fingerprint
from hamr.models.frozen_prefix import FrozenPrefix, store_hidden
from hamr.models.head import Head
from hamr.models.inputs import Features, Inputs, Tokens
from hamr.models.loading import load_encoder
from hamr.models.location import encoder_folder
from hamr.models.lora import add_lora, merged_weights, plain_name
from hamr.models.loss import IGNORED, hardest, margins, per_sample_loss, word_shares
from hamr.models.parts import encoder_layers, head_of
from hamr.models.sequence import FineTuned
from hamr.models.token import FineTunedTagger, Scored, WordFeatures, Words
from hamr.models.transitions import HasTransitions
from hamr.models.windows import TaggedTokens
from hamr.models.wordvectors import embed_words

__all__ = [
    "IGNORED",
    "Encoder",
    "Features",
    "FineTuned",
    "FineTunedTagger",
    "FrozenPrefix",
    "HasTransitions",
    "Head",
    "Inputs",
    "RowDropout",
    "Scored",
    "TaggedTokens",
    "Tokens",
    "WordFeatures",
    "Words",
    "add_lora",
    "embed_words",
    "encoder_folder",
    "encoder_layers",
    "fingerprint",
    "hardest",
    "head_of",
    "load_encoder",
    "margins",
    "merged_weights",
    "per_sample_loss",
    "plain_name",
    "read_description",
    "store_hidden",
    "word_shares",
]
