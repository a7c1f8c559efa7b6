"""The card of a face, or of a picture as a whole: what the model saw, its answers, how sure it is, and what makes them
doubtful."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from mtldemo import charts
from mtldemo.charts.options import Chart
from mtldemo.charts.words import probability_text
from mtldemo.predict.answers import Answer, Answers, ClassAnswer, RegressionAnswer
from mtldemo.predict.calibrate import NOMINAL
from mtldemo.sentences import listed
from mtldemo.tasks import Task
from mtldemo.ui.live_chart import live_chart
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

CROP, ROW, TABLE_HEIGHT = 112, 35, 460
"""Pixels: the crop's width on the card, a row of its table, and the table at most."""
LETTER, PADDING, WIDEST = 7, 20, 260
"""Pixels of a table's letter, of what is around a cell's, and of a column at most."""
MOST_CHARTS = 8
"""Tasks that have a chart each on a card."""


@dataclass(frozen=True)
class AnswerText:
    """An answer in words: the ``answer`` itself and, smaller, how sure it is."""

    answer: str
    sure: str


def answer_text(answer: Answer) -> AnswerText:
    """``34 years``, ``80 % interval 28 to 41``; ``Female``, ``97 %``; ``Not sure``, ``maybe Asian, 55 %``."""
    if isinstance(answer, RegressionAnswer):
        if answer.interval is None:
            return AnswerText(answer.amount, "no interval: the model isn't calibrated")
        return AnswerText(answer.amount, f"{100 * NOMINAL:.0f} % interval {answer.span}")
    likely = probability_text(answer.p[answer.label])
    if not answer.sure:
        return AnswerText("Not sure", f"maybe {answer.label}, {likely}")
    return AnswerText(answer.label[:1].upper() + answer.label[1:], likely)


def answer_chart(task: Task, answer: Answer, tasks: Sequence[Task]) -> Chart:
    """The distribution over a number's range, or the probability of each class, of the likeliest ones of many."""
    if isinstance(answer, RegressionAnswer):
        return charts.answer_distribution(
            task, answer.value, answer.interval, answer.distribution, nominal=NOMINAL, digits=answer.digits, tasks=tasks
        )
    return charts.class_shares(task, answer.p, threshold=answer.threshold, tasks=tasks)


def answer_words(task: Task, answer: Answer, tasks: Sequence[Task]) -> None:
    """One task's answer in words, large."""
    words = answer_text(answer)
    st.html(
        f"<div style='font-size:.875rem'><span style='color:{charts.task_colour(task, tasks)}'>&#9632;</span> "
        f"{escape(task.title)}</div>"
        f"<div style='font-size:1.5rem;font-weight:650;line-height:1.25'>{escape(words.answer)}</div>"
        f"<div style='opacity:.75;font-size:.875rem'>{escape(words.sure)}</div>"
    )


def task_answer(task: Task, answer: Answer, tasks: Sequence[Task], *, key: str) -> None:
    """One task's answer in words and its chart."""
    answer_words(task, answer, tasks)
    chart = answer_chart(task, answer, tasks)
    live_chart(chart.figure, key=f"{key}.{task.name}", alt=chart.alt, height=chart.height)
    left_out = len(answer.p) - len(chart.table) if isinstance(answer, ClassAnswer) else 0
    if left_out:
        rest = count(left_out, "class is", "classes are")
        st.caption(f"The {len(chart.table)} likeliest; {rest} less likely, and in the downloads.")


def answer_card(
    title: str,
    crop: np.ndarray | None,
    answers: Answers,
    tasks: Sequence[Task],
    *,
    key: str,
    doubts: str = "",
    whole: bool = False,
    banner: str = "",
) -> None:
    """A card for one face (or a ``whole`` picture): ``crop`` uint8 [S, S, 3] as the model saw it, and its answers to
    ``tasks``; of more than ``MOST_CHARTS`` as a table.

    ``doubts`` are its warnings in sentences; ``banner`` says why the answers mean nothing, where that is so.
    """
    by_name = {task.name: task for task in tasks}
    values = {name: answer for name, answer in answers.items() if isinstance(answer, RegressionAnswer)}
    choices = {name: answer for name, answer in answers.items() if isinstance(answer, ClassAnswer)}
    many = len(answers) > MOST_CHARTS
    if many:
        values, choices = {}, {}
    with st.container(border=True, height="stretch"):
        if banner:
            st.error(plain(banner), icon=":material/block:")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if crop is not None:
                st.image(crop, width=CROP, alt=f"{title} as the model sees it")
            with st.container(width="stretch", gap="small"):
                st.markdown(f"**{plain(title)}**", help=None if crop is None else _seen(crop, whole=whole))
                if many:
                    st.caption(f"{_counted(answers)}, from the likeliest on.")
                for name, answer in values.items():
                    answer_words(by_name[name], answer, tasks)
        if many:
            answer_table(answers, tasks, key=key)
        for name, answer in values.items():
            chart = answer_chart(by_name[name], answer, tasks)
            live_chart(chart.figure, key=f"{key}.{name}", alt=chart.alt, height=chart.height)
        if choices:
            with st.grid(len(choices), min_column_width=170, gap="medium"):
                for name, answer in choices.items():
                    with st.container():
                        task_answer(by_name[name], answer, tasks, key=key)
        if doubts:
            st.warning(f"{doubts} Take the answers with care.", icon=":material/warning:")


def answer_table(answers: Answers, tasks: Sequence[Task], *, key: str) -> None:
    """Many tasks' answers, one row each: numbers first, then classes from the likeliest on, and below them those of
    which the model isn't sure."""
    rows = []
    for task in (task for task in tasks if task.name in answers):
        answer = answers[task.name]
        row: dict[str, str | float | None] = {"Task": task.title, "Interval": None, "Share": None}
        if isinstance(answer, RegressionAnswer):
            order, row = (0, 0.0), {**row, "Answer": answer.amount, "Interval": answer.span or None}
        else:
            share = answer.p[answer.label]
            label = answer.label if answer.sure else f"not sure, maybe {answer.label}"
            order, row = (1 if answer.sure else 2, -share), {**row, "Answer": label, "Share": 100 * share}
        rows.append((order, row))
    rows.sort(key=lambda ordered: ordered[0])
    table = pd.DataFrame([row for _, row in rows], columns=["Task", "Answer", "Interval", "Share"])
    table = table.dropna(axis="columns", how="all")
    st.dataframe(
        table,
        hide_index=True,
        height=min(TABLE_HEIGHT, ROW * (len(rows) + 1)),
        column_config={
            "Task": st.column_config.TextColumn(pinned=True),
            "Answer": st.column_config.TextColumn(width=_width(table["Answer"])),
            "Interval": st.column_config.TextColumn(width=_width(table.get("Interval"))),
            "Share": st.column_config.ProgressColumn(
                "Probability", format="%.0f %%", min_value=0, max_value=100, width="small"
            ),
        },
        key=f"{key}.table",
        placeholder="—",
        alt="Every task with its answer",
    )


def _counted(answers: Answers) -> str:
    """How many answers there are of which kind: ``45 answers: 3 numbers, 12 sure and 30 not sure``."""
    choices = [answer for answer in answers.values() if isinstance(answer, ClassAnswer)]
    sure = sum(answer.sure for answer in choices)
    parts = {"numbers": len(answers) - len(choices), "sure": sure, "not sure": len(choices) - sure}
    return (
        f"{len(answers)} answers: {listed([f'{number} {what}' for what, number in parts.items() if number], most=12)}"
    )


def _width(cells: Any) -> int:
    """Of a column that shows its ``cells``, None for no column, whole, in pixels."""
    letters = 0 if cells is None else max((len(str(cell)) for cell in cells.dropna()), default=0)
    return min(WIDEST, LETTER * letters + PADDING)


def _seen(crop: np.ndarray, *, whole: bool) -> str:
    return (
        f"The {'picture' if whole else 'face'} as the model sees it: {crop.shape[1]} x {crop.shape[0]} pixels. Where "
        "no answer reaches the dashed line, the model isn't sure."
    )
