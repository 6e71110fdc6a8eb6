"""Batches of texts that an encoder embeds: by a budget of tokens, on the CPU or on a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Int

T = TypeVar("T")

EMBED_BATCH = 32  # texts in a batch without a budget, and the fewest in one with it
MANY = 20_000  # texts of a set, up to which the CPU embeds as earlier versions did, to the bit
CPU_TOKENS, GPU_TOKENS = 4096, 32_768  # in a batch, padding included


def batches_of(
    lengths: Int[np.ndarray, " n"], tokens: int | None = None
) -> list[Int[np.ndarray, " b"]]:
    """All texts, by index, in batches of like length, the longest first.

    `lengths` are those of the texts in tokens. A batch has at least 32 texts, and at most `tokens`
    tokens, its padding included; exactly 32 texts without a budget.
    """
    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        longest = max(int(lengths[order[start]]), 1)
        size = EMBED_BATCH if tokens is None else max(EMBED_BATCH, tokens // longest)
        batches.append(order[start : start + size])
        start += size
    return batches


def token_budget(device: torch.device, texts: int) -> int | None:
    """The tokens of a batch on that device, for a set of so many texts; None for 32 texts each."""
    if device.type != "cpu":
        return GPU_TOKENS
    return CPU_TOKENS if texts > MANY else None


def computed(
    batches: list[np.ndarray], one: Callable[[np.ndarray], T], device: torch.device
) -> Iterator[tuple[np.ndarray, T]]:
    """Yields each batch, or a part of it, with what `one` makes of it.

    On the CPU one batch a core, each on one thread: threads that share a batch wait for one
    another at every layer, which on a busy machine costs several times the work. On a GPU one
    after the other; a batch that its memory does not hold is halved until it does.

    Raises what PyTorch raises when the GPU can't hold a single text.
    """
    if device.type != "cpu":
        for batch in batches:
            yield from _halved(batch, one)
        return
    with ThreadPoolExecutor(cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            yield from zip(batches, pool.map(one, batches), strict=True)
        finally:  # stopped before the end: batches that have not begun are dropped
            pool.shutdown(cancel_futures=True)


def _halved(batch: np.ndarray, one: Callable[[np.ndarray], T]) -> Iterator[tuple[np.ndarray, T]]:
    try:
        found = one(batch)
    except torch.OutOfMemoryError:
        if len(batch) == 1:
            raise
    else:
        yield batch, found
        return
    # Not within `except`: the error holds the tensors of the batch.
    middle = len(batch) // 2
    for part in (batch[:middle], batch[middle:]):
        yield from _halved(part, one)


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
