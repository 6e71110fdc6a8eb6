"""The views of rows in which candidates are sought: what rows mean, and which words they use.

The embeddings put rows near each other that mean the same. Annotators see words, and mistakes that
follow a word ("every row that names regsvr32") need not lie together there. So words give views of
their own: TF-IDF, reduced by a truncated singular value decomposition (latent semantic analysis,
Deerwester et al. 1990); once over all words, once without English function words, which in short
texts decide what is near what (texts of another language keep theirs), and once without all words
that many rows share. Measured with planted regions, the best cluster of the first and the last
alone shared 0.47 of its rows with the planted one, by Jaccard index; that of all three 0.70.

Axes: N rows; D the width of a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32

WIDTH = 60
COMMON = 0.05  # of the rows: words that more of them hold are left out of the last view
SEED = 0
ALIKE = 1e-6  # coordinates that differ by less are the same


def views_of(
    vectors: Float[np.ndarray, "n d"], texts: Sequence[str] | None
) -> list[Float32[np.ndarray, "n d"]]:
    """The coordinates of the rows in each view, of length 1; none where all rows are alike."""
    found = [meanings(vectors)]
    words = None if texts is None else _counts(texts)
    if words is not None:
        counts, function_words = words
        all_words = _weighed(counts, by_logarithm=True)  # the same word again says little
        common = np.diff(counts.tocsc().indptr) > COMMON * counts.shape[0]
        others = _weighed(counts[:, ~function_words], by_logarithm=False)
        found += [_reduced(all_words), _reduced(others), _reduced(all_words[:, ~common])]
    return [view for view in found if view is not None]


def meanings(vectors: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"] | None:
    """The embeddings in the directions in which they differ most; None where all are the same."""
    with np.errstate(all="ignore"):
        given = np.nan_to_num(np.asarray(vectors, np.float32), posinf=0, neginf=0)
    centred = of_length_one(given)
    centred = centred - centred.mean(0)
    if float(np.abs(centred).max(initial=0)) < ALIKE:
        return None
    _, basis = np.linalg.eigh((centred.T @ centred).astype(float))
    return of_length_one(centred @ basis[:, ::-1][:, :WIDTH].astype(np.float32))


def _counts(texts: Sequence[str]) -> tuple[Any, Bool[np.ndarray, " w"]] | None:
    """How often each row holds each of the W words that at least two rows hold, [N, W] sparse, and
    which are English function words; None if there is no such word.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer  # slow to load

    if len(set(texts)) < 2:
        return None
    words = CountVectorizer(min_df=2, dtype=np.float32)
    try:
        counts = words.fit_transform(texts)
    except ValueError:  # no word occurs twice
        return None
    return counts, np.isin(words.get_feature_names_out(), list(ENGLISH_STOP_WORDS))


def _weighed(counts: Any, by_logarithm: bool) -> Any:
    """TF-IDF, of the counts or of 1 + their logarithms."""
    from sklearn.feature_extraction.text import TfidfTransformer  # slow to load

    return TfidfTransformer(sublinear_tf=by_logarithm).fit_transform(counts)


def _reduced(counts: Any) -> Float32[np.ndarray, "n d"] | None:
    from sklearn.decomposition import TruncatedSVD  # slow to load

    width = min(WIDTH, *(side - 1 for side in counts.shape))
    if width < 2:
        return None
    svd = TruncatedSVD(width, n_iter=2, random_state=SEED)
    return of_length_one(svd.fit_transform(counts))


def of_length_one(view: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """Each row scaled to length 1; rows of zeros stay."""
    length = np.maximum(np.linalg.norm(view, axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(view / length, np.float32)
