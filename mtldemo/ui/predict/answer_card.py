"""One face's card: what the model saw, its answer to each question, how sure it is, and what makes it doubtful."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mtldemo import charts
from mtldemo.charts.options import Chart
from mtldemo.predict.answers import WARNINGS, Answers, Choice, Value
from mtldemo.predict.calibrate import NOMINAL
from mtldemo.tasks import TASKS, Task
from mtldemo.ui.live_chart import live_chart

CROP = 132
"""Width of the crop on the card, in pixels."""
_TASKS = {task.name: task for task in TASKS}


@dataclass(frozen=True)
class Said:
    """An answer in words: the ``answer`` itself and, smaller, how sure it is."""

    answer: str
    sure: str


def said(task: Task, answer: Value | Choice) -> Said:
    """``34 years``, ``80 %: 28 to 41``; ``female``, ``97 % sure``; ``Not sure``, ``maybe Asian, 55 %``."""
    if isinstance(answer, Value):
        if answer.interval is None:
            return Said(f"{answer.value:.0f} {task.unit}", "no interval: the model isn't calibrated")
        low, high = answer.interval
        return Said(f"{answer.value:.0f} {task.unit}", f"{100 * NOMINAL:.0f} % interval {low:.0f} to {high:.0f}")
    share = f"{100 * answer.p[answer.label]:.0f} %"
    if not answer.sure:
        return Said("Not sure", f"maybe {answer.label}, {share}")
    return Said(answer.label[:1].upper() + answer.label[1:], share)


def answer_chart(task: Task, answer: Value | Choice) -> Chart:
    """The distribution over years, or the probability of each class."""
    if isinstance(answer, Value):
        return charts.age_distribution(task, answer.value, answer.interval, answer.distribution, nominal=NOMINAL)
    return charts.class_shares(task, answer.p, threshold=answer.threshold)


def task_answer(task: Task, answer: Value | Choice, *, key: str) -> None:
    """One task's answer in words and its chart."""
    words, chart = said(task, answer), answer_chart(task, answer)
    colour = charts.task_colour(task.name)
    st.html(
        f"<div><span style='color:{colour}'>&#9632;</span> <small>{task.title}</small></div>"
        f"<div style='font-size:1.45rem;font-weight:650;line-height:1.25'>{words.answer}</div>"
        f"<div style='opacity:.75;font-size:.875rem'>{words.sure}</div>"
    )
    live_chart(chart.figure, key=f"{key}.{task.name}", alt=chart.alt, height=chart.height)


def answer_card(
    title: str,
    crop: np.ndarray | None,
    answers: Answers,
    *,
    key: str,
    warnings: tuple[str, ...] = (),
    without: Mapping[str, str] | None = None,
) -> None:
    """A card for one face: ``crop`` uint8 [S, S, 3] as the model saw it, and its answers.

    ``warnings`` are short names of ``WARNINGS``. ``without`` are tasks that aren't told here, each with the reason.
    """
    without = without or {}
    shown = {name: answer for name, answer in answers.items() if name not in without}
    with st.container(border=True):
        place, rest = st.columns([1, 5], gap="medium")
        with place:
            st.markdown(f"**{title}**")
            if crop is not None:
                st.image(crop, width=CROP, alt=f"{title} as the model sees it")
                st.caption(f"As the model sees it: {crop.shape[0]} x {crop.shape[1]} pixels")
        with rest:
            with st.grid(max(1, len(shown)), min_column_width=220, gap="medium"):
                for name, answer in shown.items():
                    with st.container():
                        task_answer(_TASKS[name], answer, key=key)
            for name in without:
                if name in answers:
                    st.caption(without[name])
            doubts = " ".join(WARNINGS[warning] for warning in warnings)
            if doubts:
                st.warning(f"{doubts} Take the answers with care.", icon=":material/warning:")
