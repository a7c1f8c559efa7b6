"""The form of a new run: few settings in sight, the rest folded, all of them drawn from the config's declarations."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from mtldemo import data, launch
from mtldemo.config import RunConfig, leaves, value_at, with_value
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES, backbone_named
from mtldemo.presets import PRESETS, preset_named
from mtldemo.runs import RunFolder
from mtldemo.tasks import TASKS, tasks_named
from mtldemo.ui.forms import ConfigForm, fill, form_for
from mtldemo.ui.problems import in_words
from mtldemo.ui.run_cards import source_title
from mtldemo.ui.words import count, loss_title

PREFIX = "new_run"
IN_SIGHT = {
    ("data", "source"),
    ("data", "image_size"),
    ("tasks",),
    ("weighting", "strategy"),
    ("model", "backbone"),
    ("epochs",),
    ("seed",),
}
SECTIONS = (
    ("Optimizer and schedule", ":material/trending_down:", ("optim", "batch_size", "epochs")),
    ("Losses of the tasks", ":material/balance:", ("losses", "loss_scales", "label_smoothing", "weighting")),
    ("Network", ":material/hub:", ("model",)),
    ("Augmentation", ":material/auto_fix_high:", ("augment",)),
    ("Data and split", ":material/call_split:", ("data",)),
    ("Computing and records", ":material/memory:", ("compute", "gradients_every", "checkpoint_every", "seed")),
)
"""Folded sections: title, icon and the first names of the settings they hold."""
PLACES = {"shared": "All shared weights", "block": "Last shared block", "features": "Shared features"}
COST_HELP = "Measured on a ResNet-18 at 64 px and batch 64 on a CPU; it differs between networks and machines."


def new_run_form() -> tuple[RunConfig, list[str]]:
    """Draw the form; returns the config and what is wrong with it, in words."""
    _read_strategies()
    form = form_for(PREFIX, PRESETS[0].config)
    _presets()
    with st.container(border=True):
        st.markdown("**What to learn from**")
        _data(form)
    with st.container(border=True):
        st.markdown("**How the losses are weighted**")
        _weighting(form)
    with st.container(border=True):
        st.markdown("**How to train**")
        wide, narrow, last = st.columns([2, 1, 1])
        titles = {backbone.name: backbone.title for backbone in BACKBONES}
        with wide:
            form.draw("model", "backbone", choices=list(titles), show=lambda name: titles[name], folded=True)
        with narrow:
            form.draw("epochs")
        with last:
            form.draw("seed")
    for title, icon, names in SECTIONS:
        _section(form, title, icon, names)
    config, errors = form.result()
    return config, errors + list(_together(config))


def start_card(config: RunConfig, errors: list[str], runs_dir: Path) -> RunFolder | None:
    """What the run will do, what is wrong with it, and the button that starts it; returns the run once started."""
    with st.container(border=True):
        st.markdown("**This run**")
        st.table(_summary(config), border="horizontal", alt="What the run will do")
        name = st.text_input("Name", placeholder="chosen for you", key=f"{PREFIX}:name", max_chars=60).strip()
        for error in errors:
            st.error(error, icon=":material/error:")
        if not st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            key="train.start",
            disabled=bool(errors),
        ):
            return None
        with in_words():
            return launch.start(config, runs_dir=runs_dir, name=name or None)
    return None


def _read_strategies() -> None:
    """Strategies are read from their classes, so this is where torch is needed first; a run's view does without."""
    with st.spinner("Reading the strategies"):
        import mtldemo.weighting  # noqa: F401


def _summary(config: RunConfig) -> dict[str, str]:
    from mtldemo.weighting import strategy_named

    pictures = f", {count(config.data.synthetic.images, 'picture')}" if config.data.source == "synthetic" else ""
    titles = {task.name: task.title for task in TASKS}
    backbone = backbone_named(config.model.backbone)
    return {
        "Data": f"{source_title(config.data.source)}{pictures}",
        "Pictures": f"{config.data.image_size} px" + (", augmented" if config.augment.augment else ""),
        "Tasks": ", ".join(titles[name] for name in config.tasks) or "none",
        "Weighting": strategy_named(config.weighting.strategy).title,
        "Network": f"{backbone.title}, {backbone.parameters:g} M weights",
        "Training": f"{count(config.epochs, 'epoch')}, batches of {config.batch_size}",
    }


def _presets() -> None:
    titles = {preset.name: preset.title for preset in PRESETS}
    key = f"{PREFIX}:preset"
    st.session_state.setdefault(key, PRESETS[0].name)

    def pick() -> None:
        preset = preset_named(st.session_state[key])
        chosen = st.session_state.get(f"{PREFIX}.data.source", "synthetic")
        # A recipe is for any faces: the data set that was picked stays, unless the preset is the built-in set's own.
        source = "synthetic" if preset.name == "demo" else chosen
        fill(PREFIX, with_value(preset.config, ("data", "source"), source))

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
    st.caption(preset_named(name or PRESETS[0].name).description)


def _data(form: ConfigForm) -> None:
    sources = data.known_sources()
    left, right = st.columns([3, 1])
    with left:
        source = form.draw("data", "source", choices=sources, show=source_title, folded=True)
    with right:
        form.draw("data", "image_size")
    st.caption(f"`{source}`" if source != "synthetic" else "Drawn portraits: they say nothing about people.")
    titles = {task.name: task.title for task in TASKS}
    form.draw("tasks", choices=list(titles), show=lambda name: titles[name])


def _weighting(form: ConfigForm) -> None:
    from mtldemo.weighting import STRATEGIES, strategy_named
    from mtldemo.weighting.costs import places, relative_cost

    titles = {strategy.name: strategy.title for strategy in STRATEGIES}
    name = form.draw("weighting", "strategy", choices=list(titles), show=lambda name: titles[name], folded=True)
    strategy = strategy_named(name)
    st.markdown(strategy.idea)
    st.latex(strategy.formula)
    st.caption(f"{strategy.paper}.")
    tasks = form.values[("tasks",)]
    form.options(strategy, tasks)
    place = _gradients_at(form, places(strategy))
    st.caption(f"Cost: {relative_cost(strategy, place, max(1, len(tasks))).words}.", help=COST_HELP)


def _gradients_at(form: ConfigForm, offered: Sequence[str]) -> str:
    """Where a strategy that looks at gradients takes them; those that look at losses alone aren't asked."""
    path = ("weighting", "gradients_at")
    if not offered:
        form.values[path] = value_at(form.start, path)
        return form.values[path]
    # Another strategy may not know the place that was chosen for the last one.
    if st.session_state.get(form.key(path)) not in (None, *offered):
        st.session_state[form.key(path)] = offered[0]
    return form.draw(*path, choices=offered, show=lambda place: PLACES[place])


def _section(form: ConfigForm, title: str, icon: str, names: Iterable[str]) -> None:
    paths = [path for path, _ in leaves(RunConfig) if path[0] in names and path not in form.values]
    if form.values[("data", "source")] != "synthetic":
        paths = [path for path in paths if "synthetic" not in path]
    with st.expander(title, icon=icon):
        plain = [path for path in paths if path not in (("losses",), ("loss_scales",))]
        if ("losses",) in paths:
            tasks = form.values[("tasks",)]
            choices = {task.name: task.losses for task in TASKS}
            form.draw("losses", choices=choices, tasks=tasks, show=loss_title)
            form.draw("loss_scales", tasks=tasks)
        with st.grid(3, min_column_width=200, vertical_alignment="bottom"):
            for path in plain:
                form.draw(*path)


def _together(config: RunConfig) -> Iterable[str]:
    """Mistakes that only several settings together make."""
    from mtldemo.weighting import build

    try:
        build(config.weighting, tasks_named(config.tasks, config.losses))
    except MtlDemoError as error:
        yield str(error)
