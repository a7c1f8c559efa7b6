"""One face's card: what the model saw, its answer to each question, how sure it is, and what makes it doubtful."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from mtldemo import charts
from mtldemo.charts.options import Chart
from mtldemo.charts.words import share
from mtldemo.predict.answers import WARNINGS, Answers, Choice, Value
from mtldemo.predict.calibrate import NOMINAL
from mtldemo.tasks import Task
from mtldemo.ui.live_chart import live_chart
from mtldemo.ui.plain import plain

CROP = 112
"""Width of the crop on the card, in pixels."""


@dataclass(frozen=True)
class Words:
    """An answer in words: the ``answer`` itself and, smaller, how sure it is."""

    answer: str
    sure: str


def words_of(answer: Value | Choice) -> Words:
    """``34 years``, ``80 % interval 28 to 41``; ``Female``, ``97 %``; ``Not sure``, ``maybe Asian, 55 %``."""
    if isinstance(answer, Value):
        if answer.interval is None:
            return Words(answer.amount, "no interval: the model isn't calibrated")
        return Words(answer.amount, f"{100 * NOMINAL:.0f} % interval {answer.span}")
    likely = share(answer.p[answer.label])
    if not answer.sure:
        return Words("Not sure", f"maybe {answer.label}, {likely}")
    return Words(answer.label[:1].upper() + answer.label[1:], likely)


def answer_chart(task: Task, answer: Value | Choice, tasks: Sequence[Task]) -> Chart:
    """The distribution over years, or the probability of each class."""
    if isinstance(answer, Value):
        return charts.age_distribution(
            task, answer.value, answer.interval, answer.distribution, nominal=NOMINAL, tasks=tasks
        )
    return charts.class_shares(task, answer.p, threshold=answer.threshold, tasks=tasks)


def answer_words(task: Task, answer: Value | Choice, tasks: Sequence[Task]) -> None:
    """One task's answer in words, large."""
    words = words_of(answer)
    st.html(
        f"<div style='font-size:.875rem'><span style='color:{charts.task_colour(task, tasks)}'>&#9632;</span> "
        f"{escape(task.title)}</div>"
        f"<div style='font-size:1.5rem;font-weight:650;line-height:1.25'>{escape(words.answer)}</div>"
        f"<div style='opacity:.75;font-size:.875rem'>{escape(words.sure)}</div>"
    )


def task_answer(task: Task, answer: Value | Choice, tasks: Sequence[Task], *, key: str) -> None:
    """One task's answer in words and its chart."""
    answer_words(task, answer, tasks)
    chart = answer_chart(task, answer, tasks)
    live_chart(chart.figure, key=f"{key}.{task.name}", alt=chart.alt, height=chart.height)


def answer_card(
    title: str,
    crop: np.ndarray | None,
    answers: Answers,
    tasks: Sequence[Task],
    *,
    key: str,
    warnings: tuple[str, ...] = (),
    banner: str = "",
) -> None:
    """A card for one face: ``crop`` uint8 [S, S, 3] as the model saw it, and its answers to ``tasks``.

    ``warnings`` are short names of ``WARNINGS``; ``banner`` says why the answers mean nothing, where that is so.
    """
    by_name = {task.name: task for task in tasks}
    values = {name: answer for name, answer in answers.items() if isinstance(answer, Value)}
    choices = {name: answer for name, answer in answers.items() if isinstance(answer, Choice)}
    with st.container(border=True, height="stretch"):
        if banner:
            st.error(plain(banner), icon=":material/block:")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if crop is not None:
                st.image(crop, width=CROP, alt=f"{title} as the model sees it")
            with st.container(width="stretch", gap="small"):
                st.markdown(f"**{plain(title)}**", help=None if crop is None else _seen(crop))
                for name, answer in values.items():
                    answer_words(by_name[name], answer, tasks)
        for name, answer in values.items():
            chart = answer_chart(by_name[name], answer, tasks)
            live_chart(chart.figure, key=f"{key}.{name}", alt=chart.alt, height=chart.height)
        if choices:
            with st.grid(len(choices), min_column_width=170, gap="medium"):
                for name, answer in choices.items():
                    with st.container():
                        task_answer(by_name[name], answer, tasks, key=key)
        if warnings:
            doubts = " ".join(WARNINGS[warning] for warning in warnings)
            st.warning(f"{doubts} Take the answers with care.", icon=":material/warning:")


def _seen(crop: np.ndarray) -> str:
    return (
        f"The face as the model sees it: {crop.shape[1]} x {crop.shape[0]} pixels. Where no answer reaches the dashed "
        "line, the model isn't sure."
    )
