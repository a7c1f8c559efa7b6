"""How the tasks' gradients got on with each other: cosines over time and as a heat map, and norms."""

import streamlit as st

from mtldemo.charts.comparison.gradients import compared_cosines, compared_norms, cosine_heat
from mtldemo.ui.compare.clicked import compared_card
from mtldemo.ui.compare.comparison import Comparison
from mtldemo.ui.compare.curves import curve_options
from mtldemo.ui.compare.frames import arm_runs
from mtldemo.ui.compare.look import focus_choice


def gradients(comparison: Comparison) -> None:
    """Draw the options and the charts; single-task runs have one gradient only."""
    infos = [info for info in comparison.infos if len(info.tasks) > 1]
    if not infos:
        st.info("Only runs that learn several tasks have gradients to compare.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options, spread = curve_options(smoothing=True)
    focus = focus_choice(infos)
    runs = arm_runs(infos, "gradients")
    compared_card(cosine_heat(runs, comparison.tasks), key="compare.cosine_heat", shape="cell")
    compared_card(compared_cosines(runs, comparison.tasks, options, focus=focus, spread=spread), key="compare.cosines")
    compared_card(compared_norms(runs, comparison.tasks, options, focus=focus, spread=spread), key="compare.norms")
