"""A trained model, or the encoder of a run, applied to texts that are not rows of its data.

It reads settings and model folders and knows no store: the processes that use it do.
"""

from hamr.inference.new_texts import Embedder, load_embedder

__all__ = ["Embedder", "load_embedder"]
