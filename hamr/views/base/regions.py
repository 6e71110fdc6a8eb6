"""The hard regions of a run after an epoch.

They are found among the run's rows, with the labels that it was trained on, so that the list stays
as it is while people work through it. Of tagged sentences they are regions of entity mentions: the
rows of a region are then indices of mentions (`hamr.views.base.mentions`).

Everything is kept in the cache on disk: the candidates of a data set, which all epochs and all runs
on its rows share, the regions of each epoch, and the ids given so far on these rows, so that a
region keeps its id over epochs and runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import cached_embedding_key, keep_what_regions_need
from hamr.regions import (
    Candidates,
    Regions,
    RegionSignals,
    carry_ids,
    find_candidates,
    find_regions,
)
from hamr.regions.names import RegionNames
from hamr.store import Run
from hamr.views.base import region_cache
from hamr.views.base.hardness_check import is_turned
from hamr.views.base.label_errors import takes_long
from hamr.views.base.region_inputs import RegionInputs, inputs_of, missing

REGIONS, CANDIDATES, KNOWN = "regions", "region_candidates", "region_ids"  # kinds in the cache
VERSION = 6  # part of the keys: raise it when the search, or what it reads, changes
NOT_SOUGHT = (
    "The hard regions of so many rows are not found yet. Search for them on Neighbourhoods, or "
    "with: hamr regions"
)
MOST_KNOWN = 500  # regions whose ids are remembered for a data set


def regions_of(run: Run, epoch: int) -> Regions:
    """The regions after an epoch, most important first; computed once and kept in the cache.

    Needs no encoder: what that would have to compute is said in `why_none`, see `prepare`.
    Raises StoreError where there is no such epoch.
    """
    found = cached_regions(run, epoch)
    if found is not None:
        return found
    run.signal("loss", epoch)  # raises where there is no such epoch
    inputs = inputs_of(run)
    if why := missing(run):
        return Regions((), np.full(len(inputs.labels), -1, np.int32), why)
    try:
        found = _identified(run, _computed(run, epoch, inputs))
    except StoreError as error:  # the embeddings are no longer in the cache
        return Regions((), np.full(len(inputs.labels), -1, np.int32), f"Regions: {error}")
    region_cache.put(
        run.store.cache, REGIONS, _key(run, epoch), region_cache.regions_as_arrays(found)
    )
    return found


def regions_of_texts(run: Run) -> Regions | None:
    """The regions after the last epoch that new texts, or the entities of new sentences, can fall
    in, for a process that may load the encoder's files; None where there are none, and where the
    search would take long and nobody has started it.
    """
    epochs = run.epochs()
    if not epochs:
        return None
    with suppress(StoreError):  # the embeddings are no longer in the cache
        prepare(run)
    found = regions_at_once(run, epochs[-1])
    return found if found.beyond_chance else None


def regions_at_once(run: Run, epoch: int) -> Regions:
    """`regions_of` for a page: where the search takes long, only what was found before."""
    if not is_long_search(run, epoch):
        return regions_of(run, epoch)
    return Regions((), np.full(len(inputs_of(run).labels), -1, np.int32), NOT_SOUGHT)


def is_long_search(run: Run, epoch: int) -> bool:
    """Whether `regions_of` would search for longer than a page may wait."""
    return takes_long(run) and cached_regions(run, epoch) is None


def cached_regions(run: Run, epoch: int) -> Regions | None:
    """The regions after an epoch if they are in the cache already; cheap."""
    if not run.store.cache.has(REGIONS, key := _key(run, epoch)):
        return None
    parts = region_cache.get(run.store.cache, REGIONS, key)
    found = None if parts is None else region_cache.regions_of_arrays(parts)
    return None if found is None or _is_by_turned_hardness(run, epoch, found) else found


def _is_by_turned_hardness(run: Run, epoch: int, found: Regions) -> bool:
    """Whether a former version ranked the regions by hardness that ranks easy rows first."""
    if not any(region.ranked_by == "hardness" for region in found.found):
        return False
    try:
        return is_turned(run, epoch)
    except StoreError:  # a damaged file, of which the pages that read it tell
        return False


def prepare(run: Run) -> None:
    """Compute what `regions_of` needs and only a process that may load the encoder's files can.

    Raises StoreError where the embeddings are not in the cache.
    """
    if missing(run):
        keep_what_regions_need(run, run.dataset())


def _computed(run: Run, epoch: int, inputs: RegionInputs) -> Regions:
    vectors, texts = inputs.vectors(), inputs.texts()
    with threadpool_limits(2):
        return find_regions(
            vectors,
            inputs.labels,
            inputs.classes,
            _signals(run, epoch, inputs),
            held_out=inputs.held_out(),
            candidates=_candidates(run, vectors, texts),
            names=RegionNames(inputs.named_by()),
        )


def _signals(run: Run, epoch: int, inputs: RegionInputs) -> RegionSignals:
    """The signals that regions are ranked by: the loss where hardness ranks easy rows first."""
    signals = inputs.signals(epoch)
    if is_turned(run, epoch):
        return replace(signals, hardness=None, seeds=None)
    return signals


def _candidates(run: Run, vectors: np.ndarray, texts: Sequence[str]) -> Candidates:
    """Those of the run's rows, from the cache or found now."""
    cache, key = run.store.cache, _rows_key(run)
    parts = region_cache.get(cache, CANDIDATES, key)
    if parts is not None:
        return region_cache.candidates_of_arrays(parts)
    found = find_candidates(vectors, texts)
    region_cache.put(cache, CANDIDATES, key, region_cache.candidates_as_arrays(found))
    return found


def _identified(run: Run, found: Regions) -> Regions:
    """The regions with the ids that the same ones have at other epochs and runs on these rows."""
    cache, key = run.store.cache, _rows_key(run)
    parts = region_cache.get(cache, KNOWN, key)
    known = () if parts is None else region_cache.regions_of_arrays(parts).found
    carried = carry_ids(known, found)
    ids = {region.id for region in known}
    new = [region for region in carried.found if region.id not in ids]
    if new:
        every = Regions((*known, *new)[-MOST_KNOWN:], np.zeros(0, np.int32))
        region_cache.put(cache, KNOWN, key, region_cache.regions_as_arrays(every))
    return carried


def _rows_key(run: Run) -> str:
    """What the candidates depend on: rows and embeddings; of mentions also the labels."""
    return repr((VERSION, run.info.fingerprint, cached_embedding_key(run)))


def _key(run: Run, epoch: int) -> str:
    """What the regions after an epoch depend on; `write_epoch` of a resumed run replaces it."""
    status = "finished" if run.info.status == "finished" else ""  # then validation F1 is known
    return repr((VERSION, run.id, run.info.started, epoch, status))
