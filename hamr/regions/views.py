"""The views of rows in which candidates are sought: what rows mean, and which words they use.

The embeddings put rows near each other that mean the same. Annotators see words, and mistakes that
follow a word ("every row that names regsvr32") need not lie together there. So words give views of
their own: TF-IDF, reduced by a truncated singular value decomposition (latent semantic analysis,
Deerwester et al. 1990); once over all words, and once without the words that many rows share,
which in short texts hide the others.

Axes: N rows; D the width of a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

WIDTH = 60
COMMON = 0.05  # of the rows: words that more of them hold are left out of the last view
SEED = 0
ALIKE = 1e-6  # coordinates that differ by less are the same


def views_of(
    vectors: Float[np.ndarray, "n d"], texts: Sequence[str] | None
) -> list[Float32[np.ndarray, "n d"]]:
    """The coordinates of the rows in each view, of length 1; none where all rows are alike."""
    found = [meanings(vectors)]
    counts = None if texts is None else _counts(texts)
    if counts is not None:
        shares = np.diff(counts.tocsc().indptr) / counts.shape[0]
        found += [_reduced(counts), _reduced(counts[:, shares <= COMMON])]
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


def _counts(texts: Sequence[str]) -> Any:
    """TF-IDF of the words that at least two rows hold, [N, W] sparse; None if there is none."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to load

    if len(set(texts)) < 2:
        return None
    try:
        return TfidfVectorizer(min_df=2, sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no word occurs twice
        return None


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
