"""One small picture of why a plain sum of losses is a bad idea."""

import streamlit as st

from mtldemo.charts.colours import task_colour
from mtldemo.ui.example_tasks import EXAMPLE, FIRST_LOSSES


def sum_of_losses() -> None:
    """A card with the share of each task in the plain sum at the first step, in the tasks' colours."""
    total = sum(FIRST_LOSSES.values())
    bar = "".join(
        f'<div title="{task.title}" style="flex:{FIRST_LOSSES[task.name] / total:.4f};'
        f'background:{task_colour(task, EXAMPLE)}"></div>'
        for task in EXAMPLE
    )
    legend = "".join(
        f'<div style="display:flex;align-items:baseline;gap:.5rem">'
        f'<span style="width:.7rem;height:.7rem;border-radius:.2rem;background:{task_colour(task, EXAMPLE)}"></span>'
        f'<span style="flex:1">{task.title}</span>'
        f'<span style="opacity:.65">loss {FIRST_LOSSES[task.name]:.2f}</span>'
        f'<strong style="width:3.2rem;text-align:right">{100 * FIRST_LOSSES[task.name] / total:.0f} %</strong></div>'
        for task in EXAMPLE
    )
    with st.container(border=True):
        st.markdown("**Who speaks in a plain sum?**")
        st.html(
            f'<div role="img" aria-label="Share of each task in the plain sum at the first step" style="display:flex;'
            f'gap:2px;height:1.5rem;border-radius:.4rem;overflow:hidden;margin-bottom:.9rem">{bar}</div>'
            f'<div style="display:flex;flex-direction:column;gap:.35rem">{legend}</div>'
        )
        st.caption("Losses at the first step, before anything is learned.")
