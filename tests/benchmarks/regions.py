"""Hard regions, planted and not: `python -m tests.benchmarks.regions --json`.

*Planted*: in a cluster of rows chosen by another view of the text (TF-IDF, truncated singular value
decomposition, k-means; 40 to 300 rows), 40 % of the training labels are turned into one class. A
run of the quick preset learns from them. Found are those of which one of the first three regions
has a Jaccard index of at least 0.5 with the cluster. Beside it, on the same embeddings: cleanlab's
check for underperforming groups, and k-means ranked by mean p(label error).
*Seeds*: the mean Jaccard index of the ten hardest regions of two seeds, matched one to one.
*Shuffled*: the share of trials on labels shuffled at random in which a region has p <= 0.05.
*Time*: from embeddings to regions, at 14,000 rows.

By default on the built-in rows; with --shared also on hurricane_irma_2017 of that folder.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data.fingerprint import fingerprint
from hamr.data.load import load
from hamr.jobs.neighbour_evidence import cache_neighbours
from hamr.jobs.worker import run_worker
from hamr.records import Dataset
from hamr.regions import Candidates, Regions, find_candidates, find_regions, match_regions, ordered
from hamr.regions.names import RegionNames
from hamr.store import Run, Store
from hamr.views.base.region_inputs import inputs_of
from tests.jobs.double import NoMap

TARGETS = {
    "found": 0.9, "ahead of others": 0.2, "seeds": 0.6, "significant when shuffled": 0.05,
    "first term": 0.8, "seconds": 3.0,
}  # fmt: skip
IRMA = "hurricane_irma_2017"
SHARE, SMALLEST, LARGEST = 0.4, 40, 300
FIRST, ALIKE = 3, 0.5
EPOCHS = 6
TIMED_ROWS = 14_000


@dataclass(frozen=True)
class Planting:
    """Labels of the training rows, wrong in a cluster of them."""

    labels: np.ndarray
    rows: np.ndarray  # of the cluster
    terms: tuple[str, ...]  # the five that define it


def planted(data: Dataset, seed: int) -> Planting:
    """A cluster of similar words in which 40 % of the labels become one class."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    random, labels = np.random.default_rng(seed), np.array(data.train.labels)
    words = TfidfVectorizer(stop_words="english", min_df=2)
    counts = words.fit_transform(data.train.texts)
    view = normalize(TruncatedSVD(50, random_state=seed).fit_transform(counts))
    means = KMeans(max(8, len(labels) // 100), n_init=3, random_state=seed).fit(view)
    sizes = np.bincount(means.labels_)
    cluster = random.choice(np.flatnonzero((sizes >= SMALLEST) & (sizes <= LARGEST)))
    rows = np.flatnonzero(means.labels_ == cluster)
    usual = np.bincount(labels[rows], minlength=len(data.classes))
    target = random.choice(np.flatnonzero(np.arange(len(usual)) != usual.argmax()))
    others = rows[labels[rows] != target]
    labels[random.choice(others, min(len(others), round(SHARE * len(rows))), replace=False)] = (
        target
    )
    weight = np.asarray(counts[rows].mean(0) - counts.mean(0)).ravel()
    terms = words.get_feature_names_out()[np.argsort(-weight)[:5]]
    return Planting(labels, rows, tuple(terms))


def trained(store: Store, data: Dataset, labels: np.ndarray, seed: int) -> Run:
    """A finished run of the quick preset on these labels."""
    train = replace(data.train, labels=labels.astype(data.train.labels.dtype))
    parts = {"train": train, "validation": data.validation, "test": data.test}
    changed = replace(data, **parts, fingerprint=fingerprint(data.classes, parts.items()))
    training = TrainingSettings.of_preset("quick", data.task, seed=seed, epochs=EPOCHS)
    run = store.create_run(RunSettings(training=training))
    run.attach_dataset(changed)
    run_worker(store, run.id, maps=NoMap)  # regions need none
    cache_neighbours(run, changed)
    return store.run(run.id)


def regions(run: Run, candidates: Candidates, named: bool = False) -> Regions:
    """Those after the last epoch."""
    inputs = inputs_of(run)
    return find_regions(
        inputs.vectors(), inputs.labels, inputs.classes, inputs.signals(run.epochs()[-1]),
        candidates=candidates, names=RegionNames(inputs.named_by()) if named else None,
    )  # fmt: skip


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Rows of both over rows of either."""
    return len(np.intersect1d(one, other)) / max(len(np.union1d(one, other)), 1)


def hit(groups: Sequence[np.ndarray], rows: np.ndarray) -> bool:
    """Whether one of the first groups is the planted one."""
    return any(jaccard(group, rows) >= ALIKE for group in groups[:FIRST])


def by_k_means(run: Run) -> list[np.ndarray]:
    """Clusters of some hundred rows of the embeddings, the highest mean p(label error) first."""
    from sklearn.cluster import KMeans

    inputs = inputs_of(run)
    wrong = inputs.signals(run.epochs()[-1]).p_wrong
    assert wrong is not None
    count = max(8, len(wrong) // 100)
    of_row = KMeans(count, n_init=1, random_state=0).fit_predict(inputs.vectors())
    groups = [np.flatnonzero(of_row == n) for n in range(count)]
    return sorted(groups, key=lambda rows: -float(wrong[rows].mean()))


def by_cleanlab(run: Run) -> list[np.ndarray]:
    """The one group that cleanlab's check names: the cluster of lowest mean self-confidence."""
    from cleanlab import Datalab
    from cleanlab.datalab.internal.issue_manager.underperforming_group import (
        UnderperformingGroupIssueManager as Manager,
    )

    from tests.benchmarks.flips import out_of_fold

    inputs = inputs_of(run)
    vectors, labels = inputs.vectors(), np.asarray(inputs.labels)
    present, own = np.unique(labels, return_inverse=True)
    lab = Datalab({"label": own}, label_name="label", verbosity=0)
    lab.find_issues(
        features=vectors, pred_probs=out_of_fold(vectors, own, len(present), 0),
        issue_types={Manager.issue_name: {"threshold": 1.0}},
    )  # fmt: skip
    return [np.flatnonzero(lab.get_issues(Manager.issue_name)[f"is_{Manager.issue_name}_issue"])]


def of_data(data: Dataset, trials: int) -> dict[str, Any]:
    """All figures of one data set."""
    with tempfile.TemporaryDirectory() as home:
        store, given = Store.open(home), np.array(data.train.labels)
        first = trained(store, data, given, 0)
        candidates = find_candidates(inputs_of(first).vectors(), data.train.texts)
        own, others = regions(first, candidates), trained(store, data, given, 1)
        hardest = [ordered(found.found, "hardness")[:10]
                   for found in (own, regions(others, candidates))]  # fmt: skip
        shared = [pair.jaccard for pair in match_regions(*hardest, 0)]
        result: dict[str, Any] = {"seeds": round(float(np.sum(shared)) / len(hardest[0]), 3)}
        rows = [of_planting(store, data, seed, candidates) for seed in range(trials)]
        for name in rows[0] if rows else ():
            known = [row[name] for row in rows if row[name] is not None]
            result[name] = round(float(np.mean(known)), 3) if known else None
        significant = []
        for seed in range(trials):
            labels = np.random.default_rng(seed).permutation(given)
            found = regions(trained(store, data, labels, seed), candidates)
            significant.append(any(region.p_value <= 0.05 for region in found.found))
        result["significant when shuffled"] = float(np.mean(significant)) if trials else None
    return result


def of_planting(
    store: Store, data: Dataset, seed: int, candidates: Candidates
) -> dict[str, bool | None]:
    """Whether each way finds one planting; the name's first term is asked of what was found."""
    made = planted(data, seed)
    run = trained(store, data, made.labels, seed)
    found = regions(run, candidates, named=True).found
    named = [r.terms for r in found[:FIRST] if jaccard(r.rows, made.rows) >= ALIKE]
    return {
        "found": hit([region.rows for region in found], made.rows),
        "found by cleanlab": hit(by_cleanlab(run), made.rows),
        "found by k-means": hit(by_k_means(run), made.rows),
        "first term": bool(named[0]) and named[0][0].lower() in made.terms if named else None,
    }


def seconds(data: Dataset) -> float:
    """From embeddings to candidates, at 14,000 rows made of the given texts."""
    random = np.random.default_rng(0)
    texts, places = list(data.train.texts), random.integers(len(data.train), size=TIMED_ROWS)
    centres = random.normal(size=(len(texts), 384))[places]
    vectors = (centres + random.normal(size=centres.shape)).astype(np.float32)
    mixed = [" ".join(random.permutation(texts[place].split())[:15]) for place in places]
    find_candidates(vectors[:500], mixed[:500])  # loads what is slow to load
    begin = time.perf_counter()
    find_candidates(vectors, mixed)
    return round(time.perf_counter() - begin, 2)


def irma(folder: Path) -> Dataset | None:
    """The tweets; None where they are not there."""
    if not (folder / IRMA / "train.json").is_file():
        print(f"left out: {folder / IRMA} is not there")
        return None
    files = [str(folder / IRMA / f"{name}.json") for name in ("train", "dev", "test")]
    source = dict(zip(("source", "validation", "test"), files, strict=True))
    return load(DataSettings(**source, label_column="label_text"))


def main() -> None:
    """Plants, trains, finds and prints."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.regions")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--shared", help=f"a folder with {IRMA}")
    args = parser.parse_args()
    demo = load(DataSettings(source="demo"))
    sets = {"built-in": demo, IRMA: irma(Path(args.shared)) if args.shared else None}
    result: dict[str, Any] = {"targets": TARGETS, "seconds": seconds(demo)}
    for name, data in sets.items():
        if data is not None:
            result[name] = of_data(data, args.trials)
            print(name, result[name], flush=True)
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
