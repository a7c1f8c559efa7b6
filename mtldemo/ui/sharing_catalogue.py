"""The ways of sharing: a list, and one of them in detail with its drawing and its cost. The selection is in the URL."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from mtldemo.charts.network import network_diagram
from mtldemo.config import DataConfig, ModelConfig, RunConfig, SharingConfig, leaves, with_value
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES
from mtldemo.model.cost import NetworkCost, network_cost
from mtldemo.model.diagram import parts_of
from mtldemo.model.sharing import Plan
from mtldemo.model.sharing_words import describe
from mtldemo.presets import PRESETS
from mtldemo.tasks import UTKFACE
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.forms import fill, setting_widget
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import problem
from mtldemo.ui.sharing_form import COST_HELP
from mtldemo.ui.strategy_words import in_lines, setting_rows
from mtldemo.weighting.costs import PLACES

CHOSEN = "sharing"
"""The query parameter that holds the way shown."""
LIST = "sharings.way"
COLUMNS = ("Way of sharing", "Parameters", "of them shared", "Multiply-adds", "File")


def sharing_catalogue() -> None:
    """Draw the network that it is about, the list, the details of the chosen way and the table of costs."""
    model, image_size = _network()
    ways = describe()
    with st.spinner("Counting parameters and multiply-adds…"):
        costs = _costs(model, image_size, [way["name"] for way in ways])
    listing, detail = st.columns([2, 3], gap="medium")
    with listing:
        chosen = _list({way["name"]: way for way in ways}, costs)
    with detail, st.container(border=True):
        _detail(chosen, model)
    _drawing(chosen, model, image_size)
    st.markdown("**What each costs**", help=COST_HELP)
    st.table(_cost_table(ways, costs), border="horizontal", hide_index=True, alt="What the ways of sharing cost")
    st.caption(
        "With their default settings, for UTKFace's three tasks; × is beside hard sharing. Multiply-adds are those of "
        "one picture on its way forward; a file holds the parameters alone, and training needs about four times its "
        "size for them."
    )


def _network() -> tuple[ModelConfig, int]:
    """The backbone and the size of the pictures that drawing and costs are for."""
    titles = {backbone.name: backbone.title for backbone in BACKBONES}
    declared = dict(leaves(RunConfig))
    backbone, size = st.columns([3, 1], width=640)
    with backbone:
        name = setting_widget(
            declared["model", "backbone"],
            key="sharings.backbone",
            value=ModelConfig.backbone,
            choices=list(titles),
            show=titles.__getitem__,
            folded=True,
        )
    with size:
        try:
            image_size = setting_widget(
                declared["data", "image_size"], key="sharings.image_size", value=DataConfig.image_size
            )
        except MtlDemoError as error:
            problem(error)
            st.stop()
    return ModelConfig(backbone=name), image_size


def _costs(model: ModelConfig, image_size: int, names: list[str]) -> dict[str, NetworkCost | str]:
    """The cost of each way, or why this network can't be shared so."""
    costs: dict[str, NetworkCost | str] = {}
    for name in names:
        try:
            costs[name] = network_cost(model, image_size, SharingConfig(name))
        except MtlDemoError as error:
            costs[name] = str(error)
    return costs


def _list(ways: Mapping[str, dict[str, Any]], costs: Mapping[str, NetworkCost | str]) -> dict[str, Any]:
    wanted = st.query_params.get(CHOSEN, "")
    if wanted in ways:
        st.session_state.setdefault(LIST, wanted)
    elif wanted:
        st.warning(plain(f"There is no way of sharing called “{wanted}”. Here are all that there are."))
    name = st.radio(
        "Way of sharing",
        list(ways),
        format_func=lambda name: ways[name]["title"],
        captions=[_line(costs[name], costs) for name in ways],
        key=LIST,
        label_visibility="collapsed",
        width="stretch",
    )
    chosen = name or next(iter(ways))
    if wanted or chosen != next(iter(ways)):
        st.query_params[CHOSEN] = chosen
    return ways[chosen]


def _line(cost: NetworkCost | str, costs: Mapping[str, NetworkCost | str]) -> str:
    hard = costs[SharingConfig.sharing]
    if isinstance(cost, str) or isinstance(hard, str):
        return "not with this network"
    parameters, multiply_adds = cost.beside(hard)
    if parameters == multiply_adds == 1:
        return "what the others are measured against"
    return f"{parameters:.1f} × the parameters · {multiply_adds:.1f} × the multiply-adds"


def _drawing(way: dict[str, Any], model: ModelConfig, image_size: int) -> None:
    try:
        parts = parts_of(Plan(model, tuple(UTKFACE), image_size), SharingConfig(way["name"]))
    except MtlDemoError as error:
        problem(error)
    else:
        chart = network_diagram(parts, UTKFACE, f"{way['title']}: the network")
        chart_card(chart, key=f"sharings.drawing.{way['name']}")


def _detail(way: dict[str, Any], model: ModelConfig) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(way["title"], anchor=False, width="content")
        if st.button("Train with it", icon=":material/model_training:", key="sharings.train"):
            config = with_value(PRESETS[0].config, ("model", "backbone"), model.backbone)
            fill("new_run", with_value(config, ("sharing", "sharing"), way["name"]))
            st.switch_page(TRAIN_PAGE)
    st.markdown(way["idea"])
    st.latex(in_lines(way["formula"]))
    st.markdown(f"**Where the gradients meet.** {way['meeting']}")
    titles = [PLACES[place].title.lower() for place in way["gradients_at"]]
    taken = f"They can be taken at: {', '.join(titles)}." if titles else "Only weightings by losses go with it."
    st.markdown(f"{taken}")
    if rows := setting_rows(way["settings"]):
        st.markdown("**Settings**")
        st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=f"Settings of {way['title']}")
    else:
        st.markdown("**No settings.**")
    options = [f" --set sharing.{row['name']}={row['default']}" for row in way["settings"][:1]]
    st.caption(f"{way['paper']}. On the command line: `--sharing {way['name']}{''.join(options)}`.")


def _cost_table(ways: list[dict[str, Any]], costs: Mapping[str, NetworkCost | str]) -> pd.DataFrame:
    rows, hard = [], costs[SharingConfig.sharing]
    for way in ways:
        cost = costs[way["name"]]
        if isinstance(cost, str) or isinstance(hard, str):
            rows.append((way["title"], plain(str(cost)), "", "", ""))
            continue
        parameters, multiply_adds = cost.beside(hard)
        rows.append(
            (
                way["title"],
                f"{cost.parameters / 1e6:.1f} M ({parameters:.1f} ×)",
                f"{100 * cost.shared / cost.parameters:.0f} %",
                f"{cost.multiply_adds / 1e6:,.0f} M ({multiply_adds:.1f} ×)",
                f"{cost.memory / 1e6:.0f} MB",
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
