"""Parts that the form of a run and that of a study share: the presets, the data, and the folded settings."""

from collections.abc import Iterable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mtldemo import data
from mtldemo.config import DataConfig, RunConfig, leaves, with_value
from mtldemo.data.source import SYNTHETIC
from mtldemo.errors import MtlDemoError, readable
from mtldemo.predict import models
from mtldemo.presets import PRESETS, Preset, preset_named
from mtldemo.runs import default_runs_dir
from mtldemo.tasks import TaskSet
from mtldemo.titles import source_title, weights_title
from mtldemo.ui.addresses import DATA_PAGE
from mtldemo.ui.data_labels import chosen_labels, labelled_tasks
from mtldemo.ui.forms import ConfigForm, fill, form_for
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import problem
from mtldemo.ui.words import loss_title

SECTIONS = {
    "Optimizer": ("optim", "batch_size", "epochs", "steps"),
    "Losses": ("losses", "loss_scales", "label_smoothing", "weighting"),
    "Network": ("model",),
    "Augmentation": ("augment",),
    "Data and split": ("data",),
    "Computing": ("compute", "gradients_every", "checkpoint_every", "seed"),
}
"""Parts of the folded settings: the first names of those that each holds, by its title."""
CARD = 240
"""Least px of the card beside a form."""
PAIR = 100
"""Least px of a number's field of which two stand side by side, also on a phone."""


def form_and_card() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The places of a form and of the card that starts what it describes: beside it, or below it where the page is
    narrow."""
    grid = st.grid(3, min_column_width=CARD, gap="large")
    return grid.cell(column_span=2), grid.cell()


def form_head(prefix: str) -> ConfigForm:
    """What every form begins with: a recipe to start from, and what is learned; returns the form called ``prefix``."""
    form = form_for(prefix, PRESETS[0].config)
    preset = preset_choice(prefix)
    with st.container(border=True):
        st.markdown("**What to learn from**")
        data_settings(form, preset)
    return form


def start_fields(prefix: str, label: str, *, key: str, errors: Iterable[str], ready: bool) -> tuple[bool, str | None]:
    """The name, what is wrong with the form, and the button ``label``; returns whether it was clicked, and the name
    where one was given."""
    name = st.text_input("Name", placeholder="chosen for you", key=f"{prefix}:name", max_chars=60).strip()
    for error in errors:
        problem(error)
    clicked = st.button(
        label, type="primary", icon=":material/play_arrow:", width="stretch", key=key, disabled=not ready
    )
    return clicked, name or None


def preset_choice(prefix: str) -> Preset:
    """The recipes to start from; picking one fills the whole form called ``prefix``. Returns the one picked."""
    titles = {preset.name: preset.title for preset in PRESETS}
    key = f"{prefix}:preset"
    st.session_state.setdefault(key, PRESETS[0].name)

    def pick() -> None:
        preset = preset_named(st.session_state[key])
        chosen = st.session_state.get(f"{prefix}.data.source", SYNTHETIC)
        # The data set that was picked stays, unless the preset is for another kind of pictures.
        source = SYNTHETIC if preset.name == "demo" else chosen
        if preset.photographs and chosen == SYNTHETIC:
            source = data.known_faces() or SYNTHETIC
        fill(prefix, with_value(preset.config, ("data", "source"), source))

    name = st.segmented_control(
        "Start from",
        list(titles),
        format_func=lambda name: titles[name],
        key=key,
        required=True,
        wrap=True,
        on_change=pick,
        persist_state="session",
        help="A preset fills the whole form; every setting can be changed afterwards.",
    )
    preset = preset_named(name or PRESETS[0].name)
    st.caption(preset.description)
    return preset


def choose_source(form: ConfigForm) -> str:
    """The choice of a data set. That one isn't there any more is said, as another takes its place."""
    sources = data.known_sources()
    chosen = st.session_state.get(form.key(("data", "source")))
    if chosen is not None and chosen not in sources:
        words = f"{readable(chosen)} isn't there any more, so another data set is chosen."
        st.warning(plain(words), icon=":material/folder_off:")
    return form.draw("data", "source", choices=sources, show=source_title, folded=True)


def data_settings(form: ConfigForm, preset: Preset) -> None:
    """Which pictures, at which size, and which tasks. A ``preset`` for photographs can't be started on drawings."""
    left, right = st.columns([3, 1])
    with left:
        source = choose_source(form)
    with right:
        form.draw("data", "image_size")
    st.caption(plain(source) if source != SYNTHETIC else "Drawn portraits: they say nothing about people.")
    if preset.photographs and source == SYNTHETIC:
        form.errors.append(f"{preset.title} is for photographs of faces; choose UTKFace as the data set.")
        st.page_link(DATA_PAGE, label="Add UTKFace on the Data page", icon=":material/photo_library:")
    titles = {task.name: plain(task.title) for task in _tasks(form, source)}
    form.draw("tasks", choices=list(titles), show=titles.__getitem__)


def _tasks(form: ConfigForm, source: str) -> TaskSet:
    """The tasks that the chosen data set has labels for, which the form is for from here on; where they can't be read
    that is said, and the form stays what it was."""
    labels = chosen_labels(source)
    try:
        form.on(labelled_tasks(DataConfig(source=source, labels=labels)), labels)
    except MtlDemoError as error:
        form.errors.append(str(error))
    else:
        if labels:
            st.caption("Its columns are read as you chose on the Data page.")
    return form.task_set


def more_settings(form: ConfigForm, *, without: str = "") -> None:
    """Folded, a tab a section: the settings that aren't drawn yet, but those whose first name is ``without``. They are
    one line of the page, so that whoever wants none of them finds the way to the start, also on a phone."""
    with st.expander("More settings", icon=":material/tune:"):
        for tab, names in zip(st.tabs(list(SECTIONS)), SECTIONS.values(), strict=True):
            with tab:
                _section(form, [name for name in names if name != without])


def _section(form: ConfigForm, names: Sequence[str]) -> None:
    paths = [path for path, _ in leaves(RunConfig) if path[0] in names and path not in form.values]
    if form.values[("data", "source")] != SYNTHETIC:
        paths = [path for path in paths if "synthetic" not in path]
    plain = [path for path in paths if path not in (("losses",), ("loss_scales",))]
    if ("losses",) in paths:
        tasks = form.values[("tasks",)]
        choices = {task.name: task.losses for task in form.task_set}
        form.draw("losses", choices=choices, tasks=tasks, show=loss_title)
        form.draw("loss_scales", tasks=tasks)
    with st.grid(3, min_column_width=200, vertical_alignment="bottom"):
        for path in plain:
            titles = _initial_weights(form) if path == ("model", "init_from") else {}
            form.draw(*path, choices=list(titles), show=titles.__getitem__ if titles else str, folded=bool(titles))


def _initial_weights(form: ConfigForm) -> dict[str, str]:
    """What a run may begin with: titles by the path of a model file, of random weights by the empty path."""
    choices = [model for model in models.choices(default_runs_dir()) if not model.study]
    titles = {"": "Random"} | {str(model.path.absolute()): model.title for model in choices}
    given = form.start.model.init_from
    return titles if given in titles else titles | {given: weights_title(given)}
