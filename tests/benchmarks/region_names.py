"""How often a name's first term defines its region: `python -m tests.benchmarks.region_names`.

Rows are clustered by TF-IDF and a singular value decomposition. Of each cluster, the five terms of
the highest mean TF-IDF define it; a name is right if its first term is one of these. --file adds a
JSON file, an array of {"text": ...}. It prints the share of right names for each data set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hamr.config import DataSettings
from hamr.data import load
from hamr.regions.names import RegionNames

TARGET = 0.8
CLUSTERS, ROWS_EACH = 20, 80  # looked at for each seed; the mean size of a cluster
SMALLEST, LARGEST_SHARE = 30, 0.08  # rows; of all rows
FIVE = 5


def clusters(texts: list[str], seed: int) -> Iterator[tuple[np.ndarray, set[str]]]:
    """(rows, defining terms) of some clusters."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    reader = TfidfVectorizer(stop_words="english", min_df=3, sublinear_tf=True)
    counts = reader.fit_transform(texts)
    view = normalize(TruncatedSVD(50, random_state=seed).fit_transform(counts))
    number = max(8, len(texts) // ROWS_EACH)
    of_row = KMeans(number, n_init=1, random_state=seed).fit_predict(view)
    sizes, words = np.bincount(of_row), reader.get_feature_names_out()
    fit = np.flatnonzero((sizes >= SMALLEST) & (sizes <= LARGEST_SHARE * len(texts)))
    for cluster in np.random.default_rng(seed).permutation(fit)[:CLUSTERS]:
        rows = np.flatnonzero(of_row == cluster)
        mean = np.asarray(counts[rows].mean(0)).ravel()
        yield rows, set(words[np.argsort(-mean)[:FIVE]])


def share_right(texts: list[str], seeds: int) -> float:
    """The share of clusters whose first term is one of those that define it."""
    found = [one for seed in range(seeds) for one in clusters(texts, seed)]
    named = RegionNames(texts)([rows for rows, _ in found], [()] * len(found))
    right = [
        bool(terms) and terms[0].casefold() in five
        for (terms, _), (_, five) in zip(named, found, strict=True)
    ]
    return float(np.mean(right))


def main() -> None:
    """Print the shares, and whether all reach the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", nargs="*", default=[], help="JSON files of rows with a text")
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    sets = {"builtin": list(load(DataSettings(source="builtin")).train.texts)}
    for name in arguments.file:
        sets[name] = [row["text"] for row in json.loads(Path(name).read_text("utf-8"))]
    shares = {name: share_right(texts, arguments.seeds) for name, texts in sets.items()}
    print(json.dumps({"right": shares, "reached": min(shares.values()) >= TARGET}))


if __name__ == "__main__":
    main()
