"""Strategies: every way to weigh the losses, explained, and three places to try them out."""

import streamlit as st

from mtldemo.ui.navigation import in_frame
from mtldemo.ui.problems import in_words
from mtldemo.ui.strategy_catalogue import catalogue
from mtldemo.ui.strategy_playground import begin_walks, try_gradients, try_landscape, try_losses

PARTS = {
    "Catalogue": catalogue,
    "Try losses": try_losses,
    "Try gradients": try_gradients,
    "Landscape": try_landscape,
}

in_frame(__file__)
st.title("Strategies")
for tab, draw in zip(st.tabs(list(PARTS), key="show", bind="query-params"), PARTS.values(), strict=True):
    if tab.open:
        with tab, in_words():
            draw()
begin_walks()
