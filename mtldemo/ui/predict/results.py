"""Pictures with their answers: one below the other, many as a table of which one is looked at, and the downloads."""

import base64
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import PurePath

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from mtldemo.charts.words import probability_text
from mtldemo.predict.answers import FaceAnswer, PictureAnswer, RegressionAnswer, every_task
from mtldemo.predict.domain import domain_warnings
from mtldemo.predict.drawing import annotated
from mtldemo.predict.notes import note_sentences
from mtldemo.predict.pictures import read
from mtldemo.predict.table import apart, csv_text, json_text
from mtldemo.spreadsheet import as_file
from mtldemo.tasks import Task
from mtldemo.ui.predict.face_card import MOST_CHARTS
from mtldemo.ui.predict.inference import PictureResult, jpeg
from mtldemo.ui.predict.model_picker import PickedModel
from mtldemo.ui.predict.picture_view import picture_view
from mtldemo.ui.predict.pictures import InputPicture
from mtldemo.ui.problems import problem
from mtldemo.ui.words import count

FEW = 4
"""Pictures shown one below the other; more are in a table, of which one is looked at."""
HEIGHT, ROW, THUMBNAIL = 420, 52, 48
"""Of the table, of a row and of a face in it, in pixels."""
FACE, CROP = "Face", "Crop"
"""Headings of what the model saw: a face, or the middle square of the picture."""


def results_view(
    pictures: Sequence[InputPicture],
    results: Sequence[PictureResult],
    model: PickedModel,
    *,
    key: str,
    compare: Callable[[], None] | None = None,
) -> None:
    """Draw how many there are, the downloads, and one picture after the other, each with its result. ``compare`` opens
    the comparison of models, if there is one. The widgets' keys begin with ``key``."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{_summary(results)}**", width="content")
        _downloads(pictures, results, key=key)
    if len(pictures) > FEW:
        st.caption("Pick a row to see its picture.")
        index = _table(pictures, results, key=key)
        picture_view(pictures[index], results[index], model, key=f"{key}.{index}", alone=False, compare=compare)
        return
    for result in results:
        if result.answer.error:
            problem(result.answer.error, icon=":material/broken_image:")
    readable = [index for index, result in enumerate(results) if not result.answer.error]
    for index in readable:
        if index > readable[0]:
            st.divider()
        alone = len(readable) == 1
        picture_view(pictures[index], results[index], model, key=f"{key}.{index}", alone=alone, compare=compare)


def _summary(results: Sequence[PictureResult]) -> str:
    searched = [result.answer for result in results if not result.answer.error and not result.answer.whole]
    faces = sum(len(answer.faces) for answer in searched)
    broken = sum(bool(result.answer.error) for result in results)
    parts = [count(len(results), "picture")]
    if searched or broken == len(results):
        parts.append(count(faces, "face"))
    if broken:
        parts.append(f"{broken} could not be read")
    return " · ".join(parts)


def _table(pictures: Sequence[InputPicture], results: Sequence[PictureResult], *, key: str) -> int:
    """Draw a row a face or whole picture and return the index of the picture that was picked, at first 0."""
    indices, rows = [], []
    for index, (picture, result) in enumerate(zip(pictures, results, strict=True)):
        for row in _rows(picture, result):
            indices.append(index)
            rows.append(row)
    table = pd.DataFrame(rows)
    thumbnails = {name: st.column_config.ImageColumn(width="small", pinned=True) for name in (FACE, CROP)}
    numbers = {
        # "%,g" has no separators, so whole numbers, as large ones are, are written as such.
        str(name): st.column_config.NumberColumn(format="%,d" if (column.dropna() % 1 == 0).all() else "%g")
        for name, column in table.select_dtypes("number").items()
    }
    event = st.dataframe(
        table.dropna(axis="columns", how="all"),
        height=min(HEIGHT, ROW * (len(table) + 1)),
        row_height=ROW,
        hide_index=True,
        column_config=thumbnails | numbers,
        key=f"{key}.glance",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        placeholder="—",
        alt="Every face with its answers; a row opens its picture below",
    )
    selected = event.selection.rows
    return indices[selected[0]] if selected and selected[0] < len(indices) else 0


def _rows(picture: InputPicture, result: PictureResult) -> list[dict[str, object]]:
    if not result.answer.faces:
        note = result.answer.error or " ".join(note_sentences(result.answer.notes))
        return [{FACE: None, "Note": note, "Picture": picture.name}]
    doubts = [*note_sentences(result.answer.notes), *domain_warnings(result.answer.domains, picture.domain)]
    tasks = every_task(result.answer.tasks.values())
    return [_row(picture, face, doubts, tasks) for face in result.answer.faces]


def _row(picture: InputPicture, face: FaceAnswer, doubts: Sequence[str], tasks: Sequence[Task]) -> dict[str, object]:
    model, answers = next(iter(face.answers.items()))
    row: dict[str, object] = {CROP if face.whole else FACE: _thumbnail(face.crops.get(model))}
    fixed = (FACE, CROP, "Note", "Picture")
    heads = apart({task.title: ["", f", {task.unit}", " interval"] for task in tasks}, fixed)
    for task in (task for task in tasks if task.name in answers):
        answer, (head, amount, interval) = answers[task.name], heads[task.title]
        if isinstance(answer, RegressionAnswer):
            row[amount if task.unit else head] = round(answer.value, answer.digits)
            # Of many tasks the intervals are on the card alone.
            if answer.span and len(tasks) <= MOST_CHARTS:
                row[interval] = answer.span
        else:
            likeliest = f"{answer.label}, {probability_text(answer.p[answer.label])}"
            row[head] = likeliest if answer.sure else f"maybe {likeliest}"
    # What is the same for all kinds of rows comes last: a phone shows the answers beside the face.
    return {**row, "Note": "; ".join([*face.warnings, *doubts]) or None, "Picture": picture.name}


def _thumbnail(crop: np.ndarray | None) -> str | None:
    """A crop uint8 [S, S, 3] as an address that holds the picture itself."""
    if crop is None:
        return None
    image = Image.fromarray(crop).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(image)).decode()}"


def _downloads(pictures: Sequence[InputPicture], results: Sequence[PictureResult], *, key: str) -> None:
    """Folded: buttons that make their file when they are clicked."""
    answers = [result.answer for result in results]
    tasks = every_task(of_model for answer in answers for of_model in answer.tasks.values())
    drawn = [(picture, answer) for picture, answer in zip(pictures, answers, strict=True) if answer.faces]
    with st.popover("Download", icon=":material/download:", key=f"{key}.download"):
        _button("CSV, for a spreadsheet", lambda: as_file(csv_text(answers, tasks)), "predictions.csv", "text/csv", key)
        _button("JSON, for programs", lambda: json_text(answers).encode(), "predictions.json", "application/json", key)
        if len(drawn) == 1:
            picture, answer = drawn[0]
            _button(
                "Picture with answers" if answer.whole else "Marked picture",
                lambda: _annotated_jpeg(picture, answer),
                _file_name(picture.name, answer),
                "image/jpeg",
                key,
            )
        elif drawn:
            _button("Marked pictures", lambda: annotated_zip(drawn), "predictions.zip", "application/zip", key)


def _button(label: str, data: Callable[[], bytes | str], file_name: str, mime: str, key: str) -> None:
    st.download_button(
        label,
        data,
        file_name,
        mime,
        icon=":material/download:",
        key=key + PurePath(file_name).suffix,
        width="stretch",
        on_click="ignore",
    )


def _annotated_jpeg(picture: InputPicture, answer: PictureAnswer) -> bytes:
    """The picture in full size with its answers."""
    return jpeg(annotated(read(picture.data, picture.name).pixels, answer, words=True))


def annotated_zip(drawn: Sequence[tuple[InputPicture, PictureAnswer]]) -> bytes:
    """A ZIP file with a JPEG for each picture, in full size with its answers."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (picture, answer) in enumerate(drawn, 1):
            # Two pictures may have one name.
            archive.writestr(f"{number:02d}-{_file_name(picture.name, answer)}", _annotated_jpeg(picture, answer))
    return packed.getvalue()


def _file_name(name: str, answer: PictureAnswer) -> str:
    return f"{PurePath(name).stem or 'picture'}-{'answers' if answer.whole else 'faces'}.jpg"
