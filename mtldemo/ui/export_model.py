"""Folded: a run's model as a file for other programs, made and checked when it is asked for."""

import streamlit as st

from mtldemo.predict.domain import domain_of_run
from mtldemo.predict.exporting import FORMATS, ExportFormat, format_named, missing
from mtldemo.runs import RunFolder
from mtldemo.tasks import REGRESSION
from mtldemo.ui.command_output import made_by_command
from mtldemo.ui.on_demand import forget, on_demand
from mtldemo.ui.plain import plain

KEY = "export_model"


def export_model(run: RunFolder) -> None:
    """A choice of the format, a button that makes the file, then one that downloads it; nothing where ``run`` has no
    model yet."""
    if not run.model_file.is_file():
        return
    folded = st.expander(
        "Take the model along", icon=":material/drive_file_move:", key="export_model.open", on_change="rerun"
    )
    if not folded.open:
        forget(KEY)
        return
    with folded:
        _choice(run)


@st.fragment
def _choice(run: RunFolder) -> None:
    name = st.segmented_control(
        "Format",
        [one.name for one in FORMATS],
        format_func=lambda name: format_named(name).title,
        default=FORMATS[0].name,
        required=True,
        wrap=True,
        key="export_model.format",
        label_visibility="collapsed",
    )
    kind = format_named(name or FORMATS[0].name)
    st.caption(kind.note + ("" if kind.name == "safetensors" else _input_words(run)))
    lacking = missing(kind.name)
    if lacking:
        st.info(plain(lacking), icon=":material/extension:")
    content = on_demand(
        lambda: _made(run, kind),
        of=(run.name, kind.name, run.model_file.stat().st_mtime_ns),
        button="Make the file",
        icon=":material/build:",
        doing=f"Writing {kind.title} and checking that it gives the model's answers",
        key=KEY,
        disabled=bool(lacking),
    )
    if content is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Download {plain(run.name)}{kind.ending}",
            content,
            f"{run.name}{kind.ending}",
            "application/octet-stream",
            icon=":material/download:",
            type="primary",
            key="export_model.download",
            on_click="ignore",
        )
        st.caption(f"{len(content) / 1e6:.1f} MB · checked: it gives the model's answers", width="content")


def _made(run: RunFolder, kind: ExportFormat) -> bytes:
    """The file's content, made by ``python -m mtldemo model --export`` in a process of its own.

    What follows a network's computation replaces how modules are called in its whole process, and so would break what
    other pages ask of their networks meanwhile. Raises ``MtlDemoError`` with what the command said.
    """
    return made_by_command(
        ["model", str(run.path), "--export", kind.name],
        to=f"{run.name}{kind.ending}",
        wanted=f"{run.name}{kind.ending}",
        otherwise=f"{kind.title} could not be written; choose another format.",
    )


def _input_words(run: RunFolder) -> str:
    config = run.config()
    side = config.data.image_size
    faces = domain_of_run(config, run.model_file).faces
    pictures = "upright RGB faces" if faces else "RGB pictures cut to their middle square"
    numbers = [
        f"{task.in_sentence}{f' in {task.unit}' if task.unit else ''}"
        for task in config.learned_tasks()
        if task.kind == REGRESSION
    ]
    classed = len(config.tasks) > len(numbers)
    says = [", ".join(numbers[:4]) + (" and other numbers" if len(numbers) > 4 else "")] if numbers else []
    says += ["the probability of each class"] if classed else []
    return (
        f" It takes {pictures}, uint8 [N, 3, {side}, {side}], and normalises them itself; it says "
        f"{' and '.join(says)}. More is in its metadata."
    )
