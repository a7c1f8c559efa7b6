"""The form of a new run: few settings in sight, the rest folded, all of them drawn from the config's declarations."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from mtldemo import launch
from mtldemo.config import RunConfig, value_at
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES, backbone_named
from mtldemo.model.cost import network_cost
from mtldemo.model.sharing import Network
from mtldemo.model.sharing_words import sharing_title
from mtldemo.runs import RunFolder
from mtldemo.titles import source_title, weights_title
from mtldemo.training.check import checked
from mtldemo.ui.form_parts import PAIR, form_head, more_settings, start_fields
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words
from mtldemo.ui.sharing_form import sharing_choice
from mtldemo.ui.words import count, tasks_line, training_length
from mtldemo.weighting import STRATEGIES, strategy_named
from mtldemo.weighting.costs import PLACES, places, relative_cost

PREFIX = "new_run"
COST_HELP = "Measured on a ResNet-18 at 64 px and batch 64 on a CPU; it differs between networks and machines."


def new_run_form() -> tuple[RunConfig, list[str]]:
    """Draw the form; returns the config and what is wrong with it, in words."""
    form = form_head(PREFIX)
    # How the tasks share the network decides where gradients can be taken, which stands above it.
    weighting = st.container(border=True)
    with st.container(border=True):
        st.markdown("**How to train**")
        network, numbers = st.columns(2)
        titles = {backbone.name: backbone.title for backbone in BACKBONES}
        with network:
            form.draw("model", "backbone", choices=list(titles), show=lambda name: titles[name], folded=True)
        with numbers, st.grid(2, min_column_width=PAIR):
            form.draw("epochs")
            form.draw("seed")
        way = sharing_choice(form)
    with weighting:
        st.markdown("**How the losses are weighted**")
        _weighting(form, way)
    more_settings(form)
    config, errors = form.result()
    return config, errors + list(_together(config))


def start_card(config: RunConfig, errors: list[str], runs_dir: Path) -> RunFolder | None:
    """What the run will do, what is wrong with it, and the button that starts it; returns the run once started."""
    with st.container(border=True):
        st.markdown("**This run**")
        st.table(_summary(config), border="horizontal", alt="What the run will do")
        clicked, name = start_fields(PREFIX, "Start training", key="train.start", errors=errors, ready=not errors)
        if not clicked:
            return None
        with in_words():
            return launch.start(config, runs_dir=runs_dir, name=name)
    return None


def _summary(config: RunConfig) -> dict[str, str]:
    pictures = f", {count(config.data.synthetic.images, 'picture')}" if config.data.source == "synthetic" else ""
    backbone, given = backbone_named(config.model.backbone), config.model.init_from
    begins = f", beginning as {plain(weights_title(given))}" if given else ""
    return {
        "Data": f"{plain(source_title(config.data.source))}{pictures}",
        "Pictures": f"{config.data.image_size} px" + (", augmented" if config.augment.augment else ""),
        "Tasks": plain(tasks_line(config)) or "none",
        "Weighting": strategy_named(config.weighting.strategy).title,
        "Network": f"{backbone.title}, {_weights(config)}{begins}",
        "Training": f"{training_length(config)}, batches of {config.batch_size}",
    }


def _weights(config: RunConfig) -> str:
    """How many weights the network has, and how the tasks share them where that isn't hard sharing."""
    sharing = sharing_title(config.sharing)
    if not sharing:
        return f"{backbone_named(config.model.backbone).parameters:g} M weights"
    try:
        cost = network_cost(config.model, config.data.image_size, config.sharing, tuple(config.learned_tasks()))
    except MtlDemoError:  # said below, by the judge of the whole
        return sharing
    return f"{sharing}, {cost.parameters / 1e6:.1f} M weights"


def _weighting(form: ConfigForm, way: type[Network]) -> None:
    titles = {strategy.name: strategy.title for strategy in STRATEGIES}
    name = form.draw("weighting", "strategy", choices=list(titles), show=lambda name: titles[name], folded=True)
    strategy = strategy_named(name)
    st.markdown(strategy.idea)
    st.latex(strategy.formula)
    st.caption(f"{strategy.paper}.")
    tasks = form.values[("tasks",)]
    form.options(strategy, tasks)
    # Where the two have no place in common the judge says so, and what can be chosen in their stead.
    offered = places(strategy)
    place = _gradients_at(form, [place for place in offered if place in way.places] or offered)
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
    return form.draw(*path, choices=offered, show=lambda place: PLACES[place].title)


def _together(config: RunConfig) -> Iterable[str]:
    """Mistakes that only several settings together make."""
    try:
        checked(config)
    except MtlDemoError as error:
        yield str(error)
