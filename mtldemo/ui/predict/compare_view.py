"""Compare models: one picture, many models, and every one's answer for the same face, or the whole picture, side by
side."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mtldemo.charts.side_by_side import share_heat, value_dots
from mtldemo.config import DataConfig
from mtldemo.errors import MtlDemoError
from mtldemo.predict.agreement import (
    DIFFERENCE,
    agreement,
    answered_tasks,
    answers_by_task,
    answers_table,
    by_question,
    most_different,
    task_tables,
)
from mtldemo.predict.answers import FaceAnswer, PictureAnswer, digits_of, every_task, incomparable_tasks
from mtldemo.predict.domain import DRAWINGS, domain_of, domain_warnings
from mtldemo.predict.models import choices
from mtldemo.predict.table import csv_text
from mtldemo.runs import default_runs_dir
from mtldemo.spreadsheet import as_file
from mtldemo.tasks import REGRESSION, Task
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.compare_models import ComparedModel, ComparedModels, link_to_study, no_models_view, pick_models
from mtldemo.ui.predict.inference import PictureResult, predictions
from mtldemo.ui.predict.picture_view import add_face_view, no_face_view
from mtldemo.ui.predict.pictures import (
    CAMERA,
    FILES,
    InputPicture,
    choose_face,
    chosen_face,
    chosen_picture,
    latest_origin,
    photo,
    sensitive_wanted,
    upload,
)
from mtldemo.ui.problems import in_words
from mtldemo.ui.words import count

MOST_CHARTS, MOST_COLUMNS, LEAST_CLASSES, MOST_CLASSES = 8, 3, 4, 12
"""Tasks that have a chart each, charts beside each other, and classes that a chart has room for."""
TABLE_HEIGHT = 460
"""Of a table of many tasks, in px."""
FILE, PHOTO = "From a file", "From the camera"
ORIGINS = {FILES: FILE, CAMERA: PHOTO}


def compare_view(*, key: str, detector: str = "auto") -> None:
    """Draw the whole view: the picture, the models, and what they say. Its widgets' keys begin with ``key``.

    ``detector`` is one of ``detectors.CHOICES``.
    """
    offered = choices(default_runs_dir())
    if len(offered) < 2:
        no_models_view()
        return
    left, right = st.columns([2, 3], gap="large")
    with right:
        picked = pick_models(offered, key=key)
        link_to_study(picked)
    with left:
        origin = st.segmented_control(
            "Picture",
            list(ORIGINS.values()),
            default=ORIGINS[latest_origin()],
            required=True,
            key=f"{key}.source",
            label_visibility="collapsed",
            wrap=True,
        )
        faces = any(one.choice.domain.faces for one in picked) or not picked
        pictures = photo() if origin == PHOTO else upload(_drawings_of(picked), faces=faces)
        picture = _pick_picture(pictures, key)
    with right:
        learned = every_task(one.choice.tasks for one in picked) if origin == PHOTO else ()
        sensitive_too = sensitive_wanted(learned) if origin == PHOTO else True
    if picture is None:
        with right:
            st.caption(f"Choose a picture, and {count(len(picked), 'model')} will be asked about the same picture.")
        return
    if len(picked) < 2:
        with right:
            st.info("Choose at least two models.", icon=":material/arrow_upward:")
        return
    models = ComparedModels(tuple(picked), detector)
    with in_words():
        with right:
            result = predictions([picture], models, sensitive_too=sensitive_too)[0]
        with left:
            face = _pick_face(picture, result, key)
        if face is not None:
            _answers(models, picture, result.answer, face, right, key)


def _drawings_of(models: Sequence[ComparedModel]) -> DataConfig | None:
    """How the portraits are drawn that the first of the models learned from, where all learned from such."""
    learned = [one.choice.data for one in models]
    drawn = [data for data in learned if data is not None and domain_of(data) == DRAWINGS]
    return drawn[0] if drawn and len(drawn) == len(learned) else None


def _pick_picture(pictures: Sequence[InputPicture], key: str) -> InputPicture | None:
    """The picture that is looked at; of several one can be chosen."""
    if len(pictures) < 2:
        return pictures[0] if pictures else None
    widget = f"{key}.picture"
    st.session_state[widget] = chosen_picture(pictures)
    st.selectbox(
        "Picture",
        range(len(pictures)),
        format_func=lambda index: pictures[index].name,
        key=widget,
        on_change=lambda: choose_face(pictures[st.session_state[widget]], 0),
    )
    return pictures[st.session_state[widget]]


def _pick_face(picture: InputPicture, result: PictureResult, key: str) -> FaceAnswer | None:
    """Draw the picture with its faces and return the one that was chosen, or None where there is none. Raises
    ``MtlDemoError`` where the picture can't be read."""
    answer = result.answer
    if answer.error:
        raise MtlDemoError(answer.error)
    index = _face_index(picture, [face.whole for face in answer.faces], key) if answer.faces else 0
    alt = picture.name if answer.whole else f"{picture.name}, {answer.items} marked"
    st.image(result.marked, width="stretch", alt=alt)
    if not answer.faces:
        no_face_view(picture, result, key=key)
        return None
    if not answer.whole:
        add_face_view(picture, result, key=key)
    return answer.faces[index]


def _face_index(picture: InputPicture, wholes: Sequence[bool], key: str) -> int:
    """The index of the face that is looked at, 0 for the largest; of several one can be chosen. ``wholes`` says which
    of them is the picture as a whole."""
    faces = len(wholes)
    if faces < 2:
        return 0
    widget = f"{key}.face"
    st.session_state[widget] = chosen_face(picture, faces)
    st.segmented_control(
        "Faces, the largest first",
        range(faces),
        format_func=lambda index: "Whole picture" if wholes[index] else f"{index + 1}",
        required=True,
        key=widget,
        on_change=lambda: choose_face(picture, st.session_state[widget]),
        wrap=True,
    )
    return st.session_state[widget]


def _answers(
    models: ComparedModels,
    picture: InputPicture,
    answer: PictureAnswer,
    face: FaceAnswer,
    right: DeltaGenerator,
    key: str,
) -> None:
    """In a sentence and the first numbers beside the picture, the classes and the table below it."""
    names = {one.key: one.name for one in models.models}
    # What models mean that aren't asked about this face is no matter here.
    problems = incomparable_tasks(
        {names[key]: tasks for key, tasks in answer.tasks.items() if key in names and key in face.answers}
    )
    answer, face = by_question(answer, face, names)
    offered = every_task(answer.tasks.values())
    tables = task_tables(models.models, face.answers, offered)
    tasks = answered_tasks(tables, offered)
    many = len(tasks) > MOST_CHARTS
    if many:
        tasks = most_different(tables, tasks)
    with right:
        for problem in (*models.problems, *problems):
            st.warning(plain(problem), icon=":material/warning:")
        for banner in domain_warnings({names[key]: domain for key, domain in answer.domains.items()}, picture.domain):
            st.error(plain(banner), icon=":material/block:")
        # What means nothing for the picture is no part of how far they agree, unless there is nothing else.
        knowing = [one for one in models.models if answer.domains.get(one.key, picture.domain).knows(picture.domain)]
        with st.container(border=True):
            known = task_tables(knowing or models.models, face.answers, offered)
            sentence = agreement(known, tasks, item=_item(face))
            st.markdown(f"##### {sentence}")
            if face.doubts:
                st.caption(face.doubts)
            if many:
                st.caption(
                    f"Charts of the {MOST_CHARTS} tasks, of {len(tasks)}, on which they differ most; the table below "
                    "has all of them."
                )
        for task in tasks[:MOST_CHARTS]:
            if task.kind == REGRESSION:
                # As high as its chart, whatever stands beside it.
                with st.container():
                    chart = value_dots(tables[task.name], task, offered, digits=digits_of(task))
                    chart_card(chart, key=f"{key}.{task.name}")
    classed = [task for task in tasks[:MOST_CHARTS] if task.kind != REGRESSION]
    for start in range(0, len(classed), MOST_COLUMNS):
        row = classed[start : start + MOST_COLUMNS]
        widths = [min(max(len(task.classes), LEAST_CLASSES), MOST_CLASSES) + 2 for task in row]
        for column, task in zip(st.columns(widths), row, strict=True):
            with column:
                chart_card(share_heat(tables[task.name], task, offered), key=f"{key}.{task.name}")
    if many:
        table, height = answers_by_task(tables, tasks), TABLE_HEIGHT
    else:
        table, height = answers_table(tables, tasks, models.models, answer.domains), "content"
    _table(models, answer, face, table, height, tasks, key)


def _table(
    models: ComparedModels,
    answer: PictureAnswer,
    face: FaceAnswer,
    table: pd.DataFrame,
    height: int | Literal["content"],
    tasks: Sequence[Task],
    key: str,
) -> None:
    columns = {name: st.column_config.NumberColumn(format="%,.1f") for name in table.select_dtypes("number")}
    if DIFFERENCE in table:
        columns[DIFFERENCE] = st.column_config.NumberColumn(format="%,.1f", width="small")
    columns[str(table.columns[0])] = st.column_config.TextColumn(pinned=True)
    st.dataframe(
        table,
        hide_index=True,
        height=height,
        column_config=columns,
        key=f"{key}.table",
        placeholder="—",
        alt=f"What each model says about this {_item(face)}",
    )
    names = {one.key: one.name for one in models.models}
    st.download_button(
        "CSV",
        lambda: as_file(csv_text([_only(answer, face, names, tasks)], tasks)),
        "models.csv",
        "text/csv",
        key=f"{key}.csv",
        icon=":material/download:",
        on_click="ignore",
        help=f"What each model says about this {_item(face)}, with every class's probability",
    )


def _item(face: FaceAnswer) -> str:
    return "picture" if face.whole else "face"


def _only(answer: PictureAnswer, face: FaceAnswer, names: dict[str, str], tasks: Sequence[Task]) -> PictureAnswer:
    """The answers about one face, by the models' names, about ``tasks`` alone."""
    wanted = {task.name for task in tasks}
    by_name = {
        names[key]: {name: one for name, one in answers.items() if name in wanted}
        for key, answers in face.answers.items()
        if key in names
    }
    domains = {names[key]: domain for key, domain in answer.domains.items() if key in names}
    only = dataclasses.replace(face, answers=by_name, crops={})
    return PictureAnswer(answer.image, (only,), answer.size, answer.notes, domains=domains)
