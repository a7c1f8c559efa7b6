"""Losses and metrics over training, one line an arm."""

from typing import cast

import streamlit as st

from mtldemo.charts.comparison.arms import Spread
from mtldemo.charts.comparison.curves import What, compared_curves
from mtldemo.charts.options import ChartOptions
from mtldemo.ui.chart_card import AXIS_TITLES
from mtldemo.ui.compare.clicked import compared_card
from mtldemo.ui.compare.comparison import Comparison
from mtldemo.ui.compare.frames import arm_runs
from mtldemo.ui.compare.look import focus_choice, spread_choice

WHATS: dict[What, str] = {"metric": "Metrics", "train": "Training losses", "validation": "Validation losses"}


def curves(comparison: Comparison) -> None:
    """Draw the options and the curves that were asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        what = st.segmented_control(
            "Show",
            list(WHATS),
            format_func=WHATS.__getitem__,
            default="metric",
            key="curve",
            required=True,
            bind="query-params",
        )
        options, spread = curve_options(smoothing=what == "train", log=what != "metric")
    focus = focus_choice(comparison.infos)
    chart = compared_curves(
        arm_runs(comparison.infos, "losses" if what == "train" else "epochs"),
        comparison.tasks,
        options,
        what=cast("What", what or "metric"),
        focus=focus,
        spread=spread,
    )
    compared_card(chart, key=f"compare.curves_{what}")


def curve_options(*, smoothing: bool = False, log: bool = False) -> tuple[ChartOptions, Spread]:
    """The x axis, and folded what the bands show and, where it matters, smoothing and a logarithmic y axis; all in the
    address."""
    start = ChartOptions()
    x = st.segmented_control(
        "X axis",
        list(AXIS_TITLES),
        format_func=AXIS_TITLES.__getitem__,
        default="epoch",
        key="x",
        required=True,
        bind="query-params",
        help="Over time, a strategy that needs longer for a step reaches less far.",
    )
    decay, log_y = start.smoothing, False
    with st.popover("Options", icon=":material/tune:"):
        spread = spread_choice()
        if smoothing:
            decay = st.slider("Smoothing", 0.0, 0.99, start.smoothing, 0.01, key="smoothing", bind="query-params")
        if log:
            log_y = st.toggle("Logarithmic y axis", key="log", bind="query-params")
    return ChartOptions(x=x or "epoch", smoothing=decay, log_y=log_y), spread  # type: ignore[arg-type]
