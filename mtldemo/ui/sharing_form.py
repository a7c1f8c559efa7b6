"""How the tasks share the network: the choice in a form, its settings, and what it costs beside hard sharing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from mtldemo.config import SharingConfig, with_value
from mtldemo.errors import MtlDemoError
from mtldemo.model.cost import relative_cost
from mtldemo.model.sharing import SHARINGS, Network, Plan, sharing_named
from mtldemo.model.sharing.base import NOTHING, POOL
from mtldemo.settings import SettingField, settings_of
from mtldemo.ui.forms import ConfigForm

MEMBER = ("sharing", "sharing")
SPLIT = "split"
"""The setting of every way of sharing that has a point of the backbone to choose."""
COST_HELP = (
    "Counted on the network itself, for one picture on its way forward. A training step takes about three times that, "
    "and its time follows only roughly: small layers take longer than their multiply-adds say."
)


def sharing_choice(form: ConfigForm) -> type[Network]:
    """Draw the choice with its settings below the network, for the tasks and the backbone that were drawn before;
    returns the way chosen."""
    titles = {way.name: way.title for way in SHARINGS}
    way = sharing_named(form.draw(*MEMBER, choices=list(titles), show=titles.__getitem__, folded=True))
    st.caption(way.idea)
    plan = _plan(form)
    _name_numbered_stage(form, plan)
    if settings_of(way):
        with st.grid(2, min_column_width=200, vertical_alignment="bottom"):
            form.options(way, member=MEMBER, choices=lambda field, chosen: _points(way, plan, field, chosen))
    else:
        form.values[("sharing", "options")] = {}
    words = cost_words(plan, SharingConfig(way.name, form.values[("sharing", "options")]))
    if words:
        st.caption(f"Beside hard sharing: {words}.", help=COST_HELP)
    return way


def cost_words(plan: Plan, config: SharingConfig) -> str:
    """Parameters and multiply-adds as multiples of hard sharing's, in words; empty for what can't be, which the judge
    of the whole config says, and for hard sharing itself."""
    if not plan.tasks:
        return ""
    try:
        parameters, multiply_adds = relative_cost(plan.model, plan.image_size, config, plan.tasks)
    except MtlDemoError:
        return ""
    if parameters == multiply_adds == 1:
        return ""
    return f"{parameters:.1f} × the parameters, {multiply_adds:.1f} × the multiply-adds of a picture"


def _plan(form: ConfigForm) -> Plan:
    names = form.values[("tasks",)]
    tasks = tuple(task for task in form.task_set if task.name in names)
    model = replace(form.start.model, backbone=form.values[("model", "backbone")])
    return Plan(model, tasks, form.values[("data", "image_size")])


def _points(way: type[Network], plan: Plan, field: SettingField, chosen: Mapping[str, Any]) -> dict[str, str]:
    """The points at which this backbone can be split with what was ``chosen`` before; none for another setting."""
    if field.name != SPLIT:
        return {}
    titles = {} if field.default else {field.default: "Default"}
    titles |= {NOTHING: "Nothing", **{stage: stage for stage in plan.backbone.stages}, POOL: "All, up to the pool"}
    return {point: title for point, title in titles.items() if _can_be(way, plan, {**chosen, SPLIT: point})} or titles


def _can_be(way: type[Network], plan: Plan, options: Mapping[str, Any]) -> bool:
    try:
        way.check(plan, options)
    except MtlDemoError:
        return False
    return True


def _name_numbered_stage(form: ConfigForm, plan: Plan) -> None:
    """A split point that the form begins with may be a stage's number; the list of points has names."""
    options = form.start.sharing.options
    number, points = str(options.get(SPLIT, "")).strip(), (NOTHING, *plan.backbone.stages, POOL)
    if number.isdecimal() and int(number) < len(points):
        form.start = with_value(form.start, ("sharing", "options"), {**options, SPLIT: points[int(number)]})
