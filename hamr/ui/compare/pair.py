"""Two of the compared runs, A and B, and an epoch of both. The runs are in the URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from hamr.records import Split
from hamr.store import Run, RunInfo
from hamr.ui.compare.groups import Groups
from hamr.ui.compare.runs import SHORT, asked_for
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import plain
from hamr.views.compare.configurations import Configuration


@dataclass(frozen=True)
class Pair:
    """Two runs, and the configuration of each."""

    a: Run
    b: Run
    of: tuple[Configuration, Configuration]
    found: Sequence[Configuration]

    def same(self, split: Split) -> bool:
        """Whether both have the same rows in the split."""
        parts = Groups.of(self.found, split).parts
        return any(all(one in part for one in self.of) for part in parts)


def choose_pair(
    found: Sequence[Configuration], key: str, prefer: Callable[[RunInfo], bool] = lambda info: True
) -> Pair | None:
    """The runs A and B of the URL, else the first run and plain training with the same seed.

    Runs that share their rows are preferred, and runs that `prefer` accepts. With one run only,
    the page says so and the result is None.
    """
    of = {run.id: one for one in found for run in one.runs}
    runs = {run.id: run for one in found for run in one.runs}
    if len(runs) < 2:
        st.info(
            "This view needs two runs. Add another one above.", icon=":material/compare_arrows:"
        )
        return None
    a = _asked("a", runs) or _first(runs, prefer)
    b = _asked("b", runs)
    if b is None or b == a:
        b = _opposite(found, of[a], a, prefer)
    left, right = st.columns(2)
    with left:
        _select("A", a, runs, of, key)
    with right:
        _select("B", b, runs, of, key)
    return Pair(runs[a], runs[b], (of[a], of[b]), found)


def _asked(name: str, runs: dict[str, Run]) -> str | None:
    named, _ = asked_for(query(name) or "", list(runs))
    return named[0] if named else None


def _first(runs: dict[str, Run], prefer: Callable[[RunInfo], bool]) -> str:
    """The first run that shares its rows with another one."""
    rows = Counter(run.info.fingerprint for run in runs.values())

    def fitness(i: str) -> tuple[bool, bool]:
        info = runs[i].info
        return rows[info.fingerprint] > 1, prefer(info)

    return max(runs, key=fitness)


def _opposite(
    found: Sequence[Configuration], own: Configuration, a: str, prefer: Callable[[RunInfo], bool]
) -> str:
    """Plain training with the seed of A, else another configuration with it, else any other run."""
    seed = next(run.info.seed for run in own.runs if run.id == a)
    others = [run for one in found for run in one.runs if run.id != a]

    def closeness(run: Run) -> tuple[bool, ...]:
        info = run.info
        return (
            info.fingerprint == own.info.fingerprint,
            prefer(info),
            run not in own.runs,
            info.settings.training.is_plain,
            info.seed == seed,
        )

    return max(others, key=closeness).id


def _select(
    name: str, chosen: str, runs: dict[str, Run], of: dict[str, Configuration], key: str
) -> None:
    widget = f"{key}-{name}"
    st.session_state[widget] = chosen
    st.selectbox(
        f"Run {name}",
        list(runs),
        format_func=lambda i: f"{of[i].name}, seed {runs[i].info.seed} ({runs[i].info.name})",
        key=widget,
        on_change=lambda: set_query(name.lower(), st.session_state[widget][:SHORT]),
    )


def choose_common_epoch(pair: Pair, key: str) -> int:
    """An epoch that both have; by default the newest."""
    common = sorted(set(pair.a.epochs()) & set(pair.b.epochs()))
    if len(common) == 1:
        st.caption(f"Epoch {common[0]}, the only one that both runs have.")
        return common[0]
    chosen = st.select_slider(
        "Epoch of both", common, value=common[-1], key=f"{key}-epoch", bind="query-params"
    )
    return int(chosen)


def other_rows(pair: Pair, split: Split, what: str) -> None:
    """Say that the two have different rows in the split, so that `what` can't be compared."""
    infos = pair.a.info, pair.b.info
    names = " and ".join(plain(info.name) for info in infos)
    st.warning(
        f"{names} have different {split} rows (ids, texts or labels differ), so {what} can't be "
        "compared. Choose two runs on the same rows.",
        icon=":material/dataset:",
    )
