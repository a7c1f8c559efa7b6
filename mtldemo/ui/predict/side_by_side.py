"""Compare models: one picture, many models, and every one's answer for the same face side by side."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mtldemo.charts.side_by_side import share_heat, value_dots
from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors, pictures
from mtldemo.predict.answers import WARNINGS, FaceAnswer, PictureAnswer
from mtldemo.predict.models import choices
from mtldemo.predict.pictures import Picture
from mtldemo.predict.table import csv_text
from mtldemo.runs import default_runs_dir
from mtldemo.tasks import REGRESSION, TASKS, Task
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.predict.agreement import sentence, tables, tasks_told, wide
from mtldemo.ui.predict.picked_models import Picked, pick_models
from mtldemo.ui.predict.upload import CREDIT, EXAMPLE
from mtldemo.ui.predict.work import Shot
from mtldemo.ui.problems import in_words
from mtldemo.ui.words import count

LONGEST = 900
"""Pixels of the longer side of the picture as it is shown."""
FILE, CAMERA, SAMPLE = "From a file", "From the camera", "Example"
SENSITIVE = "ethnicity"
"""Told of a person before the camera only if that is asked for."""


@dataclass(frozen=True)
class Asked:
    """What was asked last: by its ``token``, the ``answer``, and what is wrong with models that couldn't be."""

    token: str
    answer: PictureAnswer
    problems: tuple[str, ...]


def side_by_side(*, key: str, detector: str = "auto") -> None:
    """Draw the whole view: the picture, the models, and what they say. Its widgets' keys begin with ``key``.

    ``detector`` is one of ``detectors.CHOICES``.
    """
    found = choices(default_runs_dir())
    if len(found) < 2:
        _nothing_yet()
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        source = st.segmented_control(
            "Picture", [FILE, CAMERA, SAMPLE], default=FILE, required=True, key=f"{key}.source",
            label_visibility="collapsed", wrap=True,
        )  # fmt: skip
        shot = _shot(source or FILE, key)
    with right:
        models = pick_models(found, key=key)
        live = source == CAMERA
        ethnicity = st.toggle(
            "Also tell ethnicity", not live, key=f"{key}.ethnicity.{source}",
            help="What a model takes for a person's ethnicity is sensitive and often wrong: off at first for a picture "
            "from the camera.",
        )  # fmt: skip
    if shot is None:
        with right:
            st.caption(f"Choose a picture, and {count(len(models), 'model')} will be asked about the same face.")
        return
    if len(models) < 2:
        with right:
            st.info("Choose at least two models.", icon=":material/arrow_upward:")
        return
    with in_words():
        picture = pictures.read(shot.data, shot.name)
        with right:
            asked = _asked(picture, shot, models, detector, key)
        with left:
            face = _face(picture, asked, key)
        if face is not None:
            _answers(asked, face, models, [task for task in TASKS if ethnicity or task.name != SENSITIVE], right, key)


def _nothing_yet() -> None:
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**There are no models to compare yet.**", text_alignment="center")
        st.caption(
            "Every run keeps its best weights once its first epoch has ended. Train two runs with different loss "
            "weightings, or start a study over many, and see here what each says about your face.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link("pages/train.py", label="Train a run", icon=":material/model_training:")
            st.page_link(
                "pages/compare.py",
                label="Start a study",
                icon=":material/compare_arrows:",
                query_params={"new": "study"},
            )


def _shot(source: str, key: str) -> Shot | None:
    """Draw where the picture comes from, and return it once it is there."""
    if source == SAMPLE:
        st.caption(CREDIT)
        return Shot("example.jpg", EXAMPLE.read_bytes())
    if source == CAMERA:
        taken = st.camera_input("Look into the camera and take a photo", key=f"{key}.camera")
        return None if taken is None else Shot("snapshot.jpg", taken.getvalue())
    file = st.file_uploader(
        "A picture with faces",
        type=[ending.lstrip(".") for ending in pictures.EXTENSIONS],
        key=f"{key}.upload",
        max_upload_size=pictures.MAX_BYTES // 2**20,
        help=pictures.limits(),
    )
    return None if file is None else Shot(file.name, file.getvalue())


def _asked(picture: Picture, shot: Shot, models: Sequence[Picked], detector: str, key: str) -> Asked:
    """What the models say; asked anew only where the picture, the models or the way of cutting is another."""
    whole = bool(st.session_state.get(f"{key}.whole"))
    versions = [(one.key, one.choice.path.stat().st_mtime_ns if one.choice.path.is_file() else 0) for one in models]
    token = shot.mark + repr((versions, detector, str(detectors.yunet_file()), whole))
    before = st.session_state.get(f"{key}.asked")
    if isinstance(before, Asked) and before.token == token:
        return before
    from mtldemo.predict.loaded import loaded
    from mtldemo.predict.pipeline import Pipeline

    predictors, problems = [], []
    bar = st.progress(0.0, "Getting ready")
    for number, one in enumerate(models):
        bar.progress(number / len(models), f"Loading {one.name}")
        try:
            predictors.append(loaded(one.choice.path, one.key))
        except MtlDemoError as error:
            problems.append(str(error))
    answer = PictureAnswer(picture.name)
    if predictors:
        bar.progress(1.0, f"Asking {count(len(predictors), 'model')}")
        pipeline = Pipeline(predictors, None if whole else detectors.chosen(detector)[0])
        answer = pipeline.ask([pipeline.look_at(picture.pixels, picture.name, picture.notes)])[0]
    bar.empty()
    asked = st.session_state[f"{key}.asked"] = Asked(token, answer, tuple(problems))
    return asked


def _answers(
    asked: Asked, face: FaceAnswer, models: Sequence[Picked], wanted: Sequence[Task], right: DeltaGenerator, key: str
) -> None:
    """In words and the first number beside the picture, the classes and the table below it."""
    found = tables(models, face.answers)
    tasks = [task for task in tasks_told(found) if task in wanted]
    with right:
        for problem in asked.problems:
            st.warning(problem, icon=":material/warning:")
        with st.container(border=True):
            st.markdown(f"##### {sentence(found, tasks)}")
            if face.warnings:
                st.caption(" ".join(WARNINGS[name] for name in face.warnings))
        for task in tasks:
            if task.kind == REGRESSION:
                chart_card(value_dots(found[task.name], task), key=f"{key}.{task.name}")
    classed = [task for task in tasks if task.kind != REGRESSION]
    if classed:
        sizes = [len(task.classes) + 2 for task in classed]
        for place, task in zip(st.columns(sizes), classed, strict=True):
            with place:
                chart_card(share_heat(found[task.name], task), key=f"{key}.{task.name}")
    _table(asked, face, models, wide(found, tasks), tasks, key)


def _table(
    asked: Asked, face: FaceAnswer, models: Sequence[Picked], table: pd.DataFrame, tasks: Sequence[Task], key: str
) -> None:
    digits = {name: st.column_config.NumberColumn(format="%.1f") for name in table.select_dtypes("number")}
    st.dataframe(
        table, hide_index=True, column_config=digits, key=f"{key}.table", alt="What each model says about this face"
    )
    names = {one.key: one.name for one in models}
    st.download_button(
        "CSV",
        lambda: csv_text([_only(asked.answer, face, names, tasks)], tasks),
        "models.csv",
        "text/csv",
        key=f"{key}.csv",
        icon=":material/download:",
        on_click="ignore",
        help="What each model says about this face, with every class's probability",
    )


def _face(picture: Picture, asked: Asked, key: str) -> FaceAnswer | None:
    """Draw the picture with its faces and return the one that was chosen, or None where there is none."""
    face = None
    if asked.answer.faces:
        face = asked.answer.faces[_face_number(picture, asked, key)]
    elif asked.problems:
        for problem in asked.problems:
            st.error(problem, icon=":material/error:")
    else:
        st.image(picture.pixels, width="stretch")
        st.warning("No face was found in this picture.", icon=":material/face_retouching_off:")
    if face is None or st.session_state.get(f"{key}.whole"):
        st.toggle("Take the whole picture as the face", key=f"{key}.whole")
    return face


def _face_number(picture: Picture, asked: Asked, key: str) -> int:
    """Draw the picture with its faces and return the chosen one's place, 0 for the largest."""
    from mtldemo.predict.drawing import annotated

    faces = asked.answer.faces
    number = 0
    if len(faces) > 1:
        number = st.segmented_control(
            f"{len(faces)} faces, the largest first", range(len(faces)), format_func=lambda place: f"{place + 1}",
            default=0, required=True, key=f"{key}.face.{hashlib.sha256(asked.token.encode()).hexdigest()[:8]}",
        ) or 0  # fmt: skip
    st.image(annotated(picture.pixels, asked.answer, longest=LONGEST), width="stretch")
    return number


def _only(answer: PictureAnswer, face: FaceAnswer, names: dict[str, str], tasks: Sequence[Task]) -> PictureAnswer:
    """The answers about one face, by the models' names, about ``tasks`` alone."""
    told = {task.name for task in tasks}
    said = {
        names[key]: {name: one for name, one in answers.items() if name in told}
        for key, answers in face.answers.items()
        if key in names
    }
    return PictureAnswer(answer.image, (FaceAnswer(face.face, said, face.warnings),), answer.size, answer.notes)
