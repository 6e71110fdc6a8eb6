"""A function in two real processes that have joined as ranks."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def together(function: Callable[..., Any], *arguments: Any, count: int = 2) -> list[Any]:
    """What `function(ranks, *arguments)` returned on each rank; it is named by its module."""
    port = free_port()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:
        # Each process is busy with its own call until all have met, so none takes two.
        own = [(rank, count, port, function, arguments) for rank in range(count)]
        calls = [pool.submit(as_rank, *one) for one in own]
        return [call.result(timeout=600) for call in calls]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def as_rank(
    rank: int, count: int, port: int, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Any:
    """What the function returns in this process, once it has joined the others as that rank."""
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    import torch

    from hamr.ranks import join, leave

    torch.set_num_threads(1)
    try:
        return function(join(), *arguments)
    finally:
        leave()
