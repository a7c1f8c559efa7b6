"""What each strategy did with the weights: small multiples on equal axes, and paths in a triangle of three tasks."""

import streamlit as st

from mtldemo.charts.comparison.ternary import weight_paths
from mtldemo.charts.comparison.weights import compared_weights
from mtldemo.ui.compare.clicked import compared_card
from mtldemo.ui.compare.comparison import Comparison
from mtldemo.ui.compare.curves import curve_options
from mtldemo.ui.compare.frames import arm_runs

SCALES = {"shares": "Shares of their sum", "applied": "As applied"}


def weights(comparison: Comparison) -> None:
    """Draw the options and both charts; single-task runs have no weights to compare."""
    infos = [info for info in comparison.infos if len(info.tasks) > 1]
    if not infos:
        st.info("Only runs that learn several tasks weigh them.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        scale = st.segmented_control(
            "Weights",
            list(SCALES),
            format_func=SCALES.__getitem__,
            default="shares",
            key="scale",
            required=True,
            bind="query-params",
            help="Strategies differ in the sum of their weights; shares make them comparable.",
        )
        options, spread = curve_options(smoothing=True, log=scale == "applied")
    runs = arm_runs(infos, "weights")
    several = comparison.tasks
    chart = compared_weights(runs, several, options, normalised=scale != "applied", spread=spread)
    compared_card(chart, key="compare.weights")
    if len(several) == 3:
        compared_card(weight_paths(runs, several, options), key="compare.weight_paths", shape="path")
