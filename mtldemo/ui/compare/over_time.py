"""What the arms did while they trained: losses and metrics, weights, and gradients, one line an arm."""

from collections.abc import Iterable
from typing import cast

import streamlit as st

from mtldemo.charts.colours import MOST_IN_A_LEGEND
from mtldemo.charts.comparison.arms import BANDS, BandKind
from mtldemo.charts.comparison.curves import What, compared_curves
from mtldemo.charts.comparison.gradients import compared_cosines, compared_norms, cosine_heat
from mtldemo.charts.comparison.ternary import weight_paths
from mtldemo.charts.comparison.weights import compared_weights
from mtldemo.charts.options import ChartOptions
from mtldemo.charts.task_rows import in_rows
from mtldemo.study.arm_runs import arm_runs
from mtldemo.study.info import RunInfo
from mtldemo.tasks import TaskSet
from mtldemo.ui.chart_card import AXIS_TITLES
from mtldemo.ui.compare.comparison import Comparison
from mtldemo.ui.compare.runs import compared_card
from mtldemo.ui.compare.selection import FRONT, TASKS

WHATS: dict[What, str] = {"metric": "Metrics", "train": "Training losses", "validation": "Validation losses"}


SCALES = {"shares": "Shares of their sum", "applied": "As applied"}


def curves_tab(comparison: Comparison) -> None:
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
    tasks = task_choice(comparison.tasks)
    focus = focus_choice(comparison.infos)
    chart = compared_curves(
        arm_runs(comparison.infos, "losses" if what == "train" else "epochs"),
        tasks,
        options,
        what=cast("What", what or "metric"),
        focus=focus,
        spread=spread,
    )
    compared_card(chart, key=f"compare.curves_{what}")


def curve_options(*, smoothing: bool = False, log: bool = False) -> tuple[ChartOptions, BandKind]:
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


def weights_tab(comparison: Comparison) -> None:
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


def gradients_tab(comparison: Comparison) -> None:
    """Draw the options and the charts; single-task runs have one gradient only."""
    infos = [info for info in comparison.infos if len(info.tasks) > 1]
    if not infos:
        st.info("Only runs that learn several tasks have gradients to compare.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options, spread = curve_options(smoothing=True)
    tasks = task_choice(comparison.tasks)
    focus = focus_choice(infos)
    runs = arm_runs(infos, "gradients")
    compared_card(cosine_heat(runs, tasks), key="compare.cosine_heat", shape="cell")
    compared_card(compared_cosines(runs, tasks, options, focus=focus, spread=spread), key="compare.cosines")
    compared_card(compared_norms(runs, tasks, options, focus=focus, spread=spread), key="compare.norms")


def task_choice(tasks: TaskSet) -> TaskSet:
    """The tasks that are drawn. Of many all are rows of heat maps until a person chooses few, which have curves."""
    if not in_rows(tasks):
        return tasks
    titles = {task.name: task.title for task in tasks}
    chosen = st.multiselect(
        "Tasks",
        list(titles),
        format_func=titles.__getitem__,
        key=TASKS,
        bind="query-params",
        placeholder=f"All {len(tasks)} as rows; choose some to see their curves",
        max_selections=MOST_IN_A_LEGEND,
        select_all=False,
    )
    return tasks.chosen(chosen) if chosen else tasks


def focus_choice(infos: Iterable[RunInfo]) -> list[str]:
    """The arms that stand out in front of the others; none means all."""
    arms = list(dict.fromkeys(info.arm for info in infos))
    if len(arms) <= 2:
        return []
    return st.multiselect(
        "Bring to the front",
        arms,
        key=FRONT,
        bind="query-params",
        placeholder="All alike; choose some, and their bands are drawn before the others",
        select_all=False,
    )


def spread_choice() -> BandKind:
    """What the band around a mean shows."""
    titles = {"range": "Range", "interval": "95 % interval"}
    chosen = st.segmented_control(
        "Band",
        list(BANDS),
        format_func=titles.__getitem__,
        default="range",
        key="band",
        required=True,
        bind="query-params",
        help="Range: from the lowest to the highest seed. Interval: where the mean lies with 95 % confidence.",
    )
    return cast("BandKind", chosen or "range")
