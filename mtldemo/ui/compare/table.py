"""The results as one table: a row an arm, for each task its mean over seeds with the interval and a mark."""

import math

import pandas as pd
import streamlit as st

from mtldemo.charts.words import TOO_FEW
from mtldemo.study.measures import KEY_MEASURES, MEASURES
from mtldemo.study.ranking import ALL
from mtldemo.study.wording import around
from mtldemo.ui.arm_titles import TASK_TITLES
from mtldemo.ui.compare.comparison import Comparison
from mtldemo.ui.plain import plain

MARKS = {True: "▲", False: "▼", None: ""}


def results_table(comparison: Comparison, found: dict[str, pd.DataFrame]) -> None:
    """Draw the table and say how it is read."""
    table, config = summary_rows(comparison, found)
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
    notes = dict.fromkeys(found[name].attrs.get("note") for name in ("differences", "ranks"))
    st.caption(" ".join(["; ".join(parts) + ".", *filter(None, notes)]))


def summary_rows(comparison: Comparison, found: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict]:
    """The table, best mean rank first, and how its columns are shown."""
    summary, differences = found["summary"], found["differences"]
    ranked = found["ranks"]
    ranked = ranked[ranked["task"] == ALL].set_index("arm")["rank"]
    chance = found["p_best"]
    chance = chance[chance["task"] == ALL].set_index("arm")["probability"]
    gain = found["delta_m"].set_index("arm")
    arms = list(dict.fromkeys(summary["arm"]))
    arms.sort(key=lambda arm: (arm not in ranked.index, ranked.get(arm, math.inf)))
    better = {(row["arm"], row["task"], row["metric"]): row["better"] for row in differences.to_dict("records")}
    table: dict[str, list] = {"Strategy": arms}
    config: dict[str, object] = {"Strategy": st.column_config.TextColumn(pinned=True, width="medium")}
    for task in comparison.tasks:
        metric = KEY_MEASURES[task.name]
        measure = MEASURES[metric]
        rows = summary[(summary["task"] == task.name) & (summary["metric"] == metric)].set_index("arm")
        title = TASK_TITLES[task.name]
        values, spreads = [], []
        for arm in arms:
            known = arm in rows.index
            values.append(measure.factor * float(rows.loc[arm, "mean"]) if known else None)  # type: ignore[arg-type]
            low, high = (float(rows.loc[arm, end]) if known else math.nan for end in ("low", "high"))  # type: ignore[arg-type]
            mark = MARKS[better.get((arm, task.name, metric))]
            spread = around(measure, low, high, 2)
            spreads.append(f"{spread} {mark}".rstrip() if spread else "")
        table[title], table[f"{title} ±"] = values, spreads
        config[title] = st.column_config.NumberColumn(
            f"{title}, {measure.unit}", format="%.2f", help=f"{measure.title}; {_direction(measure.higher_is_better)}"
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
    said = {name: values for name, values in table.items() if any(value not in (None, "") for value in values)}
    return pd.DataFrame(said), config


def _direction(higher: bool) -> str:
    return "higher is better" if higher else "lower is better"


def _or_none(value: float | None, factor: float = 1.0) -> float | None:
    return None if value is None or not math.isfinite(value) else factor * float(value)
