"""A data set's labels as charts: how each task's are distributed, how many there are, and how two tasks go together."""

from typing import TYPE_CHECKING

import streamlit as st

from mtldemo import charts
from mtldemo.ui.chart_card import NARROWEST, chart_card
from mtldemo.ui.distinct import distinct
from mtldemo.ui.words import MOST_NAMED

if TYPE_CHECKING:
    from mtldemo.data import Dataset


def label_charts(dataset: "Dataset") -> None:
    """Every task's labels: small multiples of few tasks; of many a table, an overview and one chosen task."""
    tasks, table = dataset.tasks, dataset.counted
    titles = {task.name: task.title for task in tasks}
    if len(tasks) <= MOST_NAMED:
        with st.grid(min(len(tasks), 4), min_column_width=NARROWEST):
            for task in tasks:
                chart_card(charts.label_distribution(table, task, tasks), key=f"data.labels_{task.name}")
        chart_card(charts.split_balance(table, tasks), key="data.splits")
    else:
        left, right = st.columns(2)
        with left:
            chart_card(charts.positive_shares(table, tasks), key="data.positive")
        with right:
            chart_card(charts.split_balance(table, tasks), key="data.splits")
        st.markdown("**Every task**")
        st.dataframe(
            charts.label_coverage(table, tasks), hide_index=True, height=320, alt="How many labels each task has"
        )
        name = st.selectbox(
            "Task", list(titles), format_func=distinct(titles, titles.__getitem__), key=f"data.task:{dataset.key}"
        )
        task = tasks.named(name)
        left, right = st.columns(2)
        with left:
            chart_card(charts.label_distribution(table, task, tasks), key="data.labels_one")
        with right:
            chart_card(charts.split_balance(table, tasks.chosen([name])), key="data.splits_one")
    if len(tasks) > 1:
        _together(dataset, titles)


def _together(dataset: "Dataset", titles: dict[str, str]) -> None:
    st.markdown("**How two tasks go together**")
    left, right = st.columns(2)
    with left:
        first = st.selectbox(
            "Rows", list(titles), format_func=distinct(titles, titles.__getitem__), key=f"data.rows:{dataset.key}"
        )
    others = [name for name in titles if name != first]
    with right:
        second = st.selectbox(
            "Columns",
            others,
            format_func=distinct(others, titles.__getitem__),
            key=f"data.columns:{dataset.key}:{first}",
        )
    tasks = dataset.tasks
    chart = charts.label_pairs(dataset.counted, tasks.named(first), tasks.named(second), tasks)
    chart_card(chart, key="data.together")
