"""A file of texts with what a model predicts of each, for files larger than memory.

source    the texts of a file, and its other columns, a chunk at a time
journal   what is predicted so far, next to the target, so that a killed prediction continues
writers   the file that is written, with the file's own columns and those of the predictions
whole     all of it: count, predict, write
"""

from hamr.exports.predicted.whole import Asked, Summary, predict_file

__all__ = ["Asked", "Summary", "predict_file"]
