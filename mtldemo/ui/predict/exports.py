"""What a person takes along: the answers as CSV and JSON, the pictures with their faces marked."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePath

import streamlit as st

from mtldemo.predict.answers import PictureAnswer, every_task
from mtldemo.predict.drawing import annotated
from mtldemo.predict.pictures import read
from mtldemo.predict.table import csv_text, json_text
from mtldemo.spreadsheet import as_file
from mtldemo.ui.predict.inference import Result, jpeg
from mtldemo.ui.predict.session_pictures import Shot


def downloads(shots: Sequence[Shot], results: Sequence[Result], *, key: str) -> None:
    """Folded: buttons that make their file when they are clicked."""
    answers = [result.answer for result in results]
    tasks = every_task(of_model for answer in answers for of_model in answer.tasks.values())
    drawn = [(shot, answer) for shot, answer in zip(shots, answers, strict=True) if answer.faces]
    with st.popover("Download", icon=":material/download:", key=f"{key}.download"):
        _button("CSV, for a spreadsheet", lambda: as_file(csv_text(answers, tasks)), "predictions.csv", "text/csv", key)
        _button("JSON, for programs", lambda: json_text(answers).encode(), "predictions.json", "application/json", key)
        if len(drawn) == 1:
            shot, answer = drawn[0]
            _button(
                "Picture with answers" if answer.whole else "Marked picture",
                lambda: _drawn(shot, answer),
                _file(shot.name, answer),
                "image/jpeg",
                key,
            )
        elif drawn:
            _button("Marked pictures", lambda: _zipped(drawn), "predictions.zip", "application/zip", key)


def _button(label: str, data, file: str, kind: str, key: str) -> None:
    name = key + PurePath(file).suffix
    icon = ":material/download:"
    st.download_button(label, data, file, kind, icon=icon, key=name, width="stretch", on_click="ignore")


def _drawn(shot: Shot, answer: PictureAnswer) -> bytes:
    """The picture in full size with what was said."""
    return jpeg(annotated(read(shot.data, shot.name).pixels, answer, words=True))


def _zipped(drawn: Sequence[tuple[Shot, PictureAnswer]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (shot, answer) in enumerate(drawn, 1):
            # Two pictures may have one name.
            archive.writestr(f"{number:02d}-{_file(shot.name, answer)}", _drawn(shot, answer))
    return packed.getvalue()


def _file(name: str, answer: PictureAnswer) -> str:
    return f"{PurePath(name).stem or 'picture'}-{'answers' if answer.whole else 'faces'}.jpg"
