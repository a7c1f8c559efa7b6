"""Try strategies: on losses of one's own, on gradients in the plane, and in the papers' landscape."""

import json
import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mtldemo import charts
from mtldemo.tasks import Task
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.example_tasks import EXAMPLE, FIRST_LOSSES
from mtldemo.ui.problems import in_words
from mtldemo.ui.strategy_settings import ChangedOptions, changed_settings, star, strategy_labels
from mtldemo.ui.strategy_words import entries

if TYPE_CHECKING:
    from mtldemo.charts import Grid
    from mtldemo.playground.descent import Descent
    from mtldemo.playground.walks import Walks

MOST = 6
"""So many strategies are compared at once; more can't be told apart."""
LOSSES = tuple(round(step * 10.0**power, 3) for power in (-2, -1, 0, 1) for step in (1, 1.5, 2, 3, 5, 7))
PULLS = {"age": (3.0, 15), "gender": (1.0, 150), "ethnicity": (1.2, 75)}
"""At first: the length and the angle in degrees of each task's pull."""
MOMENTS = {1: "First step", 100: "100th step"}
SCALES = {0.1: "A tenth, as in the Nash-MTL paper", 1.0: "As large, as in the CAGrad paper"}
TOY_TASKS = ("task_1", "task_2")
"""Of the landscape, as its paths name them."""
DEFAULTS = {
    "losses": ["equal", "uncertainty", "scale_invariant", "uw_so", "stch"],
    "gradients": ["equal", "mgda", "pcgrad", "cagrad", "nash_mtl"],
    "landscape": ["equal", "uncertainty", "mgda", "pcgrad", "cagrad", "nash_mtl"],
}


@st.fragment
def try_losses() -> None:
    """Sliders for the losses, and what each strategy that looks at losses makes of them."""
    st.markdown(
        "Set what the tasks' losses are, and see the **weights** that each strategy gives them. At first they are what "
        "an untrained network has: 15 years for age, the logarithm of the number of classes for the others."
    )
    chosen, changed = _strategies("losses", ("losses",), EXAMPLE.names)
    names = strategy_labels(changed)
    controls, left, right = st.columns([3, 5, 5], gap="medium")
    with controls:
        losses = [_loss(task) for task in EXAMPLE]
        moment = _moment("losses")
    weights = {}
    with in_words():
        weights = {names[name]: _held(name, tuple(losses), None, moment, _key(changed, name))[0] for name in chosen}
    with left:
        chart_card(charts.weight_bars(EXAMPLE, weights), key="play.losses.weights")
    with right:
        chart_card(charts.share_bars(EXAMPLE, losses, weights), key="play.losses.shares")
    star(changed)


@st.fragment
def try_gradients() -> None:
    """Sliders for the gradients, and the step that each strategy takes."""
    st.markdown(
        "Each coloured arrow is a **pull**: the direction in which a task's loss falls fastest (minus its gradient). "
        "Set how long the pulls are and where they point, and see the **step** that each strategy makes of them."
    )
    chosen, changed = _strategies("gradients", ("gradients", "merge"), EXAMPLE.names)
    names = strategy_labels(changed)
    controls, left, right = st.columns([3, 6, 4], gap="medium")
    with controls:
        amount = st.segmented_control(
            "Tasks", [2, 3], default=2, key="play.tasks", required=True, persist_state="session"
        )
        tasks = EXAMPLE[: amount or 2]
        gradients = np.array([_pull(task) for task in tasks])
        moment = _moment("gradients")
        alike = st.toggle(
            "All steps equally long",
            value=True,
            key="play.alike",
            persist_state="session",
            help="With Adam only the direction of a step matters, not its length.",
        )
    weights, steps = {}, {}
    with in_words():
        rows = tuple(map(tuple, gradients.tolist()))
        for name in chosen:
            found = _held(name, (1.0,) * len(tasks), rows, moment, _key(changed, name))
            weights[names[name]], steps[names[name]] = found
    with left:
        chart_card(charts.directions_plane(tasks, gradients, steps, alike=alike), key="play.gradients.plane")
    with right:
        chart_card(charts.weight_bars(tasks, weights), key="play.gradients.weights")
    star(changed)


@st.fragment
def try_landscape() -> None:
    """The paths of strategies through the landscape of the CAGrad and Nash-MTL papers."""
    st.markdown(
        "Two tasks, two parameters: the toy of the CAGrad and Nash-MTL papers. From each of five **starts** a strategy "
        "walks downhill with Adam. On the **Pareto front** no task can gain any more without the other losing."
    )
    chosen, changed = _strategies("landscape", ("losses", "gradients", "merge"), TOY_TASKS)
    names = strategy_labels(changed)
    scale = st.segmented_control(
        "Task 1's loss beside task 2's",
        list(SCALES),
        format_func=SCALES.__getitem__,
        default=0.1,
        key="play.scale",
        required=True,
        wrap=True,
        persist_state="session",
        help="With losses of different size, one task's gradient is ten times longer than the other's.",
    )
    front, front_losses, grid = _scene(scale or 0.1)
    known, size = _walks(), scale or 0.1
    known.begin(chosen, size, changed)
    walks: dict[str, tuple[Descent, ...]] = {}
    with in_words(), nullcontext() if known.ready(chosen, size, changed) else st.spinner("Following the paths"):
        walks = {names[name]: known.get(name, size, changed) for name in chosen}
    arrived = {label: [walk.arrived(front) for walk in paths] for label, paths in walks.items()}
    points = {label: [walk.points for walk in paths] for label, paths in walks.items()}
    losses = {label: [walk.losses for walk in paths] for label, paths in walks.items()}
    chart_card(charts.parameter_paths(points, arrived, front, grid), key="play.landscape.paths")
    chart_card(charts.loss_paths(losses, arrived, front_losses), key="play.landscape.losses")
    star(changed)
    st.caption(
        "The landscape: Liu et al., Conflict-Averse Gradient Descent for Multi-task Learning, NeurIPS 2021; scale and "
        "starts: Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022. Adam runs 50 times faster than in "
        "the papers, with a memory as much shorter, and a path that all but stands still is ended; strategies that "
        "learn their weights leave the valleys more easily that way. Both losses are lifted above zero, which changes "
        "no gradient."
    )


def begin_walks() -> None:
    """Work out the paths that the landscape shows first, while a person still looks at something else."""
    for scale in SCALES:
        _walks().begin(DEFAULTS["landscape"], scale)


def _heading(task: Task, what: str) -> str:
    """A slider's label, with a square in the task's colour."""
    return f':color[■]{{foreground="{charts.task_colour(task, EXAMPLE)}"}} {task.title}: {what}'


def _strategies(part: str, kinds: Sequence[str], tasks: Sequence[str]) -> tuple[list[str], ChangedOptions]:
    """The strategies to compare, and what of their settings was changed."""
    offered = [entry for entry in entries() if entry.kind in kinds or (entry.name == "equal" and "merge" in kinds)]
    titles = {entry.name: entry.title for entry in offered}
    chosen = st.multiselect(
        "Strategies",
        list(titles),
        default=DEFAULTS[part],
        format_func=titles.__getitem__,
        max_selections=MOST,
        select_all=False,
        key=f"play.{part}.strategies",
        persist_state="session",
        placeholder="Choose strategies to compare",
        help=f"Up to {MOST}.",
    )
    changed: ChangedOptions = {}
    with in_words():
        changed = changed_settings(part, chosen, tasks)
    return chosen, changed


def _key(changed: ChangedOptions, name: str) -> str:
    """A strategy's changed settings as text, which can be remembered by."""
    return json.dumps(changed.get(name, {}), sort_keys=True)


def _loss(task: Task) -> float:
    return st.select_slider(
        _heading(task, "loss"),
        LOSSES,
        value=min(LOSSES, key=lambda loss: abs(loss - FIRST_LOSSES[task.name])),
        key=f"play.loss.{task.name}",
        format_func=lambda value: f"{value:g}",
        persist_state="session",
    )


def _moment(part: str) -> int:
    moment = st.segmented_control(
        "When",
        list(MOMENTS),
        format_func=MOMENTS.__getitem__,
        default=100,
        key=f"play.{part}.moment",
        required=True,
        wrap=True,
        persist_state="session",
        help="Some strategies learn their weights: they start even and need steps to settle.",
    )
    return moment or 100


def _pull(task: Task) -> tuple[float, float]:
    length, angle = PULLS[task.name]
    size = st.slider(
        _heading(task, "length"), 0.0, 5.0, length, 0.1, key=f"play.length.{task.name}", persist_state="session"
    )
    turn = st.slider(
        _heading(task, "angle"),
        0,
        360,
        angle,
        5,
        format="%d°",
        key=f"play.angle.{task.name}",
        persist_state="session",
    )
    return size * math.cos(math.radians(turn)), size * math.sin(math.radians(turn))


@st.cache_data(max_entries=2000, show_spinner=False)
def _held(
    name: str, losses: tuple[float, ...], gradients: tuple[tuple[float, ...], ...] | None, steps: int, options: str
) -> tuple[np.ndarray, np.ndarray]:
    from mtldemo.playground.still import hold

    return hold(name, EXAMPLE[: len(losses)], losses, gradients, steps=steps, options=json.loads(options))


@st.cache_resource(max_entries=1, show_spinner=False)
def _walks() -> "Walks":
    from mtldemo.playground.walks import Walks

    return Walks()


@st.cache_data(max_entries=4, show_spinner=False)
def _scene(scale: float) -> tuple[np.ndarray, np.ndarray, "Grid"]:
    from mtldemo.playground.landscape import Landscape

    landscape = Landscape(scale)
    front = landscape.front()
    x, y = np.linspace(-10.5, 10.5, 48), np.linspace(-10.5, 10.5, 48)
    plane = np.stack(np.meshgrid(x, y), axis=-1)
    return front, landscape.losses(front), charts.Grid(x, y, np.moveaxis(landscape.losses(plane), -1, 0))
