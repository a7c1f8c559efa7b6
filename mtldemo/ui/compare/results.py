"""What came out: differences to the baseline, the table, trade-offs, the gain over single tasks, ranks and chances."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd
import streamlit as st

from mtldemo.charts.comparison.differences import delta_m_bars, difference_forest
from mtldemo.charts.comparison.ranking import best_heat, rank_heat
from mtldemo.charts.comparison.tradeoff import trade_off
from mtldemo.study.divergence import lost_seeds
from mtldemo.study.ranking import pareto_front
from mtldemo.study.wording import listed
from mtldemo.tasks import Task
from mtldemo.ui.compare.clicked import compared_card
from mtldemo.ui.compare.comparison import Comparison, figures
from mtldemo.ui.compare.table import results_table
from mtldemo.ui.compare.verdict_card import what_else
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count


def results(comparison: Comparison, said: Sequence[str]) -> None:
    """Draw all that finished runs say, with the verdict ``said``; before two arms have finished, what is missing."""
    finite = comparison.results[comparison.results["value"].notna()]
    if len(set(finite["arm"])) < 2:
        st.info(plain(_too_few(comparison.results, len(set(finite["run"])))), icon=":material/hourglass_empty:")
        what_else(said)
        return
    found = {name: comparison.seen(table) for name, table in figures(comparison.results, comparison.baseline).items()}
    compared_card(
        difference_forest(found["differences"], comparison.tasks, comparison.baseline),
        key="compare.forest",
        shape="point",
    )
    what_else(said)
    results_table(comparison, found)
    pair = _pair(comparison.tasks)
    left, right = st.columns([3, 2])
    if pair is not None:
        with left:
            compared_card(
                trade_off(comparison.seen(pareto_front(comparison.results, pair[0].name, pair[1].name)), *pair),
                key="compare.trade",
                shape="point",
            )
    with right:
        _delta_m(found["delta_m"])
    left, right = st.columns(2)
    with left:
        compared_card(rank_heat(found["ranks"], comparison.tasks), key="compare.ranks", shape="cell")
    with right:
        compared_card(best_heat(found["p_best"], comparison.tasks), key="compare.p_best", shape="cell")


def _too_few(results: pd.DataFrame, done: int) -> str:
    """Why nothing is drawn yet, where ``done`` runs have results: the others are still to come, or have diverged."""
    lost, runs = lost_seeds(results), count(done, "run has", "runs have") if done else "No run has"
    if not lost:
        return (
            f"{runs} finished so far. Differences can be drawn once two strategies have finished with the same seed; "
            "the curves are there already."
        )
    whom = listed([f"{arm} ({found.share})" for arm, found in lost.items()])
    return (
        f"{runs} a result, since seeds diverged: {whom}. "
        "Differences can be drawn where two strategies have results with the same seed; the curves are there."
    )


def _delta_m(table: pd.DataFrame) -> None:
    """The gain over single tasks, or why it isn't known."""
    chart, reason = delta_m_bars(table), table.attrs.get("reason")
    if not reason:
        compared_card(chart, key="compare.delta_m", shape="bar")
        return
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(chart.title)}**")
        st.info(plain(reason), icon=":material/info:")
        st.caption(plain(chart.caption))


def _pair(tasks: Sequence[Task]) -> tuple[Task, Task] | None:
    """The two tasks whose trade-off is wanted; None where there is only one."""
    pairs = {f"{one.title} and {other.title.lower()}": (one, other) for one, other in combinations(tasks, 2)}
    if len(pairs) < 2:
        return next(iter(pairs.values()), None)
    first = next(iter(pairs))
    chosen = st.segmented_control(
        "Trade-off between", list(pairs), key="trade", default=first, required=True, bind="query-params"
    )
    return pairs[chosen or first]
