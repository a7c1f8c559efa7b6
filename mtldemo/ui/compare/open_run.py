"""A click in a chart leads to the run behind what was clicked."""

from collections.abc import Sequence

import streamlit as st

from mtldemo.charts.options import Chart
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.compare.comparison import rows
from mtldemo.ui.compare.selection import Choice
from mtldemo.ui.live_chart import Clicked
from mtldemo.ui.plain import plain

CLICKED = "compare:clicked"
NAMED = 6
"""Tasks whose result stands in a line; the others are counted."""


def compared_card(chart: Chart, key: str, shape: str = "line") -> None:
    """A chart of the comparison on its card; a click on one of its shapes leads on, see ``open_clicked``."""
    chart_card(chart, key, on_click=remember, hint=f"Click a {shape} to open its run.")


def remember(clicked: Clicked) -> None:
    """Keep a click until the page knows its runs."""
    st.session_state[CLICKED] = clicked


def open_clicked(choice: Choice) -> None:
    """Follow the last click, if there was one: to its run, or where there are several to the choice between them. A
    finger's click shows the choice in any case, since it may have meant no more than to look."""
    clicked = st.session_state.pop(CLICKED, None)
    if clicked is None:
        return
    infos = rows(choice.everything)
    runs = [info for info in infos if (info.name == clicked.run if clicked.run else info.arm == clicked.arm)]
    if len(runs) == 1 and not clicked.touch:
        st.switch_page(TRAIN_PAGE, query_params=run_address(runs[0]))
    if runs:
        st.dialog(plain(runs[0].arm), icon=":material/stacked_line_chart:")(_choice)(runs)


def run_address(info: RunInfo) -> dict[str, str]:
    """Where the run's own page is."""
    return {"run": info.name, **({"study": info.study} if info.study else {})}


def _choice(runs: Sequence[RunInfo]) -> None:
    st.markdown("Which run do you want to open?" if len(runs) > 1 else "Open this run?")
    for info in runs:
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**Seed {info.seed}**  \n:small[{_said(info)}]", width="content")
            st.page_link(TRAIN_PAGE, label="Open", icon=":material/arrow_forward:", query_params=run_address(info))


def _said(info: RunInfo) -> str:
    """What came out, in one line."""
    parts = []
    for task in tasks_of([info]):
        value = (info.metrics.get(task.name) or {}).get(task.metric)
        if isinstance(value, int | float):
            parts.append(f"{task.title} {task.measure.shown(float(value))}")
    if len(parts) > NAMED:
        parts[NAMED:] = [f"{len(parts) - NAMED} more"]
    return " · ".join(parts) or "Nothing measured yet"
