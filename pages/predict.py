"""Predict: what a model says about a face, from an upload or the camera."""

import streamlit as st

from mtldemo.ui.navigation import in_frame
from mtldemo.ui.predict.page import predict_page
from mtldemo.ui.problems import in_words

in_frame(__file__)
st.title("Predict")
with in_words():
    predict_page()
