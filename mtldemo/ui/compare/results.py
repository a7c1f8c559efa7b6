"""What came out: differences to the baseline, the table, trade-offs, the gain over single tasks, ranks and chances."""

import math
from collections.abc import Sequence
from itertools import combinations

import pandas as pd
import streamlit as st

from mtldemo.charts.comparison.differences import delta_m_bars, difference_forest
from mtldemo.charts.comparison.ranking import best_heat, rank_heat
from mtldemo.charts.comparison.tradeoff import trade_off
from mtldemo.charts.words import TOO_FEW, headed
from mtldemo.sentences import listed
from mtldemo.study import verdict_words
from mtldemo.study.divergence import lost_seeds
from mtldemo.study.findings import Verdict
from mtldemo.study.ranking import ALL, pareto_front
from mtldemo.study.wording import around
from mtldemo.tasks import Task
from mtldemo.ui.compare.comparison import Comparison, statistics_of
from mtldemo.ui.compare.runs import compared_card
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

FEW = 4
"""Tasks whose pairs are chosen from in one row."""
DIGITS = 2
"""Decimal places of a mean, at least."""
MARKS = {True: "▲", False: "▼", None: ""}


def results_tab(comparison: Comparison, verdict: Verdict | None) -> None:
    """Draw all that finished runs say, with the ``verdict``; before two arms have finished, what is missing."""
    finite = comparison.results[comparison.results["value"].notna()]
    if len(set(finite["arm"])) < 2:
        st.info(plain(_too_few(comparison.results, len(set(finite["run"])))), icon=":material/hourglass_empty:")
        open_points(verdict)
        return
    tables = {name: comparison.seen(table) for name, table in statistics_of(comparison).items()}
    compared_card(
        difference_forest(tables["differences"], comparison.tasks, comparison.baseline),
        key="compare.forest",
        shape="point",
    )
    open_points(verdict)
    means_table(comparison, tables)
    pair = _pair(comparison.tasks)
    left, right = st.columns([3, 2])
    if pair is not None:
        with left:
            compared_card(
                trade_off(
                    comparison.seen(pareto_front(comparison.results, pair[0].name, pair[1].name)),
                    *pair,
                    tasks=comparison.tasks,
                ),
                key="compare.trade",
                shape="point",
            )
    with right:
        _delta_m(tables["delta_m"])
    left, right = st.columns(2)
    with left:
        compared_card(rank_heat(tables["ranks"], comparison.tasks), key="compare.ranks", shape="cell")
    with right:
        compared_card(best_heat(tables["p_best"], comparison.tasks), key="compare.p_best", shape="cell")


def _too_few(results: pd.DataFrame, done: int) -> str:
    """Why nothing is drawn yet, where ``done`` runs have results: the others are still to come, or have diverged."""
    lost, runs = lost_seeds(results), count(done, "run has", "runs have") if done else "No run has"
    if not lost:
        return (
            f"{runs} finished so far. Differences can be drawn once two strategies have finished with the same seed; "
            "the curves are there already."
        )
    whom = listed([f"{arm} ({lost_of_arm.share})" for arm, lost_of_arm in lost.items()])
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
    if len(tasks) > FEW:
        return _two_of(tasks)
    pairs = {f"{one.title} and {other.in_sentence}": (one, other) for one, other in combinations(tasks, 2)}
    if len(pairs) < 2:
        return next(iter(pairs.values()), None)
    first = next(iter(pairs))
    chosen = st.segmented_control(
        "Trade-off between", list(pairs), key="trade", default=first, required=True, bind="query-params"
    )
    return pairs[chosen or first]


def _two_of(tasks: Sequence[Task]) -> tuple[Task, Task]:
    """Two of many tasks: their pairs would be too many to choose from."""
    titles = {task.name: task.title for task in tasks}
    with st.container(horizontal=True, gap="medium"):
        first = st.selectbox(
            "Trade-off between", list(titles), format_func=titles.__getitem__, key="trade.first", bind="query-params"
        )
        others = [name for name in titles if name != first]
        second = st.selectbox("and", others, format_func=titles.__getitem__, key="trade.second", bind="query-params")
    by_name = {task.name: task for task in tasks}
    return by_name[first or tasks[0].name], by_name[second or others[0]]


def headline_card(verdict: Verdict | None) -> None:
    """The first sentence, large, a line for each of its clauses."""
    if verdict is not None:
        first = verdict_words.headline(verdict)
        with st.container(border=True):
            if first.budget:
                st.caption(f"{plain(first.budget)}:")
            size = "###" if len(first.clauses) == 1 else "####"
            st.markdown("\n\n".join(f"{size} {plain(clause.line)}" for clause in first.clauses))


def open_points(verdict: Verdict | None) -> None:
    """What there is to say beneath the headline: what nearly was, what can't be known, what the figures don't hold."""
    lines = verdict_words.what_else(verdict) if verdict is not None else []
    if lines:
        with st.container(border=True):
            st.markdown("**What else can be said, and what can't**")
            st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def means_table(comparison: Comparison, tables: dict[str, pd.DataFrame]) -> None:
    """Draw the table and say how it is read."""
    table, config = summary_rows(comparison, tables)
    st.dataframe(
        table, hide_index=True, column_config=config, alt="Each arm's results", placeholder="", height="content"
    )
    parts = [
        "Means over seeds on the test pictures; ± is half the width of the 95 % interval over seeds, in "
        "brackets its ends where it would reach past what the measure can be",
        f"▲ better and ▼ worse than {plain(comparison.baseline)} by more than chance (paired by seed, Holm-corrected)",
        "Δm: mean relative gain over one network a task",
        "Best: probability of the best mean rank, from a bootstrap over seeds",
    ]
    notes = dict.fromkeys(tables[name].attrs.get("note") for name in ("differences", "ranks"))
    st.caption(" ".join(["; ".join(parts) + ".", *filter(None, notes)]))


def summary_rows(comparison: Comparison, tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict]:
    """The table, best mean rank first, and how its columns are shown."""
    summary, differences = tables["summary"], tables["differences"]
    ranked = tables["ranks"]
    ranked = ranked[ranked["task"] == ALL].set_index("arm")["rank"]
    chance = tables["p_best"]
    chance = chance[chance["task"] == ALL].set_index("arm")["probability"]
    gain = tables["delta_m"].set_index("arm")
    arms = list(dict.fromkeys(summary["arm"]))
    arms.sort(key=lambda arm: (arm not in ranked.index, ranked.get(arm, math.inf)))
    better = {(row["arm"], row["task"], row["metric"]): row["better"] for row in differences.to_dict("records")}
    table: dict[str, list] = {"Strategy": arms}
    config: dict[str, object] = {"Strategy": st.column_config.TextColumn(pinned=True, width="medium")}
    for task in comparison.tasks:
        metric, measure, digits = task.metric, task.measure, max(DIGITS, task.measure.digits)
        rows = summary[(summary["task"] == task.name) & (summary["metric"] == metric)].set_index("arm")
        title = task.title
        values, spreads = [], []
        for arm in arms:
            known = arm in rows.index
            values.append(measure.factor * float(rows.loc[arm, "mean"]) if known else None)  # type: ignore[arg-type]
            low, high = (float(rows.loc[arm, end]) if known else math.nan for end in ("low", "high"))  # type: ignore[arg-type]
            mark = MARKS[better.get((arm, task.name, metric))]
            spread = around(measure, low, high, digits)
            spreads.append(f"{spread} {mark}".rstrip() if spread else "")
        table[title], table[f"{title} ±"] = values, spreads
        config[title] = st.column_config.NumberColumn(
            headed(title, measure.unit),
            format=f"%,.{digits}f",
            help=f"{measure.plain}; {_direction(measure.higher_is_better)}",
        )
        in_words = any(spread.startswith("(") for spread in spreads)
        sentences = any(TOO_FEW in spread for spread in spreads)
        width = "medium" if sentences else None if in_words else "small"
        config[f"{title} ±"] = st.column_config.TextColumn("±", width=width)
    if len(gain):
        table["Δm"] = [float(gain.loc[arm, "mean"]) if arm in gain.index else None for arm in arms]  # type: ignore[arg-type]
        config["Δm"] = st.column_config.NumberColumn("Δm, %", format="%+.1f", help="Higher is better")
    table["Rank"] = [_or_none(ranked.get(arm)) for arm in arms]
    table["Best"] = [_or_none(chance.get(arm), 100) for arm in arms]
    seeds = [int(summary.loc[summary["arm"] == arm, "n"].max()) for arm in arms]
    lost = summary.attrs["lost"]
    if len(set(seeds)) > 1 or lost:
        table["Seeds"] = [
            f"{count}, {lost[arm].lost} diverged" if arm in lost else str(count)
            for arm, count in zip(arms, seeds, strict=True)
        ]
        config["Seeds"] = st.column_config.TextColumn(width="small")
    config["Rank"] = st.column_config.NumberColumn("Mean rank", format="%.1f", help="Over tasks; 1 is the best")
    config["Best"] = st.column_config.ProgressColumn(
        "Best", format="%.0f %%", min_value=0, max_value=100, width="small"
    )
    # With one seed there are neither intervals nor chances.
    filled = {name: values for name, values in table.items() if any(value not in (None, "") for value in values)}
    return pd.DataFrame(filled), config


def _direction(higher: bool) -> str:
    return "higher is better" if higher else "lower is better"


def _or_none(value: float | None, factor: float = 1.0) -> float | None:
    return None if value is None or not math.isfinite(value) else factor * float(value)
