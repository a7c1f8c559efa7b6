"""Sharing: every way in which the tasks can share a network, drawn, explained and with what it costs."""

import streamlit as st

from mtldemo.ui.navigation import in_frame
from mtldemo.ui.problems import in_words
from mtldemo.ui.sharing_catalogue import sharing_catalogue

in_frame(__file__)
st.title("Sharing")
with in_words():
    sharing_catalogue()
