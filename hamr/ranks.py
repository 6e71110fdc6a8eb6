"""Several processes that train one model together, and how they exchange values.

Each process is a *rank*. All ranks compute the same draws and hold the same model; each
takes its share of every batch, and sums and gathers make the step that of the whole batch.
Rank 0, the main one, reads the data and writes the run.

The sums are explicit, on the bare module: through a wrapper such as
DistributedDataParallel the second derivatives of the meta step come out silently wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from hamr.errors import HamrError, RankLost, TrainingError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

BUCKET_BYTES = 25 * 2**20  # of one sum over ranks, which small tensors share to save round trips
# The others wait while rank 0 waits for its turn, loads the rows and embeds them.
LONGEST_SILENCE = timedelta(days=1)


@dataclass(frozen=True)
class Ranks:
    """This process among `count`. With one process, every method returns what it was given.

    Every method but `share` is collective: all ranks must call it, in the same order and with
    tensors of the same shapes and dtypes, or they wait for each other for ever. It raises
    RankLost when another rank has gone.
    """

    rank: int = 0
    count: int = 1

    @property
    def main(self) -> bool:
        """Whether this is rank 0, which reads, writes and prints."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """This rank's consecutive part of `count` rows; sizes differ by at most one.

        Empty for some ranks where there are fewer rows than ranks.
        """
        return slice(*_bounds(self.rank, self.count, count))

    def gather(self, part: torch.Tensor, count: int) -> torch.Tensor:
        """The `share`s of all ranks in order, [count, ...], the same bits on every rank."""
        if self.count == 1:
            return part
        import torch
        from torch import distributed

        # Parts are sent at one length, the longest, and as bytes, since backends lack dtypes.
        sent = part.new_zeros((-(-count // self.count), *part.shape[1:]))
        sent[: len(part)] = part
        flat = sent.reshape(-1).view(torch.uint8)
        received = [torch.empty_like(flat) for _ in range(self.count)]
        with _collective():
            distributed.all_gather(received, flat)
        parts = []
        for rank, piece in enumerate(received):
            start, stop = _bounds(rank, self.count, count)
            parts.append(piece.view(part.dtype).view_as(sent)[: stop - start])
        return torch.cat(parts)

    def gather_values(self, value: T) -> list[T]:
        """What every rank passes, in their order, on every rank; pickled, as by `broadcast`."""
        if self.count == 1:
            return [value]
        from torch import distributed

        received: list[T | None] = [None] * self.count
        with _collective():
            distributed.all_gather_object(received, value)
        return received  # type: ignore[return-value]

    def add_(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replaces each tensor by its sum over the ranks, the same bits on every rank."""
        if self.count == 1:
            return
        import torch
        from torch import distributed

        with torch.no_grad():
            for bucket in _buckets(tensors):
                flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
                with _collective():
                    distributed.all_reduce(flat)
                sizes = [tensor.numel() for tensor in bucket]
                for tensor, total in zip(bucket, torch.split(flat, sizes), strict=True):
                    tensor.copy_(total.view_as(tensor))

    def broadcast(self, value: T) -> T:
        """Rank 0's value, on every rank; what the others pass is ignored.

        The value is pickled to be sent: the ranks of one launch trust each other, and nothing
        of it is stored.
        """
        if self.count == 1:
            return value
        from torch import distributed

        sent = [value if self.main else None]
        with _collective():
            distributed.broadcast_object_list(sent, src=0)
        return sent[0]  # type: ignore[return-value]

    def any(self, flag: bool) -> bool:
        """Whether the flag is true on at least one rank."""
        if self.count == 1:
            return flag
        import torch
        from torch import distributed

        raised = torch.tensor([flag], dtype=torch.uint8)
        with _collective():
            distributed.all_reduce(raised, op=distributed.ReduceOp.MAX)
        return bool(raised)

    @contextmanager
    def agreed(self) -> Iterator[None]:
        """A part of the work that succeeds on all ranks or on none; its end is collective.

        Where it failed on any rank, raises the first such rank's error on rank 0, which shows
        it to the user, and RankLost on the others.
        """
        if self.count == 1:
            yield
            return
        own: Exception | None = None
        try:
            yield
        except RankLost:
            raise
        except Exception as error:
            own = error
        failed = self._first_error(own)
        if failed is None:
            return
        if not self.main:
            raise RankLost(str(failed)) from own
        raise own or failed

    def _first_error(self, own: Exception | None) -> HamrError | None:
        """The error of the lowest rank that has one, on every rank."""
        from torch import distributed

        sent: HamrError | None = None
        if isinstance(own, HamrError):
            where = f"process {self.rank + 1} of {self.count}: " if self.rank else ""
            sent = type(own)(where + str(own), field=own.field)
        elif own is not None:
            sent = TrainingError(f"process {self.rank + 1} of {self.count} failed: {own!r}")
        received: list[HamrError | None] = [None] * self.count
        with _collective():
            distributed.all_gather_object(received, sent)
        return next((error for error in received if error is not None), None)


ALONE = Ranks()


def launched() -> int:
    """How many processes the launcher started, 1 without one; looks at the environment only."""
    # Without this process's own number, the count is meant for another program.
    return int(os.environ.get("WORLD_SIZE") or 1) if "RANK" in os.environ else 1


def join() -> Ranks:
    """Joins the other processes of `accelerate launch` or torchrun; ALONE where there are none.

    Ranks on CUDA use NCCL, each on the GPU of its number on its machine, and gloo for tensors
    on the CPU; without CUDA everything goes through gloo.
    Raises RankLost when the others can't be reached.
    """
    if launched() == 1:
        return ALONE
    import torch
    from accelerate import PartialState

    cpu = not torch.cuda.is_available() or os.environ.get("ACCELERATE_USE_CPU") == "True"
    backend = "gloo" if cpu else f"cpu:gloo,cuda:{_cuda_backend(torch.cuda.device_count())}"
    with _collective():
        state = PartialState(cpu=cpu, backend=backend, timeout=LONGEST_SILENCE)
    return Ranks(state.process_index, state.num_processes)


def leave() -> None:
    """Closes the connections of `join`, if there are any."""
    if launched() > 1:
        from accelerate import PartialState

        PartialState().destroy_process_group()


@contextmanager
def _collective() -> Iterator[None]:
    """One collective call of torch, which fails when another process does not take part."""
    try:
        yield
    except RuntimeError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RankLost(
            f"another process of this run has gone or can't be reached ({reason[:200]}): see the "
            "end of its output, and resume the run; every recorded epoch is kept"
        ) from error


def _cuda_backend(gpus: int) -> str:
    """NCCL, but gloo where more ranks than GPUs share a machine, which NCCL refuses."""
    return "nccl" if int(os.environ.get("LOCAL_WORLD_SIZE") or 1) <= gpus else "gloo"


def _bounds(rank: int, ranks: int, count: int) -> tuple[int, int]:
    return rank * count // ranks, (rank + 1) * count // ranks


def _buckets(tensors: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """The tensors in order, in groups of one dtype and device and of about BUCKET_BYTES."""
    groups: dict[tuple[torch.dtype, torch.device], list[torch.Tensor]] = {}
    for tensor in tensors:
        groups.setdefault((tensor.dtype, tensor.device), []).append(tensor)
    for group in groups.values():
        bucket: list[torch.Tensor] = []
        size = 0
        for tensor in group:
            bucket.append(tensor)
            size += tensor.numel() * tensor.element_size()
            if size >= BUCKET_BYTES:
                yield bucket
                bucket, size = [], 0
        if bucket:
            yield bucket
