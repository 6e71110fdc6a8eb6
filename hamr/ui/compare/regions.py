"""The tab Regions: which hard regions of run A got better or worse in run B."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.tasks import features
from hamr.ui.compare.cached import of_two
from hamr.ui.compare.pair import Pair, choose_common_epoch, choose_pair
from hamr.ui.shell import navigation
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.region_search import is_sought_elsewhere, search_section
from hamr.ui.shell.text import count, plain, plain_name
from hamr.ui.widgets.tables import show_table
from hamr.views.compare import regions
from hamr.views.compare.configurations import Configuration
from hamr.views.compare.regions import BETTER, SAME, WORSE, Compared, RegionChange

LINKED = 5  # regions with a sentence and a link


def regions_section(found: Sequence[Configuration]) -> None:
    """The regions of run A, their rows fixed, in both runs."""
    pair = choose_pair(found, "regions")
    if pair is None:
        return
    if not set(pair.a.epochs()) & set(pair.b.epochs()):
        st.info("The two runs have no epoch in common yet.", icon=":material/hourglass_top:")
        return
    epoch = choose_common_epoch(pair, "regions")
    if is_sought_elsewhere(pair.a, epoch):
        search_section(pair.a, epoch, "run A")
        return
    warn_of_hardness(pair.a, epoch, name="Run A", turned="Its regions are ranked by loss.")
    with st.spinner("Measuring the regions of run A in both runs"):
        compared = of_two(regions.compared, pair.a, pair.b, epoch, epoch)
    if not compared.changes:
        st.info(plain(compared.why_none), icon=":material/info:")
        return
    st.markdown(
        f"Of {count(len(compared.changes), 'hard region')} of run A{_doubtful(compared)}, B does "
        f"better in **{compared.count(BETTER)}** and worse in **{compared.count(WORSE)}**; "
        f"{compared.count(SAME)} have no detectable difference."
    )
    for change in compared.changes[:LINKED]:
        if change.verdict != SAME:
            _sentence(pair, epoch, change)
    _table(compared)
    unit = "mentions" if features(pair.a.info.task).entities else "rows"
    st.caption(
        f"A region has the same {unit} in both runs. Better and worse go by the share of mistakes "
        "on them: its 95 % t interval, paired and corrected for the number of regions, does not "
        "reach zero. F1 is that of the validation rows which fall in the region, with a bootstrap "
        "interval."
    )


def _doubtful(compared: Compared) -> str:
    """How many of run A's regions could be chance, as a clause."""
    some = sum(not change.region.beyond_chance for change in compared.changes)
    return f" ({some:,} of them could be chance)" if some else ""


def _sentence(pair: Pair, epoch: int, change: RegionChange) -> None:
    """How a region changed, and a link to it."""
    icon = ":material/trending_up:" if change.verdict == BETTER else ":material/trending_down:"
    a, b = change.mistakes.a, change.mistakes.b
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{icon} **{plain_name(change.region.name)}** got {change.verdict}: mistakes on "
            f"{a:.0%} of its {change.rows:,} in A, {b:.0%} in B.",
            width="content",
        )
        here = {"run": pair.a.id, "epoch": str(epoch), "region": change.region.id}
        navigation.link("Neighbourhoods", "Show it", query=here)


def _table(compared: Compared) -> None:
    number = st.column_config.NumberColumn
    share, score = number(format="percent"), number(format="%.3f")
    own = {
        f"{name}: {part}": share if name == "mistakes" else score
        for name in ("mistakes", "loss", "validation F1")
        for part in ("A", "B", "low", "high")
    }
    show_table(
        regions.table(compared),
        csv="compare-regions",
        key="compare-regions",
        placeholder="–",
        alt="The hard regions of run A with their mistakes, loss and F1 in both runs",
        column_config={
            "region": st.column_config.TextColumn(pinned=True, width=260),
            "in A": st.column_config.TextColumn(help="Whether chance explains the region in run A"),
            **own,
            "mistakes: low": number(format="percent", help="Lower end of B minus A"),
            "mistakes: high": number(format="percent", help="Upper end of B minus A"),
        },
    )
