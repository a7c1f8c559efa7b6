"""A chart on a card: what it shows, the figure, and the data behind it."""

from collections.abc import Callable

import streamlit as st

from mtldemo.charts.options import Chart, ChartOptions
from mtldemo.settings import settings_of
from mtldemo.ui.forms import setting_widget
from mtldemo.ui.live_chart import ClickedTrace, live_chart
from mtldemo.ui.plain import plain

SHOWN_ROWS = 5_000
AXIS_TITLES = {"step": "Steps", "epoch": "Epochs", "time": "Time"}
NARROWEST = 290
"""Px of a card, below which those of a row stand one below the other."""


def chart_options(prefix: str) -> ChartOptions:
    """The x axis, and folded smoothing and a logarithmic y axis; they last for the session."""
    start, declared = ChartOptions(), {field.name: field for field in settings_of(ChartOptions)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        x = setting_widget(declared["x"], key=f"{prefix}.x", value=start.x, show=AXIS_TITLES.__getitem__)
        with st.popover("Options", icon=":material/tune:"):
            key = f"{prefix}.smoothing"
            st.session_state.setdefault(key, start.smoothing)
            smoothing = st.slider(
                "Smoothing",
                0.0,
                0.99,
                step=0.01,
                key=key,
                persist_state="session",
                width=220,
                help=declared["smoothing"].setting.help,
            )
            log_y = setting_widget(declared["log_y"], key=f"{prefix}.log_y", value=start.log_y)
    return ChartOptions(x=x, smoothing=smoothing, log_y=log_y)


def chart_card(
    chart: Chart, key: str, *, on_click: Callable[[ClickedTrace], None] | None = None, hint: str = ""
) -> None:
    """Draw ``chart`` with its words; its table and CSV are made only when a person asks for them. ``on_click`` is told
    what was clicked, and ``hint`` says that a click does something."""
    clickable = on_click is not None and not chart.empty
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{plain(chart.title)}**", width="content")
            data = st.popover(
                ":material/table_view:",
                type="tertiary",
                key=f"{key}.data",
                on_change="rerun",
                help="The data behind this chart, as a table and CSV",
            )
        live_chart(chart.figure, key=key, alt=chart.alt, height=chart.height, on_click=on_click if clickable else None)
        st.caption(plain(f"{chart.caption} {hint}" if clickable and hint else chart.caption))
    if data.open:
        with data:
            data_table(chart, key)


def data_table(chart: Chart, key: str) -> None:
    """The data behind a chart as a table and a download."""
    st.dataframe(
        chart.table.tail(SHOWN_ROWS), hide_index=True, height=320, key=f"{key}.table", alt=f"Data of {chart.title}"
    )
    if len(chart.table) > SHOWN_ROWS:
        st.caption(f"The last {SHOWN_ROWS:,} of {len(chart.table):,} rows; the CSV has them all.")
    st.download_button(
        "CSV",
        chart.csv,
        f"{key.rsplit('.', 1)[-1]}.csv",
        "text/csv",
        key=f"{key}.csv",
        icon=":material/download:",
        on_click="ignore",
    )
