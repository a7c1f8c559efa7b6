"""Choices that several parts share: which arms stand out, and what a band around a line means."""

from collections.abc import Iterable
from typing import cast

import streamlit as st

from mtldemo.charts.comparison.arms import SPREADS, Spread
from mtldemo.study.info import RunInfo
from mtldemo.ui.compare.address import FRONT


def focus_choice(infos: Iterable[RunInfo]) -> list[str]:
    """The arms that stand out in front of the others; none means all."""
    arms = list(dict.fromkeys(info.arm for info in infos))
    if len(arms) <= 2:
        return []
    return st.multiselect(
        "Bring to the front",
        arms,
        key=FRONT,
        bind="query-params",
        placeholder="All alike; choose some, and their bands are drawn before the others",
        select_all=False,
    )


def spread_choice() -> Spread:
    """What the band around a mean shows."""
    titles = {"range": "Range", "interval": "95 % interval"}
    chosen = st.segmented_control(
        "Band",
        list(SPREADS),
        format_func=titles.__getitem__,
        default="range",
        key="band",
        required=True,
        bind="query-params",
        help="Range: from the lowest to the highest seed. Interval: where the mean lies with 95 % confidence.",
    )
    return cast("Spread", chosen or "range")
