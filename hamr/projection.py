"""A map of the embeddings in two dimensions (UMAP, McInnes et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64

from hamr.neighbours import NeighbourSearch

FIT_ROWS = 200_000  # umap-learn runs out of memory near a million rows
NEIGHBOURS = 15  # umap-learn's default
MEDIAN_STEPS = 20  # more change no place visibly
FEWEST_ROWS = 10  # with fewer rows, neighbourhoods mean nothing to UMAP
SPREAD = 0.1  # UMAP's min_dist
ROUNDS, STEPS, RATE, HOLD, POWER = (
    12,
    10,
    0.25,
    0.6,
    3,
)  # of `follow`; other values move more or keep less


def project(embeddings: Float32[np.ndarray, "n d"], *, seed: int = 0) -> Float32[np.ndarray, "n 2"]:
    """Places every row on a plane so that similar embeddings (by cosine) are close together.

    Fitted on at most 200,000 rows chosen at random; the others are placed afterwards. Fewer than
    ten rows are placed by principal components instead. The same input and seed give the same map.
    """
    if len(embeddings) < FEWEST_ROWS:
        return _principal_components(embeddings)
    count = len(embeddings)
    if count <= FIT_ROWS:
        found: np.ndarray = _fit(embeddings, seed, _knn(embeddings)).embedding_
        return found.astype(np.float32)
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(count, FIT_ROWS, replace=False))
    rest = np.setdiff1d(np.arange(count), chosen)
    mapper = _fit(
        embeddings[chosen], seed, None
    )  # UMAP can place more rows only with its own index
    placed = np.empty((count, 2), np.float32)
    placed[chosen], placed[rest] = mapper.embedding_, mapper.transform(embeddings[rest])
    return placed


def _fit(embeddings: np.ndarray, seed: int, knn: tuple[np.ndarray, np.ndarray] | None) -> Any:
    from umap import UMAP

    settings: dict[str, Any] = {} if knn is None else {"precomputed_knn": knn}
    neighbours = min(NEIGHBOURS, len(embeddings) - 1)
    mapper = UMAP(
        n_neighbors=neighbours, min_dist=SPREAD, metric="cosine", random_state=seed, n_jobs=1,
        **settings,
    )  # fmt: skip
    return mapper.fit(embeddings)


def _knn(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows [N, k], cosine distances [N, k]), each row its own first neighbour.

    Found by FAISS: umap-learn's own search would first compile itself for some twenty seconds
    of one core.
    """
    everyone = np.arange(len(embeddings))
    k = min(NEIGHBOURS, len(embeddings) - 1) - 1
    rows, similarities = NeighbourSearch(embeddings, k).of(everyone)
    distances = np.maximum(0, 1 - similarities)
    itself = everyone[:, None]
    return np.hstack([itself, rows]), np.hstack([np.zeros_like(distances[:, :1]), distances])


def _principal_components(embeddings: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n 2"]:
    centred = embeddings - embeddings.mean(0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    placed = np.zeros((len(embeddings), 2), np.float32)
    width = min(2, len(scale))
    placed[:, :width] = (left * scale)[:, :width]
    return placed


def follow(
    start: Float32[np.ndarray, "n 2"],
    epochs: Iterable[Float[np.ndarray, "n d"]],
    before: Float[np.ndarray, "n d"] | None = None,
) -> Iterator[Float32[np.ndarray, "n 2"]]:
    """Yields the map of the same N rows for each of several embeddings, one after the other, each
    as near to the map before it as the embeddings allow.

    The first follows `start`, the map of the embeddings `before`. A row keeps a share s of its
    nearest rows from one to the next. It starts s of the way between where its nearest rows were
    (s = 0) and where it was itself (s = 1); then come rounds of UMAP's own steps, after each of
    which it is drawn back to where it was by HOLD * s^POWER of the way: what has not changed
    stays, and the rest finds its new place.

    Measured on 561 texts whose encoder was fine-tuned for five epochs: how far rows with at least
    0.8 of their nearest rows kept move from one epoch to the next, as a share of the map's radius
    (root mean square), the share of the 15 nearest rows by embedding that are among the 15 nearest
    on the map of the last epoch, and CPU time once compiled.

        this function                                             0.063   0.58   0.5 s
        UMAP from the places before, then Procrustes alignment    0.251   0.58   0.3 s
        umap.AlignedUMAP, alignment_regularisation 0.05           0.049   0.59   9.4 s

    AlignedUMAP is as steady, but takes nineteen times as long (here ten epochs of 14,000 rows are
    44 s) and 20 s more to compile itself, and it can't begin at a map that is drawn already.
    """
    xy, last = start.astype(np.float32), None if before is None else _nearest(before)[0]
    for embeddings in epochs:
        if len(xy) >= FEWEST_ROWS:  # with fewer rows nothing moves
            nearest, distances = _nearest(embeddings)
            kept = np.zeros(len(xy)) if last is None else _kept(last, nearest)
            xy, last = _next_map(xy, nearest, distances, kept[:, None]), nearest
        yield xy


def _nearest(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _knn(embeddings.astype(np.float32))


def _kept(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The share of each row's nearest rows [N, k], itself left out, that were so before, [N]."""
    same: np.ndarray = (now[:, 1:, None] == before[:, None, 1:]).any(2).mean(1)
    return same


def _next_map(
    xy: np.ndarray, nearest: np.ndarray, distances: np.ndarray, kept: np.ndarray
) -> np.ndarray:
    """The map after `xy`; `kept` [N, 1] is the share of its nearest rows that each row keeps."""
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, make_epochs_per_sample

    graph = fuzzy_simplicial_set(
        xy, nearest.shape[1], np.random.RandomState(0), "cosine",
        knn_indices=nearest.astype(np.int32), knn_dists=distances.astype(np.float32),
    )[0].tocoo()  # fmt: skip
    steps = make_epochs_per_sample(graph.data, STEPS)
    a, b = find_ab_params(1.0, SPREAD)
    weights = _closeness(distances[:, 1:].astype(np.float64))
    among = _medians(xy[nearest[:, 1:]].astype(np.float64), weights)
    now: np.ndarray = (xy + (1 - kept) * (among - xy)).astype(np.float32)
    for round_ in range(ROUNDS):
        state = np.random.RandomState(round_).randint(-(2**31) + 1, 2**31 - 1, 3)
        now = optimize_layout_euclidean(
            now, now, graph.row, graph.col, STEPS, len(xy), steps, a, b, state.astype(np.int64),
            initial_alpha=RATE * (1 - round_ / ROUNDS), move_other=True,
            tqdm_kwds={"disable": True},
        )  # fmt: skip
        now += (HOLD * kept**POWER * (xy - now)).astype(np.float32)
    return now


def place_among(
    others: Float32[np.ndarray, "h d"],
    embeddings: Float32[np.ndarray, "n d"],
    places: Float32[np.ndarray, "n 2"],
) -> Float32[np.ndarray, "h 2"]:
    """Places other rows on the map of N rows, near the rows that they are most similar to.

    Each goes to the weighted geometric median of the places of its 15 nearest rows (by cosine),
    with the weights that UMAP gives to neighbours, exp(-(d - d_1) / s). A median, because the mean
    of neighbours in two groups lies in the empty space between them: on built-in rows the 15
    nearest on the map then hold 25 % of the 15 nearest by embedding, with the mean 14 %. UMAP's own
    placing gives 23 %, and takes 22 s in place of 0.1 s for 1,200 rows among 2,800. No place lies
    outside the hull of the N places, so both maps have the same frame.
    """
    return placing(others, embeddings)(places)


def placing(
    others: Float32[np.ndarray, "h d"], embeddings: Float32[np.ndarray, "n d"]
) -> Callable[[Float32[np.ndarray, "n 2"]], Float32[np.ndarray, "h 2"]]:
    """`place_among` for several maps of the same N rows, whose neighbours are found once."""
    k = min(NEIGHBOURS, len(embeddings))
    rows, similarities = NeighbourSearch(embeddings, k).near(others)
    weights = _closeness(np.maximum(0, 1 - similarities.astype(np.float64)))
    return lambda places: _medians(places[rows].astype(np.float64), weights).astype(np.float32)


def _closeness(distances: Float64[np.ndarray, "h k"]) -> Float64[np.ndarray, "h k"]:
    """UMAP's weights of the k nearest: exp(-(d - d_1) / s), with s so that they sum to log2 k."""
    beyond = distances - distances[:, :1]
    low, high = np.zeros(len(beyond)), np.full(len(beyond), 100.0)
    wanted = np.log2(max(distances.shape[1], 2))
    for _ in range(40):  # halves the interval of s each time
        middle = (low + high) / 2
        above = _decay(beyond, middle).sum(1) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return _decay(beyond, (low + high) / 2)


def _decay(beyond: np.ndarray, scale: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.exp(-beyond / np.maximum(scale, 1e-9)[:, None])
    return found


def _medians(
    points: Float64[np.ndarray, "h k 2"], weights: Float64[np.ndarray, "h k"]
) -> Float64[np.ndarray, "h 2"]:
    """Weighted geometric medians, by Weiszfeld's steps from the weighted means."""
    near, found = weights, points[:, 0]
    for _ in range(MEDIAN_STEPS):
        found = (near[..., None] * points).sum(1) / near.sum(1)[:, None]
        far = np.sqrt(((points - found[:, None]) ** 2).sum(2) + 1e-6)
        near = weights / far
    return found
