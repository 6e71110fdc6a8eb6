"""Splitting rows by class, and by group where rows belong together.

Both ways aim at the same two things, in this order: every class has rows to train on,
and every class reaches every part if it has enough rows (or groups).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def split_rows(
    labels: np.ndarray,
    shares: Sequence[float],
    *,
    seed: int,
    groups: Sequence[str] | None = None,
) -> np.ndarray:
    """The part of each row, [n] int64: an index into `shares`; part 0 is the training part.

    `labels` is [n] int; `shares` sum to 1. With `groups` ([n]), rows of one group get the
    same part. Every class gets rows in part 0. A class reaches all parts if it has at
    least as many rows (without groups) as there are parts; with groups this holds wherever
    moving single groups can achieve it. The same seed gives the same split.
    """
    random = np.random.default_rng(seed)
    if groups is None:
        return _split_single_rows(labels, np.asarray(shares), random)
    return _split_groups(labels, np.asarray(shares), groups, random)


def _split_single_rows(
    labels: np.ndarray, shares: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    parts = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        parts[members] = np.repeat(np.arange(len(shares)), part_sizes(len(members), shares))
    return parts


def part_sizes(count: int, shares: np.ndarray) -> np.ndarray:
    """How many of `count` rows each part gets: by largest remainder, none empty if possible.

    With fewer rows than parts, the first parts get one row each.
    """
    if count < len(shares):
        return (np.arange(len(shares)) < count).astype(int)
    exact = count * shares
    sizes = np.floor(exact + 1e-9).astype(int)
    sizes[np.argsort(sizes - exact, kind="stable")[: count - sizes.sum()]] += 1
    for empty in np.flatnonzero(sizes == 0):
        sizes[np.argmax(sizes)] -= 1
        sizes[empty] += 1
    return sizes


def _split_groups(
    labels: np.ndarray, shares: np.ndarray, groups: Sequence[str], random: np.random.Generator
) -> np.ndarray:
    """Iterative stratification (Sechidis et al. 2011) with groups in the place of rows."""
    _, group_of = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    counts = np.zeros((group_of.max() + 1, labels.max() + 1), dtype=np.int64)  # [groups, C]
    np.add.at(counts, (group_of, labels), 1)
    part_of = _assign(counts, shares, random)
    _reach_every_part(counts, part_of, len(shares))
    return part_of[group_of]


def _assign(counts: np.ndarray, shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The part of each group: the class with the fewest rows left is assigned first.

    Each of its groups, largest first, goes to the part that still lacks most of the class;
    among equals to the part that lacks most rows of any class.
    """
    part_of = np.full(len(counts), -1)
    wanted = shares[:, None] * counts.sum(axis=0)  # [parts, C] rows still lacking
    free = np.ones(len(counts), dtype=bool)
    while free.any():
        left = counts[free].sum(axis=0)
        label = np.flatnonzero(left)[np.argmin(left[left > 0])]
        members = random.permutation(np.flatnonzero(free & (counts[:, label] > 0)))
        for group in members[np.argsort(-counts[members, label], kind="stable")]:
            part = np.lexsort((-wanted.sum(axis=1), -wanted[:, label].round(9)))[0]
            part_of[group] = part
            wanted[part] -= counts[group]
        free[members] = False
    return part_of


def _reach_every_part(counts: np.ndarray, part_of: np.ndarray, parts: int) -> None:
    """Moves single groups, in place, so that no part lacks a class that another can spare.

    Training comes first: it takes a group even if another part then lacks the class.
    """
    for part in range(parts):
        for label in np.argsort(counts.sum(axis=0), kind="stable"):
            held = counts[part_of == part, label].sum() > 0
            if held or counts[:, label].sum() == 0:
                continue
            movable = [
                group
                for group in np.flatnonzero((counts[:, label] > 0) & (part_of != part))
                if part == 0 or _can_spare(counts, part_of, group)
            ]
            if movable:
                part_of[min(movable, key=lambda group: counts[group].sum())] = part


def _can_spare(counts: np.ndarray, part_of: np.ndarray, group: np.intp) -> bool:
    """Whether the group's part still holds every class of the group once it is gone."""
    rest = counts[part_of == part_of[group]].sum(axis=0) - counts[group]
    return bool((rest[counts[group] > 0] > 0).all())
