"""Many pictures at a glance: a table with a row a face or whole picture, of which one is looked at closer."""

import base64
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from mtldemo.charts.words import share
from mtldemo.predict.answers import FaceAnswer, Value, every_task
from mtldemo.predict.domain import warnings
from mtldemo.predict.notes import sentences
from mtldemo.predict.table import apart
from mtldemo.tasks import Task
from mtldemo.ui.predict.inference import Result, jpeg
from mtldemo.ui.predict.session_pictures import Shot

HEIGHT, ROW, THUMBNAIL = 420, 52, 48
"""Of the table, of a row and of a face in it, in pixels."""


def glance(shots: Sequence[Shot], results: Sequence[Result], *, key: str) -> int:
    """Draw the table and return the place of the picture that was picked, at first the first one."""
    places, rows = [], []
    for place, (shot, result) in enumerate(zip(shots, results, strict=True)):
        for row in _rows(shot, result):
            places.append(place)
            rows.append(row)
    table = pd.DataFrame(rows)
    narrow = {"Face": st.column_config.ImageColumn(width="small")}
    digits = {name: st.column_config.NumberColumn(format="%g") for name in table.select_dtypes("number")}
    event = st.dataframe(
        table.dropna(axis="columns", how="all"),
        height=min(HEIGHT, ROW * (len(table) + 1)),
        row_height=ROW,
        hide_index=True,
        column_config=narrow | digits,
        key=f"{key}.glance",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        placeholder="—",
        alt="Every face with its answers; a row opens its picture below",
    )
    picked = event.selection.rows
    return places[picked[0]] if picked and picked[0] < len(places) else 0


def _rows(shot: Shot, result: Result) -> list[dict[str, object]]:
    if not result.answer.faces:
        return [
            {
                "Face": None,
                "Note": result.answer.error or " ".join(sentences(result.answer.notes)),
                "Picture": shot.name,
            }
        ]
    doubts = [*sentences(result.answer.notes), *warnings(result.answer.domains, shot.domain)]
    tasks = every_task(result.answer.tasks.values())
    return [_row(shot, face, doubts, tasks) for face in result.answer.faces]


def _row(shot: Shot, face: FaceAnswer, doubts: Sequence[str], tasks: Sequence[Task]) -> dict[str, object]:
    model, answers = next(iter(face.answers.items()))
    row: dict[str, object] = {"Face": _thumbnail(face.crops.get(model))}
    heads = apart({task.title: ["", f", {task.unit}", " interval"] for task in tasks}, ("Face", "Note", "Picture"))
    for task in (task for task in tasks if task.name in answers):
        answer, (head, amount, interval) = answers[task.name], heads[task.title]
        if isinstance(answer, Value):
            row[amount if task.unit else head] = round(answer.value, answer.digits)
            if answer.span:
                row[interval] = answer.span
        else:
            likeliest = f"{answer.label}, {share(answer.p[answer.label])}"
            row[head] = likeliest if answer.sure else f"maybe {likeliest}"
    # What is the same for all kinds of rows comes last: a phone shows the answers beside the face.
    return {**row, "Note": "; ".join([*face.warnings, *doubts]) or None, "Picture": shot.name}


def _thumbnail(crop: np.ndarray | None) -> str | None:
    """A crop as an address that holds the picture itself."""
    if crop is None:
        return None
    image = Image.fromarray(crop).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(image)).decode()}"
