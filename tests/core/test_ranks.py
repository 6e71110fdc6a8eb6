"""What ranks say to one another, in two real processes."""

import pytest
import torch

from hamr import ranks as module
from hamr.errors import HamrError, ModelError, RankLost
from hamr.ranks import ALONE, Ranks
from tests.core.several import together


def meet(ranks):
    """One of every meeting, with tensors that tell the ranks apart."""
    own = torch.arange(7 * 2, dtype=torch.float32).view(7, 2)[ranks.share(7)]
    flags = torch.tensor([True, False, True])[ranks.share(3)]
    whole, half = torch.full((3, 2), 1.0 + ranks.rank), torch.ones(5, dtype=torch.float64)
    turned = torch.full((2, 3), 10.0 ** (1 + ranks.rank)).T
    ranks.add_([whole, half, turned])
    return {
        "rank": ranks.rank,
        "rows": ranks.gather(own, 7).tolist(),
        "flags": ranks.gather(flags, 3).tolist(),
        "one": ranks.gather(torch.tensor([4.0])[ranks.share(1)], 1).tolist(),
        "sums": [whole.tolist(), half.tolist(), turned.tolist()],
        "told": ranks.broadcast({"epoch": 3} if ranks.main else None),
        "any": [ranks.any(ranks.rank == 1), ranks.any(False)],
    }


def fail(ranks, failing):
    """The class and sentence of what is raised on this rank when those in `failing` fail."""
    try:
        with ranks.agreed():
            if ranks.rank in failing:
                raise ModelError(f"rank {ranks.rank} has no model", field="model")
    except HamrError as error:
        return type(error).__name__, str(error)
    return None


def leave_first(ranks):
    """Rank 1 goes; what rank 0 hears when it wants to speak to it."""
    if not ranks.main:
        return None
    try:
        ranks.any(False)
        ranks.any(False)
    except RankLost as error:
        return str(error)
    return "nothing"


@pytest.fixture(scope="module")
def met():
    return together(meet)


def test_the_ranks_are_numbered(met):
    assert [one["rank"] for one in met] == [0, 1]


def test_parts_of_unequal_length_are_gathered_in_order(met):
    whole = torch.arange(14.0).view(7, 2).tolist()
    assert [one["rows"] for one in met] == [whole, whole]


def test_any_dtype_is_gathered(met):
    assert [one["flags"] for one in met] == [[True, False, True]] * 2


def test_a_rank_without_rows_gathers_with_the_others(met):
    assert [one["one"] for one in met] == [[4.0], [4.0]]


def test_tensors_of_several_dtypes_and_layouts_are_added(met):
    sums = [[[3.0] * 2] * 3, [2.0] * 5, [[110.0] * 2] * 3]
    assert [one["sums"] for one in met] == [sums, sums]


def test_rank_0_tells_the_others(met):
    assert [one["told"] for one in met] == [{"epoch": 3}] * 2


def test_a_flag_raised_on_one_rank_is_seen_by_all(met):
    assert [one["any"] for one in met] == [[True, False]] * 2


def test_what_fails_on_one_rank_fails_on_all_and_rank_0_has_the_sentence():
    first, second = together(fail, (1,))
    assert first == ("ModelError", "process 2 of 2: rank 1 has no model")
    assert second[0] == "RankLost"


def test_rank_0_tells_its_own_failure_first():
    first, second = together(fail, (0, 1))
    assert first == ("ModelError", "rank 0 has no model")
    assert second[0] == "RankLost"


def test_a_rank_that_has_gone_is_missed():
    first, _ = together(leave_first)
    assert "another process of this run has gone" in first
    assert "resume the run" in first


@pytest.mark.parametrize("count", [0, 1, 2, 7, 32])
@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
def test_shares_cover_all_rows_and_differ_by_at_most_one(count, ranks):
    shares = [Ranks(rank, ranks).share(count) for rank in range(ranks)]
    assert [row for share in shares for row in range(share.start, share.stop)] == [*range(count)]
    sizes = [share.stop - share.start for share in shares]
    assert max(sizes) - min(sizes) <= 1


def test_alone_everything_stays_as_it_is():
    tensor = torch.arange(3.0)
    ALONE.add_([tensor])
    assert ALONE.gather(tensor, 3).tolist() == tensor.tolist() == [0.0, 1.0, 2.0]
    assert (ALONE.broadcast(5), ALONE.any(True), ALONE.any(False)) == (5, True, False)


def test_a_bucket_ends_where_it_is_full(monkeypatch):
    monkeypatch.setattr(module, "BUCKET_BYTES", 32)
    tensors = [torch.zeros(n) for n in (4, 4, 2, 9, 1)]
    sizes = [[t.numel() for t in bucket] for bucket in module._buckets(tensors)]
    assert sizes == [[4, 4], [2, 9], [1]]


def test_without_a_launcher_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert module.join() is ALONE
